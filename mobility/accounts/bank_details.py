"""Bank details: where a driver's money goes (ISO 13616 IBAN, ISO 9362 BIC)."""

from __future__ import annotations

import re

from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException

from mobility.accounts.details import DetailError, read_name
from mobility.accounts.person import Payee

_SEPA = (
    "AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS"
    " SE SI SK SM VA"
)
SEPA = frozenset(re.findall("[A-Z]{2}", _SEPA))
"""Country codes of IBANs that a SEPA credit transfer reaches (EPC409-09)."""


def read_payee(name: str, iban: str, bic: str = "") -> Payee:
    """Bank details, checked: check digits, national structure, reachable by SEPA. `bic` "": found from the IBAN where
    that tells it, else left empty, which SEPA allows. Raises DetailError."""
    holder = read_name(name, "name")
    if not holder:
        raise DetailError("name", "Indiquez le titulaire du compte.", "Say whose account it is.")
    try:
        account = IBAN(iban, validate_bban=True)
        found = BIC(bic) if bic.strip() else account.bic
    except SchwiftyException as error:
        raise DetailError(
            "bic" if "BIC" in type(error).__name__ or "BIC" in str(error) else "iban",
            "Cet IBAN ou ce BIC n’est pas valable : recopiez-le depuis votre RIB.",
            "This IBAN or BIC is not valid: copy it from your bank statement.",
        ) from error
    if account.country_code not in SEPA:
        raise DetailError(
            "iban",
            "Ce pays n’est pas dans la zone SEPA : le virement n’y arriverait pas.",
            "This country is not in the SEPA area: the transfer would not arrive.",
        )
    return Payee(holder, account.compact, found.compact if found else "")


def masked_iban(iban: str) -> str:
    """What is shown of it: "FR76 … 0189"."""
    return f"{iban[:4]} … {iban[-4:]}"
