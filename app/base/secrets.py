"""Encryption at rest. The owner is inside the ciphertext, so a copied value opens nowhere else."""

import base64
import hashlib
import json
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class SealBroken(Exception):
    """A sealed value was not made by our keys, or belongs to another owner."""


class Vault:
    """Seals and opens secrets with `keys`, newest first; any text is a key."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("a vault needs at least one key")
        self._newest = _fernet(keys[0])
        self._all = MultiFernet([_fernet(key) for key in keys])

    def seal(self, owner: str, value: str) -> str:
        """Encrypt `value` for `owner` ("member_id:table.column") with the newest key."""
        return self._newest.encrypt(json.dumps([owner, value]).encode()).decode()

    def open(self, owner: str, sealed: str) -> str:
        """Decrypt. Raises SealBroken when no key fits or the value was sealed for another owner."""
        try:
            kept_for, value = json.loads(self._all.decrypt(sealed.encode()))
        except (InvalidToken, ValueError, TypeError):
            raise SealBroken(f"the value kept for {owner} cannot be opened with these keys") from None
        if kept_for != owner:
            raise SealBroken(f"the value kept for {owner} belongs to somebody else")
        return str(value)

    def rotate(self, owner: str, sealed: str) -> str:
        """The same value sealed with the newest key. Raises SealBroken like `open`."""
        return self.seal(owner, self.open(owner, sealed))

    def is_newest(self, sealed: str) -> bool:
        """Whether the newest key made this value, so that rotation may leave it alone."""
        try:
            self._newest.decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True


def _fernet(key: str) -> Fernet:
    try:
        return Fernet(key)
    except ValueError:
        return Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))
