"""All tables in one place, for migrations and for comparing them with the models."""

from __future__ import annotations

from mobility.storage import (
    account_tables,
    feeds,
    job_runs,
    ledger,
    live_sources,
    national_register,
    on_demand_tables,
    outbox,
    payouts,
    places,
    register,
    rides_tables,
    sales,
    sales_journal,
    scans,
    snapshots,
    standard_covoiturage,
    streets,
    subsidies,
    tariffs,
    trip_tables,
)
from mobility.storage.database import Base

METADATA = Base.metadata

__all__ = [
    "METADATA",
    "account_tables",
    "feeds",
    "job_runs",
    "ledger",
    "live_sources",
    "national_register",
    "on_demand_tables",
    "outbox",
    "payouts",
    "places",
    "register",
    "rides_tables",
    "sales",
    "sales_journal",
    "scans",
    "snapshots",
    "standard_covoiturage",
    "streets",
    "subsidies",
    "tariffs",
    "trip_tables",
]
