"""The whole story with real processes: gunicorn with its background work, and the sandbox beside it."""

from pathlib import Path

import pytest

from bitrix_app.shell import Shell
from tests.support.missing import missing
from tools.demo_check import Check, Missing
from tools.story import running

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]


def test_the_story_of_the_demo_comes_to_its_end(tmp_path: Path) -> None:
    if Shell().entry() is None:
        missing("the pages are not built: make install builds them")
    said: list[str] = []
    with running(tmp_path / "demo", port=0, sandbox_port=0) as story:
        Check(story, said.append).play()
        told = story.log("application").read_text(encoding="utf-8")
    assert "Traceback" not in told
    for words in (
        "lead 1: Чат: Покупатель Первый",
        "deal 1: Чат: Покупатель Второй",
        "contact 1:",
        "transcript 1:",
    ):
        assert any(words in line for line in said), (words, said)
    # Logs hold ids, never what a client is called or how to reach him.
    assert "Покупатель" not in told and "7916123450" not in told


def test_a_portal_that_refuses_is_told_in_words(tmp_path: Path) -> None:
    if Shell().entry() is None:
        missing("the pages are not built: make install builds them")
    with running(tmp_path / "demo", port=0, sandbox_port=0) as story:
        check = Check(story, lambda line: None)
        check.portal("begin_installation")
        fault = {"service": "bitrix", "operation": "imconnector.register", "kind": "error", "times": 9}
        check.control("faults", fault | {"options": {"code": "ACCESS_DENIED", "status": 403}})
        with pytest.raises(Missing, match="ACCESS_DENIED"):
            check.install()
