"""UIC dynamic barcodes as inspectors meet them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.ticketing.tickets.dosipas_world import ISSUED_S, KEY, TELEPHONE, TICKET
from ticketing.tickets.code import CodeError
from ticketing.tickets.dosipas.code import code_to_show, show, static_code
from ticketing.tickets.read_code import read_code


def _shown(ends_s: int) -> bytes:
    public = TELEPHONE.public
    code = code_to_show(TICKET, KEY, (public.algorithm, public.public_key), ends_s)
    return show(code, public.algorithm, TELEPHONE.secret, ISSUED_S + 120)


def test_paper_is_not_live_and_says_its_generation() -> None:
    ticket = replace(TICKET, generation=3)
    code = read_code(static_code(ticket, KEY), [KEY.public], ISSUED_S)
    assert code.ticket == ticket
    assert (code.shown_from_s, code.shown_until_s) == (0, 0)
    assert code.is_signed_by(KEY.public.public_key)


def test_a_telephone_shows_it_thirty_seconds_long_and_no_longer_than_its_code_is_good() -> None:
    code = read_code(_shown(ISSUED_S + 600), [KEY.public], ISSUED_S)
    assert (code.shown_from_s, code.shown_until_s) == (ISSUED_S + 120, ISSUED_S + 150)
    ended = read_code(_shown(ISSUED_S + 120), [KEY.public], ISSUED_S)
    assert ended.shown_until_s == ISSUED_S + 120


def test_a_specimen_is_no_ticket() -> None:
    with pytest.raises(CodeError, match="specimen"):
        read_code(static_code(TICKET, KEY, is_specimen=True), [KEY.public], ISSUED_S)
