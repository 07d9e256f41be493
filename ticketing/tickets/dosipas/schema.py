"""UIC's public interfaces as data of ours (`*.schema`), read into ASN.1 modules and codecs for them.

A line of a table is a field: its name, its type, and `?` where it may be missing or `= value` where it has a default.
Types: `int`, `bool`, `octets`, `oid`, `utf8`, `ia5`, `ia5(3)`, `ia5(1..2)`, `1..9`, the name of a range or of another
table, and `[type]` for a list. A table begins with its name at the margin; `...` after it: later versions may add
fields. `choice`: exactly one of its fields. `enum`: codes from 0. `*name` puts the fields of a `group` there. `12:`
before a line: only in versions 1 and 2 of the rail ticket. `#` begins a comment. Tags are automatic and encodings
canonical unaligned PER (ITU-T X.680, X.691).
"""

from __future__ import annotations

import functools
import importlib.resources
import re
from dataclasses import dataclass, field
from typing import Any

import asn1tools

from ticketing.tickets.dosipas.error import DosipasError

_SIMPLE = {
    "int": "INTEGER",
    "bool": "BOOLEAN",
    "octets": "OCTET STRING",
    "oid": "OBJECT IDENTIFIER",
    "utf8": "UTF8String",
    "ia5": "IA5String",
}
_VERSIONED = re.compile(r"(\s*)(\d+): *(.*)")
_LATEST = 3


@dataclass(slots=True)
class _Tables:
    """What the lines of some files say."""

    definitions: list[str] = field(default_factory=list)
    """Of enumerations, already ASN.1."""
    tables: dict[str, list[str]] = field(default_factory=dict)
    """Field lines by heading ("Name", "Name ...", "choice Name", "group name")."""
    ranges: dict[str, str] = field(default_factory=dict)


def _read(files: tuple[str, ...], version: int) -> _Tables:
    found = _Tables()
    fields: list[str] = []
    for file in files:
        text = importlib.resources.files(__package__).joinpath(f"{file}.schema").read_text(encoding="utf-8")
        for raw in text.splitlines():
            line = raw.split("#")[0].rstrip()
            if versioned := _VERSIONED.fullmatch(line):
                if str(version) not in versioned[2]:
                    if not versioned[1]:
                        fields = []  # a whole table that this version does not have
                    continue
                line = versioned[1] + versioned[3]
            if line.startswith(" "):
                fields.append(line.strip())
            elif line.startswith("range "):
                _, name, limits = line.split()
                found.ranges[name] = limits
            elif line.startswith("enum "):
                name, codes = line.removeprefix("enum ").split(":")
                numbered = [c if c == "..." else f"{c}({n})" for n, c in enumerate(codes.split())]
                found.definitions.append(f"{name} ::= ENUMERATED {{ {', '.join(numbered)} }}")
            elif line:
                fields = found.tables.setdefault(line, [])
    return found


def _type(text: str, ranges: dict[str, str]) -> str:
    if text.startswith("["):
        return f"SEQUENCE OF {_type(text[1:-1], ranges)}"
    text = ranges.get(text, text)
    if re.fullmatch(r"-?\d+\.\.\d+", text):
        return f"INTEGER ({text})"
    if text.startswith("ia5("):
        return f"IA5String (SIZE{text.removeprefix('ia5')})"
    return _SIMPLE.get(text, text)


def _fields(lines: list[str], tables: _Tables) -> list[str]:
    found = []
    for line in lines:
        if line.startswith("*"):
            found += _fields(tables.tables[f"group {line[1:]}"], tables)
            continue
        name, kind, *rest = line.split(maxsplit=2)
        more = rest[0] if rest else ""
        suffix = " OPTIONAL" if more == "?" else f" DEFAULT {more.removeprefix('= ')}" if more else ""
        found.append(f"{name} {_type(kind, tables.ranges)}{suffix}")
    return found


def asn1_text(module: str, files: tuple[str, ...], version: int = _LATEST) -> str:
    """The interface as an ASN.1 module: for other tools, and for the codec below."""
    tables = _read((*files, "common"), version)
    definitions = list(tables.definitions)
    for heading, lines in tables.tables.items():
        if heading.startswith("group "):
            continue
        choice = heading.startswith("choice ")
        name, *extensible = heading.removeprefix("choice ").split()
        members = ", ".join(_fields(lines, tables) + extensible)
        definitions.append(f"{name} ::= {'CHOICE' if choice else 'SEQUENCE'} {{ {members} }}")
    body = "\n".join(definitions)
    return f"{module} DEFINITIONS AUTOMATIC TAGS ::= BEGIN\n{body}\nEND\n"


@dataclass(frozen=True, slots=True)
class Codec:
    """Octets to values (dicts of Python's own types, choices as (name, value)) and back, of one type."""

    specification: Any
    type_name: str

    def encode(self, value: dict[str, Any]) -> bytes:
        """Canonical octets. Raises DosipasError with the field that does not fit."""
        try:
            return bytes(self.specification.encode(self.type_name, value, check_constraints=True))
        except (asn1tools.Error, ValueError, TypeError, LookupError, OverflowError) as error:
            raise DosipasError(f"cannot be written as {self.type_name}: {error}") from error

    def decode(self, octets: bytes) -> dict[str, Any]:
        """Their value. Raises DosipasError where they are none, or nested or extended beyond what the library reads."""
        try:
            return dict(self.specification.decode(self.type_name, octets, check_constraints=True))
        except (asn1tools.Error, ValueError, TypeError, LookupError, OverflowError, RuntimeError) as error:
            raise DosipasError(f"is no {self.type_name}: {error}") from error


@functools.cache
def rail_ticket_codec(version: int = _LATEST) -> Codec:
    """Of FCB1, FCB2, FCB3. Compiled once a process, in about half a second."""
    text = asn1_text(f"RailTicket{version}", ("rail_ticket",), version)
    return Codec(asn1tools.compile_string(text, "uper"), "UicRailTicketData")


@functools.cache
def header_codec(type_name: str = "UicBarcodeHeader") -> Codec:
    """Of U2, or of one of its parts: what signatures are over."""
    return Codec(_header(), type_name)


@functools.cache
def _header() -> Any:
    return asn1tools.compile_string(asn1_text("BarcodeHeader", ("barcode_header",)), "uper")


@functools.cache
def dynamic_codec() -> Codec:
    """Of FDC1."""
    return Codec(
        asn1tools.compile_string(asn1_text("DynamicContent", ("dynamic_content",)), "uper"),
        "UicDynamicContentData",
    )
