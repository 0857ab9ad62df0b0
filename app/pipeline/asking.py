"""Asking the CRM for all conversations of a round; one whose question is refused holds up only itself."""

from collections.abc import Mapping, Sequence

from app.domain.crm import CrmFacts, Questions
from app.pipeline.crm_side import Crm, CrmAway, LookupRefused

MOST_REFUSED = 5


def ask_all(crm: Crm, questions: Mapping[int, Questions]) -> tuple[dict[int, CrmFacts], dict[int, str]]:
    """Answers by conversation id, and why the portal refuses to answer for others. Raises CrmAway."""
    answers: dict[int, CrmFacts] = {}
    refused: dict[int, str] = {}
    _ask(crm, questions, list(questions), answers, refused)
    return answers, refused


def _ask(
    crm: Crm, questions: Mapping[int, Questions], ids: Sequence[int],
    answers: dict[int, CrmFacts], refused: dict[int, str],
) -> None:  # fmt: skip
    """Halved until the one that is refused stands alone: a refusal does not say whose question it was."""
    if not ids:
        return
    try:
        found = crm.ask([questions[conversation_id] for conversation_id in ids])
    except LookupRefused as error:
        if len(ids) == 1:
            refused[ids[0]] = error.reason
            if len(refused) > MOST_REFUSED:
                raise CrmAway(error.reason, error.after) from None  # it is the portal, not a conversation
            return
        middle = len(ids) // 2
        _ask(crm, questions, ids[:middle], answers, refused)
        _ask(crm, questions, ids[middle:], answers, refused)
        return
    answers.update(zip(ids, found, strict=True))
