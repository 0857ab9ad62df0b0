"""Secrets that we make ourselves, and how they are looked up."""

import hashlib
import hmac
import secrets


def new_secret() -> str:
    """256 random bits, safe in an address."""
    return secrets.token_urlsafe(32)


def sha256(text: str) -> str:
    """Hex digest: what is stored to find a secret again without keeping it readable."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def same(given: str, kept: str) -> bool:
    """Compare secrets in constant time; any text may be given."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), kept.encode("utf-8", "surrogatepass"))
