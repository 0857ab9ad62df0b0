"""What is new: told to every page that shows it, by any process, and for nothing while nothing happens."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.web.desk import watch
from app.web.desk.watch import Watch
from tests.support import queries
from tests.support.databases import KINDS, Databases
from tests.support.desk import IVAN, OLGA, Desk, desk

CLERK = 11


@pytest.fixture(params=KINDS, scope="module")
def here(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """One workplace for all tests of the module, once on each kind of database."""
    folder = tmp_path_factory.mktemp("news")
    with databases.database(request.param, folder, migrated=True) as url, desk(url, folder) as made:
        yield made


@pytest.fixture(autouse=True)
def open_to_all(here: Desk) -> Iterator[None]:
    yield
    here.here.save("workplace", visibility="all")


def told(here: Desk, since: int | None = None, **who: Any) -> dict[str, Any]:
    """What a page is told, when its process has looked."""
    here.here.flask.extensions["omni.watch"].read()
    path = "/updates" if since is None else f"/updates?since={since}"
    return dict(here.get(path, **who))


def test_a_page_hears_of_each_change_once(here: Desk) -> None:
    chat, number = here.begun()
    start = told(here, user=IVAN)["version"]
    assert told(here, start, user=IVAN)["changed"] == []
    here.here.uis.visitor_writes(chat.id, "Ау")
    here.here.rest()
    heard = told(here, start, user=IVAN)
    assert (heard["changed"], heard["reset"]) == ([number], False)
    assert told(here, heard["version"], user=IVAN)["changed"] == []
    here.say(number, "Слушаю")
    assert told(here, heard["version"], user=OLGA)["changed"] == [number]


def test_only_pages_that_may_show_it_hear_of_a_chat(here: Desk) -> None:
    chat, number = here.begun(phone="79160000951")
    here.say(number, "Слушаю", user=IVAN)
    here.settle()
    here.here.save("workplace", visibility="own")
    here.here.flask.extensions.pop("omni.people", None)
    lead = here.conversation(chat.id).ledger["entities"]["lead"]
    other = here.here.portal.crm.add(1, {"title": "Другой"}, 1).id
    pages: dict[str, dict[str, Any]] = {
        "operator": {"user": IVAN}, "colleague": {"user": OLGA}, "clerk": {"user": CLERK},
        "card": {"user": CLERK, "card": ("lead", lead)}, "other": {"user": CLERK, "card": ("lead", other)},
    }  # fmt: skip
    for page in ("card", "other"):
        here.get("/chats?box=card", **pages[page])  # what a page does first: it reads its card
    start = told(here, user=IVAN)["version"]
    here.here.uis.visitor_writes(chat.id, "Ау")
    here.here.rest()
    heard = {page: told(here, start, **who) for page, who in pages.items()}
    assert [page for page, one in heard.items() if one["changed"]] == ["operator", "card"]
    assert [page for page, one in heard.items() if one["others"]] == [
        "colleague"
    ]  # a number, for lists that hold it


def test_another_process_hears_of_it_by_the_database(here: Desk) -> None:
    chat, number = here.begun()
    other = Watch(here.here.services)
    start = other.look(here.here.installation_id, None).version
    here.here.uis.visitor_writes(chat.id, "Ау")
    here.here.rest()
    other.read()
    assert [change.chat_id for change in other.look(here.here.installation_id, start).changes][-1] == number


def test_a_page_that_slept_for_long_is_told_to_read_its_list_again(
    here: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "MOST", 3)
    start = told(here, user=IVAN)["version"]
    for _ in range(5):
        here.begun()
    assert told(here, start, user=IVAN)["reset"] is True
    assert told(here, told(here, user=IVAN)["version"], user=IVAN)["reset"] is False


def test_an_idle_page_asks_nothing_of_the_database(here: Desk) -> None:
    start = told(here, user=IVAN)["version"]
    with queries.counted(here.here.services.engine) as count:
        for _ in range(50):
            here.get(f"/updates?since={start}", user=IVAN)
    assert sum(number for thread, number in count.items() if thread != "news") == 0


def test_who_is_answering_is_seen_by_the_others_until_he_stops(here: Desk) -> None:
    _, number = here.begun()
    start = told(here, user=OLGA)["version"]
    here.post(f"/chats/{number}/answering", user=IVAN)
    path = f"/updates?since={start}&chat={number}"
    here.here.flask.extensions["omni.watch"].read()
    assert [row["user_id"] for row in here.get(path, user=OLGA)["answering"]] == [IVAN]
    assert here.get(path, user=IVAN)["answering"] == []
    here.here.world.clock.advance(15)
    assert here.get(path, user=OLGA)["answering"] == []
