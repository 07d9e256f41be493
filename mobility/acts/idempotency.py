"""The same key and the same wish again: the same answer. The same key and another wish: refused."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

from ground.document import write_document
from ground.refusal import Reason, RefusedError

KEY_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class UsedKey:
    """An idempotency key somebody used: for what, and what came of it."""

    person_id: str
    key: str
    digest: str
    """Of the act and all it was asked for."""
    subject_ids: tuple[str, ...]
    """What it made or changed."""
    at: dt.datetime


class Keys(Protocol):
    """Where one kind of acts remembers its keys."""

    def find_key(self, person_id: str, key: str) -> UsedKey | None:
        """What somebody used an idempotency key for; None: nothing, and of "" always nothing."""
        ...

    def put_key(self, used: UsedKey) -> None:
        """A key of "" is not remembered. Of two at once with one key the second fails, and begins again; where the
        person is locked in this unit of work, it waits."""
        ...


def check_key(key: str) -> None:
    """Raises RefusedError."""
    if len(key) > KEY_LENGTH_MAX or not key.isprintable():
        raise RefusedError(
            Reason.INVALID,
            f"Idempotency-Key : au plus {KEY_LENGTH_MAX} caractères imprimables.",
            f"Idempotency-Key: at most {KEY_LENGTH_MAX} printable characters.",
            "Idempotency-Key",
        )


def key_reused() -> RefusedError:
    """The idempotency key is of something else."""
    return RefusedError(
        Reason.KEY_REUSED,
        "Cette clé d'idempotence a servi pour autre chose : prenez-en une nouvelle.",
        "This idempotency key was used for something else: take a new one.",
        "Idempotency-Key",
    )


def keyed_id(person_id: str, key: str) -> str:
    """The id of what somebody makes with an idempotency key: the same for the same key."""
    return sha256(f"{person_id} {key}".encode()).hexdigest()[:32]


def digest_of(act: str, *wishes: Any) -> str:
    """What an act was asked for, in one word. Wishes are texts, or dataclasses a document can hold."""
    digest = sha256(act.encode())
    for one in wishes:
        digest.update(b"\0" + (one.encode() if isinstance(one, str) else write_document(one)))
    return digest.hexdigest()


def find_answer(keys: Keys, person_id: str, key: str, digest: str) -> tuple[str, ...] | None:
    """The ids of what the key made before; None: it is new. Raises RefusedError where it made something else."""
    used = keys.find_key(person_id, key)
    if used is None:
        return None
    if used.digest != digest:
        raise key_reused()
    return used.subject_ids
