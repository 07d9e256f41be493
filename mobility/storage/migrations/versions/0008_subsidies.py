"""policies, claims and grants"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


CODE_POINTS = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "subsidy_version",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_subsidy_version")),
    )
    op.create_table(
        "subsidy_claim",
        sa.Column("trip_id", CODE_POINTS, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("driver", sa.String(length=64), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("trip_id", name=op.f("pk_subsidy_claim")),
    )
    op.create_index("ix_subsidy_claim_order", "subsidy_claim", ["started_at", "trip_id"])
    op.create_index(op.f("ix_subsidy_claim_driver"), "subsidy_claim", ["driver"])
    op.create_table(
        "subsidy_counter",
        sa.Column("window", sa.String(length=64), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("counter", sa.String(length=40), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("window", "who", "counter", name=op.f("pk_subsidy_counter")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "subsidy_grant",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("trip_id", sa.String(length=64), nullable=False),
        sa.Column("closing", sa.Integer(), nullable=False),
        sa.Column("driver", sa.String(length=64), nullable=False),
        sa.Column("line_id", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_subsidy_grant")),
    )
    op.create_index(op.f("ix_subsidy_grant_trip_id"), "subsidy_grant", ["trip_id"])
    op.create_index("ix_subsidy_grant_driver", "subsidy_grant", ["driver", "period"])
    op.create_table(
        "subsidy_closing",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_subsidy_closing")),
    )


def downgrade() -> None:
    op.drop_table("subsidy_closing")
    op.drop_table("subsidy_grant")
    op.drop_table("subsidy_counter")
    op.drop_table("subsidy_claim")
    op.drop_table("subsidy_version")
