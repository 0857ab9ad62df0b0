"""What a mapping adds to an activity: deadline, badge and lines; anything else is reported."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.base.texts import catalogue
from app.domain.conversation import Ledger, Snapshot
from app.domain.settings import Communication, parse
from app.rules.fields.activity_fields import MAX_LINES, extras
from tests.domain.documents import chats
from tests.rules.portal import view

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


def snapshot(**visitor: Any) -> Snapshot:
    return Snapshot(
        kind="chat", source_id=1, account="1", channel_id=1, visitor_id=1, person_id=None, operator_id=None,
        initiator="visitor", first_seen_at=NOW, started_at=NOW, closed_at=None, close_reason=None,
        facts={"visitor": visitor}, messages=(), ledger=Ledger(),
    )  # fmt: skip


def settings(*rows: dict[str, Any]) -> Communication:
    model = parse("chats", chats(mapping=[{"entity": "activity", **row} for row in rows]))
    assert isinstance(model, Communication)
    return model


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("deadline", "завтра", "mapping_not_date"),
        ("deadline", ["2026-05-05", "2026-05-06"], "mapping_many_values"),
        ("badgeCode", ["A", "B"], "mapping_many_values"),
        ("responsibleId", 7, "mapping_field_gone"),
    ],
)
def test_what_does_not_fit_is_reported(field: str, value: Any, code: str) -> None:
    found = extras(snapshot(), settings({"field": field, "constant": value}), view())
    assert (found.fields, found.lines, [problem.code for problem in found.problems]) == ({}, [], [code])
    assert f"why.{code}" in catalogue("ru")


def test_an_existing_activity_keeps_what_was_set_once() -> None:
    rows = settings(
        {"field": "deadline", "constant": "2026-05-05", "mode": "if_empty"},
        {"field": "badgeCode", "constant": "HOT"},
    )
    assert extras(snapshot(), rows, view()).fields.keys() == {"deadline", "badgeCode"}
    assert extras(snapshot(), rows, view(), again=True).fields == {"badgeCode": "HOT"}


def test_lines_are_titled_by_their_field_and_neutral() -> None:
    rows = settings(
        {"field": "text", "source": "visitor.city"}, {"field": "text", "template": "{{ visitor.city }}!"}
    )
    [(title, text), (none, filled)] = extras(snapshot(city="[b]Казань[/b]"), rows, view()).lines
    assert (bool(title), none) == (True, None)
    assert "[b]" not in text + filled
    assert extras(snapshot(), settings({"field": "text", "source": "visitor.city"}), view()).lines == []


def test_there_is_room_for_so_many_lines() -> None:
    rows = settings(*[{"field": "text", "constant": str(number)} for number in range(MAX_LINES + 2)])
    found = extras(snapshot(), rows, view())
    assert [text for _, text in found.lines] == [str(number) for number in range(MAX_LINES)]
    assert [problem.code for problem in found.problems] == ["mapping_too_many_lines"] * 2
