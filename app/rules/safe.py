"""Text of clients is hostile: made harmless for the places where the CRM shows it."""

import unicodedata

# Characters that turn the direction of text around can make one thing look like another.
BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def plain(text: str) -> str:
    """Without control and direction characters; line breaks stay."""
    return "".join(c for c in text if c == "\n" or (c not in BIDI and unicodedata.category(c) != "Cc"))
