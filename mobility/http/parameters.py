"""Query parameters: one table says how each is read, bounded, and documented, so that the documentation is true."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from mobility.http.problems import Problem
from mobility.journeys.ends import CoordinatesError, parse_coordinates

FIELDS_MAX = 200
TEXT_MAX = 500

_INTEGER = re.compile(r"[+-]?\d{1,12}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d{1,12}(\.\d{0,12})?|\.\d{1,12})([eE][+-]?\d{1,2})?", re.ASCII)
_TRUE, _FALSE = ("true", "1", "TRUE", "True"), ("false", "0", "FALSE", "False")

LISTS = ("texts", "integers", "choices")

EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
LATEST = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `kind`: text, long text (its reader bounds it), integer, number, boolean, instant, coordinates,
    choice; texts, integers or choices (lists with commas). `ignored`: it is understood and changes nothing here;
    `refuse_true`: it cannot be honoured."""

    name: str
    kind: str
    doc: str
    default: Any = None
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    items_max: int = 50
    required: bool = False
    ignored: bool = False
    refuse_true: bool = False
    example: Any = None

    def schema(self) -> dict[str, Any]:
        """As OpenAPI has it."""
        types = {"integer": "integer", "integers": "integer", "number": "number", "boolean": "boolean"}
        schema: dict[str, Any] = {"type": types.get(self.kind, "string")}
        if self.kind == "instant":
            schema["format"] = "date-time"
        if self.choices:
            schema["enum"] = list(self.choices)
        if self.least is not None:
            schema["minimum"] = self.least
        if self.most is not None:
            schema["maximum"] = self.most
        if self.kind in LISTS:
            schema = {"type": "array", "items": schema, "maxItems": self.items_max}
        if self.default is not None and self.default != ():
            schema["default"] = list(self.default) if isinstance(self.default, tuple) else self.default
        return schema

    def document(self) -> dict[str, Any]:
        """The parameter object of OpenAPI."""
        shown: dict[str, Any] = {
            "name": self.name,
            "in": "query",
            "required": self.required,
            "description": self.doc + (" Accepted; changes nothing here." if self.ignored else ""),
            "schema": self.schema(),
        }
        if self.kind in LISTS:
            shown["explode"] = False
        if self.example is not None:
            shown["example"] = self.example
        return shown


def read_pairs(query_string: bytes) -> list[tuple[str, str]]:
    """The parameters of a query string in order. Raises Problem."""
    try:
        return parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError as error:
        raise Problem(
            400,
            "too-large",
            f"La requête a plus de {FIELDS_MAX} paramètres.",
            f"The request has more than {FIELDS_MAX} parameters.",
        ) from error


def parse(parameters: Sequence[Parameter], pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The values of all parameters, defaults included; names that are not in the table are left out.

    Raises Problem (400) naming the parameter, what it should be and what it was.
    """
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    values: dict[str, Any] = {}
    for parameter in parameters:
        texts = given.get(parameter.name)
        if texts is not None:
            values[parameter.name] = _read(parameter, texts)
        elif parameter.required:
            raise Problem(
                400,
                "bad-parameter",
                f"Le paramètre « {parameter.name} » manque.",
                f"The parameter '{parameter.name}' is missing.",
                field=parameter.name,
            )
        else:
            values[parameter.name] = parameter.default
    return values


def _read(parameter: Parameter, texts: list[str]) -> Any:
    if parameter.kind in LISTS:
        items = [item.strip() for text in texts for item in text.split(",")]
        listed = _read_list(parameter, [item for item in items if item])
        return (
            tuple(_read_integer(parameter, item) for item in listed)
            if parameter.kind == "integers"
            else listed
        )
    if len(texts) > 1:
        raise bad(parameter, "given once", "donné une seule fois", f"{len(texts)} ×")
    value = _READERS[parameter.kind](parameter, texts[0])
    if parameter.refuse_true and value is True:
        raise Problem(
            422,
            "not-offered",
            f"« {parameter.name}=true » ne peut pas être respecté : les horaires n’en disent rien.",
            f"'{parameter.name}=true' cannot be honoured: the timetables say nothing of it. Leave it out.",
            field=parameter.name,
        )
    return value


def _read_list(parameter: Parameter, items: list[str]) -> tuple[str, ...]:
    if len(items) > parameter.items_max:
        raise bad(
            parameter,
            f"at most {parameter.items_max} values",
            f"au plus {parameter.items_max} valeurs",
            f"{len(items)} values",
        )
    for item in items:
        if len(item) > TEXT_MAX:
            raise _too_long(parameter)
        if parameter.choices and item not in parameter.choices:
            raise _not_a_choice(parameter, item)
    return tuple(items)


def _read_text(parameter: Parameter, text: str) -> str:
    if not text.strip():
        raise bad(parameter, "a text", "un texte", text)
    if len(text) > TEXT_MAX:
        raise _too_long(parameter)
    return text.strip()


def _read_integer(parameter: Parameter, text: str) -> int:
    if not _INTEGER.fullmatch(text.strip()):
        raise bad(parameter, "a whole number", "un nombre entier", text)
    return int(_bounded(parameter, int(text)))


def _read_number(parameter: Parameter, text: str) -> float:
    if not _NUMBER.fullmatch(text.strip()) or not math.isfinite(float(text)):
        raise bad(parameter, "a number", "un nombre", text)
    return _bounded(parameter, float(text))


def _bounded(parameter: Parameter, value: float) -> float:
    if parameter.least is not None and value < parameter.least:
        raise bad(parameter, f"{parameter.least:g} or more", f"au moins {parameter.least:g}", f"{value:g}")
    if parameter.most is not None and value > parameter.most:
        raise bad(parameter, f"{parameter.most:g} or less", f"au plus {parameter.most:g}", f"{value:g}")
    return value


def _read_boolean(parameter: Parameter, text: str) -> bool:
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise bad(parameter, "true or false", "true ou false", text)


def _read_instant(parameter: Parameter, text: str) -> int:
    """Seconds since the epoch. A '+' that a query string turned into a blank is understood."""
    written = text.strip()
    if re.search(r"\d \d\d:?\d\d$", written):
        written = "+".join(written.rsplit(" ", 1))
    try:
        instant = dt.datetime.fromisoformat(written)
    except ValueError as error:
        raise bad(
            parameter,
            "a date and time such as 2026-06-15T07:00:00Z",
            "une date et heure (2026-06-15T07:00:00Z)",
            text,
        ) from error
    if instant.tzinfo is None:
        raise bad(
            parameter,
            "a time with its zone, such as 2026-06-15T07:00:00Z or 2026-06-15T09:00:00+02:00",
            "une heure avec son fuseau (2026-06-15T09:00:00+02:00)",
            text,
        )
    if not EARLIEST <= instant <= LATEST:
        raise bad(parameter, "a year between 1990 and 2099", "une année entre 1990 et 2099", text)
    return int(instant.timestamp())


def _read_coordinates(parameter: Parameter, text: str) -> tuple[float, float]:
    try:
        found = parse_coordinates(text)
    except CoordinatesError as error:
        raise bad(parameter, "latitude,longitude on Earth", "latitude,longitude sur Terre", text) from error
    if found is None:
        raise bad(parameter, "latitude,longitude in degrees", "latitude,longitude en degrés", text)
    return found[0], found[1]


def _read_choice(parameter: Parameter, text: str) -> str:
    if text not in parameter.choices:
        raise _not_a_choice(parameter, text)
    return text


_READERS: dict[str, Callable[[Parameter, str], Any]] = {
    "text": _read_text,
    "long text": lambda parameter, text: text.strip(),
    "integer": _read_integer,
    "number": _read_number,
    "boolean": _read_boolean,
    "instant": _read_instant,
    "coordinates": _read_coordinates,
    "choice": _read_choice,
}


def bad(parameter: Parameter, expected: str, attendu: str, was: str) -> Problem:
    """The problem of a parameter that cannot be read."""
    shown = was if len(was) <= 60 else was[:57] + "..."
    return Problem(
        400,
        "bad-parameter",
        f"Le paramètre « {parameter.name} » doit être {attendu} ; reçu : « {shown} ».",
        f"The parameter '{parameter.name}' must be {expected}; it was '{shown}'.",
        field=parameter.name,
    )


def _not_a_choice(parameter: Parameter, item: str) -> Problem:
    listed = ", ".join(parameter.choices)
    return bad(parameter, f"one of {listed}", f"parmi {listed}", item)


def _too_long(parameter: Parameter) -> Problem:
    return bad(parameter, f"at most {TEXT_MAX} letters", f"au plus {TEXT_MAX} caractères", "too long")
