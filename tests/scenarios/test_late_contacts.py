"""A phone or an e-mail that becomes known later is added once to what was made."""

from typing import Any

from tests.support.stage import Stage


def fm(item: Any) -> list[tuple[str, str]]:
    return sorted((record["typeId"], record["value"]) for record in item.fm.values())


def test_an_email_learnt_later_is_added_to_the_contact_once(here: Stage) -> None:
    here.save("chats", create={"entity": "deal"})
    here.chat_started(1)
    here.work_off()
    for _ in range(2):
        here.card(9_000_000_001, phones=["79161234567"], emails=["maria@example.com"])
        here.message(1, 11, "and again")
        here.work_off()
    [contact] = here.portal.crm.items[3].values()
    assert fm(contact) == [("EMAIL", "maria@example.com"), ("PHONE", "+79161234567")]


def test_what_somebody_typed_in_meanwhile_is_not_added_again(here: Stage) -> None:
    here.save("chats", create={"entity": "deal"})
    here.chat_started(1)
    here.work_off()
    typed = {"n0": {"typeId": "PHONE", "valueType": "WORK", "value": "8 (916) 765-43-21"}}
    here.portal.crm.update(3, 1, {"fm": typed}, 1)
    here.card(9_000_000_001, phones=["79161234567", "79167654321"], emails=[])
    here.work_off()
    [contact] = here.portal.crm.items[3].values()
    assert len(fm(contact)) == 2


def test_an_addition_of_unknown_outcome_is_not_doubled(here: Stage) -> None:
    here.save("chats", without_contacts=True)
    here.chat_started(1, phone=None)
    here.work_off()
    here.world.faults.add("bitrix", "crm.item.update", "timeout_after", times=1)
    here.card(9_000_000_001, phones=["79161234567"], emails=[])
    here.work_off()
    [lead] = here.portal.crm.items[1].values()
    assert fm(lead) == [("PHONE", "+79161234567")]
    assert here.conversation(1).state == "done"
