"""What is committed stands on its own: it names no workplace, no registry, nothing unfinished."""

import re

import pytest

from tests.support.checkout import ROOT, committed

# Put together from pieces, or this file would find itself.
REGISTRIES = [
    r"\b(files\.)?py" + r"(pi|thonhosted)\.org\b",
    r"\bregistry\.(npm" + r"js\.org|yarn" + r"pkg\.com|npm" + r"mirror\.com)\b",
    r"^--(extra-" + r"index-url|index-" + r"url|find-" + r"links)\b",
]
PLACES = [r"(?<![\w.:/])/wor" + r"k/(?!place)", r"(?<![\w./])shar" + r"ed/(docs|DESIGN|PRODUCT|STYLE)"]
# In comments only: TODO is also the vendor's name for a kind of activity.
UNFINISHED = [r"(#|//|/\*|<!--)\s*(TO" + r"DO|FIX" + r"ME)\b", r"^(<{7}|>{7}) "]


def hits(pattern: str) -> list[str]:
    """Places of the pattern in all committed texts, as file:line."""
    seen = re.compile(pattern, re.MULTILINE)
    found = []
    for file in committed():
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # pictures
        name = file.relative_to(ROOT)
        found += [f"{name}:{text.count(chr(10), 0, hit.start()) + 1}" for hit in seen.finditer(text)]
    return found


@pytest.mark.parametrize("pattern", [*REGISTRIES, *PLACES, *UNFINISHED])
def test_no_committed_file_says(pattern: str) -> None:
    assert hits(pattern) == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (REGISTRIES[0], "see https://py" + "pi.org/simple"),
        (REGISTRIES[1], "https://registry.npm" + "js.org/vue"),
        (PLACES[0], "cd /wor" + "k/main"),
        (UNFINISHED[0], "# TO" + "DO later"),
    ],
)
def test_the_patterns_find_what_they_mean(pattern: str, text: str) -> None:
    assert re.search(pattern, text, re.MULTILINE)
    assert not re.search(pattern, "/bitrix/workplace works with shared memory")
