"""The file a bank pays from: one SEPA credit transfer initiation (ISO 20022 pain.001.001.09, EPC132-08).

The same transfer always makes the same bytes: the instant, the identifiers and the day of execution are part of it.
So a file that was lost is written again from what was committed, and its hash can be in the register.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException
from sepaxml import SepaTransfer
from sepaxml.validation import ValidationError, try_valid_xml

SCHEMA = "pain.001.001.09"
_NAMESPACE = {"pain": f"urn:iso:std:iso:20022:tech:xsd:{SCHEMA}"}
_IDENTIFIER = re.compile(r"[A-Za-z0-9/?:().,'+ -]{1,35}")
"""Characters of identifiers in SEPA (EPC217-08)."""


class CreditTransferError(Exception):
    """A transfer cannot be written; the message says which part and why, without bank details."""


@dataclass(frozen=True, slots=True)
class BankAccount:
    """Whose money, and where. `bic` may be empty: banks find it by the IBAN."""

    name: str
    iban: str
    bic: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """One driver's payment. `id` is 32 random hex digits: the bank's end-to-end identifier, and the key of the
    commitment, so that neither names nor IBANs can be guessed from what the register says."""

    id: str
    person: str
    """The pseudonym the register knows."""
    account: BankAccount
    amount_cents: int

    def commitment(self) -> str:
        """What binds this payment in the register without saying to whom: HMAC-SHA256 (RFC 2104), hex."""
        parts = (self.person, self.account.name, self.account.iban, self.account.bic, str(self.amount_cents))
        return hmac.new(bytes.fromhex(self.id), "\n".join(parts).encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class CreditTransfer:
    """All the payments of one file."""

    id: str
    """Of the message; the bank refuses a second one with the same."""
    at: dt.datetime
    """When it was made: aware, UTC, whole seconds."""
    execute_on: dt.date
    payer: BankAccount
    payments: tuple[Payment, ...]
    purpose: str
    """What drivers read on their statement, at most 140 characters."""

    @property
    def total_cents(self) -> int:
        """The control sum."""
        return sum(payment.amount_cents for payment in self.payments)


def read_account(name: str, iban: str, bic: str = "") -> BankAccount:
    """A bank account in its compact form; where the IBAN tells the bank, its BIC is filled in.

    Raises CreditTransferError with the reason, but not the number.
    """
    try:
        number = IBAN(iban)
        code = BIC(bic).compact if bic else (number.bic.compact if number.bic else "")
    except SchwiftyException as error:
        raise CreditTransferError(f"the bank details are not valid: {type(error).__name__}") from None
    if not name.strip():
        raise CreditTransferError("the bank details name nobody")
    return BankAccount(" ".join(name.split()), number.compact, code)


def render_credit_transfer(transfer: CreditTransfer) -> bytes:
    """The file, validated against the schema. Raises CreditTransferError."""
    if not transfer.payments:
        raise CreditTransferError("there is nothing to pay")
    for identifier in (transfer.id, *(payment.id for payment in transfer.payments)):
        if not _IDENTIFIER.fullmatch(identifier):
            raise CreditTransferError(f"{identifier!r} cannot be an identifier in SEPA")
    if len({payment.id for payment in transfer.payments}) != len(transfer.payments):
        raise CreditTransferError("two payments have one identifier")
    if any(payment.amount_cents <= 0 for payment in transfer.payments):
        raise CreditTransferError("a payment of nothing or less")
    content = _fix_identifiers(_draft(transfer), transfer)
    try:
        try_valid_xml(content, SCHEMA)
    except ValidationError as error:
        raise CreditTransferError(f"the file does not follow {SCHEMA}: {error.__cause__}") from error
    return content


def _draft(transfer: CreditTransfer) -> bytes:
    """What the library writes: everything but the identifiers and the instant, which it makes up."""
    payer = transfer.payer
    config = {"name": payer.name, "IBAN": payer.iban, "batch": True, "currency": "EUR"}
    draft = SepaTransfer(config | ({"BIC": payer.bic} if payer.bic else {}), schema=SCHEMA, clean=True)
    for payment in transfer.payments:
        account = payment.account
        draft.add_payment(
            {
                "name": account.name,
                "IBAN": account.iban,
                "amount": payment.amount_cents,
                "execution_date": transfer.execute_on,
                "description": transfer.purpose,
                "endtoend_id": payment.id,
            }
            | ({"BIC": account.bic} if account.bic else {})
        )
    return bytes(draft.export(validate=False))


def _fix_identifiers(content: bytes, transfer: CreditTransfer) -> bytes:
    document = ElementTree.fromstring(content)
    texts = {
        "GrpHdr/pain:MsgId": transfer.id,
        "GrpHdr/pain:CreDtTm": transfer.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "PmtInf/pain:PmtInfId": transfer.id,
    }
    for path, text in texts.items():
        (element,) = document.findall(f"pain:CstmrCdtTrfInitn/pain:{path}", _NAMESPACE)
        element.text = text
    return bytes(ElementTree.tostring(document, "utf-8", xml_declaration=True))


@dataclass(frozen=True, slots=True)
class FileSums:
    """What a file says of itself and what its payments add up to."""

    control_sum_cents: int
    count: int
    payments_cents: tuple[int, ...]

    @property
    def holds(self) -> bool:
        """Whether the control sums are those of the payments."""
        return self.control_sum_cents == sum(self.payments_cents) and self.count == len(self.payments_cents)


def read_sums(content: bytes) -> FileSums:
    """The sums of a file, read from its bytes: what the payout is held against before it is committed."""
    document = ElementTree.fromstring(content)
    head = "pain:CstmrCdtTrfInitn/pain:GrpHdr/pain:"
    control, count = (document.findtext(head + name, "0", _NAMESPACE) for name in ("CtrlSum", "NbOfTxs"))
    amounts = [element.text or "0" for element in document.iterfind(".//pain:InstdAmt", _NAMESPACE)]
    return FileSums(_cents(control), int(count), tuple(_cents(amount) for amount in amounts))


def _cents(decimal: str) -> int:
    euros, _, cents = decimal.partition(".")
    return int(euros) * 100 + int(cents.ljust(2, "0")[:2])


def next_bank_day(after: dt.date, closed: Sequence[dt.date]) -> dt.date:
    """The first weekday after a day on which banks settle (`closed`: the holidays of T2, the euro's system)."""
    day = after + dt.timedelta(days=1)
    while day.weekday() >= 5 or day in closed:
        day += dt.timedelta(days=1)
    return day
