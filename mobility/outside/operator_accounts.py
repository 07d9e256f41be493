"""The bank accounts of operators: a file of the Region's (TOML), a table for each operator.

[railway]
name = "Trains de la Région"
iban = "FR76 …"
bic = ""
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from mobility.acts.pay_out import PayoutError

_FIELDS = ("name", "iban", "bic")


def read_operator_accounts(path: Path | None) -> dict[str, tuple[str, str, str]]:
    """(name, IBAN, BIC) by operator, as the book of sales names them; None: there are none. Whether an account can be
    paid to is not looked at. Raises PayoutError."""
    if path is None:
        return {}
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PayoutError(f"MOBILITY_OPERATORS_FILE cannot be read: {error}") from None
    found = {}
    for operator, account in written.items():
        fields = [account.get(name, "") for name in _FIELDS] if isinstance(account, dict) else []
        if not fields or not all(isinstance(one, str) for one in fields) or account.keys() - set(_FIELDS):
            raise PayoutError(
                f"MOBILITY_OPERATORS_FILE: [{operator}] has texts name, iban and bic, and nothing else"
            )
        found[operator] = (fields[0], fields[1], fields[2])
    return found
