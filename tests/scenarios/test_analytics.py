"""Dialogs of the portal's own open lines in the reports of UIS: each once, with its advertising source."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from app.storage.models import Employee
from tests.support.analytics import EMPLOYEE, TELEGRAM, Lines, lines
from tests.support.databases import KINDS, Databases

LEAD, DEAL, CONTACT = 1, 2, 3
PHONE = "+79161234567"
MARK = [{"GRID": [{"NAME": "UIS", "VALUE": "uis-session:{}", "DISPLAY": "LINE"}]}]


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Lines]:
    """A portal whose analytics is on; once on each kind of database."""
    with databases.database(request.param, tmp_path, migrated=True) as url, lines(url, tmp_path) as made:
        made.begin()
        yield made


@pytest.fixture
def quick(databases: Databases, tmp_path: Path) -> Iterator[Lines]:
    """The same on SQLite alone."""
    with databases.database("sqlite", tmp_path, migrated=True) as url, lines(url, tmp_path) as made:
        made.begin()
        yield made


def marked(session_id: int, way: str = "blocks") -> Any:
    """What the script on the site hands over."""
    if way == "text":
        return f"UIS: uis-session:{session_id}"
    return [{"GRID": [{"NAME": "UIS", "VALUE": f"uis-session:{session_id}", "DISPLAY": "LINE"}]}]


def sold(desk: Lines, **about: Any) -> int:
    """A dialog from the first word to its end; the chat of the line."""
    chat = desk.messenger(**({"name": "Покупатель", "phone": PHONE} | about))
    desk.answer(chat)
    desk.go(60)
    desk.finish(chat)
    return chat


def bound(desk: Lines) -> set[str]:
    """The analytics events that the portal would tell us of."""
    return {row.event for row in desk.portal.handlers if row.event.endswith("ADD") and "CRM" in row.event}


def outgoing(desk: Lines, event: str, number: int, **auth: str) -> requests.Response:
    """What an outgoing webhook of the portal sends (Bitrix24: api-reference/events)."""
    address = desk.call("GET", "/settings/open_lines_analytics", desk.open())["webhook_url"]
    told = {
        "domain": desk.portal.domain, "client_endpoint": f"{desk.portal.url}/rest/", "member_id": desk.portal.member_id,
        "server_endpoint": desk.portal.server_endpoint, "application_token": "jvh9y1ulvt2m6k5or90v9mg8nn32ozas",
    } | auth  # fmt: skip
    form = {"event": event, "event_handler_id": "975", "data[FIELDS][ID]": str(number), "ts": "1766047124"}
    return requests.post(address, form | {f"auth[{name}]": value for name, value in told.items()}, timeout=10)


def test_a_dialog_that_is_closed_is_uploaded_once_with_its_words(desk: Lines) -> None:
    chat = desk.messenger("Сколько стоит диван?", name="Покупатель", phone=PHONE)
    desk.answer(chat, "Добрый день! [b]64 900[/b]", files=[("прайс.pdf", b"%PDF-1.4")])
    desk.go(60)
    assert desk.uploaded() == []
    desk.finish(chat)
    desk.rest()
    [made] = desk.uploaded()
    visitor = desk.world.uis.visitors[made.visitor_id]
    assert [(one.source, one.text, one.employee_id) for one in made.messages] == [
        ("visitor", "Сколько стоит диван?", None),
        ("operator", "Добрый день! 64 900\nФайл: прайс.pdf", EMPLOYEE),
    ]
    assert (visitor.name, visitor.phones) == ("Покупатель", ["79161234567"])
    assert (made.uploaded_status, made.initiator) == ("succeed", "visitor")
    assert made.session.traffic["source_id"] == 5
    [row] = desk.rows()
    assert (row.state, row.tier, row.uis_id, row.via) == ("uploaded", "messenger", made.report_id, "event")
    assert (row.connector, row.line_id, row.lead_id) == (TELEGRAM, 1, 1)
    assert desk.portal.violations == []


def test_a_dialog_that_nobody_closes_is_uploaded_when_it_is_silent_for_long(quick: Lines) -> None:
    chat = quick.messenger(phone=PHONE)
    quick.answer(chat)
    quick.go(40 * 60)
    quick.messenger("Вы ещё тут?", phone=PHONE)
    quick.rest(30 * 60)
    assert (quick.uploaded(), quick.states()) == ([], [("waiting", None)])
    quick.go(40 * 60)
    [made] = quick.uploaded()
    assert [one.text for one in made.messages] == ["Здравствуйте", "Добрый день", "Вы ещё тут?"]


def test_a_dialog_with_a_lead_and_its_deal_is_one_chat(desk: Lines) -> None:
    sold(desk)
    desk.go()
    with desk.portal.lock:
        desk.portal.crm.convert_lead(1)
    desk.rest()
    assert {hint.kind for hint in desk.hints()} == {"lead", "deal"}
    assert (len(desk.uploaded()), len(desk.rows())) == (1, 1)


def test_every_session_of_a_dialog_is_a_chat_of_its_own(quick: Lines) -> None:
    sold(quick, text="Первый вопрос")
    quick.go(86_400)
    sold(quick, text="Второй вопрос")
    quick.rest()
    first, second = quick.uploaded()
    assert [first.messages[0].text, second.messages[0].text] == ["Первый вопрос", "Второй вопрос"]
    assert len(quick.portal.open_lines.dialogs) == 1


def test_a_dialog_of_a_known_client_without_a_lead_is_found_in_the_list(desk: Lines) -> None:
    with desk.portal.lock:
        fm = [{"typeId": "PHONE", "valueType": "WORK", "value": PHONE}]
        desk.portal.crm.add(CONTACT, {"name": "Знакомый", "lastName": "Клиент", "fm": fm}, None)
        desk.portal.lines[1].settings["CRM_CREATE"] = "none"
    sold(desk)
    desk.rest()
    assert desk.hints() == []
    [row] = desk.rows()
    assert (row.via, row.contact_id, row.state) == ("list", 1, "uploaded")
    [made] = desk.uploaded()
    assert desk.world.uis.visitors[made.visitor_id].name == "Знакомый Клиент"


def test_a_lost_event_loses_no_dialog(quick: Lines) -> None:
    quick.world.faults.add("event", "ONCRMLEADADD", "lose", times=5)
    sold(quick)
    quick.rest()
    assert (quick.hints(), [row.via for row in quick.rows()]) == ([], ["list"])
    assert len(quick.uploaded()) == 1


def test_what_was_before_analytics_was_switched_on_is_left_alone(quick: Lines) -> None:
    quick.save(enabled=False)
    quick.go()
    sold(quick)
    quick.go(600)
    quick.save(enabled=True)
    quick.rest()
    assert (quick.uploaded(), quick.rows()) == ([], [])


def test_events_are_bound_only_while_they_are_wanted(desk: Lines) -> None:
    assert bound(desk) == {"ONCRMLEADADD", "ONCRMDEALADD"}
    desk.save(events=["ONCRMDEALADD"])
    desk.go()
    assert bound(desk) == {"ONCRMDEALADD"}
    desk.open("/bitrix/install")  # a later comparison with the manifest keeps it so
    desk.work()
    assert bound(desk) == {"ONCRMDEALADD"}
    desk.save(enabled=False)
    desk.go()
    assert bound(desk) == set()
    assert desk.portal.violations == []


def test_a_kind_that_is_not_chosen_is_left_out_unless_a_webhook_tells_of_it(quick: Lines) -> None:
    quick.portal.lines[1].settings["CRM_CREATE"] = "deal"
    quick.save(events=["ONCRMLEADADD"])
    quick.go()
    sold(quick)
    quick.rest()
    assert (quick.uploaded(), quick.states()) == ([], [("nothing", "kind_off")])
    assert outgoing(quick, "ONCRMDEALADD", 1).status_code == 200
    quick.rest()
    assert (len(quick.uploaded()), [row.via for row in quick.rows()]) == (1, ["webhook"])


def test_a_webhook_and_our_subscription_together_upload_once(desk: Lines) -> None:
    sold(desk)
    assert [outgoing(desk, "ONCRMLEADADD", 1).status_code for _ in range(3)] == [200, 200, 200]
    desk.rest()
    assert (len(desk.uploaded()), len(desk.hints()), len(desk.rows())) == (1, 1, 1)


def test_an_entity_without_a_dialog_is_nothing(quick: Lines) -> None:
    with quick.portal.lock:
        quick.portal.crm.add(LEAD, {"title": "Сделан руками"}, 1)
    outgoing(quick, "ONCRMDEALADD", 404)
    quick.rest(3 * 3600)
    assert [(hint.kind, hint.outcome) for hint in quick.hints()] == [
        ("lead", "no_dialog"),
        ("deal", "no_entity"),
    ]
    assert (quick.rows(), quick.uploaded()) == ([], [])


@pytest.mark.parametrize("way", ["blocks", "text"])
@pytest.mark.parametrize("shown", ["attach", "text"])
def test_the_session_of_the_site_is_found_wherever_the_portal_put_it(
    quick: Lines, way: str, shown: str
) -> None:
    quick.portal.open_lines.switches.change({"custom_data": shown})
    visit = quick.world.uis.visit("https://shop.example.com/?utm_source=newsletter")
    quick.go(5)
    chat = quick.livechat(phone=PHONE, custom_data=marked(visit.id, way))
    quick.finish(chat)
    quick.rest()
    [made], [row] = quick.uploaded(), quick.rows()
    assert (made.session.id, row.tier, row.visitor_session_id) == (visit.id, "session", visit.id)
    assert "uis-session" not in "".join(one.text for one in made.messages)


def test_a_client_cannot_choose_an_advertising_source_by_writing_the_mark(quick: Lines) -> None:
    visit = quick.world.uis.visit()
    chat = quick.livechat(f"uis-session:{visit.id}", phone=PHONE)
    quick.finish(chat)
    quick.rest()
    assert [(row.tier, row.visitor_session_id) for row in quick.rows()] == [("default", None)]


@pytest.mark.parametrize("age", [181 * 86_400, None])
def test_a_session_that_uis_does_not_accept_gives_way_to_the_joined_source(
    quick: Lines, age: int | None
) -> None:
    visit = quick.world.uis.visit()
    visit.started -= age or 0
    number = visit.id if age else 17
    quick.go(5)
    chat = quick.livechat(phone=PHONE, custom_data=marked(number))
    quick.finish(chat)
    quick.rest()
    [made], [row] = quick.uploaded(), quick.rows()
    assert (made.session.traffic["source_id"], row.tier, row.session_refused) == (3, "default", True)
    assert row.visitor_session_id == number


def test_campaigns_are_named_where_the_settings_count_by_campaign(quick: Lines) -> None:
    quick.save(traffic_type="campaign", default={"campaign_id": 268177}, messengers=[])
    sold(quick)
    quick.rest()
    [made] = quick.uploaded()
    assert made.session.traffic["campaign_id"] == 268177


def test_a_client_without_contact_data_is_refused_until_there_is_some(quick: Lines) -> None:
    chat = quick.messenger(name="Молчун")
    quick.finish(chat)
    quick.rest()
    assert (quick.uploaded(), quick.states()) == ([], [("refused", "no_contact")])
    with quick.portal.lock:
        fm = [{"typeId": "PHONE", "valueType": "WORK", "value": PHONE}]
        quick.portal.crm.update(LEAD, 1, {"fm": fm}, 1)
    quick.go(3_700)
    assert (len(quick.uploaded()), quick.states()) == (1, [("uploaded", None)])


@pytest.mark.parametrize(("mode", "employee"), [("always", EMPLOYEE), ("fallback", 367853)])
def test_operators_are_named_by_their_pairs_or_by_the_chosen_employee(
    quick: Lines, mode: str, employee: int
) -> None:
    quick.save(employee_mode=mode)
    with quick.services.sessions.begin() as session:
        for one in session.query(Employee):
            one.user_id = 7 if one.uis_id == 367853 else None
    chat = quick.messenger(phone=PHONE)
    quick.answer(chat, user_id=7)
    quick.go(60)
    quick.finish(chat)
    quick.rest()
    [made] = quick.uploaded()
    assert [one.employee_id for one in made.messages] == [None, employee]


def test_a_dialog_of_our_own_connector_is_in_uis_already(quick: Lines) -> None:
    lines_, connector = quick.portal.open_lines, quick.portal.connectors["uis_omni"]
    with quick.portal.lock:
        lines_.connect("uis_omni", 1, True)
        connector.data[1] = {"NAME": "OMNI"}
        client = {"id": "v-1", "name": "Посетитель", "phone": PHONE}
        said = lines_.client_says(
            connector, lines_.lines[1], client, {"id": "c-1"}, text="Добрый день", mid="1"
        )
    quick.finish(said.chat_id)
    quick.rest()
    assert (quick.rows(), quick.uploaded()) == ([], [])


def test_while_main_is_off_dialogs_wait(quick: Lines) -> None:
    quick.save("main", enabled=False)
    sold(quick)
    quick.rest()
    assert quick.uploaded() == []
    quick.save("main", enabled=True)
    quick.rest()
    assert len(quick.uploaded()) == 1


@pytest.mark.parametrize(
    ("made", "outcome"), [("old", "found"), ("new", "found"), ("of nothing", "no_deal"), (None, "no_deal")]
)
def test_an_invoice_of_older_instructions_leads_to_its_deal(
    quick: Lines, made: str | None, outcome: str
) -> None:
    sold(quick)
    with quick.portal.lock:
        deal = quick.portal.crm.convert_lead(1)["deal"]
        quick.portal.crm.add_smart_process(31, "Счёт")
        if made == "old":
            quick.portal.crm.invoices[1] = deal
        elif made is not None:
            invoice = quick.portal.crm.add(31, {"title": "Счёт № 1"}, 1)
            invoice.fields["parentId2"] = deal if made == "new" else None
    assert outgoing(quick, "ONCRMINVOICEADD", 1).status_code == 200
    quick.rest()
    assert [hint.outcome for hint in quick.hints() if hint.kind == "invoice"] == [outcome]
    assert (len(quick.uploaded()), len(quick.rows())) == (1, 1)
