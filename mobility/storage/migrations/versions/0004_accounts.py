"""people, their keys and consents"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = (
    "person",
    "person_role",
    "person_password",
    "person_identity",
    "person_key",
    "bank_account",
    "login_session",
    "spent_token",
    "api_key",
    "consent",
)


def upgrade() -> None:
    _people()
    _secrets()
    _sessions()
    _keys_and_consents()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _instant(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _of_person(table: str) -> tuple[sa.Column[Any], sa.ForeignKeyConstraint]:
    return (
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f(f"fk_{table}_person_id")),
    )


def _people() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("pseudonym", sa.String(length=32), nullable=True),
        _instant("created_at"),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("given_name", sa.Text(), nullable=True),
        sa.Column("family_name", sa.Text(), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        _instant("erased_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("pseudonym", name=op.f("uq_person_pseudonym")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
    )
    op.create_table(
        "person_role",
        *_of_person("person_role"),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "role", name=op.f("pk_person_role")),
    )
    op.create_index(op.f("ix_person_role_role"), "person_role", ["role"])


def _secrets() -> None:
    op.create_table(
        "person_password",
        *_of_person("person_password"),
        sa.Column("hash", sa.Text(), nullable=False),
        _instant("changed_at"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_password")),
    )
    op.create_table(
        "person_identity",
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        *_of_person("person_identity"),
        _instant("linked_at"),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_person_identity")),
    )
    op.create_index(op.f("ix_person_identity_person_id"), "person_identity", ["person_id"])
    for table, instant in (("person_key", "made_at"), ("bank_account", "changed_at")):
        op.create_table(
            table,
            *_of_person(table),
            sa.Column("sealed", sa.LargeBinary(), nullable=False),
            _instant(instant),
            sa.PrimaryKeyConstraint("person_id", name=op.f(f"pk_{table}")),
        )


def _sessions() -> None:
    op.create_table(
        "login_session",
        sa.Column("id", sa.String(length=64), nullable=False),
        *_of_person("login_session"),
        sa.Column("secret_hash", sa.String(length=64), nullable=True),
        _instant("began_at"),
        _instant("expires_at"),
        _instant("ended_at", nullable=True),
        sa.Column("id_token", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_login_session_secret_hash")),
    )
    op.create_index(op.f("ix_login_session_person_id"), "login_session", ["person_id"])
    op.create_index(op.f("ix_login_session_expires_at"), "login_session", ["expires_at"])
    op.create_table(
        "spent_token",
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.String(length=64), nullable=False),
        _instant("spent_at"),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["login_session.id"],
            name=op.f("fk_spent_token_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("secret_hash", name=op.f("pk_spent_token")),
    )
    op.create_index(op.f("ix_spent_token_session_id"), "spent_token", ["session_id"])


def _keys_and_consents() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("prefix", sa.String(length=32), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("operator", sa.String(length=253), nullable=False),
        _instant("made_at"),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        _instant("revoked_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_key_secret_hash")),
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        *_of_person("consent"),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        _instant("at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index("ix_consent_person_id", "consent", ["person_id", "id"])
