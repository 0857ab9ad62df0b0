"""Who the client is: found in the CRM in every spelling, followed through conversions, never taken for a stranger."""

from typing import Any

import pytest

from tests.support.stage import Stage

LEAD, DEAL, CONTACT, COMPANY = 1, 2, 3, 4
MANY = {LEAD: {"title": "Спам", "stageId": "JUNK"}, CONTACT: {"name": "Клиент"}}
DEALS = {"entity": "deal"}
PHONE = [{"typeId": "PHONE", "valueType": "WORK", "value": "8 (916) 123-45-67"}]


def chat(here: Stage, chat_id: int, **more: Any) -> None:
    here.chat_started(chat_id, **more)
    here.settle()


def test_a_contact_of_the_portal_is_taken(here: Stage) -> None:
    here.portal.crm.add(CONTACT, {"name": "Клиент", "fm": PHONE, "assignedById": 7}, 1)
    here.save("chats", create=DEALS, responsible={"rules": [{"assign": {"kind": "crm_responsible"}}]})
    chat(here, 1)
    assert (len(here.items(CONTACT)), here.items(DEAL)[0]["contactId"]) == (1, 1)
    assert here.items(DEAL)[0]["assignedById"] == 7
    assert here.conversation(1).ledger["communication"] == "repeat"


def test_a_client_known_by_company_only_gets_a_contact_in_it(here: Stage) -> None:
    here.portal.crm.add(COMPANY, {"title": "Компания", "fm": PHONE}, 1)
    here.save("chats", create=DEALS)
    chat(here, 1)
    [deal], [contact] = here.items(DEAL), here.items(CONTACT)
    assert (deal["companyId"], deal["contactId"], contact["companyId"]) == (1, contact["id"], 1)


def test_the_open_deal_of_a_company_takes_the_chat(here: Stage) -> None:
    here.portal.crm.add(COMPANY, {"title": "Компания", "fm": PHONE}, 1)
    here.portal.crm.add(DEAL, {"title": "Сделка", "companyId": 1}, 1)
    here.save("chats", create=DEALS)
    chat(here, 1)
    assert (len(here.items(DEAL)), here.activities()[0].owners) == (1, [(DEAL, 1)])


@pytest.mark.parametrize("hiding", [LEAD, CONTACT])
def test_twenty_of_one_kind_hide_nobody_of_another(here: Stage, hiding: int) -> None:
    here.portal.crm.add(COMPANY, {"title": "Компания", "fm": PHONE}, 1)
    if hiding == LEAD:
        here.portal.crm.add(CONTACT, {"name": "Клиент", "fm": PHONE}, 1)
    for _ in range(20):
        here.portal.crm.add(hiding, {"fm": PHONE, **MANY[hiding]}, 1)
    here.save("chats", create=DEALS)
    chat(here, 1)
    [deal] = here.items(DEAL)
    assert deal["companyId"] == 1
    assert len(here.items(CONTACT)) == (1 if hiding == LEAD else 20)


def test_a_lead_of_a_known_contact_is_tied_to_it(here: Stage) -> None:
    here.portal.crm.add(COMPANY, {"title": "Компания"}, 1)
    here.portal.crm.add(CONTACT, {"name": "Клиент", "fm": PHONE, "companyId": 1}, 1)
    chat(here, 1)
    [lead] = here.items(LEAD)
    assert (lead["contactId"], lead["companyId"]) == (1, 1)


def test_a_converted_lead_leads_to_its_deal(here: Stage) -> None:
    chat(here, 1)
    here.portal.crm.convert_lead(1)
    chat(here, 2)
    assert (len(here.items(LEAD)), len(here.items(DEAL))) == (1, 1)
    assert here.activities()[1].owners == [(DEAL, 1)]


def test_a_converted_lead_is_followed_without_any_contact_data(here: Stage) -> None:
    here.save("chats", without_contacts=True)
    chat(here, 1, phone=None)
    here.portal.crm.convert_lead(1)
    chat(here, 2, phone=None, visitor_id=9_000_000_001)
    assert (len(here.items(LEAD)), len(here.items(DEAL))) == (1, 1)
    assert here.activities()[1].owners == [(DEAL, 1)]


def test_own_entities_are_known_where_the_search_of_the_crm_finds_nothing(here: Stage) -> None:
    here.save("chats", create=DEALS)
    chat(here, 1)
    contact = here.portal.crm.items[CONTACT][1]
    here.portal.crm.update(
        CONTACT, 1, {"fm": {str(number): {"typeId": "PHONE", "value": ""} for number in contact.fm}}, 1
    )
    chat(here, 2)
    assert (len(here.items(DEAL)), len(here.items(CONTACT))) == (1, 1)
    assert here.activities()[1].owners == [(DEAL, 1)]


def test_a_deleted_deal_makes_the_next_chat_decide_anew(here: Stage) -> None:
    here.save("chats", create=DEALS)
    chat(here, 1)
    here.portal.crm.delete(DEAL, 1)
    chat(here, 2)
    assert [deal["contactId"] for deal in here.items(DEAL)] == [1]
    assert here.conversation(2).state == "done"


def test_merged_contacts_are_one_client(here: Stage) -> None:
    here.save("chats", create=DEALS)
    chat(here, 1)
    here.portal.crm.add(CONTACT, {"name": "Тот же", "fm": PHONE}, 1)
    here.portal.crm.merge(CONTACT, [2, 1])
    chat(here, 2)
    assert ([contact["id"] for contact in here.items(CONTACT)], len(here.items(DEAL))) == ([2], 1)


def test_another_client_is_another_deal(here: Stage) -> None:
    here.save("chats", create=DEALS)
    chat(here, 1)
    chat(here, 2, phone="79169999999")
    assert [deal["contactId"] for deal in here.items(DEAL)] == [1, 2]


def test_a_number_without_owner_matches_nobody(here: Stage) -> None:
    here.portal.crm.add(DEAL, {"title": "Чужая сделка"}, 1)
    here.portal.crm.add(LEAD, {"title": "Чужой лид"}, 1)
    here.save("chats", create=DEALS)
    chat(here, 1)
    assert [deal["title"] for deal in here.items(DEAL)] == ["Чужая сделка", "Чат: Гость"]
    assert here.conversation(1).ledger["communication"] == "first"
