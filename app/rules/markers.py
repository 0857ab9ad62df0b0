"""Markers: by them a creating call is found again when its answer was lost, after a reinstall, by an import."""

import hashlib


def marker(*, member_id: str, account: str, kind: str, source_id: int, role: str) -> str:
    """40 hexadecimal digits that depend on nothing an administrator can change.

    `role` is that of the entity: "lead", "deal", "contact", "activity", "transcript:deal:1".
    """
    text = "\x1f".join((member_id, account, kind, str(source_id), role))
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def reference(mark: str) -> str:
    """The reference line that ends a timeline comment: short enough to be overlooked, long enough to be found."""
    return f"OMNI-{mark[:24]}"
