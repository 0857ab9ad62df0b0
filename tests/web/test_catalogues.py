"""Every text exists in both languages with the same parameters, and every code that is used has a text."""

import re
from collections.abc import Iterator
from pathlib import Path

from app.base.texts import LANGUAGES, catalogue, placeholders
from app.domain.plan import StepKind, StepState
from app.web.journal.why import METHODS

ROOT = Path(__file__).resolve().parents[2]
# How codes are written, and the key that each becomes.
USES = (
    (r'because\(\s*"([a-z_]+)"(?: if .+? else "([a-z_]+)")?', "why.{}", ("app/rules",)),
    (r'Reason\(code="([a-z_]+)"', "why.{}", ("app/rules",)),
    (r'(?<!, )decision\.reason = "([a-z_]+)"', "why.{}", ("app/rules",)),
    (r'decision\.reason or "([a-z_]+)"', "why.{}", ("app/rules",)),
    (r'Problem\(\s*[\w.]+,\s*"([a-z_0-9]+)"(?: if .+? else "([a-z_]+)")?', "problem.{}", ("app/web",)),
    (r'\.say\(\s*"?[\w{}"]+"?, "(?:ok|warning|broken)", "([a-z_]+)"', "health.{}", ("app/web",)),
    (r'Refused\(\d+, "([a-z_]+)"\)', "refused.{}", ("bitrix_app",)),
    (r'text\(\s*"([a-z_]+\.[a-z_.]+)"', "{}", ("app", "bitrix_app")),
)  # fmt: skip


def used() -> Iterator[tuple[str, str]]:
    """(key, where it is used)."""
    for pattern, key, folders in USES:
        for folder in folders:
            for file in sorted((ROOT / folder).rglob("*.py")):
                for found in re.finditer(pattern, file.read_text("utf-8")):
                    for code in found.groups():
                        if code:
                            yield key.format(code), f"{file.relative_to(ROOT)}"


def test_both_languages_have_the_same_keys() -> None:
    russian, english = (catalogue(lang) for lang in LANGUAGES)
    assert russian.keys() ^ english.keys() == set()


def test_both_languages_use_the_same_parameters() -> None:
    russian, english = (catalogue(lang) for lang in LANGUAGES)
    differ = {key for key in russian if placeholders(russian[key]) != placeholders(english.get(key, ""))}
    assert differ == set()


def test_every_code_in_use_has_a_text() -> None:
    known = catalogue("en")
    missing = {(key, file) for key, file in used() if key not in known}
    assert missing == set()


def test_the_search_for_codes_finds_them() -> None:
    found = {key for key, _ in used()}
    assert {"why.client_found", "why.first", "why.repeat", "why.no_contacts", "problem.conflict"} <= found
    assert {"refused.wrong_token", "health.main_on", "problem.ticket_expired"} <= found


def test_every_step_and_outcome_has_words_and_a_method() -> None:
    known = catalogue("en")
    assert {f"journal.step.{kind}" for kind in StepKind} <= known.keys()
    assert {f"journal.outcome.{state}" for state in StepState} <= known.keys()
    assert METHODS.keys() == set(StepKind)
