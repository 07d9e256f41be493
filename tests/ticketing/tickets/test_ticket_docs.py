"""The example of docs/tickets.md is what is written and read here."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import cbor2

from ticketing.tickets import cose, qr
from ticketing.tickets.answer import WORDS
from ticketing.tickets.keys import Algorithm, new_key
from ticketing.tickets.known import read_known
from ticketing.tickets.read_code import read_code
from ticketing.tickets.revocation_list import Cancelled

DOCS = (Path(__file__).parents[3] / "docs" / "tickets.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", DOCS, re.DOTALL | re.MULTILINE)


def test_the_example_is_a_ticket() -> None:
    (example,) = [text for _, text in BLOCKS if text.startswith("d28446")]
    in_hex, text = (part.replace("\n", "") for part in example.split("\n\n")[:2])
    key = new_key("MOBI", "1", Algorithm.ED25519, bytes(range(32)))
    assert key.public.public_key.hex() in DOCS
    code = read_code(bytes.fromhex(in_hex))
    assert code.is_signed_by(key.public.public_key)
    assert cose.encode(code.ticket, key).hex() == in_hex
    assert qr.to_text(bytes.fromhex(in_hex)) == text.removesuffix("(one line)")


def test_the_example_of_a_file_is_read() -> None:
    (example,) = [text for kind, text in BLOCKS if kind == "json"]
    known = read_known(example)
    assert known.lists["MOBI"].lines == {"K7Q2XAB8-1": Cancelled("MOBI", "K7Q2XAB8-1", 1774739000)}
    payload = cbor2.loads(base64.b64decode(json.loads(example)["signedList"])).value[2]
    assert f"\n{cbor2.loads(payload)}\n" in DOCS


def test_every_reason_is_explained() -> None:
    assert [reason for reason in WORDS if f"`{reason.value}`" not in DOCS] == []
