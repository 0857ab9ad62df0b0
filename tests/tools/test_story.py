"""The demo finds ports, reads addresses, points both at each other, and says why it cannot start."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.story import Story, StoryError, environment, listen, read_addresses

SAID = """hub http://127.0.0.1:8100
oauth http://127.0.0.1:8101
uis http://127.0.0.1:8102
127.0.0.1 - - "GET http://127.0.0.1:1 HTTP/1.1" 200
"""


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    made = Story(tmp_path, {"app": "http://127.0.0.1:8000"})
    yield made
    made.stop()


def test_a_taken_port_is_replaced() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with listen(port) as door:
            assert door.getsockname()[1] not in {0, port}
    with listen(port) as door:
        assert door.getsockname()[1] == port


def test_addresses_are_complete_with_the_first_portal(story: Story) -> None:
    log = story.log("sandbox")
    log.write_text(SAID, encoding="utf-8")
    assert not read_addresses(story)
    log.write_text(SAID + "portal1 http://127.0.0.1:8104\n", encoding="utf-8")
    assert read_addresses(story)
    assert sorted(story.addresses) == ["app", "hub", "oauth", "portal1", "uis"]


def test_a_half_written_line_is_not_taken_for_an_address(story: Story) -> None:
    story.log("sandbox").write_text("portal1 http://127.0.0.1:81", encoding="utf-8")
    assert not read_addresses(story)


def test_the_application_knows_only_the_sandbox(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://production")
    story.addresses |= {"uis": "http://127.0.0.1:8102", "oauth": "http://127.0.0.1:8101"}
    made = environment(story, 8000)
    assert "DATABASE_URL" not in made
    addresses = [value for value in made.values() if "://" in value]
    assert addresses
    assert all(value.startswith("http://127.0.0.1:") for value in addresses)


def test_a_process_that_ends_is_said_with_its_last_words(story: Story) -> None:
    story.spawn("sandbox", [sys.executable, "-c", "raise SystemExit('no such world')"], {})
    with pytest.raises(StoryError, match="no such world"):
        story.wait("The sandbox says its addresses", lambda: False, seconds=20)
