"""Names of strangers' files, made harmless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.file_names import LONGEST, UNKNOWN, safe_name, sniffed


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Счёт №1.pdf", "Счёт №1.pdf"),
        ("../../etc/passwd", "etc passwd"),
        ("C:\\Windows\\a.exe", "C Windows a.exe"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie x.txt"),
        ('"><script>.html', "script .html"),
        ("...", "file"),
        ("", "file"),
        (None, "file"),
        (5, "file"),
        ("CON.txt", "_CON.txt"),
        ("ы" * 400 + ".docx", "ы" * (LONGEST - 5) + ".docx"),
    ],
)
def test_names(name: object, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text())
def test_no_name_leads_anywhere(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe) <= LONGEST + 1
    assert not set(safe) & set('/\\:"<>|\r\n\0')
    assert not safe.startswith(".")


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"%PDF-1.7", "application/pdf"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBP", "image/webp"),
        (b"\0\0\0\x18ftypmp42", "video/mp4"),
        (b"<svg ", UNKNOWN),
        (b"<!DOCTYPE html>", UNKNOWN),
        (b"", UNKNOWN),
    ],
)
def test_kinds(head: bytes, kind: str) -> None:
    assert sniffed(head) == kind
