"""Field mapping on the road: at creation, on a repeat, late; the portal refuses unknown fields loudly."""

from typing import Any

from app.pipeline.retry import retry
from app.storage.models import PlanRow
from app.storage.queries import directory
from bitrix_app.fields import read_fields
from tests.support.stage import Stage

LEAD, DEAL, CONTACT, COMPANY = 1, 2, 3, 4
COLOURS = {44: "Красный", 45: "Синий"}


def row(entity: str, field: str, *, mode: str = "always", **origin: Any) -> dict[str, Any]:
    return {"entity": entity, "field": field, "mode": mode, **(origin or {"source": "visitor.name"})}


def custom(here: Stage, entity_type: int, number: int, kind: str, **more: Any) -> str:
    """A custom field of the portal by its name in `crm.item.*`."""
    return here.portal.crm.add_custom_field(
        entity_type, f"UF_CRM_{number}", kind, f"Поле {number}", **more
    ).camel


def synchronize(here: Stage) -> None:
    """The directories of fields as a synchronization stores them."""
    found = read_fields(here.road.crm_of(here.installation_id).client)  # type: ignore[attr-defined]
    with here.services.sessions.begin() as session:
        for name, rows in found.items():
            directory.put(session, here.installation_id, name, rows, here.services.clock.now())
    here.portal.requests.clear()


def explanation(here: Stage, chat_id: int) -> dict[str, dict[str, Any]]:
    """Code -> parameters of the lines of all plans of a chat."""
    number = here.conversation(chat_id).id
    with here.services.sessions() as session:
        plans = session.query(PlanRow).filter_by(conversation_id=number).order_by(PlanRow.id)
        return {line["code"]: line.get("params", {}) for plan in plans for line in plan.explanation}


def test_a_new_lead_carries_the_mapped_fields(here: Stage) -> None:
    colour = custom(here, LEAD, 1, "enumeration", items=COLOURS)
    when = custom(here, LEAD, 2, "datetime")
    price = custom(here, LEAD, 3, "money")
    tags = custom(here, LEAD, 4, "string", multiple=True)
    synchronize(here)
    rows = [
        row("lead", "utmSource", constant="yandex"),
        row("lead", "sourceId", constant="Звонок"),
        row("lead", colour, constant=" красный "),
        row("lead", when, constant="2026-05-04T09:00:00Z"),
        row("lead", price, constant="1 234,50 ₽"),
        row("lead", tags, constant=["a", "b", "a"]),
        row("lead", "comments", template="[b]{{ visitor.phone }}[/b]"),
    ]
    here.save("chats", mapping=rows)
    here.chat_started(1)
    here.settle()
    [lead] = here.items(LEAD)
    assert (lead["utmSource"], lead["sourceId"], lead[colour]) == ("yandex", "CALL", "44")
    assert (lead[when], lead[price], lead[tags]) == ("2026-05-04T12:00:00+03:00", "1234.5|RUB", ["a", "b"])
    assert "79161234567" in lead["comments"]
    assert "[b]" not in lead["comments"]
    assert here.portal.violations == []
    assert here.conversation(1).state == "done"


def test_what_does_not_fit_is_reported_and_never_sent(here: Stage) -> None:
    colour = custom(here, LEAD, 1, "enumeration", items=COLOURS)
    file = custom(here, LEAD, 2, "file")
    synchronize(here)
    rows = [
        row("lead", colour, constant="зелёный"), row("lead", file, constant="a.png"),
        row("lead", "utmSourse", constant="yandex"), row("lead", "createdTime", constant="2026-05-04"),
        row("lead", "stageId", constant="WON"), row("lead", "utmMedium", constant="cpc"),
    ]  # fmt: skip
    here.save("chats", mapping=rows)
    here.chat_started(1)
    here.settle()
    [lead] = here.items(LEAD)
    assert (lead["utmMedium"], lead["stageId"]) == ("cpc", "NEW")
    told = {code: line["field"] for code, line in explanation(here, 1).items() if code.startswith("mapping_")}
    assert told == {
        "mapping_no_such_item": colour, "mapping_is_file": file, "mapping_field_gone": "utmSourse",
        "mapping_read_only": "createdTime", "mapping_field_ours": "stageId",
    }  # fmt: skip
    assert here.portal.violations == []


def test_a_deal_and_its_contact_have_rows_of_their_own(here: Stage) -> None:
    synchronize(here)
    rows = [row("deal", "utmSource", constant="vk"), row("contact", "lastName", constant="Покупатель")]
    here.save("chats", create={"entity": "deal"}, mapping=rows)
    here.chat_started(1)
    here.settle()
    assert here.items(DEAL)[0]["utmSource"] == "vk"
    assert here.items(CONTACT)[0]["lastName"] == "Покупатель"
    assert here.rest()[:2] == ["batch", "batch"]


def test_a_repeat_respects_the_modes_of_what_is_there(here: Stage) -> None:
    synchronize(here)
    rows = [
        row("deal", "utmSource", constant="new"), row("deal", "utmMedium", constant="new", mode="if_empty"),
        row("deal", "utmTerm", constant="new", mode="if_empty"),
        row("deal", "sourceDescription", template="phone {{ visitor.phone }}", mode="append"),
        row("contact", "post", constant="boss", mode="if_empty"),
    ]  # fmt: skip
    here.save("chats", create={"entity": "deal"})
    here.chat_started(1)
    here.settle()
    here.portal.crm.update(
        DEAL, 1, {"utmSource": "old", "utmMedium": "old", "sourceDescription": "by hand"}, 1
    )
    here.save("chats", mapping=rows)
    here.chat_started(2, visitor_id=9_000_000_001)
    here.settle()
    [deal] = here.items(DEAL)
    assert (deal["utmSource"], deal["utmMedium"], deal["utmTerm"]) == ("new", "old", "new")
    assert deal["sourceDescription"] == "by hand\nphone 79161234567"
    assert here.items(CONTACT)[0]["post"] == "boss"
    assert here.portal.violations == []
    assert "mapping_updated" in explanation(here, 2)


def test_what_stands_there_already_is_not_written_again(here: Stage) -> None:
    synchronize(here)
    here.save("chats", create={"entity": "deal"}, mapping=[row("deal", "utmSource", constant="vk")])
    for chat_id in (1, 2):
        here.chat_started(chat_id)
        here.settle()
    assert "mapping_updated" not in explanation(here, 2)


def test_facts_that_come_late_are_added_by_mode(here: Stage) -> None:
    synchronize(here)
    rows = [
        row("lead", "lastName", source="visitor.name"),
        row("lead", "post", source="visitor.name", mode="if_empty"),
    ]
    here.save("chats", mapping=rows)
    here.chat_started(1)
    here.settle()
    [lead] = here.items(LEAD)
    assert lead["lastName"] is None
    here.portal.crm.update(LEAD, 1, {"post": "by hand"}, 1)
    here.card(9_000_000_001, name="Пётр")
    here.pass_time(5)
    [lead] = here.items(LEAD)
    assert (lead["lastName"], lead["post"]) == ("Пётр", "by hand")
    assert explanation(here, 1)["late_facts_added"] == {"entity": "lead", "id": 1, "fields": "lastName"}
    assert here.conversation(1).state == "done"
    assert here.portal.violations == []


def test_an_activity_gets_deadline_badge_and_lines(here: Stage) -> None:
    rows = [
        row("activity", "deadline", constant="2026-05-05 18:00"),
        row("activity", "badgeCode", constant="HOT"),
        row("activity", "text", source="visitor.phone"),
        row("activity", "text", template="[b]Важно:[/b] {{ visitor.phone }}"),
        row("activity", "colour", constant="red"),
    ]
    here.save("chats", mapping=rows)
    here.chat_started(1)
    here.settle()
    [activity] = here.activities()
    assert (activity.fields["DEADLINE"], activity.badge) == ("2026-05-05T18:00:00+03:00", "HOT")
    blocks = activity.layout["body"]["blocks"]
    assert blocks["mapped1"]["properties"]["block"]["properties"]["value"] == "79161234567"
    assert "79161234567" in blocks["mapped2"]["properties"]["value"]
    assert "[b]" not in blocks["mapped2"]["properties"]["value"]
    assert explanation(here, 1)["mapping_field_gone"]["field"] == "colour"
    here.closed(1)
    here.work_off()
    assert [held.fields["COMPLETED"] for held in here.activities()] == ["Y"]
    assert here.conversation(1).state == "done"
    assert here.portal.violations == []


def test_fields_that_the_portal_refuses_cost_nobody_the_record(here: Stage) -> None:
    synchronize(here)
    rows = [row("contact", "typeId", constant="CLIENT"), row("deal", "sourceId", constant="CALL")]
    here.save("chats", create={"entity": "deal"}, mapping=rows)
    here.portal.crm.statuses = [status for status in here.portal.crm.statuses if status.entity != "SOURCE"]
    here.chat_started(1)
    here.work_off()
    [deal], [contact] = here.items(DEAL), here.items(CONTACT)
    assert (deal["contactId"], deal["sourceId"], contact["typeId"]) == (contact["id"], None, "CLIENT")
    assert [held.owners for held in here.activities()] == [[(DEAL, deal["id"])]]
    told = explanation(here, 1)["mapping_refused"]
    assert (told["entity"], told["fields"]) == ("deal", "sourceId")
    assert here.conversation(1).state == "done"


def test_a_refusal_for_another_reason_stays_one_and_can_be_retried(here: Stage) -> None:
    synchronize(here)
    here.portal.crm.required[(LEAD, None)] = {"post"}
    here.save("chats", mapping=[row("lead", "utmSource", constant="vk")])
    here.chat_started(1)
    here.work_off()
    assert (here.items(LEAD), here.conversation(1).state) == ([], "failed")
    here.portal.crm.required.clear()
    with here.services.sessions.begin() as session:
        retry(session, here.installation_id, [here.conversation(1).id], here.services.clock.now())
    here.work_off()
    assert [lead["utmSource"] for lead in here.items(LEAD)] == ["vk"]
    assert here.conversation(1).state == "done"


def test_a_contact_that_was_refused_first_is_tied_to_its_deal(here: Stage) -> None:
    synchronize(here)
    here.save("chats", create={"entity": "deal"}, mapping=[row("contact", "sourceId", constant="CALL")])
    here.portal.crm.statuses = [status for status in here.portal.crm.statuses if status.entity != "SOURCE"]
    here.chat_started(1)
    here.work_off()
    [deal], [contact] = here.items(DEAL), here.items(CONTACT)
    assert deal["contactId"] == contact["id"]
    assert explanation(here, 1)["mapping_refused"]["entity"] == "contact"
    assert here.conversation(1).state == "done"


def test_a_field_that_is_gone_since_it_was_read_stops_nobody(here: Stage) -> None:
    colour = custom(here, DEAL, 1, "enumeration", items=COLOURS)
    synchronize(here)
    here.save("chats", create={"entity": "deal"})
    here.chat_started(1)
    here.settle()
    here.save("chats", mapping=[row("deal", colour, constant="синий", mode="if_empty")])
    del here.portal.crm.custom[DEAL]["UF_CRM_1"]
    here.chat_started(2)
    here.work_off()
    assert here.conversation(2).state == "done"
    assert explanation(here, 2)["mapping_current_unknown"]["field"] == colour
