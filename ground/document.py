"""Dataclasses as JSON and back, exactly: what is written reads back equal, or is refused.

What can be written: dataclasses and named tuples of str, int, float, bool, None, enums, dates, aware instants, tuples,
frozensets and each other. A field that a document lacks has its default; one that a dataclass lacks is refused.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import types
from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import orjson

T = TypeVar("T")

_SCALARS = (str, int, float, bool)


class DocumentError(ValueError):
    """A document is not what it should be; the message says where."""


def write_document(thing: Any) -> bytes:
    """A dataclass as JSON: its fields, whatever else it remembers. Raises TypeError for what cannot be written."""
    option = _option(type(thing))  # type: ignore[arg-type]
    return orjson.dumps(thing, default=_plain, option=option)


def read_document(kind: type[T], document: bytes | str) -> T:
    """A dataclass from JSON. Raises DocumentError."""
    try:
        read: Callable[[Any], T] = _reader(kind)  # type: ignore[arg-type]
        return read(orjson.loads(document))
    except DocumentError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DocumentError(f"no {kind.__name__}: {error}") from error


@cache
def _option(kind: type) -> int:
    """orjson writes all that a dataclass without slots holds, cached properties, too: those are left to `_plain`."""
    return (
        0
        if all("__slots__" in vars(one) for one in _dataclasses_in(kind))
        else orjson.OPT_PASSTHROUGH_DATACLASS
    )


@cache
def _dataclasses_in(kind: Any) -> frozenset[Any]:
    """The dataclasses that a value of a type can be made of."""
    is_made = dataclasses.is_dataclass(kind) or (isinstance(kind, type) and issubclass(kind, tuple))
    parts = get_type_hints(kind).values() if is_made else get_args(kind)
    itself = {kind} if dataclasses.is_dataclass(kind) else set()
    return frozenset(itself).union(*(_dataclasses_in(part) for part in parts))


def _plain(thing: Any) -> Any:
    """What orjson does not write by itself: a named tuple, a set (in order), the fields of a dataclass."""
    if isinstance(thing, tuple):
        return list(thing)
    if isinstance(thing, frozenset):
        return sorted(thing)
    if dataclasses.is_dataclass(thing):
        return {field.name: getattr(thing, field.name) for field in dataclasses.fields(thing)}
    raise TypeError(f"{type(thing).__name__} cannot be written")


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """What makes a value of a type of what JSON gives."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        (wanted,) = [one for one in arguments if one is not type(None)]
        inner = _reader(wanted)
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        return _tuple_reader(arguments)
    if origin is frozenset:
        each = _reader(arguments[0])
        return lambda value: frozenset([each(one) for one in _list(value)])
    if dataclasses.is_dataclass(kind):
        return _dataclass_reader(kind)
    if issubclass(kind, tuple):
        of_fields = _tuple_reader(tuple(get_type_hints(kind).values()))
        return lambda value: kind(*of_fields(value))
    if issubclass(kind, Enum):
        return lambda value: kind(value)
    if issubclass(kind, dt.date):
        parse: Callable[[Any], Any] = kind.fromisoformat
        return parse
    return _scalar_reader(kind)


def _tuple_reader(arguments: tuple[Any, ...]) -> Callable[[Any], Any]:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        each = _reader(arguments[0])
        return lambda value: tuple([each(one) for one in _list(value)])
    readers = tuple(_reader(one) for one in arguments)
    return lambda value: tuple([read(one) for read, one in zip(readers, _list(value), strict=True)])


def _dataclass_reader(kind: Any) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)
    readers = {field.name: _reader(hints[field.name]) for field in dataclasses.fields(kind)}
    names = [field.name for field in dataclasses.fields(kind) if field.init]
    # A text or a number is what it should be by its type alone, without asking its reader.
    plan = [(hints[name] if hints[name] in _SCALARS else None, readers[name]) for name in names]

    def read(value: Any) -> Any:
        if list(value) == names:  # as it was written
            values = zip(plan, value.values(), strict=True)
            return kind(*[one if type(one) is wanted else reads(one) for (wanted, reads), one in values])
        unknown = value.keys() - readers.keys()
        if unknown:
            raise DocumentError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
        return kind(**{name: readers[name](one) for name, one in value.items()})

    return read


def _scalar_reader(kind: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is kind:
            return value
        if kind is float and type(value) is int:
            return float(value)
        raise DocumentError(f"{value!r} is no {kind.__name__}")

    return read


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise DocumentError(f"{value!r} is no list")
    return value
