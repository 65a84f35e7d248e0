"""The tables.

They must not differ from what the migrations make: a test compares them.
Tests: tests/security/test_replay.py.
"""

from sqlalchemy import BigInteger, Column, MetaData, String, Table

MAX_ISSUER = 256
MAX_JTI = 80

metadata = MetaData()

used_tokens = Table(
    "used_tokens",
    metadata,
    Column("issuer", String(MAX_ISSUER), primary_key=True),
    Column("jti", String(MAX_JTI), primary_key=True),
    Column("expires", BigInteger, nullable=False, index=True, comment="seconds since 1970"),
)
"""Ids of tokens that were used, until none with that id can be valid any more."""
