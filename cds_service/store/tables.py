"""The tables.

They must not differ from what the migrations make: a test compares them.
Tests: tests/store/test_schema.py.
"""

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text

MAX_ISSUER = 256
MAX_JTI = 80
CLIENT, UUID, HASH, KEY_ID, CODE = 64, 36, 32, 16, 64
"""Column lengths for our ids, codes and hashes.

Text of a caller is never stored.
"""
MAX_CARD = 80
MOMENT = "milliseconds since 1970"

metadata = MetaData()

used_tokens = Table(
    "used_tokens",
    metadata,
    Column("issuer", String(MAX_ISSUER), primary_key=True),
    Column("jti", String(MAX_JTI), primary_key=True),
    Column("expires", BigInteger, nullable=False, index=True, comment="seconds since 1970"),
)
"""Ids of used tokens until their expiry."""

decisions = Table(
    "decisions",
    metadata,
    Column("id", String(UUID), primary_key=True),
    Column("at", BigInteger, nullable=False, index=True, comment=MOMENT),
    Column("client", String(CLIENT)),
    Column("hook", String(CODE), nullable=False),
    Column("status", Integer, nullable=False),
    Column("code", String(CODE)),
    Column("reason", String(CODE)),
    Column("error_id", String(UUID)),
    Column("user_hash", String(HASH)),
    Column("patient_hash", String(HASH)),
    Column("key_id", String(KEY_ID)),
    Column("hook_instance", String(UUID)),
    Column("as_of", String(10)),
    Column("ruleset", String(CODE)),
    Column("profile", String(CODE)),
    Column("language", String(CODE)),
    Column("state", String(CODE)),
    Column("sources", Text, comment="JSON: source to reason"),
    Column("outcomes", Text, comment="JSON: site to outcome and rules"),
    Column("quiet", Text, comment="JSON"),
    Column("duration_ms", Float, nullable=False),
    Column("request_digest", String(64)),
    Column("answer_digest", String(64)),
    Index("ix_decisions_patient", "client", "patient_hash"),
)
"""One row a call. Rows are added, and dropped by retention and erasure; none is changed."""

shown_cards = Table(
    "shown_cards",
    metadata,
    Column("decision", String(UUID), ForeignKey("decisions.id", ondelete="CASCADE"), primary_key=True),
    Column("card", String(UUID), primary_key=True),
    Column("client", String(CLIENT), nullable=False),
    Column("patient_hash", String(HASH), nullable=False),
    Column("key_id", String(KEY_ID), nullable=False),
    Column("user_hash", String(HASH)),
    Column("at", BigInteger, nullable=False, comment=MOMENT),
    Column("topic", String(CODE), nullable=False),
    Column("level", String(CODE), nullable=False),
    Column("rules", Text, nullable=False, comment="JSON: ids with versions"),
    Column("concerns", Text, nullable=False, comment="JSON: topic, level and fingerprints"),
    Column("suggestions", Text, nullable=False, comment="JSON: uuid to work-up key"),
    Column("state", String(CODE), nullable=False),
    Index("ix_shown_cards_card", "client", "card"),
    Index("ix_shown_cards_patient", "client", "patient_hash"),
)
"""Cards of a decision, withheld ones included."""

feedback = Table(
    "feedback",
    metadata,
    Column("client", String(CLIENT), primary_key=True),
    Column("card", String(UUID), primary_key=True),
    Column("outcome", String(CODE), primary_key=True),
    Column("at", BigInteger, primary_key=True, comment=f"outcomeTimestamp, {MOMENT}"),
    Column("received", BigInteger, nullable=False, comment=MOMENT),
    Column("decision", String(UUID), ForeignKey("decisions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("reason", String(CODE)),
    Column("reason_system", String(CODE)),
    Column("accepted", Text, nullable=False, comment="JSON: uuids of suggestions"),
    Column("commented", Integer, nullable=False, comment="1 where a comment came, which is not kept"),
)
"""Outcome of a card shown to that client."""

stray_feedback = Table(
    "stray_feedback",
    metadata,
    Column("client", String(CLIENT), primary_key=True),
    Column("card", String(MAX_CARD), primary_key=True),
    Column("outcome", String(CODE), primary_key=True),
    Column("at", BigInteger, primary_key=True, comment=f"outcomeTimestamp, {MOMENT}"),
    Column("received", BigInteger, nullable=False, index=True, comment=MOMENT),
    Column("reason", String(CODE)),
    Column("reason_system", String(CODE)),
    Column("accepted", Text, nullable=False, comment="JSON: uuids of suggestions"),
    Column("commented", Integer, nullable=False, comment="1 where a comment came, which is not kept"),
)
"""Early feedback on unknown cards, bounded and without effect."""

gaps = Table(
    "gaps",
    metadata,
    Column("id", String(UUID), primary_key=True),
    Column("began", BigInteger, nullable=False, comment=MOMENT),
    Column("ended", BigInteger, nullable=False, comment=MOMENT),
    Column("decisions", Integer, nullable=False),
)
"""Periods without stored decisions, with their number."""
