"""carpool lines, rides and bookings"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_lines()
    _create_rides()
    _create_bookings()
    stamp = op.create_table(
        "carpool_stamp",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carpool_stamp")),
    )
    op.bulk_insert(stamp, [{"id": 1, "value": 0}])


def _create_lines() -> None:
    op.create_table(
        "carpool_stop",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("commune", sa.String(length=5), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carpool_stop")),
    )
    op.create_table(
        "carpool_line",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("colour", sa.String(length=6), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carpool_line")),
    )
    op.create_table(
        "carpool_line_stop",
        sa.Column("line_id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stop_id", sa.String(length=64), nullable=False),
        sa.Column("distance_m", sa.Integer(), nullable=False),
        sa.Column("drive_s", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"], ["carpool_line.id"], name=op.f("fk_carpool_line_stop_line_id_carpool_line")
        ),
        sa.ForeignKeyConstraint(
            ["stop_id"], ["carpool_stop.id"], name=op.f("fk_carpool_line_stop_stop_id_carpool_stop")
        ),
        sa.PrimaryKeyConstraint("line_id", "position", name=op.f("pk_carpool_line_stop")),
    )
    op.create_index(op.f("ix_carpool_line_stop_stop_id"), "carpool_line_stop", ["stop_id"])
    op.create_table(
        "carpool_fare",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("fare_cents", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carpool_fare")),
    )
    op.create_table(
        "carpool_rules",
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("valid_from", name=op.f("pk_carpool_rules")),
    )


def _create_rides() -> None:
    op.create_table(
        "carpool_ride",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("line_id", sa.String(length=64), nullable=False),
        sa.Column("driver_id", sa.String(length=80), nullable=False),
        sa.Column("calls", sa.JSON(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notice_s", sa.Integer(), nullable=False),
        sa.Column("regular_id", sa.String(length=64), nullable=False),
        sa.Column("vehicle", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("needs_confirmation", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"], ["carpool_line.id"], name=op.f("fk_carpool_ride_line_id_carpool_line")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carpool_ride")),
    )
    op.create_index("ix_carpool_ride_starts_at", "carpool_ride", ["starts_at"])
    op.create_index("ix_carpool_ride_driver_id", "carpool_ride", ["driver_id", "starts_at"])
    op.create_index("ix_carpool_ride_regular_id", "carpool_ride", ["regular_id", "starts_at"])
    op.create_table(
        "carpool_regular_ride",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("line_id", sa.String(length=64), nullable=False),
        sa.Column("driver_id", sa.String(length=80), nullable=False),
        sa.Column("stop_ids", sa.JSON(), nullable=False),
        sa.Column("leaves_at", sa.String(length=15), nullable=False),
        sa.Column("weekdays", sa.JSON(), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("valid_to", sa.String(length=10), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("except_days", sa.JSON(), nullable=False),
        sa.Column("on_public_holidays", sa.Boolean(), nullable=False),
        sa.Column("notice_s", sa.Integer(), nullable=False),
        sa.Column("vehicle", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("needs_confirmation", sa.Boolean(), nullable=False),
        sa.Column("is_ended", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"], ["carpool_line.id"], name=op.f("fk_carpool_regular_ride_line_id_carpool_line")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carpool_regular_ride")),
    )
    op.create_index(op.f("ix_carpool_regular_ride_driver_id"), "carpool_regular_ride", ["driver_id"])


def _create_bookings() -> None:
    op.create_table(
        "carpool_booking",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("ride_id", sa.String(length=64), nullable=False),
        sa.Column("passenger_id", sa.String(length=160), nullable=False),
        sa.Column("from_stop", sa.String(length=64), nullable=False),
        sa.Column("to_stop", sa.String(length=64), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("fare_cents", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ending", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("is_spontaneous", sa.Boolean(), nullable=False),
        sa.Column("is_excused", sa.Boolean(), nullable=False),
        sa.CheckConstraint("seats > 0", name=op.f("ck_carpool_booking_seats")),
        sa.ForeignKeyConstraint(
            ["ride_id"], ["carpool_ride.id"], name=op.f("fk_carpool_booking_ride_id_carpool_ride")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carpool_booking")),
    )
    op.create_index(op.f("ix_carpool_booking_ride_id"), "carpool_booking", ["ride_id"])
    op.create_index("ix_carpool_booking_passenger_id", "carpool_booking", ["passenger_id", "made_at"])
    op.create_index("ix_carpool_booking_status", "carpool_booking", ["status"])
    op.create_index(
        "uq_carpool_booking_key",
        "carpool_booking",
        ["passenger_id", "key"],
        unique=True,
        sqlite_where=sa.text("key <> ''"),
        postgresql_where=sa.text("key <> ''"),
    )


def downgrade() -> None:
    for table in (
        "carpool_stamp",
        "carpool_booking",
        "carpool_regular_ride",
        "carpool_ride",
        "carpool_rules",
        "carpool_fare",
        "carpool_line_stop",
        "carpool_line",
        "carpool_stop",
    ):
        op.drop_table(table)
