"""Sealing: what is kept encrypted at rest, with keys that are not in the database."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable, Mapping, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12
_ID_BYTES = 8


class SealError(Exception):
    """Something sealed cannot be opened: another key sealed it, or it was moved or changed."""


class Vault:
    """Seals with AES-256-GCM (NIST SP 800-38D). A seal is 8 bytes that name its key, 12 of nonce, then the ciphertext.

    `keys`: 32 bytes each, the oldest first; the last one seals, all of them open. `reload` gives the keys there are
    now, and is asked when a seal is of a key that is not known: another process may have made one.
    """

    def __init__(self, *keys: bytes, reload: Callable[[], Sequence[bytes]] | None = None) -> None:
        self._reload = reload
        self._take(keys)

    def _take(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"a vault needs at least one key, of {KEY_BYTES} bytes each")
        self._ciphers: Mapping[bytes, AESGCM] = {_key_id(key): AESGCM(key) for key in keys}
        self._newest, self._oldest = keys[-1], keys[0]

    def seal(self, content: bytes, context: str) -> bytes:
        """Seal. `context` says what it is and whose: it must be the same to open, so seals cannot be exchanged."""
        identifier, nonce = _key_id(self._newest), os.urandom(_NONCE_BYTES)
        return identifier + nonce + self._ciphers[identifier].encrypt(nonce, content, context.encode())

    def open(self, seal: bytes, context: str) -> bytes:
        """Open. Raises SealError."""
        cipher = self._ciphers.get(seal[:_ID_BYTES])
        if cipher is None and self._reload is not None:
            self._take(self._reload())
            cipher = self._ciphers.get(seal[:_ID_BYTES])
        if cipher is None:
            raise SealError(
                "sealed with a key that is not in the folder of keys: put it back from its backup"
            )
        nonce, content = seal[_ID_BYTES : _ID_BYTES + _NONCE_BYTES], seal[_ID_BYTES + _NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, content, context.encode())
        except (InvalidTag, ValueError) as error:
            raise SealError("a seal is broken: it was changed, or belongs to something else") from error

    def is_newest(self, seal: bytes) -> bool:
        """Whether the newest key sealed it."""
        return seal[:_ID_BYTES] == _key_id(self._newest)

    def derive(self, purpose: str) -> bytes:
        """A key of 32 bytes for another purpose, the same as long as the oldest key is kept."""
        return hmac.digest(self._oldest, b"mobility derive " + purpose.encode(), "sha256")


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"mobility vault key " + key).digest()[:_ID_BYTES]
