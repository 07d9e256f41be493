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


def downgrade() -> None:
    op.drop_table("job_run")
    op.drop_index("ix_outbox_subject", "outbox")
    op.drop_index("ix_outbox_delivered_at", "outbox")
    with op.batch_alter_table("outbox") as table:
        for name in ("error", "is_dead", "worker", "attempts", "due_at", "subject"):
            table.drop_column(name)
    op.create_index("ix_outbox_delivered_at", "outbox", ["delivered_at", "id"])
