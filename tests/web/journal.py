"""Conversations in the journal, as the road leaves them."""

from datetime import timedelta
from typing import Any

from app.rules.search_words import words_of
from app.storage.models import Conversation, Message, PlanRow
from app.storage.queries import search_words
from tests.web.house import START, House

STEPS: list[dict[str, Any]] = [
    {"name": "contact", "kind": "create_contact", "params": {"name": "Покупатель"}, "state": "done", "result": 12},
    {"name": "deal", "kind": "create_deal", "params": {"title": "Чат: Покупатель"}, "state": "failed",
     "problem": "REQUIRED_FIELD: Заполните поле", "attempts": 3, "marker": "m"},
    {"name": "notify", "kind": "notify", "params": {}, "state": "failed", "problem": "depends_on:deal"},
]  # fmt: skip
WHY = [
    {"code": "first"},
    {"code": "client_unknown"},
    {"code": "creates", "params": {"entity": "deal", "title": "Чат: Покупатель"}},
    {"code": "client_found", "params": {"entity": "contact", "id": 3, "others": [4, 5]}},
    {"code": "of_a_version_to_come"},
]


def add(home: House, installation: int, number: int, **values: Any) -> int:
    """A conversation as the road leaves it; its id."""
    facts = {"visitor": {"name": f"Покупатель {number}", "phone_number": f"7916000{number:04d}"}}
    made = {
        "kind": "chat", "source_id": number, "account": "4735", "facts": facts, "ledger": {}, "state": "done",
        "created_at": START + timedelta(minutes=number), "updated_at": START, "changed": 2,
    }  # fmt: skip
    with home.services.sessions.begin() as session:
        row = Conversation(installation_id=installation, **(made | values))
        session.add(row)
        session.flush()
        search_words.keep(session, installation, {row.id: words_of(row.facts)})
        return row.id


def fail(home: House, installation: int, number: int) -> int:
    """One whose deal was refused."""
    entry = add(
        home, installation, number, state="failed", problem="deal: REQUIRED_FIELD: Заполните поле",
        ledger={"entities": {"contact": 12}},
    )  # fmt: skip
    with home.services.sessions.begin() as session:
        plan = PlanRow(conversation_id=entry, steps=STEPS, effects={}, explanation=WHY, created_at=START)
        session.add(plan)
        session.add(Message(conversation_id=entry, message_id=1, text="Здравствуйте", sent_at=START))
    return entry
