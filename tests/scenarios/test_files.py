"""Files in what a conversation leaves in the CRM: links into the portal, where the settings want them."""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.base.file_links import FileLinks
from app.rules.attached import SMALL
from sandbox.core.server import Server
from tests.support.stage import Stage

LEAD = 1
RESOURCE = {"id": 5501, "token": "secret-token", "type": "photo", "name": "Чек [b]1[/b].jpg", "size": 12}


def talk(here: Stage, resource: dict[str, Any] = RESOURCE) -> None:
    here.chat_started(1)
    here.message(1, 11, "Вот чек", resource=resource)
    here.message(1, 12, "", resource=resource | {"id": 5502})
    here.closed(1)
    here.work_off()


def told(here: Stage) -> str:
    [lead] = here.items(LEAD)
    [activity] = here.activities()
    return json.dumps([here.comments(LEAD, lead["id"]), activity.layout], ensure_ascii=False)


@pytest.mark.parametrize("files", [True, False])
def test_files_are_linked_where_the_settings_want_them(here: Stage, files: bool) -> None:
    here.save("chats", transcript={"files": files})
    talk(here)
    assert (here.conversation(1).state, here.portal.violations) == ("done", [])
    shown, base = told(here), f"{here.portal.url}/marketplace/view/"
    assert shown.count(base) == (4 if files else 0)
    assert "Чек" in shown
    assert "secret-token" not in shown
    assert "[b]" not in shown


def test_the_link_names_the_message_it_came_with(quick: Stage) -> None:
    talk(quick)
    row = quick.conversation(1)
    links = FileLinks(quick.services.config, quick.services.clock)
    [comment] = quick.comments(LEAD, quick.items(LEAD)[0]["id"])
    addresses = [part.partition("]")[0] for part in comment.split("[url=")[1:]]
    places = [links.named(parse_qs(urlsplit(address).query)["params[file]"][0]) for address in addresses]
    assert [(place.conversation_id, place.message_id) for place in places] == [(row.id, 11), (row.id, 12)]


def test_a_file_as_the_report_names_it(quick: Stage) -> None:
    talk(quick, {"file_url": "https://files.example/1", "file_name": "договор.pdf", "size": 5})
    assert "договор.pdf" in told(quick)
    assert "files.example" not in told(quick)


def test_a_written_transcript_is_not_written_again_because_of_its_links(quick: Stage) -> None:
    talk(quick)
    before = len(quick.rest())
    quick.pass_time(100_000)
    quick.card(9_000_000_001, comment="ничего нового для записи")
    quick.work_off()
    assert "crm.timeline.comment.update" not in quick.rest()[before:]


PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
FILES = {
    "/photo.png": PNG,
    "/large.png": PNG + b"\0" * SMALL,
    "/page.html": b"<script>alert(1)</script>",
    "/drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "/offer.docx": b"PK\x03\x04" + b"\0" * 40,
    "/program.zip": b"PK\x03\x04" + b"\0" * 40,
}


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """Where the files of messages lie, as a row of the report names them."""

    def serve(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        content = FILES.get(environ["PATH_INFO"])
        start("200 OK" if content else "404 Not Found", [("Content-Type", "application/octet-stream")])
        return [content or b"gone"]

    server = Server(serve)
    server.start()
    yield server.url
    server.stop()


def told_of(store: str, name: str, **more: Any) -> dict[str, Any]:
    return {"file_url": f"{store}/{name}", "file_name": name, **more}


def attached(here: Stage) -> list[tuple[str, bytes]]:
    """Files at the comments of the portal's only lead, and whether the text links to them is looked at elsewhere."""
    comments = here.portal.crm.timeline.comments.values()
    return [(name, base64.b64decode(body)) for comment in comments for name, body in comment.files]


def test_a_small_file_is_attached_and_linked(here: Stage, store: str) -> None:
    talk(here, told_of(store, "photo.png", size=len(PNG)))
    assert attached(here) == [("photo.png", PNG)] * 2
    [comment] = here.comments(LEAD, here.items(LEAD)[0]["id"])
    assert comment.count("[url=") == 2
    assert (here.conversation(1).state, here.portal.violations) == ("done", [])


@pytest.mark.parametrize(
    ("name", "size", "attaches"),
    [
        ("photo.png", None, True),
        ("large.png", None, False),
        ("photo.png", SMALL + 1, False),
        ("page.html", None, False),
        ("drawing.svg", None, False),
        ("offer.docx", None, True),
        ("program.zip", None, False),
        ("nowhere.png", None, False),
    ],
)
def test_what_is_large_or_may_be_harmful_or_gone_is_linked_only(
    quick: Stage, store: str, name: str, size: int | None, attaches: bool
) -> None:
    talk(quick, told_of(store, name, size=size))
    assert bool(attached(quick)) is attaches
    assert told(quick).count(f"{quick.portal.url}/marketplace/view/") == 4
    assert quick.conversation(1).state == "done"


def test_without_files_nothing_is_attached(quick: Stage, store: str) -> None:
    quick.save("chats", transcript={"files": False})
    talk(quick, told_of(store, "photo.png"))
    assert attached(quick) == []


def test_a_portal_that_refuses_the_files_gets_the_comment_without_them(quick: Stage, store: str) -> None:
    faults = quick.world.faults
    faults.add("bitrix", "crm.timeline.comment.add", "error", times=1, code="DISK_FULL", status=400)
    talk(quick, told_of(store, "photo.png"))
    assert (attached(quick), len(quick.comments(LEAD, quick.items(LEAD)[0]["id"]))) == ([], 1)
    assert quick.conversation(1).state == "done"


@pytest.mark.parametrize("fault", ["timeout_after", "timeout_before", "reset_after", "http_503", "html"])
def test_a_comment_with_files_whose_answer_was_lost_is_there_once(
    quick: Stage, store: str, fault: str
) -> None:
    quick.world.faults.add("bitrix", "crm.timeline.comment.add", fault, times=1, seconds=6)
    talk(quick, told_of(store, "photo.png"))
    assert len(quick.comments(LEAD, quick.items(LEAD)[0]["id"])) == 1
    assert attached(quick) == [("photo.png", PNG)] * 2
    assert quick.conversation(1).state == "done"


def test_files_that_take_too_long_hold_nothing_up(
    quick: Stage, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bitrix_app import attach

    monkeypatch.setattr(attach, "SOON_S", -1.0)
    talk(quick, told_of(store, "photo.png"))
    assert (attached(quick), len(quick.comments(LEAD, quick.items(LEAD)[0]["id"]))) == ([], 1)
    assert quick.conversation(1).state == "done"
