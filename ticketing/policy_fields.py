"""How the fields of a policy are read: each has a reader that gives its value or says what is wrong with it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

Reader = Callable[[Any, str], Any]
"""Takes what was written and where ("rules[2].amount_cents"); gives the value. Raises PolicyError."""

REQUIRED = object()

_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}", re.ASCII)
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)


class PolicyError(ValueError):
    """A policy or a scale cannot be read, or not be published; the message names the rule and the field."""


def whole(least: int, most: int, unit: str = "") -> Reader:
    """A whole number between two, both included."""

    def read(value: Any, where: str) -> int:
        if type(value) is not int or not least <= value <= most:
            of = f" of {unit}" if unit else ""
            raise PolicyError(f"{where}: {_shown(value)} is not a whole number{of} from {least} to {most}")
        return value

    return read


def one_of(*choices: str) -> Reader:
    """One of some words."""

    def read(value: Any, where: str) -> str:
        if type(value) is not str or value not in choices:
            raise PolicyError(f"{where}: {_shown(value)} is none of {', '.join(choices)}")
        return value

    return read


def optional(reader: Reader) -> Reader:
    """What the reader reads, or None."""
    return lambda value, where: None if value is None else reader(value, where)


def list_of(reader: Reader, least: int = 0) -> Reader:
    """A list, as a tuple."""

    def read(value: Any, where: str) -> tuple[Any, ...]:
        if type(value) is not list or len(value) < least:
            wanted = "a list" if least == 0 else f"a list of at least {least}"
            raise PolicyError(f"{where}: {_shown(value)} is not {wanted}")
        return tuple(reader(one, f"{where}[{index}]") for index, one in enumerate(value))

    return read


def text(value: Any, where: str) -> str:
    """A line of text, not empty."""
    if type(value) is not str or not 0 < len(value.strip()) <= 500 or not value.isprintable():
        raise PolicyError(f"{where}: {_shown(value)} is not a line of text (at most 500 characters)")
    return value


def name(value: Any, where: str) -> str:
    """A name for machines."""
    if type(value) is not str or not _NAME.fullmatch(value):
        raise PolicyError(
            f"{where}: {_shown(value)} is no name: a small letter, then small letters, digits and hyphens"
        )
    return value


def day(value: Any, where: str) -> str:
    """A day, YYYY-MM-DD."""
    try:
        if type(value) is str and dt.date.fromisoformat(value).isoformat() == value:
            return value
    except ValueError:
        pass
    raise PolicyError(f'{where}: {_shown(value)} is no day: "YYYY-MM-DD"')


def clock(value: Any, where: str) -> str:
    """A time of day, 00:00 to 24:00."""
    if type(value) is not str or not _CLOCK.fullmatch(value):
        raise PolicyError(f'{where}: {_shown(value)} is no time of day: "HH:MM", "00:00" to "24:00"')
    return value


def read_fields(
    written: Any, where: str, readers: Mapping[str, Reader], defaults: Mapping[str, Any], extra: str = ""
) -> dict[str, Any]:
    """The fields of a table: unknown ones are refused, absent ones have their default or are refused.

    `extra`: one more key that is known, read elsewhere. `where` is "" for the whole document.
    """
    if type(written) is not dict:
        raise PolicyError(f"{where or 'the policy'}: {_shown(written)} is not a table of fields")
    prefix = f"{where}." if where else ""
    for key in written:
        if key not in readers and key != extra:
            known = ", ".join(sorted(readers)) or "none"
            raise PolicyError(f"{prefix}{key}: there is no such field here; there is: {known}")
    values = {}
    for key, reader in readers.items():
        if key in written:
            values[key] = reader(written[key], f"{prefix}{key}")
        elif defaults[key] is REQUIRED:
            raise PolicyError(f"{prefix}{key}: is missing")
        else:
            values[key] = defaults[key]
    return values


def _shown(value: Any) -> str:
    words = repr(value)
    return words if len(words) <= 80 else f"{words[:77]}..."
