"""What INSEE's codes of communes stand for, from a file as public data has them."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

from mobility.acts.audit.ports import AuditError
from ticketing.journey_rows import Commune

COLUMNS = ("insee", "nom", "epci_nom")


@lru_cache(maxsize=4)
def read_communes(path: Path | None) -> dict[str, Commune]:
    """The communes of a CSV by INSEE code; none when no file is set. Raises AuditError."""
    if path is None:
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise AuditError(f"MOBILITY_COMMUNES_FILE: {path} has no column {', '.join(missing)}")
            return {row["insee"]: Commune(row["nom"], row["epci_nom"]) for row in rows}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise AuditError(f"MOBILITY_COMMUNES_FILE: {path} cannot be read: {error}") from error
