"""What a communication becomes."""

from typing import Any

import pytest

from app.domain.crm import CrmFacts, Kind
from app.domain.decision import Decision
from app.domain.plan import Ref, StepKind
from app.rules.client import recognise
from app.rules.decide import decide
from tests.rules.snapshots import at, chat, chats, entity, portal, said

CONTACT = entity(Kind.CONTACT, 30, assigned_by=7)
OLD_CONTACT = entity(Kind.CONTACT, 20)
DEAL = entity(Kind.DEAL, 40, contact_id=20)
LEAD = entity(Kind.LEAD, 50)
COMPANY = entity(Kind.COMPANY, 60)
CONVERTED = entity(Kind.LEAD, 51, open=False, stage_id="CONVERTED", contact_id=33)
TO_DEAL = {"create": {"entity": "deal"}}
ACTIVITY = {"create": {"what": "activity"}}


def made(settings: dict[str, Any], crm: CrmFacts, **changes: Any) -> list[str]:
    decision = decide(chat(**changes), chats(**settings), portal(), crm)
    return [step.name for step in decision.plan.steps]


@pytest.mark.parametrize(
    ("settings", "crm", "steps"),
    [
        ({}, CrmFacts(), ["lead", "activity", "notify"]),
        ({"notify": False}, CrmFacts(), ["lead", "activity"]),
        (TO_DEAL, CrmFacts(), ["contact", "deal", "activity", "notify"]),
        (TO_DEAL, CrmFacts(contacts=(CONTACT,)), ["deal", "activity", "notify"]),
        (TO_DEAL, CrmFacts(contacts=(OLD_CONTACT,), deals=(DEAL,)), ["activity", "notify"]),
        ({}, CrmFacts(contacts=(OLD_CONTACT,), deals=(DEAL,)), ["activity", "notify"]),
        ({}, CrmFacts(leads=(LEAD,)), ["activity", "notify"]),
        (TO_DEAL, CrmFacts(leads=(LEAD,)), ["activity", "notify"]),
        ({"create": {"into_open": False}}, CrmFacts(leads=(LEAD,)), ["lead", "activity", "notify"]),
        ({"create": {"what": "crm"}}, CrmFacts(), ["lead", "notify"]),
        ({"create": {"what": "crm"}}, CrmFacts(leads=(LEAD,)), []),
        (ACTIVITY, CrmFacts(), ["contact", "activity", "notify"]),
        (ACTIVITY, CrmFacts(leads=(LEAD,)), ["activity", "notify"]),
        (ACTIVITY, CrmFacts(companies=(COMPANY,)), ["activity", "notify"]),
        ({"create": {"on_first": False}}, CrmFacts(), []),
        ({"create": {"on_repeat": False}}, CrmFacts(contacts=(CONTACT,)), []),
        ({"create": {"on_repeat": False}}, CrmFacts(), ["lead", "activity", "notify"]),
        ({}, CrmFacts(marked={"lead": 5}), ["activity", "notify"]),
        (TO_DEAL, CrmFacts(marked={"contact": 5, "deal": 6, "activity": 7}), ["notify"]),
    ],
)
def test_steps(settings: dict[str, Any], crm: CrmFacts, steps: list[str]) -> None:
    assert made(settings, crm) == steps


def test_links_of_a_first_deal() -> None:
    contact, deal, activity, notify = decide(chat(), chats(**TO_DEAL), portal(), CrmFacts()).plan.steps
    assert (contact.refs(), deal.params["contact_id"]) == (set(), Ref("contact"))
    assert (activity.params["owner"], activity.params["owner_type"]) == (Ref("deal"), 2)
    assert (notify.kind, notify.params["entity_id"]) == (StepKind.NOTIFY, Ref("deal"))
    assert len({step.marker for step in (contact, deal, activity, notify)}) == 4


def test_markers_do_not_depend_on_what_an_administrator_can_change() -> None:
    def marks(**settings: Any) -> dict[str, str | None]:
        steps = decide(chat(), chats(**settings), portal(), CrmFacts()).plan.steps
        return {step.name: step.marker for step in steps}

    other = marks(create={"entity": "deal", "what": "crm"}, titles={"deal": "Иначе"})
    shared = marks(**TO_DEAL).items() & other.items()
    assert {name for name, _ in shared} == {"contact", "deal", "notify"}


def test_creation_off_keeps_what_is_found_for_the_transcript() -> None:
    crm = CrmFacts(contacts=(OLD_CONTACT,), deals=(DEAL,))
    closed = chat(closed_at=at(9), messages=(said(1),))
    decision = decide(closed, chats(create={"on_repeat": False}), portal(), crm)
    assert decision.effects["entities"] == {"contact": 20, "deal": 40}
    assert [step.name for step in decision.plan.steps] == ["transcript:deal:1", "transcript:contact:1"]


def test_without_anybody_to_belong_to_an_activity_is_not_decided() -> None:
    nobody = chat(facts={})
    decision = decide(nobody, chats(without_contacts=True, **ACTIVITY), portal(), CrmFacts())
    assert (decision.plan.steps, decision.state) == ([], "filtered")
    assert (decision.reason, decision.effects["decided"]) == ("no_owner_for_activity", False)


@pytest.mark.parametrize(
    ("crm", "earlier", "repeat", "contact", "deal"),
    [
        (CrmFacts(), False, False, None, None),
        (CrmFacts(), True, True, None, None),
        (CrmFacts(leads=(entity(Kind.LEAD, 1, open=False),)), False, False, None, None),
        (CrmFacts(companies=(COMPANY,)), False, True, None, None),
        (CrmFacts(contacts=(CONTACT, OLD_CONTACT)), False, True, 30, None),
        (CrmFacts(contacts=(CONTACT, OLD_CONTACT), deals=(DEAL,)), False, True, 20, 40),
        (CrmFacts(contacts=(CONTACT,), deals=(DEAL,)), False, True, 30, None),
        (CrmFacts(deals=(DEAL,)), True, True, None, 40),
        (CrmFacts(deals=(entity(Kind.DEAL, 41, open=False),)), True, True, None, None),
        (CrmFacts(leads=(CONVERTED,)), True, True, 33, None),
        (CrmFacts(leads=(CONVERTED,), deals=(entity(Kind.DEAL, 42, contact_id=33),)), True, True, 33, 42),
    ],
)
def test_who_the_client_is(
    crm: CrmFacts, earlier: bool, repeat: bool, contact: int | None, deal: int | None
) -> None:
    client = recognise(chat(earlier=earlier), crm, Decision())
    assert client.repeat is repeat
    assert (client.contact.id if client.contact else None) == contact
    assert (client.open_deal.id if client.open_deal else None) == deal


def rule(assign: dict[str, Any], value: str = "79161234567") -> dict[str, Any]:
    condition = {"field": "visitor.phone_number", "cmp": "eq", "value": value}
    return {"filter": {"op": "and", "items": [condition]}, "assign": assign}


@pytest.mark.parametrize(
    ("rules", "substitute", "user"),
    [
        ([], None, 1),
        ([rule({"kind": "user", "user_id": 7})], None, 7),
        ([rule({"kind": "user", "user_id": 7}, value="1")], None, 1),
        ([rule({"kind": "operator"})], None, 7),
        ([rule({"kind": "user", "user_id": 8})], None, 1),
        ([rule({"kind": "user", "user_id": 8})], 7, 7),
        ([rule({"kind": "user", "user_id": 8}), rule({"kind": "user", "user_id": 7})], None, 7),
        ([rule({"kind": "user", "user_id": 8}), rule({"kind": "user", "user_id": 7})], 1, 7),
        ([rule({"kind": "crm_responsible"})], None, 1),
        ([rule({"kind": "crm_responsible"}), rule({"kind": "operator"})], None, 7),
        ([rule({"kind": "queue", "user_ids": [8, 7]})], None, 7),
        ([rule({"kind": "queue", "user_ids": [8]})], 7, 7),
    ],
)
def test_who_is_responsible(rules: list[dict[str, Any]], substitute: int | None, user: int) -> None:
    responsible = {"rules": rules, "substitute_user_id": substitute}
    decision = decide(chat(), chats(responsible=responsible), portal(), CrmFacts())
    assert decision.effects["responsible_id"] == user
    assert decision.plan.steps[0].params["assigned_by"] == user


def test_the_responsible_of_the_client_is_the_contacts() -> None:
    responsible = {"rules": [rule({"kind": "crm_responsible"})]}
    crm = CrmFacts(contacts=(CONTACT,), companies=(entity(Kind.COMPANY, 60, assigned_by=1),))
    assert decide(chat(), chats(responsible=responsible), portal(), crm).effects["responsible_id"] == 7


def test_a_simple_crm_has_no_leads() -> None:
    decision = decide(chat(), chats(), portal(crm_mode="simple"), CrmFacts())
    assert [step.name for step in decision.plan.steps] == ["contact", "deal", "activity", "notify"]
