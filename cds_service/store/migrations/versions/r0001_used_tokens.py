"""First migration, ids of used tokens.

It must not be changed. There is no downgrade, because valid tokens could be used twice.
Tests: tests/security/test_token_replay.py.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of used tokens."""
    op.create_table(
        "used_tokens",
        sa.Column("issuer", sa.String(256), primary_key=True),
        sa.Column("jti", sa.String(80), primary_key=True),
        sa.Column("expires", sa.BigInteger, nullable=False, comment="seconds since 1970"),
    )
    op.create_index("ix_used_tokens_expires", "used_tokens", ["expires"])
