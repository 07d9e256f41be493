"""The bank's file: the same bytes each time, valid, and its sums hold."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import replace
from xml.etree import ElementTree

import pytest
import sepaxml
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketing.credit_transfer import (
    SCHEMA,
    BankAccount,
    CreditTransfer,
    CreditTransferError,
    Payment,
    next_bank_day,
    read_account,
    read_sums,
    render_credit_transfer,
)

PAYER = read_account("Région Bourgogne-Franche-Comté", "FR14 2004 1010 0505 0001 3M02 606")
DRIVER = read_account("Zoé L’Œuvre", "DE89370400440532013000")
TRANSFER = CreditTransfer(
    id="0123456789abcdef0123456789abcdef",
    at=dt.datetime(2026, 11, 3, 8, 0, 5, tzinfo=dt.UTC),
    execute_on=dt.date(2026, 11, 4),
    payer=PAYER,
    payments=(Payment("a" * 32, "p1", DRIVER, 330), Payment("b" * 32, "p2", PAYER, 5)),
    purpose="Covoiturage 2026-10",
)


def test_the_same_transfer_makes_the_same_bytes_and_they_are_valid() -> None:
    content = render_credit_transfer(TRANSFER)
    assert content == render_credit_transfer(TRANSFER)
    schema = os.path.join(os.path.dirname(sepaxml.__file__), "schemas", f"{SCHEMA}.xsd")
    xmlschema.XMLSchema(schema).validate(content.decode())
    text = content.decode()
    assert "<MsgId>0123456789abcdef0123456789abcdef</MsgId>" in text
    assert "<CreDtTm>2026-11-03T08:00:05Z</CreDtTm>" in text
    assert '<InstdAmt Ccy="EUR">0.05</InstdAmt>' in text
    assert "<CtrlSum>3.35</CtrlSum>" in text
    assert "<BICFI>PSSTFRPPXXX</BICFI>" in text or "<BICFI>PSSTFRPP</BICFI>" in text
    assert "Zoe L'OEuvre" in text


@settings(max_examples=15)
@given(amounts=st.lists(st.integers(1, 10_000_000), min_size=1, max_size=30))
def test_the_control_sum_is_that_of_the_payments(amounts: list[int]) -> None:
    payments = tuple(Payment(f"{n:032x}", f"p{n}", DRIVER, amount) for n, amount in enumerate(amounts))
    transfer = replace(TRANSFER, payments=payments)
    sums = read_sums(render_credit_transfer(transfer))
    assert sums.holds
    assert sums.payments_cents == tuple(amounts)
    assert sums.control_sum_cents == transfer.total_cents


def test_a_file_whose_sums_do_not_hold_is_noticed() -> None:
    changed = render_credit_transfer(TRANSFER).replace(b">3.30<", b">4.30<")
    assert not read_sums(changed).holds


def test_every_identifier_of_the_message_is_ours() -> None:
    """What the library makes up by chance and clock is nowhere left."""
    document = ElementTree.fromstring(render_credit_transfer(TRANSFER))
    ids = {e.tag.partition("}")[2]: e.text for e in document.iter() if e.tag.endswith("Id") and e.text}
    assert ids["MsgId"] == ids["PmtInfId"] == TRANSFER.id


@pytest.mark.parametrize(
    "change",
    [
        {"payments": ()},
        {"payments": (Payment("a" * 32, "p", DRIVER, 0),)},
        {"payments": (Payment("a" * 32, "p", DRIVER, 1), Payment("a" * 32, "q", DRIVER, 1))},
        {"id": "x" * 36},
        {"payments": (Payment("a" * 32, "p", BankAccount("A", "NOT AN IBAN"), 1),)},
    ],
)
def test_what_cannot_be_paid_is_refused(change: dict) -> None:
    with pytest.raises(CreditTransferError):
        render_credit_transfer(replace(TRANSFER, **change))


@pytest.mark.parametrize("iban", ["FR1420041010050500013M02607", "", "FR14", "XX00123"])
def test_a_wrong_iban_is_refused_without_repeating_it(iban: str) -> None:
    with pytest.raises(CreditTransferError) as caught:
        read_account("Zoé", iban)
    assert not iban or iban not in str(caught.value)


def test_the_commitment_tells_payments_apart_and_needs_the_key() -> None:
    payment = TRANSFER.payments[0]
    others = (
        replace(payment, id="c" * 32),
        replace(payment, amount_cents=331),
        replace(payment, account=PAYER),
        replace(payment, person="p9"),
    )
    assert len({payment.commitment(), *(other.commitment() for other in others)}) == 5


def test_execution_is_on_a_day_on_which_banks_settle() -> None:
    good_friday, easter_monday = dt.date(2026, 4, 3), dt.date(2026, 4, 6)
    assert next_bank_day(dt.date(2026, 4, 2), (good_friday, easter_monday)) == dt.date(2026, 4, 7)
    assert next_bank_day(dt.date(2026, 11, 2), ()) == dt.date(2026, 11, 3)
