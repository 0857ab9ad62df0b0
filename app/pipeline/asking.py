"""Asking the portal for many at once; one whose question is refused holds up only itself."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from app.domain.crm import CrmFacts, Questions
from app.pipeline.crm_side import Crm, CrmAway, LookupRefused

MOST_REFUSED = 5

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


def ask_all(crm: Crm, questions: Mapping[int, Questions]) -> tuple[dict[int, CrmFacts], dict[int, str]]:
    """Answers by conversation id, and why the portal refuses to answer for others. Raises CrmAway."""
    ids = list(questions)
    found = halved(lambda some: crm.ask([questions[one] for one in some]), ids)
    told = dict(zip(ids, found, strict=True))
    answers = {one: answer for one, answer in told.items() if not isinstance(answer, LookupRefused)}
    refused = {one: answer.reason for one, answer in told.items() if isinstance(answer, LookupRefused)}
    return answers, refused


def halved(
    ask: Callable[[Sequence[Asked]], Sequence[Answer]], items: Sequence[Asked]
) -> list[Answer | LookupRefused]:
    """An answer or its refusal per item, in their order. Raises CrmAway.

    Halved until the one that is refused stands alone: a refusal does not say whose question it was.
    """
    answers: list[Answer | LookupRefused] = []
    _ask(ask, items, answers)
    return answers


def _ask(
    ask: Callable[[Sequence[Asked]], Sequence[Answer]],
    items: Sequence[Asked],
    answers: list[Answer | LookupRefused],
) -> None:
    if not items:
        return
    try:
        answers += ask(items)
    except LookupRefused as error:
        if len(items) > 1:
            middle = len(items) // 2
            _ask(ask, items[:middle], answers)
            _ask(ask, items[middle:], answers)
            return
        answers.append(error)
        if sum(isinstance(answer, LookupRefused) for answer in answers) > MOST_REFUSED:
            raise CrmAway(error.reason, error.after) from None  # it is the portal, not a conversation
