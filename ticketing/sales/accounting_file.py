"""The accounting entries file of French law (fichier des écritures comptables, FEC): article A47 A-1 of the Livre des
procédures fiscales. Eighteen columns, tabulators between, amounts with a decimal comma, dates YYYYMMDD, UTF-8.

One écriture an entry of the book that moves money, in the order of the days and of their closing, numbered without
gaps; its lines balance. `ValidDate` is the day it was sealed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ticketing.entry import Posting

COLUMNS = (
    "JournalCode",
    "JournalLib",
    "EcritureNum",
    "EcritureDate",
    "CompteNum",
    "CompteLib",
    "CompAuxNum",
    "CompAuxLib",
    "PieceRef",
    "PieceDate",
    "EcritureLib",
    "Debit",
    "Credit",
    "EcritureLet",
    "DateLet",
    "ValidDate",
    "Montantdevise",
    "Idevise",
)

ACCOUNTS: dict[str, tuple[str, str]] = {
    "provider": ("511500", "Cartes bancaires à l'encaissement"),
    "cash": ("531000", "Caisse"),
    "bank": ("512000", "Banque"),
    "passenger": ("419100", "Clients - avances et acomptes reçus"),
    "refund-due": ("419700", "Clients - autres avoirs"),
    "fares": ("706000", "Prestations de services - titres de transport"),
    "fees": ("708500", "Produits des activités annexes - frais retenus"),
    "vat": ("445710", "TVA collectée"),
    "carried": ("580000", "Virements internes"),
    "till-difference": ("658000", "Charges diverses de gestion - écarts de caisse"),
    "operator": ("467000", "Autres comptes - exploitants"),
}
"""Of the general chart of accounts (plan comptable général), by kind of ours."""

_JOURNALS = {
    "capture": "EN",
    "cash": "CA",
    "deposit": "CA",
    "float": "CA",
    "till-difference": "CA",
    "refund-paid": "EN",
}
_JOURNAL_NAMES = {"VT": "Ventes de titres", "EN": "Encaissements", "CA": "Caisses", "RE": "Répartition"}
_WORDS = {
    "capture": "Encaissement",
    "cash": "Encaissement en espèces",
    "sale": "Vente de titres",
    "reversal": "Annulation de vente",
    "fee": "Frais retenus",
    "refund": "Remboursement dû",
    "refund-paid": "Remboursement versé",
    "carried-out": "Échange - vers une autre commande",
    "carried-in": "Échange - depuis une autre commande",
    "till-difference": "Écart de caisse",
    "deposit": "Remise en banque",
    "float": "Fonds de caisse",
    "sales-clearing": "Répartition entre exploitants",
    "operator-payout": "Versement aux exploitants",
    "operator-payout-return": "Versement à un exploitant - retourné par la banque",
}
_BREAKS = re.compile(r"[\t\r\n|]")


@dataclass(frozen=True, slots=True)
class Written:
    """One écriture: what moved, on which day (YYYY-MM-DD), sealed on which, and what it is of."""

    kind: str
    day: str
    sealed: str
    piece: str
    piece_day: str
    postings: tuple[Posting, ...]


def file_name(siren: str, last_day: str) -> str:
    """As the law names it: SIREN, FEC, the last day of the span."""
    return f"{siren}FEC{last_day.replace('-', '')}.txt"


def accounting_lines(written: Iterable[Written]) -> Iterator[str]:
    """The lines of the file, its heading first, each ended by CR LF. Raises ValueError when an écriture does not
    balance, or moves an account that the chart does not know."""
    yield "\t".join(COLUMNS) + "\r\n"
    for number, one in enumerate(written, 1):
        if sum(posting.amount_cents for posting in one.postings):
            raise ValueError(f"{one.piece} does not balance")
        for posting in one.postings:
            yield "\t".join(_BREAKS.sub(" ", cell) for cell in _cells(number, one, posting)) + "\r\n"


def _cells(number: int, one: Written, posting: Posting) -> list[str]:
    kind, _, name = posting.account.partition(":")
    if kind not in ACCOUNTS:
        raise ValueError(f"{posting.account} is in no account of the chart")
    account, words = ACCOUNTS[kind]
    journal = _JOURNALS.get(one.kind, "RE" if "operator" in one.kind or "clearing" in one.kind else "VT")
    auxiliary = name if kind != "vat" else f"{name} pour mille"
    cents = posting.amount_cents
    return [
        *(journal, _JOURNAL_NAMES[journal], str(number), _date(one.day)),
        *(account, words, f"{kind.upper()}-{name}", auxiliary),
        *(one.piece, _date(one.piece_day), _WORDS.get(one.kind, one.kind)),
        *(_amount(max(cents, 0)), _amount(max(-cents, 0)), "", "", _date(one.sealed), "", ""),
    ]


def _date(day: str) -> str:
    return day.replace("-", "")


def _amount(cents: int) -> str:
    return f"{cents // 100},{cents % 100:02d}"
