"""feeds, snapshots, places and the outbox"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geography
from sqlalchemy.types import TypeEngine

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _point() -> TypeEngine[Any]:
    """A place's point: WKB on SQLite, geography on PostGIS."""
    if op.get_bind().dialect.name == "postgresql":
        return Geography("POINT", srid=4326, spatial_index=False)
    return sa.LargeBinary()


def _ensure_postgis() -> None:
    """Make PostGIS known to the database; needs the right to, unless an administrator did it before."""
    bind = op.get_bind()
    known = sa.text("SELECT 1 FROM pg_extension WHERE extname = 'postgis'")
    if bind.dialect.name == "postgresql" and bind.scalar(known) is None:
        op.execute("CREATE EXTENSION postgis")


def upgrade() -> None:
    _ensure_postgis()
    _create_feeds()
    _create_feed_versions()
    _create_snapshots()
    _create_places()
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_delivered_at", "outbox", ["delivered_at", "id"])


def _create_feeds() -> None:
    op.create_table(
        "feed",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("corrections", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed")),
    )
    op.create_table(
        "feed_import",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("feed_id", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=True),
        sa.Column("rule", sa.String(length=120), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_import")),
    )
    op.create_index("ix_feed_import_feed_id", "feed_import", ["feed_id", "id"])


def _create_feed_versions() -> None:
    op.create_table(
        "feed_version",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("feed_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_bytes", sa.BigInteger(), nullable=False),
        sa.Column("publisher_version", sa.Text(), nullable=False),
        sa.Column("network_format", sa.String(length=64), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("stop_count", sa.Integer(), nullable=False),
        sa.Column("route_count", sa.Integer(), nullable=False),
        sa.Column("trip_count", sa.Integer(), nullable=False),
        sa.Column("error_count", sa.Integer(), nullable=False),
        sa.Column("warning_count", sa.Integer(), nullable=False),
        sa.Column("info_count", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feed.id"], name=op.f("fk_feed_version_feed_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_version")),
        sa.UniqueConstraint("feed_id", "version", name=op.f("uq_feed_version_feed_id_version")),
    )
    op.create_index(
        "ix_feed_version_active",
        "feed_version",
        ["feed_id"],
        unique=True,
        sqlite_where=sa.text("is_active"),
        postgresql_where=sa.text("is_active"),
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("feed_version_id", sa.Integer(), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("rule", sa.String(length=120), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed_version_id"],
            ["feed_version.id"],
            name=op.f("fk_finding_feed_version_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    op.create_index("ix_finding_feed_version_id", "finding", ["feed_version_id"])


def _create_snapshots() -> None:
    op.create_table(
        "snapshot",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_snapshot")),
    )
    op.create_table(
        "snapshot_activation",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("snapshot_hash", sa.String(length=64), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["snapshot_hash"], ["snapshot.hash"], name=op.f("fk_snapshot_activation_snapshot_hash")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshot_activation")),
    )
    op.create_table(
        "snapshot_member",
        sa.Column("snapshot_hash", sa.String(length=64), nullable=False),
        sa.Column("feed_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["snapshot_hash"],
            ["snapshot.hash"],
            name=op.f("fk_snapshot_member_snapshot_hash"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("snapshot_hash", "feed_id", name=op.f("pk_snapshot_member")),
    )


def _create_places() -> None:
    op.create_table(
        "place",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("point", _point(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_place_point", "place", ["point"], postgresql_using="gist")
    op.create_index("ix_place_source", "place", ["source"])
    op.create_table(
        "place_change",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("place_count", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_change")),
    )


def downgrade() -> None:
    op.drop_index("ix_finding_feed_version_id", "finding")
    op.drop_table("finding")
    op.drop_table("snapshot_member")
    op.drop_table("snapshot_activation")
    op.drop_index("ix_feed_version_active", "feed_version")
    op.drop_table("feed_version")
    op.drop_table("snapshot")
    op.drop_table("place_change")
    op.drop_index("ix_place_source", "place")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_place_point", "place")
    op.drop_table("place")
    op.drop_index("ix_outbox_delivered_at", "outbox")
    op.drop_table("outbox")
    op.drop_index("ix_feed_import_feed_id", "feed_import")
    op.drop_table("feed_import")
    op.drop_table("feed")
