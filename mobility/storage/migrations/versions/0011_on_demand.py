"""services, vehicles, tours and rides of demand-responsive transport"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TABLES = (
    "on_demand_stamp",
    "on_demand_rules",
    "on_demand_waiting",
    "on_demand_key",
    "on_demand_ride_change",
    "on_demand_ride",
    "on_demand_day",
    "on_demand_shift",
    "on_demand_vehicle",
    "on_demand_service",
)


def upgrade() -> None:
    _create_fleet()
    _create_rides()
    _create_waiting()
    op.create_table(
        "on_demand_key",
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("subject_ids", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "key", name=op.f("pk_on_demand_key")),
    )
    op.create_table(
        "on_demand_rules",
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("valid_from", name=op.f("pk_on_demand_rules")),
    )
    stamp = op.create_table(
        "on_demand_stamp",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_demand_stamp")),
    )
    op.bulk_insert(stamp, [{"id": 1, "value": 0}])


def _create_fleet() -> None:
    for name in ("service", "vehicle"):
        op.create_table(
            f"on_demand_{name}",
            sa.Column("id", sa.String(length=120), nullable=False),
            sa.Column("body", sa.Text(), nullable=False),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_on_demand_{name}")),
        )
    op.create_table(
        "on_demand_shift",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("vehicle_id", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["vehicle_id"],
            ["on_demand_vehicle.id"],
            name=op.f("fk_on_demand_shift_vehicle_id_on_demand_vehicle"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_demand_shift")),
    )
    op.create_index("ix_on_demand_shift_vehicle_id", "on_demand_shift", ["vehicle_id"])
    op.create_table(
        "on_demand_day",
        sa.Column("shift_id", sa.String(length=120), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("vehicle_id", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("shift_id", "day", name=op.f("pk_on_demand_day")),
    )
    op.create_index("ix_on_demand_day_day", "on_demand_day", ["day"])


def _create_rides() -> None:
    op.create_table(
        "on_demand_ride",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("service_id", sa.String(length=120), nullable=False),
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("journey_id", sa.String(length=64), nullable=False),
        sa.Column("shift_id", sa.String(length=120), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("pickup_open_s", sa.BigInteger(), nullable=False),
        sa.Column("drop_close_s", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_connected", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["on_demand_service.id"],
            name=op.f("fk_on_demand_ride_service_id_on_demand_service"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_demand_ride")),
    )
    op.create_index("ix_on_demand_ride_day", "on_demand_ride", ["day", "pickup_open_s"])
    op.create_index("ix_on_demand_ride_person_id", "on_demand_ride", ["person_id", "made_at"])
    op.create_index("ix_on_demand_ride_journey_id", "on_demand_ride", ["journey_id"])
    op.create_index("ix_on_demand_ride_status", "on_demand_ride", ["status", "expires_at"])
    op.create_index("ix_on_demand_ride_service_id", "on_demand_ride", ["service_id"])
    op.create_table(
        "on_demand_ride_change",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("ride_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=160), nullable=False),
        sa.ForeignKeyConstraint(
            ["ride_id"], ["on_demand_ride.id"], name=op.f("fk_on_demand_ride_change_ride_id_on_demand_ride")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_demand_ride_change")),
    )
    op.create_index("ix_on_demand_ride_change_ride_id", "on_demand_ride_change", ["ride_id"])


def _create_waiting() -> None:
    op.create_table(
        "on_demand_waiting",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("service_id", sa.String(length=120), nullable=False),
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["on_demand_service.id"],
            name=op.f("fk_on_demand_waiting_service_id_on_demand_service"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_demand_waiting")),
    )
    op.create_index("ix_on_demand_waiting_service_id", "on_demand_waiting", ["service_id"])
    op.create_index("ix_on_demand_waiting_status", "on_demand_waiting", ["status", "made_at"])
    op.create_index("ix_on_demand_waiting_person_id", "on_demand_waiting", ["person_id", "made_at"])


def downgrade() -> None:
    for name in _TABLES:
        op.drop_table(name)
