"""Which files an operator may send: by name and content together. 50 hostile ones, and all kinds that people send."""

import pytest

from app.domain.sendable import NotSendable, Refusal, kind_of

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 40
ZIP = b"PK\x03\x04" + b"\0" * 40
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 40
MP4 = b"\0\0\0\x20ftypisom" + b"\0" * 40
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HTML = b"<!DOCTYPE html><script>alert(1)</script>"
EXE = b"MZ\x90\x00" + b"\0" * 40

GOOD = [
    ("фото.png", PNG, "photo"), ("a.JPG", JPEG, "photo"), ("a.jpeg", PNG, "photo"), ("a.gif", b"GIF89a....", "photo"),
    ("a.webp", b"RIFF0000WEBPVP8 ", "photo"), ("голос.ogg", b"OggS" + b"\0" * 40, "audio"),
    ("a.mp3", b"ID3\x03" + b"\0" * 40, "audio"), ("a.mp3", b"\xff\xfb\x90\x44", "audio"), ("a.m4a", MP4, "audio"),
    ("a.mp4", MP4, "video"), ("a.mov", MP4, "video"), ("договор.pdf", b"%PDF-1.7 ...", "document"),
    ("смета.xlsx", ZIP, "document"), ("a.docx", ZIP, "document"), ("a.zip", ZIP, "document"),
    ("a.doc", OLE, "document"),
    ("a.rtf", b"{\\rtf1\\ansi", "document"), ("a.txt", "Привет, 5 < 7".encode(), "document"),
    ("a.csv", b"a;b\n1;2\n", "document"), ("a.rar", b"Rar!\x1a\x07\x01\x00", "document"),
]  # fmt: skip

HOSTILE = [
    # scripts under their own names
    ("a.svg", SVG), ("a.html", HTML), ("a.htm", b"hello"), ("a.xhtml", HTML), ("a.xml", b"<?xml version='1.0'?><x/>"),
    ("a.js", b"alert(1)"), ("a.vbs", b"MsgBox 1"), ("a.hta", HTML), ("a.php", b"<?php system($_GET[0]); ?>"),
    ("a.svgz", b"\x1f\x8b\x08"), ("a.swf", b"FWS\x09"), ("a.chm", b"ITSF"), ("a.lnk", b"L\0\0\0"),
    # programs under their own names
    ("a.exe", EXE), ("a.scr", EXE), ("a.bat", b"@echo off"), ("a.cmd", b"dir"), ("a.ps1", b"Get-Item"),
    ("a.msi", OLE), ("a.jar", ZIP), ("a.apk", ZIP), ("a.dmg", b"x" * 60), ("a.sh", b"#!/bin/sh"), ("a.com", EXE),
    ("a.docm", ZIP), ("a.xlsm", ZIP), ("a.iso", b"x" * 60), ("a.dll", EXE), ("a.py", b"import os"),
    # under the name of something harmless
    ("photo.png", HTML), ("photo.png", SVG), ("photo.jpg", EXE), ("doc.pdf", HTML), ("doc.docx", EXE),
    ("note.txt", HTML), ("note.txt", b"\xef\xbb\xbf<script>alert(1)</script>"),
    ("note.csv", b"a;b\n<script>x</script>"), ("note.txt", b"#!/bin/sh\nrm -rf /"), ("a.mp4", HTML),
    ("a.mp3", b"<html>"), ("a.zip", EXE), ("a.gif", b" \n<svg/>"),
    ("a.png", b"\0<\0s\0v\0g\0"), ("a.txt", b"text\0with nul"), ("a.pdf", PNG), ("a.png", b"%PDF-1.7"),
    # names that say two things, or nothing
    ("photo.png.exe", PNG), ("photo.png.html", PNG), ("photo.svg", PNG), ("photo", PNG), ("photo.", PNG),
    ("архив.неизвестно", ZIP), ("a.png", b""), ("", PNG), (".htaccess", b"AddType"), ("a.PhP", b"<?php"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "head", "kind"), GOOD)
def test_what_people_send_is_sent_as_what_it_is(name: str, head: bytes, kind: str) -> None:
    assert kind_of(name, head) == kind


@pytest.mark.parametrize(("name", "head"), HOSTILE)
def test_what_may_do_harm_or_is_not_what_it_says_is_refused(name: str, head: bytes) -> None:
    with pytest.raises(NotSendable) as refused:
        kind_of(name, head)
    assert refused.value.refusal in Refusal


def test_there_are_enough_of_them() -> None:
    assert len(HOSTILE) >= 50
