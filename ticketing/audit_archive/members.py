"""What is in an archive: the names of its files, in their order, and its manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ticketing.canonical_json import CanonicalJsonError, from_canonical, to_canonical
from ticketing.root import SignedRoot

ARCHIVE_FORMAT = "mobility audit archive 1"

README, ROOTS, CHECKPOINT, EARLIER, REGISTER, MANIFEST = (
    "README.txt",
    "roots.jsonl",
    "checkpoint.jsonl",
    "earlier.jsonl",
    "register.jsonl",
    "manifest.json",
)
DERIVED = (
    "ledger.jsonl",
    "journeys.csv",
    "decisions.csv",
    "evidence.csv",
    "statement-drivers.csv",
    "statement-lines.csv",
)
MEMBERS = (README, ROOTS, CHECKPOINT, EARLIER, REGISTER, *DERIVED, MANIFEST)

SALES_README, SALES_EARLIER, SALES, SALES_VAT = (
    "sales-readme.txt",
    "sales-earlier.jsonl",
    "sales.jsonl",
    "sales-vat.csv",
)
MEMBERS_WITH_SALES = (*MEMBERS[:-1], SALES_README, SALES_EARLIER, SALES, SALES_VAT, MANIFEST)
"""Of a month that seals days of sales; of others, MEMBERS: archives of before there were any are as they were."""


@dataclass(frozen=True, slots=True)
class FileMark:
    """What the manifest says of a file."""

    sha256: str
    bytes: int


@cache
def readme() -> bytes:
    """The text for whoever opens an archive."""
    return (files("ticketing") / "audit_archive" / "readme.txt").read_bytes()


@cache
def sales_readme() -> bytes:
    """The text about sales."""
    return (files("ticketing") / "audit_archive" / "readme_sales.txt").read_bytes()


def write_manifest(period: str, marks: Mapping[str, FileMark]) -> bytes:
    """The manifest of a month's files."""
    plain: dict[str, Any] = {
        "format": ARCHIVE_FORMAT,
        "period": period,
        "files": {name: {"sha256": mark.sha256, "bytes": mark.bytes} for name, mark in marks.items()},
    }
    return to_canonical(plain) + b"\n"


def write_root(root: SignedRoot) -> bytes:
    """The line of a signed root."""
    plain = {
        "period": root.period,
        "document": root.document.decode("utf-8"),
        "signature": root.signature.hex(),
    }
    return to_canonical(plain)


def read_root_line(line: bytes) -> SignedRoot:
    """The signed root of a line. Raises ValueError."""
    try:
        plain = from_canonical(line)
        root = SignedRoot(plain["period"], plain["document"].encode(), bytes.fromhex(plain["signature"]))
    except (CanonicalJsonError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is no signed root: {error}") from error
    if write_root(root) != line:
        raise ValueError("this is not how a signed root is written")
    return root
