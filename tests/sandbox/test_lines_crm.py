"""Open Lines: the line's own tracker in the CRM (what doubles cards), chats of cards."""

from collections.abc import Iterator

import pytest

from sandbox.bitrix.crm.fields import COMPANY, CONTACT, DEAL, LEAD
from tests.sandbox.bitrix_portal import Caller, add, phone
from tests.sandbox.lines_portal import CONNECTOR, Connected, connected

PHONE = "+79161234567"


@pytest.fixture
def omni() -> Iterator[Connected]:
    with connected() as made:
        yield made


def counts(omni: Connected) -> tuple[int, int, int]:
    """Leads, deals, contacts."""
    items = omni.portal.crm.items
    return len(items[LEAD]), len(items[DEAL]), len(items[CONTACT])


def configure(omni: Connected, **params: str) -> None:
    omni.caller.result("imopenlines.config.update", CONFIG_ID=1, PARAMS=params)


def test_a_new_client_becomes_a_lead_with_source_address_and_activity(omni: Connected) -> None:
    omni.caller.result("event.bind", event="ONCRMLEADADD", handler=f"{omni.inbox.server.url}/events")
    chat, session = omni.begin(user={"phone": PHONE, "last_name": "Иванов"})
    assert counts(omni) == (1, 0, 0)
    code = f"imol|{CONNECTOR}|1|c1|p1"
    [lead] = omni.caller.result("crm.item.list", entityTypeId=LEAD, filter={"=imol": code})["items"]
    assert (lead["title"], lead["imol"], lead["phoneWork"]) == ("Пётр Иванов - Открытая линия", code, PHONE)
    assert (lead["sourceId"], lead["assignedById"], lead["hasImol"]) == ("1|UIS_OMNI", 1, "Y")
    assert omni.events("ONCRMLEADADD") == [{"FIELDS": {"ID": str(lead["id"])}}]
    names = {
        row["STATUS_ID"]: row["NAME"]
        for row in omni.caller.result("crm.status.list", filter={"ENTITY_ID": "SOURCE"})
    }
    assert names["1|UIS_OMNI"] == "OMNI - Открытая линия"
    filters = {"PROVIDER_ID": "IMOPENLINES_SESSION", "OWNER_TYPE_ID": 1, "OWNER_ID": lead["id"]}
    select = ["ASSOCIATED_ENTITY_ID", "PROVIDER_PARAMS", "COMMUNICATIONS", "COMPLETED"]
    [row] = omni.caller.result("crm.activity.list", filter=filters, select=select)
    assert (row["ASSOCIATED_ENTITY_ID"], row["PROVIDER_PARAMS"]["USER_CODE"]) == (str(session), code[5:])
    assert (row["COMMUNICATIONS"][0]["VALUE"], row["COMPLETED"]) == (code, "N")
    omni.lines.finish(chat, 1)
    assert omni.caller.result("crm.activity.list", filter=filters)[0]["COMPLETED"] == "Y"


def test_the_dialog_says_what_was_made(omni: Connected) -> None:
    _, session = omni.begin(user={"phone": PHONE})
    history = omni.caller.result("imopenlines.session.history.get", SESSION_ID=session)
    [row] = [row for row in history["message"].values() if "лид" in row["text"]]
    assert (row["text"], row["senderid"]) == ("[b]Создан новый лид[/b]", "0")
    link, grid = row["params"]["attach"][0]["blocks"]
    assert link["link"][0]["link"] == "/crm/lead/details/1/"
    assert {"name": "Телефон", "value": PHONE, "display": "LINE"} in grid["grid"]


@pytest.mark.parametrize(
    ("params", "made"),
    [
        ({"CRM": "N"}, (0, 0, 0)),
        ({"CRM_CREATE": "none"}, (0, 0, 0)),
        ({"CRM_CREATE": "lead"}, (1, 0, 0)),
        ({"CRM_CREATE": "deal"}, (0, 1, 1)),
    ],
)
def test_the_settings_of_the_line_decide_what_is_made(
    omni: Connected, params: dict[str, str], made: tuple[int, int, int]
) -> None:
    configure(omni, **params)
    omni.begin()
    assert counts(omni) == made


def test_disable_crm_keeps_the_tracker_out_of_one_message(omni: Connected) -> None:
    chat, _ = omni.begin(message={"disable_crm": "Y"})
    assert (counts(omni), omni.lines.dialogs[chat].crm) == ((0, 0, 0), {})
    omni.begin(mid="m2")
    assert counts(omni) == (1, 0, 0)


def test_the_odd_default_makes_a_repeat_lead_of_every_known_client(omni: Connected) -> None:
    assert omni.caller.result("imopenlines.config.get", CONFIG_ID=1)["CRM_CREATE_SECOND"] == "0"
    contact = add(omni.caller, CONTACT, name="Пётр", fm=phone(PHONE))
    chat, _ = omni.begin(user={"phone": PHONE})
    [lead] = omni.portal.crm.items[LEAD].values()
    assert (lead.fields["contactId"], lead.fields["isReturnCustomer"]) == (contact["id"], "Y")
    assert lead.fields["title"].startswith("Повторный лид")
    omni.lines.finish(chat, 1)
    omni.begin(mid="m2", user={"phone": PHONE})
    assert counts(omni) == (2, 0, 1)


def test_only_the_letter_n_stops_repeat_leads(omni: Connected) -> None:
    configure(omni, CRM_CREATE_SECOND="N")
    contact = add(omni.caller, CONTACT, name="Пётр", fm=phone(PHONE))
    chat, _ = omni.begin(user={"phone": PHONE})
    assert (counts(omni), omni.lines.dialogs[chat].crm) == ((0, 0, 1), {CONTACT: contact["id"]})


def test_every_message_may_make_a_repeat_lead(omni: Connected) -> None:
    omni.lines.switches.change({"repeat_leads": "message"})
    for number in range(3):
        omni.begin(mid=f"m{number}")
    assert counts(omni) == (3, 0, 0)


def test_a_new_line_brings_the_odd_default_back(omni: Connected) -> None:
    number = omni.caller.result("imopenlines.config.add", PARAMS={"LINE_NAME": "Новая"})
    row = omni.caller.result("imopenlines.config.get", CONFIG_ID=number)
    assert (row["CRM"], row["CRM_CREATE"], row["CRM_CREATE_SECOND"]) == ("Y", "lead", "0")


def test_an_open_lead_takes_the_dialog_only_when_it_is_the_only_one(omni: Connected) -> None:
    add(omni.caller, LEAD, title="Первый", fm=phone(PHONE))
    chat, _ = omni.begin(user={"phone": PHONE})
    assert (counts(omni), omni.lines.dialogs[chat].crm) == ((1, 0, 0), {LEAD: 1})
    add(omni.caller, LEAD, title="Второй", fm=phone("+79160000000"))
    add(omni.caller, LEAD, title="Третий", fm=phone("+79160000000"))
    omni.begin(person="p2", user={"phone": "+79160000000"})
    assert counts(omni) == (4, 0, 0)


def test_the_responsible_of_a_known_card_gets_the_dialog(omni: Connected) -> None:
    add(omni.caller, CONTACT, name="Пётр", assignedById=9, fm=phone(PHONE))
    chat, _ = omni.begin(user={"phone": PHONE})
    assert omni.lines.dialogs[chat].operator_id == 9


def test_a_transfer_changes_the_responsible_of_the_lead(omni: Connected) -> None:
    chat, _ = omni.begin()
    omni.lines.transfer(chat, 1, to_user=9)
    assert omni.portal.crm.items[LEAD][1].fields["assignedById"] == 9
    configure(omni, CRM_TRANSFER_CHANGE="N")
    omni.lines.transfer(chat, 1, to_user=7)
    assert omni.portal.crm.items[LEAD][1].fields["assignedById"] == 9


def test_contacts_written_into_the_chat_are_read_when_the_line_says_so(omni: Connected) -> None:
    configure(omni, CRM_CHAT_TRACKER="Y")
    omni.begin()
    omni.begin(mid="m2", text=f"Мой номер {PHONE}, почта ivan@example.com")
    lead = omni.portal.crm.items[LEAD][1]
    assert {row["value"] for row in lead.fm.values()} >= {PHONE, "ivan@example.com"}


def test_a_simple_crm_gets_a_deal() -> None:
    with connected() as omni:
        omni.portal.crm.simple = True
        number = omni.caller.result("imopenlines.config.add", PARAMS={})
        assert omni.caller.result("imopenlines.config.get", CONFIG_ID=number)["CRM_CREATE"] == "deal"
        omni.begin()
        assert counts(omni) == (0, 1, 1)


def test_cards_know_their_chats_after_conversion_too(omni: Connected) -> None:
    chat, _ = omni.begin()
    made = omni.portal.crm.convert_lead(1)
    shown = [{"CHAT_ID": str(chat), "CONNECTOR_ID": CONNECTOR, "CONNECTOR_TITLE": "OMNI"}]
    for kind, number in (("lead", 1), ("deal", made["deal"])):
        assert (
            omni.caller.result("imopenlines.crm.chat.get", CRM_ENTITY_TYPE=kind, CRM_ENTITY=number) == shown
        )
    assert omni.caller.result("imopenlines.crm.chat.getLastId", CRM_ENTITY_TYPE="deal", CRM_ENTITY=1) == chat
    omni.lines.finish(chat, 1)
    lead = {"CRM_ENTITY_TYPE": "lead", "CRM_ENTITY": 1}
    assert omni.caller.result("imopenlines.crm.chat.get", **lead) == []
    assert omni.caller.result("imopenlines.crm.chat.get", **lead, ACTIVE_ONLY="N") == shown
    nothing = {"CRM_ENTITY_TYPE": "company", "CRM_ENTITY": 1}
    assert omni.caller.error("imopenlines.crm.chat.getLastId", **nothing) == "CRM_CHAT_EMPTY_CRM_DATA"


def test_people_join_and_leave_the_chat_of_a_card(omni: Connected) -> None:
    chat, _ = omni.begin()
    card = {"CRM_ENTITY_TYPE": "lead", "CRM_ENTITY": 1, "USER_ID": 9}
    assert omni.caller.result("imopenlines.crm.chat.user.add", **card) == chat
    assert omni.caller.error("imopenlines.crm.chat.user.add", **card) == "WRONG_REQUEST"
    assert omni.caller.result("imopenlines.crm.chat.user.delete", **card, CHAT_ID=chat) == chat
    assert omni.caller.error("imopenlines.crm.chat.user.delete", **card) == "WRONG_REQUEST"
    assert (
        omni.caller.error("imopenlines.crm.chat.user.add", **{**card, "USER_ID": 55})
        == "CRM_CHAT_USER_NOT_ACTIVE"
    )
    assert omni.caller.error("imopenlines.crm.chat.user.add", **card, CHAT_ID=5) == "CHAT_NOT_IN_CRM"
    assert omni.caller.result("imopenlines.crm.chat.user.add", **{**card, "CRM_ENTITY": 8}) == 0


def test_a_member_writes_into_the_chat_of_a_card(omni: Connected) -> None:
    chat, _ = omni.begin()
    call = {"CRM_ENTITY_TYPE": "lead", "CRM_ENTITY": 1, "CHAT_ID": chat, "MESSAGE": "Здравствуйте"}
    assert omni.caller.error("imopenlines.crm.message.add", **call, USER_ID=9) == "CANCELED"
    assert (
        omni.caller.error("imopenlines.crm.message.add", **{**call, "CRM_ENTITY": 7}, USER_ID=1)
        == "CHAT_NOT_IN_CRM"
    )
    number = omni.caller.result("imopenlines.crm.message.add", **call, USER_ID=1)
    [data] = omni.events("ONIMCONNECTORMESSAGEADD")
    assert data["MESSAGES"][0]["im"]["message_id"] == str(number)


def test_an_operator_makes_a_lead_out_of_a_dialog_once(omni: Connected) -> None:
    configure(omni, CRM_CREATE="none")
    chat, _ = omni.begin()
    assert (
        Caller(omni.portal, 9).error("imopenlines.crm.lead.create", CHAT_ID=chat) == "ERROR_USER_NOT_OPERATOR"
    )
    assert omni.caller.result("imopenlines.crm.lead.create", CHAT_ID=chat) is True
    assert omni.caller.result("imopenlines.crm.lead.create", CHAT_ID=chat) is False
    assert counts(omni) == (1, 0, 0)
    assert omni.caller.result("imopenlines.crm.chat.getLastId", CRM_ENTITY_TYPE="lead", CRM_ENTITY=1) == chat


def test_a_company_with_the_phone_is_tied_too(omni: Connected) -> None:
    configure(omni, CRM_CREATE_SECOND="N")
    company = add(omni.caller, COMPANY, title="ООО", fm=phone(PHONE))
    chat, _ = omni.begin(user={"phone": PHONE})
    assert omni.lines.dialogs[chat].crm == {COMPANY: company["id"]}


def test_deals_have_no_messenger_address_to_filter_by(omni: Connected) -> None:
    assert omni.caller.error("crm.item.list", entityTypeId=DEAL, filter={"=imol": "x"}) == "INVALID_ARG_VALUE"
