"""The test chat: every step ticked, everything removed again, also what an interrupted one left."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.storage.models import Conversation
from tests.domain.documents import chats
from tests.web.house import House
from tests.web.world import Living, living

pytestmark = pytest.mark.usefixtures("built_pages")


@pytest.fixture
def everywhere(database_url: str, tmp_path: Path) -> Iterator[Living]:
    """With a portal behind it, once on SQLite and once on PostgreSQL."""
    with living(database_url, tmp_path) as made:
        yield made


def ready(alive: Living, **changes: Any) -> str:
    """An installed portal with chats on; the administrator's session."""
    token = alive.installed()
    alive.call("PUT", "/settings/chats", token, {"revision": 0, "settings": chats(**changes)})
    return token


def tried(alive: Living, token: str, *, remove: bool = True) -> Any:
    alive.call("POST", "/test_chat", token, {"remove": remove})
    alive.work()
    return alive.call("GET", "/test_chat", token)


def left(alive: Living) -> tuple[int, ...]:
    """How many leads, deals, contacts, activities and comments the portal has."""
    crm = alive.portal.crm
    return (
        *(len(crm.items[kind]) for kind in (1, 2, 3)),
        len(crm.timeline.activities),
        len(crm.timeline.comments),
    )


def ticks(told: Any) -> dict[str, str]:
    return {step["name"]: step["state"] for step in told["steps"]}


def test_before_the_first_one_there_is_nothing(home: House) -> None:
    answer = home.call("GET", "/test_chat", home.token(home.install()))
    assert answer.json is not None
    assert (answer.json["state"], answer.json["steps"]) == ("never", [])


def test_every_step_is_ticked_and_everything_removed(everywhere: Living) -> None:
    token = ready(everywhere, create__entity="deal", transcript__to=["deal", "contact"])
    before = left(everywhere)
    told = tried(everywhere, token)
    assert told["state"] == "done", told
    done = dict.fromkeys(
        [
            "settings",
            "lookups",
            "decision",
            "contact",
            "deal",
            "activity",
            "transcript:deal:1",
            "transcript:contact:1",
        ],
        "done",
    )
    assert ticks(told) == done | {"notify": "skipped", "cleanup": "done"}
    assert all(step["title"] for step in told["steps"])
    assert "Первое обращение" in [line["text"] for line in told["explanation"]]
    assert left(everywhere) == before
    with everywhere.home.services.sessions() as session:
        assert session.query(Conversation).count() == 0


def test_the_portal_keeps_it_when_told_so(alive: Living) -> None:
    token = ready(alive)
    leads, *_ = left(alive)
    told = tried(alive, token, remove=False)
    assert (told["state"], ticks(told)["notify"]) == ("done", "done")
    assert "cleanup" not in ticks(told)
    assert left(alive)[0] == leads + 1
    [card] = [step for step in told["steps"] if step["name"] == "lead"]
    newest = max(alive.portal.crm.items[1])
    assert (card["text"], card["url"]) == (f"№ {newest}", f"{alive.portal.url}/crm/lead/details/{newest}/")
    again = tried(alive, token)
    assert ("leftovers" in ticks(again), left(alive)[0]) == (False, leads + 1)


def test_what_an_interrupted_one_left_goes_with_the_next(alive: Living) -> None:
    token = ready(alive)
    before = left(alive)
    alive.world.faults.add(
        "bitrix", "crm.activity.list", "error", code="INTERNAL_SERVER_ERROR", status=500, times=9
    )
    alive.world.faults.add("bitrix", "crm.item.delete", "error", code="ACCESS_DENIED", status=403, times=9)
    broken = tried(alive, token)
    assert broken["state"] == "failed", broken
    alive.world.faults.clear()
    mended = tried(alive, token)
    assert mended["state"] == "done", mended
    assert ticks(mended)["leftovers"] == "done"
    assert left(alive) == before


def test_one_that_died_with_its_process_is_told_and_cleaned_up(alive: Living) -> None:
    token = ready(alive)
    before = left(alive)
    alive.call("POST", "/test_chat", token, {"remove": True})
    assert alive.call("GET", "/test_chat", token)["state"] == "running"
    alive.call("POST", "/test_chat", token, {"remove": True})
    assert len(alive.waiting) == 1
    work = alive.waiting.pop()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.web.journal.trial.Trial._remove", _die)
        with pytest.raises(SystemExit):
            work()
    assert left(alive) != before
    alive.home.clock.advance(301)
    token = alive.open()
    told = alive.call("GET", "/test_chat", token)
    assert told["state"] == "failed"
    assert ticks(tried(alive, token))["leftovers"] == "done"
    assert left(alive) == before


def _die(*_: object) -> None:
    raise SystemExit


def test_settings_that_make_nothing_are_told(alive: Living) -> None:
    narrow = {"op": "and", "items": [{"field": "visitor.city", "cmp": "eq", "value": "Казань"}]}
    token = ready(alive, filter=narrow, create__on_first=False)
    told = tried(alive, token)
    states = ticks(told)
    assert (states["settings"], states["decision"], states["cleanup"]) == ("warning", "failed", "done")
    words = {step["name"]: step["text"] for step in told["steps"]}
    assert words["settings"] == "Не прошло по фильтру"
    assert words["decision"] == "Создание для таких обращений выключено"


def test_employees_start_none(home: House) -> None:
    installation = home.install()
    employee = home.token(installation, admin=False)
    assert home.call("POST", "/test_chat", employee, {"remove": True}).status_code == 403
