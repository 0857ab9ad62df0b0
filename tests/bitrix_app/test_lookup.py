"""Answers of a lookup: empty maps that are lists, links that found nothing, and rows of strangers."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.base.threads import RealThreads
from app.domain.crm import Kind, Questions
from app.pipeline.crm_side import CrmAway
from bitrix_app.batch import BatchAnswer, CommandError
from bitrix_app.client import PortalClient
from bitrix_app.limits.limiter import Limiter
from bitrix_app.lookup import look_up
from sandbox.bitrix.wire import decode_query

ASKED = Questions(phones=(("+79161234567", "79161234567"),), markers={"deal": "mark"})
Answer = Callable[[str, dict[str, Any]], Any]


class Canned:
    """Stands for the client: answers every command from a function of its method and its values."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.requests: list[list[str]] = []
        self.limiter = Limiter(2.0, 50.0)
        self.services = SimpleNamespace(threads=RealThreads())

    def member_id(self) -> str:
        return "member"

    def batch(self, commands: Mapping[str, str], **_: Any) -> BatchAnswer:
        self.requests.append([text.partition("?")[0] for text in commands.values()])
        found = {
            key: self.answer(text.partition("?")[0], decode_query(text.partition("?")[2]))
            for key, text in commands.items()
        }
        errors = {key: value for key, value in found.items() if isinstance(value, CommandError)}
        return BatchAnswer({key: value for key, value in found.items() if key not in errors}, errors, {})


def ask(client: Canned, *questions: Questions) -> list[Any]:
    return look_up(cast(PortalClient, client), questions)


def row(number: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "title": f"#{number}", "assignedById": 1, "closed": "N", **more}


def test_nobody_costs_one_request_and_an_empty_map_is_a_list() -> None:
    client = Canned(lambda method, _: [] if method == "crm.duplicate.findbycomm" else {"items": []})
    [facts] = ask(client, ASKED)
    assert (facts.contacts, facts.companies, facts.leads, facts.deals, facts.marked) == ((), (), (), (), {})
    assert client.requests == [["crm.duplicate.findbycomm", "crm.item.list"]]


def test_rows_of_strangers_are_ignored() -> None:
    def answer(method: str, values: dict[str, Any]) -> Any:
        if method == "crm.duplicate.findbycomm":
            return {"CONTACT": [5]}
        if "@originId" in values["filter"]:
            return {"items": [{"id": 77, "originId": "of somebody else"}]}
        if "@contactId" in values["filter"]:
            return {"items": [row(40, contactId=5), row(41, contactId=6), row(42, contactId=None)]}
        return {"items": [row(5), row(6)]}

    [facts] = ask(Canned(answer), ASKED)
    assert [contact.id for contact in facts.contacts] == [5]
    assert [deal.id for deal in facts.deals] == [40]
    assert facts.marked == {}


def test_of_two_rows_with_one_marker_the_oldest_counts() -> None:
    rows = [{"id": 7, "originId": "mark"}, {"id": 9, "originId": "mark"}]
    client = Canned(lambda method, _: [] if method == "crm.duplicate.findbycomm" else {"items": rows})
    assert ask(client, ASKED)[0].marked == {"deal": 7}


def test_a_converted_lead_leads_to_its_open_deal_only() -> None:
    def answer(_: str, values: dict[str, Any]) -> Any:
        if "@leadId" in values["filter"]:
            return {"items": [row(40, leadId=3), row(41, leadId=4)]}
        return {"items": [row(3, stageId="CONVERTED", stageSemanticId="S")]}

    [facts] = ask(Canned(answer), Questions(known={Kind.LEAD: (3,)}))
    assert [deal.id for deal in facts.deals] == [40]
    assert [(lead.id, lead.open) for lead in facts.leads] == [(3, False)]


def test_conversations_share_requests_and_get_their_own_answers() -> None:
    def answer(method: str, values: dict[str, Any]) -> Any:
        if method == "crm.duplicate.findbycomm":
            return {"CONTACT": [int(values["values"][0][-2:])]}
        wanted = values["filter"].get("@id", [])
        return {"items": [row(int(number)) for number in wanted]}

    client = Canned(answer)
    questions = [Questions(phones=((f"+791612345{number}",),)) for number in range(10, 22)]
    found = ask(client, *questions)
    assert [[contact.id for contact in facts.contacts] for facts in found] == [[n] for n in range(10, 22)]
    assert [len(request) for request in client.requests] == [12, 24]


def test_what_full_answers_hide_is_asked_for_in_one_request_more() -> None:
    full = list(range(100, 120))
    by_phone = {"1": {"LEAD": full}, "2": {"LEAD": [1], "CONTACT": full}, "3": {"CONTACT": [3]}}
    asked: list[tuple[str, str]] = []

    def answer(method: str, values: dict[str, Any]) -> Any:
        if method == "crm.duplicate.findbycomm":
            only = values.get("entity_type", "")
            asked.append((values["values"][0], only))
            return {only: [7]} if only else by_phone[values["values"][0]]
        return {"items": [row(int(number)) for number in values["filter"].get("@id", [])]}

    client = Canned(answer)
    found = ask(client, *(Questions(phones=((phone,),)) for phone in by_phone))
    assert asked[3:] == [("1", "CONTACT"), ("1", "COMPANY"), ("2", "COMPANY")]
    assert [len(request) for request in client.requests][:2] == [3, 3]
    assert len(client.requests) == 3
    assert [[company.id for company in facts.companies] for facts in found] == [[7], [7], []]
    assert [[contact.id for contact in facts.contacts][:2] for facts in found] == [[7], [119, 118], [3]]


@pytest.mark.parametrize("code", ["QUERY_LIMIT_EXCEEDED", "INTERNAL_SERVER_ERROR", "ACCESS_DENIED", "NEW"])
def test_half_an_answer_is_none(code: str) -> None:
    client = Canned(lambda method, _: CommandError(code) if "duplicate" in method else {"items": []})
    with pytest.raises(CrmAway):
        ask(client, ASKED)
