"""delivering events, and the national register"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _extend_outbox()
    op.create_table(
        "job_run",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worker", sa.String(length=80), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_run")),
    )
    _create_standard_covoiturage()
    _create_national_register()


def _extend_outbox() -> None:
    """Old events are due since they were written."""
    op.drop_index("ix_outbox_delivered_at", "outbox")
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("subject", sa.String(length=80), nullable=False, server_default=""))
        table.add_column(sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("worker", sa.String(length=80), nullable=False, server_default=""))
        table.add_column(sa.Column("is_dead", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("error", sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE outbox SET due_at = created_at")
    with op.batch_alter_table("outbox") as table:
        table.alter_column("due_at", nullable=False)
        for name in ("subject", "attempts", "worker", "is_dead", "error"):
            table.alter_column(name, server_default=None)
    op.create_index("ix_outbox_delivered_at", "outbox", ["delivered_at", "due_at", "id"])
    op.create_index("ix_outbox_subject", "outbox", ["subject", "delivered_at", "id"])


def _create_standard_covoiturage() -> None:
    op.create_table(
        "partner_booking",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("operator", sa.String(length=255), nullable=False),
        sa.Column("booking_id", sa.String(length=64), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_booking")),
    )
    op.create_table(
        "partner_message",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operator", sa.String(length=255), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("ride_id", sa.String(length=64), nullable=False),
        sa.Column("booking_id", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_message")),
    )
    op.create_index("ix_partner_message_person", "partner_message", ["person"])
    op.create_table(
        "partner_event",
        sa.Column("operator", sa.String(length=255), nullable=False),
        sa.Column("booking_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("operator", "booking_id", name=op.f("pk_partner_event")),
    )
    op.create_table(
        "standard_test_data",
        sa.Column("collection", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.String(length=36), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("collection", "position", name=op.f("pk_standard_test_data")),
    )
    op.create_index("ix_standard_test_data_booking_id", "standard_test_data", ["booking_id"])


def _create_national_register() -> None:
    op.create_table(
        "national_journey",
        sa.Column("id", sa.String(length=256), nullable=False),
        sa.Column("journey_id", sa.String(length=64), nullable=False),
        sa.Column("trip_id", sa.String(length=64), nullable=False),
        sa.Column("driver_id", sa.String(length=80), nullable=False),
        sa.Column("passenger_id", sa.String(length=160), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_wanted", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("national_id", sa.String(length=64), nullable=False),
        sa.Column("sent", sa.JSON(), nullable=False),
        sa.Column("is_granted", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_national_journey")),
    )
    for name in ("trip_id", "driver_id", "passenger_id", "due_at"):
        op.create_index(f"ix_national_journey_{name}", "national_journey", [name])
    op.create_table(
        "national_status",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("journey_id", sa.String(length=256), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_national_status")),
    )
    op.create_index("ix_national_status_journey_id", "national_status", ["journey_id"])
    op.create_table(
        "national_exchange",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("journey_id", sa.String(length=256), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("answer_status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_national_exchange")),
    )
    op.create_index("ix_national_exchange_journey_id", "national_exchange", ["journey_id"])


def downgrade() -> None:
    for name in ("national_exchange", "national_status", "national_journey"):
        op.drop_table(name)
    for name in ("standard_test_data", "partner_event", "partner_message", "partner_booking"):
        op.drop_table(name)
    op.drop_table("job_run")
    op.drop_index("ix_outbox_subject", "outbox")
    op.drop_index("ix_outbox_delivered_at", "outbox")
    with op.batch_alter_table("outbox") as table:
        for name in ("error", "is_dead", "worker", "attempts", "due_at", "subject"):
            table.drop_column(name)
    op.create_index("ix_outbox_delivered_at", "outbox", ["delivered_at", "id"])
