"""orders, payments, tickets, the book of sales, tariffs and scans"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Each part adds its tables by a function of its own, in the order of the parts."""
    _create_orders()
    _create_payments_and_tickets()
    _create_journal()
    _create_scans()
    _create_tariffs()


def _create_orders() -> None:
    op.create_table(
        "sales_order",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts_until_s", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_order")),
        sa.UniqueConstraint("reference", name=op.f("uq_sales_order_reference")),
    )
    op.create_index("ix_sales_order_person_id", "sales_order", ["person_id", "counts_until_s"])
    op.create_index("ix_sales_order_status", "sales_order", ["status", "expires_at"])
    op.create_table(
        "sales_seat",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_sales_seat_order_id_sales_order")
        ),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_sales_seat")),
    )
    op.create_index("ix_sales_seat_order_id", "sales_seat", ["order_id"])
    op.create_table(
        "sales_key",
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.String(length=255), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "key", name=op.f("pk_sales_key")),
    )
    with op.batch_alter_table("carpool_booking") as booking:
        booking.add_column(
            sa.Column("awaits_payment", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("carpool_booking") as booking:
        booking.alter_column("awaits_payment", server_default=None)


def _create_payments_and_tickets() -> None:
    op.create_table(
        "sales_payment",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("provider_ref", sa.String(length=255), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_sales_payment_order_id_sales_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_payment")),
    )
    op.create_index("ix_sales_payment_order_id", "sales_payment", ["order_id"])
    op.create_index("ix_sales_payment_provider_ref", "sales_payment", ["provider", "provider_ref"])
    op.create_index("ix_sales_payment_next_look_at", "sales_payment", ["next_look_at"])
    op.create_index("ix_sales_payment_by_hand", "sales_payment", ["by_hand", "made_at"])
    op.create_table(
        "sales_ticket",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("valid_until_s", sa.BigInteger(), nullable=False),
        sa.Column("revoked_s", sa.BigInteger(), nullable=False),
        sa.Column("replaced_s", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_sales_ticket_order_id_sales_order")
        ),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_sales_ticket")),
    )
    op.create_index("ix_sales_ticket_order_id", "sales_ticket", ["order_id"])
    op.create_index("ix_sales_ticket_replaced_s", "sales_ticket", ["replaced_s"])
    op.create_index("ix_sales_ticket_revoked_s", "sales_ticket", ["revoked_s", "valid_until_s"])


JOURNAL = ("sales_entry", "sales_day")
"""Tables whose rows the database itself refuses to change or delete."""


def _create_journal() -> None:
    """The book of sales. Orders are sorted by code points everywhere: a day is sealed in that order."""
    by_code_points = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")
    op.create_table(
        "sales_entry",
        sa.Column("order_id", by_code_points, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "n", name=op.f("pk_sales_entry")),
    )
    op.create_index("ix_sales_entry_day", "sales_entry", ["day", "order_id", "n"])
    op.create_table(
        "sales_chain",
        sa.Column("order_id", by_code_points, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("states", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_sales_chain")),
    )
    op.create_table(
        "sales_day",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_sales_day")),
    )
    _append_only(*JOURNAL)


def _create_scans() -> None:
    op.create_table(
        "ticket_scan",
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.String(length=40), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.Column("vehicle", sa.String(length=120), nullable=False),
        sa.Column("network_id", sa.String(length=120), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("colour", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("uploaded_s", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=160), nullable=False),
        sa.PrimaryKeyConstraint("device", "id", name=op.f("pk_ticket_scan")),
    )
    op.create_index("ix_ticket_scan_ref", "ticket_scan", ["issuer", "ref", "at_s"])
    op.create_index("ix_ticket_scan_at_s", "ticket_scan", ["at_s"])
    _append_only("ticket_scan")


def _create_tariffs() -> None:
    op.create_table(
        "tariff_version",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_tariff_version")),
        sa.UniqueConstraint("number", name=op.f("uq_tariff_version_number")),
    )
    _append_only("tariff_version")


def _append_only(*tables: str) -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for table in tables:
        if is_postgresql:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
            continue
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} BEGIN "
                f"SELECT RAISE(ABORT, 'rows of {table} are never changed or deleted'); END"
            )


def downgrade() -> None:
    """The other way round."""
    for name in ("tariff_version", "ticket_scan", "sales_day", "sales_chain", "sales_entry"):
        op.drop_table(name)
    with op.batch_alter_table("carpool_booking") as booking:
        booking.drop_column("awaits_payment")
    for name in ("sales_key", "sales_ticket", "sales_payment", "sales_seat", "sales_order"):
        op.drop_table(name)
