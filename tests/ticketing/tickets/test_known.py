"""The file of keys and cancelled tickets."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ticketing.tickets.ticket_world import KEY, SINGLE
from ticketing.tickets.known import (
    Known,
    KnownError,
    cancelled,
    check_follows,
    keys_document,
    known,
    list_document,
    read_known,
)
from ticketing.tickets.revocation_list import Cancelled, sign_list

LINES = [Cancelled("MOBI", "A-1", 5), Cancelled("MOBI", "A-2", 0, 3)]


def test_what_is_written_is_read_from_one_file_or_two() -> None:
    keys, lines = keys_document([KEY.public], 100), list_document(sign_list(LINES, 100, KEY))
    wanted = known([KEY.public], LINES, 100)
    assert read_known(json.dumps(keys | lines)) == wanted
    assert read_known(json.dumps(lines), json.dumps(keys)) == wanted
    assert read_known(json.dumps(keys)).list_as_of_s("MOBI") == 0
    assert cancelled(SINGLE) == Cancelled("MOBI", SINGLE.ref, 0, 1)


def test_of_two_lists_the_newer_is_believed_whichever_comes_first() -> None:
    keys = json.dumps(keys_document([KEY.public], 100))
    old, new = (json.dumps(list_document(sign_list(LINES[:n], 100 + n, KEY))) for n in (1, 2))
    for files in ((old, new), (new, old)):
        assert read_known(keys, *files) == replace(known([KEY.public], LINES, 102), keys_as_of_s=100)


def test_what_is_fetched_must_follow_what_one_has() -> None:
    held = known([KEY.public], LINES, 1_000)
    check_follows(Known(), held, 1_000)
    check_follows(held, held, 1_000)
    check_follows(held, known([KEY.public], [], 1_001), 1_001)
    check_follows(held, known([KEY.public], [*LINES, Cancelled("MOBI", "A-3", 9)], 1_000), 1_000)
    for offered, why in (
        (known([KEY.public], LINES, 999), "plays back an old one"),
        (known([KEY.public], LINES[:1], 1_000), "plays back an old one"),
        (replace(held, lists={}), "no list of 'MOBI' is offered"),
        (known([KEY.public], LINES, 1_000 + 301), "set the clock"),
    ):
        with pytest.raises(KnownError, match=why):
            check_follows(held, offered, 1_000)
    with pytest.raises(KnownError, match="set the clock"):
        check_follows(Known(), held, 1_000 - 301)
    withdrawn = known([replace(KEY.public, withdrawn_s=7)], LINES, 1_000)
    check_follows(held, withdrawn, 1_000)
    with pytest.raises(KnownError, match="old keys"):
        check_follows(withdrawn, held, 1_000)


GOOD: dict[str, Any] = keys_document([KEY.public], 1)


@pytest.mark.parametrize(
    "document",
    [
        "",
        "[]",
        "{}",
        json.dumps({"format": "mobility inspection 1"}),
        json.dumps(GOOD | {"keys": [{}]}),
        json.dumps(GOOD | {"keys": 7}),
        json.dumps(GOOD | {"keys": [GOOD["keys"][0] | {"publicKey": "zz"}]}),
        json.dumps(GOOD | {"keys": [GOOD["keys"][0] | {"algorithm": "RSA"}]}),
        json.dumps(GOOD | {"signedList": "AAAA"}),
        json.dumps(GOOD | {"signedList": 7}),
        json.dumps(GOOD | {"keysAsOf": "soon"}),
    ],
)
def test_a_file_that_is_none_says_so(document: str) -> None:
    with pytest.raises(KnownError, match=r"cannot be read|no file of keys"):
        read_known(document)


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_nothing_crashes_it(document: bytes | str) -> None:
    with pytest.raises(KnownError):
        read_known(document)
