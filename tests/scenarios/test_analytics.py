"""Dialogs of the portal's own open lines in the reports of UIS: each once, with its advertising source."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.analytics import EMPLOYEE, Lines, lines
from tests.support.databases import KINDS, Databases

LEAD, DEAL, CONTACT = 1, 2, 3
PHONE = "+79161234567"


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Lines]:
    """A portal whose analytics is on; once on each kind of database."""
    with databases.database(request.param, tmp_path, migrated=True) as url, lines(url, tmp_path) as made:
        made.begin()
        yield made


@pytest.fixture
def quick(databases: Databases, tmp_path: Path) -> Iterator[Lines]:
    """The same on SQLite alone."""
    with databases.database("sqlite", tmp_path, migrated=True) as url, lines(url, tmp_path) as made:
        made.begin()
        yield made


def test_a_dialog_that_is_closed_is_uploaded_once_with_its_words(desk: Lines) -> None:
    chat = desk.messenger("Сколько стоит диван?", name="Покупатель", phone=PHONE)
    desk.answer(chat, "Добрый день! [b]64 900[/b]")
    desk.go(60)
    desk.finish(chat)
    desk.rest()
    [made] = desk.uploaded()
    visitor = desk.world.uis.visitors[made.visitor_id]
    assert [(one.source, one.text, one.employee_id) for one in made.messages] == [
        ("visitor", "Сколько стоит диван?", None),
        ("operator", "Добрый день! 64 900", EMPLOYEE),
    ]
    assert (visitor.name, visitor.phones) == ("Покупатель", ["79161234567"])
    assert (made.uploaded_status, made.initiator) == ("succeed", "visitor")
    assert made.session.traffic["source_id"] == 5
    [row] = desk.rows()
    assert (row.state, row.tier, row.uis_id, row.via) == ("uploaded", "messenger", made.report_id, "event")
    assert desk.portal.violations == []
