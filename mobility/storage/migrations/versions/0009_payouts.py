"""payouts, what banks returned, who read what of the audit, attestations"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payout",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("transfer", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_payout")),
    )
    op.create_table(
        "payout_return",
        sa.Column("payout_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("payment_id", sa.String(length=35), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("return_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("payout_seq", "payment_id", name=op.f("pk_payout_return")),
        sa.UniqueConstraint("return_seq", name=op.f("uq_payout_return_return_seq")),
    )
    op.create_index("ix_payout_return_person", "payout_return", ["person", "return_seq"])
    op.create_table(
        "audit_read",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_read")),
    )
    op.create_table(
        "attestation",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("first", sa.String(length=7), nullable=False),
        sa.Column("last", sa.String(length=7), nullable=False),
        sa.Column("trips", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("distance_m", sa.BigInteger(), nullable=False),
        sa.Column("passengers", sa.Integer(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_attestation")),
    )


def downgrade() -> None:
    op.drop_table("attestation")
    op.drop_table("audit_read")
    op.drop_index("ix_payout_return_person", table_name="payout_return")
    op.drop_table("payout_return")
    op.drop_table("payout")
