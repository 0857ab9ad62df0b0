"""Imports go down only (see `imports.py` beside this file for the floors)."""

from pathlib import Path

import pytest

from tests.house.imports import violations

ROOT = Path(__file__).resolve().parents[2]


def test_imports_go_down_only() -> None:
    found = violations(ROOT)
    assert not found, "The floors of the house do not hold:\n" + "\n".join(found)


def write(root: Path, name: str, source: str) -> None:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source, encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "source", "words"),
    [
        ("app/rules/titles.py", "import flask", "app.rules is pure and must not know flask"),
        ("app/domain/plan.py", "from sqlalchemy.orm import Session", "must not know sqlalchemy"),
        ("app/domain/plan.py", "from app.base.clock import Clock", "may import nothing else of ours"),
        ("app/rules/decide.py", "from app.storage import inbox", "app.rules must not import app.storage"),
        ("app/storage/inbox.py", "import app.rules.decide", "app.storage must not import app.rules"),
        ("app/pipeline/drain.py", "from bitrix_app.client import Client", "must not import bitrix_app"),
        ("app/pipeline/drain.py", "def f():\n    from ..uis import client", "must not import app.uis"),
        ("app/uis/client.py", "from bitrix_app import errors", "app.uis must not import bitrix_app"),
        ("bitrix_app/client.py", "from app import uis", "bitrix_app must not import app.uis"),
        ("bitrix_app/client.py", "from app.wiring import build", "must not import app (app.wiring)"),
        ("sandbox/world.py", "import app.domain.plan", "sandbox must not import app.domain"),
        ("app/web/pages.py", "import sandbox", "app.web must not import sandbox"),
    ],
)
def test_an_import_that_goes_up_is_said_in_words(name: str, source: str, words: str, tmp_path: Path) -> None:
    write(tmp_path, name, source)
    (sentence,) = violations(tmp_path)
    assert sentence.startswith(name)
    assert words in sentence


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("app/web/factory.py", "import bitrix_app.pages\nfrom app.uis import callbacks\nimport flask"),
        ("app/pipeline/drain.py", "from ..rules.decide import decide\nfrom app.storage.inbox import due"),
        ("app/rules/decide.py", "from app.domain import plan\nfrom .titles import title\nimport liquid"),
        ("app/storage/inbox.py", "from sqlalchemy import select\nfrom app.base import clock"),
    ],
)
def test_an_import_that_goes_down_is_fine(name: str, source: str, tmp_path: Path) -> None:
    write(tmp_path, name, source)
    assert violations(tmp_path) == []
