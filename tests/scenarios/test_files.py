"""Files in what a conversation leaves in the CRM: links that never go stale, where the settings want them."""

import json
from typing import Any

import pytest

from app.base.file_links import FileLinks
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
    shown, base = told(here), f"{here.services.config.public_url}/files/"
    assert shown.count(base) == (4 if files else 0)
    assert "Чек" in shown
    assert "secret-token" not in shown
    assert "[b]" not in shown


def test_the_link_names_the_message_it_came_with(quick: Stage) -> None:
    talk(quick)
    config, row = quick.services.config, quick.conversation(1)
    links = FileLinks(config.public_url, config.secret_keys, quick.services.clock)
    [comment] = quick.comments(LEAD, quick.items(LEAD)[0]["id"])
    addresses = [part.partition("]")[0] for part in comment.split("[url=")[1:]]
    places = [links.read(address.rsplit("/", 1)[1]) for address in addresses]
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
