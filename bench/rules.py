"""What a decision costs: microseconds with 20 rules for the responsible and 50 rows of mapping, nothing else done."""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from app.domain.conversation import Ledger, PortalView, Snapshot
from app.domain.crm import CrmFacts, Entity, Kind
from app.domain.fields import FieldInfo
from app.domain.message import TranscriptMessage
from app.domain.settings import Communication, defaults, parse
from app.rules.consider import consider
from app.rules.decide import decide
from app.rules.fields.mapping import mapped
from app.rules.follow_up import follow_up

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
RULES, ROWS = 20, 50
ROUNDS, REPEATS = 7, 200
SOURCES = ("traffic.utm_source", "traffic.utm_medium", "visitor.name", "visitor.city", "chat.channel_name")
TYPES = ("string", "integer", "datetime", "enumeration", "money", "boolean", "url", "user", "text", "date")
CONSTANTS = (
    "word",
    12,
    "2026-05-04T09:00:00Z",
    "Item 3",
    "1 234,50 ₽",
    "да",
    "shop.example/a",
    7,
    "text",
    "04.05.2026",
)


def run() -> dict[str, Any]:
    """Median microseconds per decision, by what is decided."""
    bare, full = settings(0, 0), settings(RULES, ROWS)
    known = CrmFacts(contacts=(Entity(kind=Kind.CONTACT, id=5, assigned_by=7, values={}),))
    chat, old = snapshot(), snapshot(decided=True)
    deal = CrmFacts(deals=(Entity(kind=Kind.DEAL, id=5, values={}),))
    figures = {
        "no rules, no rows": lambda: decide(chat, bare, view(), CrmFacts()),
        f"{RULES} rules, {ROWS} rows: a first chat": lambda: decide(chat, full, view(), CrmFacts()),
        f"{RULES} rules, {ROWS} rows: a known client": lambda: decide(chat, full, view(), known),
        f"{RULES} rules, {ROWS} rows: whether to decide": lambda: consider(chat, full, view(), NOW),
        f"{RULES} rules, {ROWS} rows: what came later": lambda: follow_up(old, full, view(), NOW, NOW, deal),
        f"{ROWS} rows: the mapping alone": lambda: mapped(full.mapping, "deal", chat.facts, view(), {}),
    }
    return {f"µs, {name}": round(_cost(work), 1) for name, work in figures.items()}


def _cost(work: Callable[[], object]) -> float:
    work()  # warms caches of templates
    return statistics.median(_round(work) for _ in range(ROUNDS))


def _round(work: Callable[[], object]) -> float:
    started = time.process_time()
    for _ in range(REPEATS):
        work()
    return (time.process_time() - started) * 1e6 / REPEATS


def settings(rules: int, rows: int) -> Communication:
    """Chats become deals; of the rules for the responsible only the last one holds."""
    document = defaults("chats") | {"enabled": True}
    document["create"] = document["create"] | {"entity": "deal"}
    last = rules - 1
    assign = [
        {"filter": _filter("here" if n == last else f"other{n}"), "assign": _user()} for n in range(rules)
    ]
    document["responsible"] = {"rules": assign, "default_user_id": 7, "substitute_user_id": None}
    document["mapping"] = [_row(number) for number in range(rows)]
    model = parse("chats", document)
    assert isinstance(model, Communication)
    return model


def _user() -> dict[str, Any]:
    return {"kind": "user", "user_id": 7}


def _filter(source: str) -> dict[str, Any]:
    conditions = [
        {"field": "traffic.utm_source", "cmp": "eq", "value": source},
        {"op": "or", "items": [{"field": "visitor.city", "cmp": "contains", "value": "Каз"}]},
    ]
    return {"op": "and", "items": conditions}


def _row(number: int) -> dict[str, Any]:
    """A third each of facts, constants and templates, over fields of ten types."""
    origin: dict[str, Any] = {"constant": CONSTANTS[number % 10]}
    field = f"ufCrm_{number}"
    if number % 3 == 1:
        origin, field = {"source": SOURCES[number % 5]}, f"ufCrm_text{number}"
    if number % 3 == 2:
        origin = {"template": "{{ visitor.name | default: 'Guest' }} / {{ traffic.utm_source }}"}
        field = f"ufCrm_text{number}"
    return {"entity": "deal", "field": field, "mode": ("always", "if_empty", "append")[number % 3], **origin}


_FIELDS = {
    name: FieldInfo(
        name=name, entity="deal", title=name, custom=True, items={str(i): f"Item {i}" for i in range(30)},
        type="string" if "text" in name else TYPES[number % 10],
    )
    for number in range(ROWS)
    for name in (f"ufCrm_{number}", f"ufCrm_text{number}")
}  # fmt: skip
_VIEW = PortalView(
    member_id="m", portal_url="https://portal.example", lang="ru", timezone="Europe/Moscow", crm_mode="classic",
    users={7: ("Ответственный Первый", True)}, operators={367852: 7}, operator_names={}, channel_names={},
    fields={"deal": _FIELDS},
)  # fmt: skip


def view() -> PortalView:
    """A portal whose fields are known."""
    return _VIEW


def snapshot(*, decided: bool = False) -> Snapshot:
    """A chat of six messages with its advertising source."""
    ledger = Ledger(decided=decided, entities={"deal": 5}, mapped={"deal": "old"}) if decided else Ledger()
    messages = tuple(
        TranscriptMessage(
            id=n, source="visitor", author="Гость", text=f"Сообщение {n}", at=NOW, files=(), edited=False
        )
        for n in range(6)
    )
    return Snapshot(
        kind="chat", source_id=1, account="4735", channel_id=1, visitor_id=9, person_id=None, operator_id=367852,
        initiator="visitor", first_seen_at=NOW, started_at=NOW, closed_at=None, close_reason=None, messages=messages,
        ledger=ledger,
        facts={
            "visitor": {"name": "Гость", "phone_number": "79161234567", "city": "Казань"},
            "traffic": {"utm_source": "here", "utm_medium": "cpc"},
            "chat": {"channel_name": "Чат на сайте"},
        },
    )  # fmt: skip


if __name__ == "__main__":
    for name, value in run().items():
        print(f"{name:50} {value}")
