"""docs/operations.md speaks of what there is: metrics, commands, variables, words of the log."""

import re
from pathlib import Path

from tests.support.checkout import ROOT
from tests.web.house import House

PAGE = (ROOT / "docs" / "operations.md").read_text()
SUFFIXES = ("_total", "_bucket", "_count", "_sum")


def _sources(*folders: str) -> str:
    return "\n".join(path.read_text() for name in folders for path in sorted((ROOT / name).rglob("*.py")))


def test_every_metric_of_the_page_is_told(home: House) -> None:
    told = set(re.findall(r"^# TYPE (omni_\w+)", home.client.get("/metrics").get_data(as_text=True), re.M))
    told |= {name + suffix for name in told for suffix in SUFFIXES}
    named = set(re.findall(r"omni_[a-z_]+", PAGE))
    assert len(named) > 20
    assert named - told == set()


def test_every_metric_that_is_told_stands_on_the_page(home: House) -> None:
    told = set(re.findall(r"^# TYPE (omni_\w+)", home.client.get("/metrics").get_data(as_text=True), re.M))
    rest = {name for name in told if name not in PAGE} - {"omni_conversations_in_trouble"}
    assert rest == set()


def test_every_command_of_the_page_is_there(home: House) -> None:
    named = set(re.findall(r"`(portals|inbox|journal|keys) ([a-z]+)", PAGE))
    assert len(named) >= 14
    for group, command in sorted(named):
        result = home.app.test_cli_runner().invoke(args=[group, command, "--help"])
        assert result.exit_code == 0, f"{group} {command}"


def test_every_variable_is_described() -> None:
    source = (ROOT / "app" / "base" / "config.py").read_text()
    names = set(re.findall(r"r\.\w+\(\s*\"([A-Z][A-Z0-9_]+)\"", source))
    described = PAGE + (ROOT / "README.md").read_text()
    assert len(names) > 25
    assert {name for name in names if f"`{name}" not in described} == set()


def test_words_of_the_log_are_logged() -> None:
    foreign = {"archive_command", "max_connections", "pg_stat_activity"}
    words = {word for word in re.findall(r"`([a-z]+_[a-z_]+)`", PAGE) if not word.startswith("omni_")}
    logged = set(re.findall(r'"([a-z_]+)"', _sources("app", "bitrix_app")))
    assert len(words) > 10
    assert words - foreign - logged == set()


def test_every_word_for_something_that_broke_or_is_away_stands_on_the_page() -> None:
    logged = set(
        re.findall(r'log\.\w+\(\s*"([a-z_]+_(?:broke|away|folded))"', _sources("app/pipeline", "app/storage"))
    )
    assert len(logged) > 8
    assert {word for word in logged if f"`{word}`" not in PAGE} == set()


def test_commands_are_named_as_they_are_called_in_a_checkout() -> None:
    assert re.findall(r"`((?:flask|celery) --app[^`]*)`", PAGE) == []


def test_links_within_the_documents_lead_somewhere() -> None:
    titles = {title.strip().lower().replace(" ", "-") for title in re.findall(r"^#+ (.+)$", PAGE, re.M)}
    assert set(re.findall(r"\]\(#([\w-]+)\)", PAGE)) <= titles
    for target in re.findall(r"\]\(([\w./-]+)\)", PAGE):
        assert Path(ROOT / "docs" / target).resolve().exists(), target
