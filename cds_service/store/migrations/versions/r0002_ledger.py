"""Second migration, decisions, cards, feedback and gaps.

It must not be changed. There is no downgrade, because an audit record is not dropped by a command.
Tests: tests/store/test_schema.py.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = "milliseconds since 1970"
REFUSAL = "RAISE EXCEPTION ''a decision is not changed'' USING ERRCODE = ''restrict_violation''"
UNCHANGING = {
    "sqlite": (
        """
        CREATE TRIGGER decisions_stay BEFORE UPDATE ON decisions
        BEGIN SELECT RAISE(ABORT, 'a decision is not changed'); END
        """,
    ),
    "postgresql": (
        f"CREATE FUNCTION decisions_stay() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN {REFUSAL}; END'",
        "CREATE TRIGGER decisions_stay BEFORE UPDATE ON decisions FOR EACH ROW EXECUTE FUNCTION decisions_stay()",
    ),
}
"""Trigger that refuses changes to written rows."""


def upgrade() -> None:
    """Make the tables."""
    _decisions()
    _shown_cards()
    op.create_table(
        "feedback",
        *_feedback(36),
        sa.Column("decision", sa.String(36), sa.ForeignKey("decisions.id", ondelete="CASCADE"), nullable=False),
    )
    op.create_index("ix_feedback_decision", "feedback", ["decision"])
    op.create_table("stray_feedback", *_feedback(80))
    op.create_index("ix_stray_feedback_received", "stray_feedback", ["received"])
    op.create_table(
        "gaps",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("began", sa.BigInteger, nullable=False, comment=MOMENT),
        sa.Column("ended", sa.BigInteger, nullable=False, comment=MOMENT),
        sa.Column("decisions", sa.Integer, nullable=False),
    )
    for statement in UNCHANGING[op.get_bind().dialect.name]:
        op.execute(statement)


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False, comment=MOMENT),
        sa.Column("client", sa.String(64)),
        sa.Column("hook", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("code", sa.String(64)),
        sa.Column("reason", sa.String(64)),
        sa.Column("error_id", sa.String(36)),
        sa.Column("user_hash", sa.String(32)),
        sa.Column("patient_hash", sa.String(32)),
        sa.Column("key_id", sa.String(16)),
        sa.Column("hook_instance", sa.String(36)),
        sa.Column("as_of", sa.String(10)),
        sa.Column("ruleset", sa.String(64)),
        sa.Column("profile", sa.String(64)),
        sa.Column("language", sa.String(64)),
        sa.Column("state", sa.String(64)),
        sa.Column("sources", sa.Text, comment="JSON: source to reason"),
        sa.Column("outcomes", sa.Text, comment="JSON: site to outcome and rules"),
        sa.Column("quiet", sa.Text, comment="JSON"),
        sa.Column("duration_ms", sa.Float, nullable=False),
        sa.Column("request_digest", sa.String(64)),
        sa.Column("answer_digest", sa.String(64)),
    )
    op.create_index("ix_decisions_at", "decisions", ["at"])
    op.create_index("ix_decisions_patient", "decisions", ["client", "patient_hash"])


def _shown_cards() -> None:
    op.create_table(
        "shown_cards",
        sa.Column("decision", sa.String(36), sa.ForeignKey("decisions.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("card", sa.String(36), primary_key=True),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("patient_hash", sa.String(32), nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("user_hash", sa.String(32)),
        sa.Column("at", sa.BigInteger, nullable=False, comment=MOMENT),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("level", sa.String(64), nullable=False),
        sa.Column("rules", sa.Text, nullable=False, comment="JSON: ids with versions"),
        sa.Column("concerns", sa.Text, nullable=False, comment="JSON: topic, level and fingerprints"),
        sa.Column("suggestions", sa.Text, nullable=False, comment="JSON: uuid to work-up key"),
        sa.Column("state", sa.String(64), nullable=False),
    )
    op.create_index("ix_shown_cards_card", "shown_cards", ["client", "card"])
    op.create_index("ix_shown_cards_patient", "shown_cards", ["client", "patient_hash"])


def _feedback(card: int) -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("client", sa.String(64), primary_key=True),
        sa.Column("card", sa.String(card), primary_key=True),
        sa.Column("outcome", sa.String(64), primary_key=True),
        sa.Column("at", sa.BigInteger, primary_key=True, comment=f"outcomeTimestamp, {MOMENT}"),
        sa.Column("received", sa.BigInteger, nullable=False, comment=MOMENT),
        sa.Column("reason", sa.String(64)),
        sa.Column("reason_system", sa.String(64)),
        sa.Column("accepted", sa.Text, nullable=False, comment="JSON: uuids of suggestions"),
        sa.Column("commented", sa.Integer, nullable=False, comment="1 where a comment came, which is not kept"),
    )
