"""evidence and the trips it tells of"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_evidence()
    _create_trips()
    op.create_table(
        "checks_recorded",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_checks_recorded")),
    )


def _create_evidence() -> None:
    op.create_table(
        "device",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("hardware", sa.String(length=64), nullable=False),
        sa.Column("registered_at", _INSTANT, nullable=False),
        sa.Column("revoked_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
    )
    op.create_index(op.f("ix_device_person"), "device", ["person"])
    op.create_table(
        "evidence_key",
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_evidence_key")),
    )
    op.create_table(
        "evidence",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("hash", "person", name=op.f("pk_evidence")),
    )
    op.create_table(
        "statement",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("trip_id", sa.String(length=32), nullable=False),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("received_at", _INSTANT, nullable=False),
        sa.Column("skew_s", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["device.id"], name=op.f("fk_statement_device_device")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_statement")),
    )
    op.create_index("ix_statement_trip_id", "statement", ["trip_id"])
    op.create_index("ix_statement_person", "statement", ["person"])
    op.create_table(
        "evidence_refused",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_refused")),
    )
    op.create_index(op.f("ix_evidence_refused_person"), "evidence_refused", ["person"])


def _create_trips() -> None:
    op.create_table(
        "trip",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("driver_id", sa.String(length=80), nullable=False),
        sa.Column("line_id", sa.String(length=64), nullable=False),
        sa.Column("ride_id", sa.String(length=64), nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.Column("start_at", _INSTANT, nullable=True),
        sa.Column("body", sa.JSON(), nullable=True),
        sa.Column("missing", sa.Text(), nullable=False),
        sa.Column("track_m", sa.Integer(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("checks", sa.String(length=64), nullable=False),
        sa.Column("claim", sa.String(length=64), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=False),
        sa.Column("judge_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trip")),
    )
    op.create_index("ix_trip_status", "trip", ["status", "changed_at"])
    op.create_index("ix_trip_line_id", "trip", ["line_id", "start_at"])
    op.create_index("ix_trip_judge_at", "trip", ["judge_at"])
    op.create_index("ix_trip_ride_id", "trip", ["ride_id"])
    op.create_table(
        "trip_person",
        sa.Column("trip_id", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("start_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["trip_id"], ["trip.id"], name=op.f("fk_trip_person_trip_id_trip")),
        sa.PrimaryKeyConstraint("trip_id", "person", name=op.f("pk_trip_person")),
    )
    op.create_index("ix_trip_person_person", "trip_person", ["person", "start_at"])
    op.create_table(
        "trip_status",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("trip_id", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("checks", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["trip_id"], ["trip.id"], name=op.f("fk_trip_status_trip_id_trip")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trip_status")),
    )
    op.create_index(op.f("ix_trip_status_trip_id"), "trip_status", ["trip_id"])
    op.create_table(
        "trip_due",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("trip_id", sa.String(length=32), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trip_due")),
    )
    op.create_index(op.f("ix_trip_due_trip_id"), "trip_due", ["trip_id"])


def downgrade() -> None:
    for table in (
        "checks_recorded",
        "trip_due",
        "trip_status",
        "trip_person",
        "trip",
        "evidence_refused",
        "statement",
        "evidence",
        "evidence_key",
        "device",
    ):
        op.drop_table(table)
