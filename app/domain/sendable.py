"""Files that an operator may send to a client: known by their name and by their first bytes, and both agree.

What can carry scripts or programs is refused, also under another name; nobody is asked to trust an ending alone.
"""

import re
from enum import StrEnum

from app.domain.file_names import sniffed

HEAD = 1_024
"""So many first bytes are looked at."""


class Refusal(StrEnum):
    """Why a file may not be sent; also the code of its words."""

    EMPTY = "file_empty"  # nothing in it
    ACTIVE = "file_active"  # can carry scripts or programs
    OTHER = "file_other"  # is not what its name says
    UNKNOWN = "file_unknown_kind"  # a kind that nobody vouches for


PHOTOS = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
}
SOUNDS = {
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "opus": "audio/ogg",
    "m4a": "audio/mp4",
}
FILMS = {"mp4": "video/mp4", "mov": "video/mp4", "m4v": "video/mp4"}
PLAIN = ("txt", "csv", "ics", "vcf")
ZIPPED = ("docx", "xlsx", "pptx", "odt", "ods", "odp", "zip")
DOCUMENTS: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF-",),
    "rtf": (b"{\\rtf",),
    "7z": (b"7z\xbc\xaf\x27\x1c",),
    "rar": (b"Rar!\x1a\x07",),
    **dict.fromkeys(ZIPPED, (b"PK\x03\x04",)),
    **dict.fromkeys(("doc", "xls", "ppt"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",)),
}
_MPEG = re.compile(rb"\xff[\xe2-\xff]")
_PROGRAMS = (
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"\xca\xfe\xba\xbe",
    b"\xfe\xed\xfa",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
)
_MARKUP = re.compile(
    rb"<\s*(?:!doctype|html|head|body|script|svg|iframe|object|embed|\?xml|\?php|%)", re.IGNORECASE
)
_PAGES = "html htm xhtml shtml svg svgz xml xsl js mjs vbs wsf hta php asp aspx jsp chm swf"
_RUNS = "exe com scr bat cmd ps1 msi msp dll jar apk app dmg pkg sh py pl rb lnk reg scf iso img vhd"
_MACROS = "docm xlsm pptm dotm"
_NAMED_ACTIVE = frozenset(f"{_PAGES} {_RUNS} {_MACROS}".split())


def kind_of(name: str, head: bytes) -> str:
    """What UIS calls the file: "photo", "video", "audio" or "document". Raises NotSendable."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if not head:
        raise NotSendable(Refusal.EMPTY)
    if _is_active(ending, head):
        raise NotSendable(Refusal.ACTIVE)
    told = _told(ending)
    if told is None:
        raise NotSendable(Refusal.UNKNOWN)
    if not _agrees(ending, head):
        raise NotSendable(Refusal.OTHER)
    return told


class NotSendable(Exception):
    """A file that may not be sent."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


def media_type(kind: str, name: str, head: bytes) -> str:
    """The media type to go along; a document is only bytes."""
    return sniffed(head) if kind != "document" or head.startswith(b"%PDF-") else "application/octet-stream"


def _is_active(ending: str, head: bytes) -> bool:
    if ending in _NAMED_ACTIVE or head.startswith(_PROGRAMS):
        return True
    text = head[:HEAD].replace(b"\x00", b"").removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe")
    return _MARKUP.search(text.lstrip()[:64]) is not None or (
        ending in PLAIN and _MARKUP.search(text) is not None
    )


def _told(ending: str) -> str | None:
    if ending in PHOTOS:
        return "photo"
    if ending in SOUNDS:
        return "audio"
    if ending in FILMS:
        return "video"
    return "document" if ending in DOCUMENTS or ending in PLAIN else None


def _agrees(ending: str, head: bytes) -> bool:
    """Whether the first bytes are of the kind that the ending says; pictures may be of another kind of picture."""
    if ending in PLAIN:
        return b"\x00" not in head[:HEAD] and sniffed(head) == "application/octet-stream"
    if ending in DOCUMENTS:
        return head.startswith(DOCUMENTS[ending])
    if ending == "mp3" and _MPEG.match(head):
        return True
    if ending in FILMS or ending == "m4a":
        return sniffed(head) == "video/mp4"
    family = (PHOTOS | SOUNDS)[ending].partition("/")[0]
    return sniffed(head).startswith(f"{family}/")
