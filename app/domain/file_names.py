"""Names and kinds of files that strangers send: made harmless, and believed only by their first bytes."""

import re
import unicodedata

LONGEST = 150
_FORBIDDEN = re.compile(r'[\\/:*?"<>|\s]+')
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
)
UNKNOWN = "application/octet-stream"
_OFFICE = ("docx", "xlsx", "pptx", "odt", "ods", "odp")
_ARCHIVE = b"PK\x03\x04"


def safe_name(name: object, fallback: str = "file") -> str:
    """A file name without paths, control and direction characters, at most LONGEST characters."""
    text = unicodedata.normalize("NFC", name if isinstance(name, str) else "")
    text = "".join(sign for sign in text if unicodedata.category(sign)[0] != "C")
    text = _FORBIDDEN.sub(" ", text).strip(" .")
    stem, dot, ending = text.rpartition(".")
    if dot and len(ending) <= 10:
        text = f"{stem[: LONGEST - len(ending) - 1]}.{ending}"
    text = text[:LONGEST].strip(" .")
    return f"_{text}" if _DEVICES.fullmatch(text) else text or fallback


def sniffed(head: bytes) -> str:
    """The media type by the first bytes. What can carry scripts (HTML, SVG, XML) is never said to be so."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return "video/mp4"
    return next((kind for signature, kind in _SIGNATURES if head.startswith(signature)), UNKNOWN)


def harmless(name: str, head: bytes) -> bool:
    """Whether a file may be put into somebody's CRM: known by its first bytes as a picture, sound, film or document.

    What can carry scripts or programs is known by nothing here.
    """
    if head.startswith(_ARCHIVE):
        return name.rpartition(".")[2].lower() in _OFFICE
    return sniffed(head) != UNKNOWN
