"""Passwords: hashed with argon2id (RFC 9106), compared in the same time whether or not there is an account."""

from __future__ import annotations

import secrets
import threading

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

LENGTH_MIN = 12
LENGTH_MAX = 200
AT_ONCE = 4
"""Hashes computed at a time in one process: each takes 64 MiB."""


class WeakPasswordError(Exception):
    """A password is not accepted; `french` and the message say why."""

    def __init__(self, french: str, english: str) -> None:
        super().__init__(english)
        self.french = french


class Passwords:
    """Hashes and compares. The parameters are argon2's; a hash with others is renewed when its password is used."""

    def __init__(self, time_cost: int = 3, memory_kib: int = 65_536, parallelism: int = 4) -> None:
        hasher = Argon2Hasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)
        self._hasher = PasswordHash((hasher,))
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._nobodys = ""

    def hash(self, password: str) -> str:
        """The hash to keep."""
        with self._turns:
            return self._hasher.hash(password)

    def verify(self, password: str, kept: str | None) -> tuple[bool, str | None]:
        """Whether it is the password of a hash, and a new hash to keep instead where parameters changed. With None (no
        account, or none with a password) the same work is done in vain."""
        if len(password) > LENGTH_MAX:
            password, kept = "", None
        with self._turns:
            if not self._nobodys:
                self._nobodys = self._hasher.hash(secrets.token_hex(16))
            try:
                fits, renewed = self._hasher.verify_and_update(password, kept or self._nobodys)
            except UnknownHashError:
                return False, None
        return (fits, renewed) if kept is not None else (False, None)


def check_password(password: str, email: str) -> None:
    """Raises WeakPasswordError for what is too short, too long, or says the e-mail address (ANSSI, NIST SP 800-63B:
    length counts, kinds of characters do not)."""
    if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        raise WeakPasswordError(
            f"Choisissez un mot de passe de {LENGTH_MIN} à {LENGTH_MAX} caractères.",
            f"Choose a password of {LENGTH_MIN} to {LENGTH_MAX} characters.",
        )
    name = email.partition("@")[0].lower()
    if len(set(password)) < 5 or (len(name) > 3 and name in password.lower()):
        raise WeakPasswordError(
            "Ce mot de passe se devine : ni votre adresse, ni toujours les mêmes caractères.",
            "This password can be guessed: neither your address nor a few characters over and over.",
        )
