"""Clients that we did not write do real work against the sandbox: fast_bitrix24 and the vendor's own b24pysdk."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from b24pysdk import BitrixApp, BitrixToken, Client
from fast_bitrix24 import BitrixAsync

from sandbox.bitrix.portal import Portal
from sandbox.bitrix.robots import run_robot
from tests.sandbox.bitrix_portal import installed_world


@pytest.fixture
def portal() -> Iterator[Portal]:
    with installed_world() as world:
        yield world.portals[0]


async def _fast(portal: Portal) -> dict[str, Any]:
    """Adds 120 leads in batches, reads them all back, gets some by id, works with an application's token."""
    hook = BitrixAsync(portal.add_webhook(1), verbose=False)
    adds = [{"entityTypeId": 1, "fields": {"title": f"Чат & {n}", "utmSource": "a=b"}} for n in range(120)]
    made = await hook.call("crm.item.add", adds)
    everything = await hook.get_all(
        "crm.item.list", {"entityTypeId": 1, "select": ["id", "title", "utmSource"]}
    )
    some = await hook.get_by_ID("crm.lead.get", [1, 2, 3], ID_field_name="id")

    async def token() -> str:
        return portal.world.oauth.issue(portal, 7).access_token

    as_application = BitrixAsync(portal.client_endpoint, token_func=token, verbose=False)
    who = await as_application.call("user.current", raw=True)
    return {"made": made, "all": everything, "some": some, "who": who}


def test_fast_bitrix24_adds_and_lists(portal: Portal) -> None:
    import asyncio

    done = asyncio.run(_fast(portal))
    assert len(done["made"]) == 120
    assert sorted(row["id"] for row in done["all"]) == [*range(1, 121)]
    assert {row["utmSource"] for row in done["all"]} == {"a=b"}
    assert portal.crm.items[1][5].fields["title"].startswith("Чат & ")
    assert {int(key) for key in done["some"]} == {1, 2, 3}
    assert done["who"]["result"]["ID"] == "7"
    assert max(len(row.commands) for row in portal.requests) == 50
    assert portal.violations == []


@pytest.fixture
def plain_http(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """b24pysdk knows https and the vendor's authorization server only: both lead to the sandbox here."""
    real = requests.Session.request

    def request(self: requests.Session, method: str, url: str, **options: Any) -> requests.Response:
        url = url.replace("https://oauth.bitrix24.tech", portal.world.oauth_url)
        return real(self, method, url.replace("https://127.0.0.1", "http://127.0.0.1"), **options)

    monkeypatch.setattr(requests.Session, "request", request)


def sdk_token(portal: Portal) -> BitrixToken:
    """The vendor's client with a chain of the administrator."""
    card = portal.world.card
    grant = portal.world.oauth.issue(portal, 1)
    return BitrixToken(
        domain=portal.domain,
        auth_token=grant.access_token,
        refresh_token=grant.refresh_token,
        bitrix_app=BitrixApp(client_id=card.client_id, client_secret=card.client_secret),
    )


@pytest.mark.usefixtures("plain_http")
def test_b24pysdk_works_through_an_expired_token(portal: Portal) -> None:
    token = sdk_token(portal)
    client = Client(token)
    fields = {"name": "Клиент", "fm": [{"typeId": "PHONE", "valueType": "WORK", "value": "+79991234567"}]}
    made = client.crm.item.add(entity_type_id=3, fields=fields).result
    assert made["item"]["phoneWork"] == "+79991234567"
    portal.world.oauth.expire_access()
    old = token.refresh_token
    assert client.crm.item.get(bitrix_id=1, entity_type_id=3).result["item"]["name"] == "Клиент"
    assert (portal.world.oauth.refreshes, token.refresh_token != old) == (1, True)
    info = token.get_app_info().result
    assert (info.client_id, info.install.member_id, info.user_id) == (
        portal.world.card.client_id,
        portal.member_id,
        1,
    )


@pytest.mark.usefixtures("plain_http")
def test_b24pysdk_batches_and_walks_long_lists(portal: Portal) -> None:
    client = Client(sdk_token(portal))
    requests_of_leads = [
        client.crm.item.add(entity_type_id=1, fields={"title": f"Чат {n}"}) for n in range(120)
    ]
    assert len(client.call_batches(requests_of_leads).result.result) == 120
    rows = client.crm.item.list(entity_type_id=1, select=["id"]).as_list().result
    assert [row["id"] for row in rows] == [*range(1, 121)]
    assert portal.violations == []


ICON = {"DATA_IMAGE": "data:image/svg+xml,%3Csvg/%3E"}


@pytest.mark.usefixtures("plain_http")
def test_b24pysdk_leads_a_whole_dialog_of_an_open_line(portal: Portal) -> None:
    client = Client(sdk_token(portal))
    registered = client.imconnector.register(
        bitrix_id="omni", name="OMNI", icon=ICON, placement_handler="http://h/x", chat_group=False
    )
    assert registered.result == {"result": True}
    line = client.imopenlines.config.add(params={"LINE_NAME": "Продажи", "CRM_CREATE": "deal"}).result
    assert client.imconnector.activate(connector="omni", line=line, active=1).result is True
    data = {"ID": "c1", "NAME": "Сайт"}
    assert client.imconnector.connector.data.set(connector="omni", line=line, data=data).result is True
    assert client.imconnector.status(connector="omni", line=line).result["STATUS"] is True
    place = {"user": {"id": "p1", "name": "Пётр"}, "chat": {"id": "c1"}}
    said = {**place, "message": {"id": "m1", "date": 1773265993, "text": "Есть диваны?"}}
    [sent] = client.imconnector.send.messages("omni", line, [said]).result["DATA"]["RESULT"]
    chat, session = sent["session"]["CHAT_ID"], sent["session"]["ID"]
    dialog = client.imopenlines.dialog.get(user_code=f"omni|{line}|c1|p1").result
    assert (dialog["id"], dialog["entity_data_2"]) == (int(chat), "LEAD|0|COMPANY|0|CONTACT|1|DEAL|1")
    assert client.imopenlines.operator.answer(chat_id=chat).result is True
    deal = {"crm_entity_type": "deal", "crm_entity": 1}
    number = client.imopenlines.crm.message.add(**deal, user_id=1, chat_id=chat, message="Есть").result
    row = {"im": {"chat_id": chat, "message_id": number}, "message": {"id": ["e1"]}, "chat": {"id": "c1"}}
    assert client.imconnector.send.status.delivery("omni", line, [row]).result["SUCCESS"] is True
    edited = {**place, "message": {"id": "m1", "text": "Есть кресла?"}}
    assert (
        client.imconnector.update.messages("omni", line, [edited]).result["DATA"]["RESULT"][0]["SUCCESS"]
        is True
    )
    history = client.imopenlines.session.history.get(session_id=session).result
    assert {"Есть кресла?", "Есть"} <= {row["text"] for row in history["message"].values()}
    assert client.imopenlines.operator.finish(chat_id=chat).result is True
    assert portal.violations == []


@pytest.mark.usefixtures("plain_http")
def test_b24pysdk_registers_a_robot_and_answers_its_run(portal: Portal) -> None:
    client = Client(sdk_token(portal))
    returns = {"state": {"Name": {"ru": "Состояние", "en": "State"}, "Type": "string"}}
    made = client.bizproc.robot.add(
        "omni",
        "http://127.0.0.1:9/robot",
        {"ru": "Написать"},
        use_subscription=True,
        return_properties=returns,
    )
    assert made.result is True
    assert client.crm.item.add(entity_type_id=2, fields={"title": "Диван"}).result["item"]["id"] == 1
    run = run_robot(portal, "omni", 2, 1)
    assert client.bizproc.event.send(run.token, {"state": "sent"}).result is True
    assert (run.state, run.returned) == ("done", {"state": "sent"})
    assert client.crm.automation.trigger.add(code="omni.wrote", name="Клиент написал").result is True
    assert client.department.get().result[0]["NAME"] == "Компания"
    assert portal.violations == []


async def _lines(portal: Portal) -> Any:
    """Sends 120 messages of clients with an application's token, one element a request, in batches."""

    async def token() -> str:
        return portal.world.oauth.issue(portal, 1).access_token

    client = BitrixAsync(portal.client_endpoint, token_func=token, verbose=False)
    setup = {"ID": "omni", "NAME": "OMNI", "ICON": ICON, "PLACEMENT_HANDLER": "http://h/x"}
    await client.call("imconnector.register", setup, raw=True)
    await client.call("imconnector.activate", {"CONNECTOR": "omni", "LINE": 1, "ACTIVE": 1}, raw=True)
    rows = [
        {
            "CONNECTOR": "omni",
            "LINE": 1,
            "MESSAGES": [
                {
                    "user": {"id": f"p{n}", "name": "Пётр"},
                    "message": {"id": f"m{n}", "text": "Диван & кресло = ?"},
                    "chat": {"id": f"c{n}"},
                }
            ],
        }
        for n in range(120)
    ]
    return await client.call("imconnector.send.messages", rows)


def test_fast_bitrix24_sends_messages_of_clients_in_batches(portal: Portal) -> None:
    import asyncio

    done = asyncio.run(_lines(portal))
    assert len(done) == 120
    assert all(row["DATA"]["RESULT"][0]["SUCCESS"] for row in done)
    said = {row.text for row in portal.open_lines.messages.values() if row.mids}
    assert (said, len(portal.open_lines.dialogs)) == ({"Диван & кресло = ?"}, 120)
    assert portal.violations == []
