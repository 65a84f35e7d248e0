"""Ids that say nothing: of errors and of rows. Those of cards are made from what they are about.

It must not be used where the same call has to give the same bytes.
Tests: tests/api/test_error_responses.py.
"""

import secrets
from uuid import UUID


def random_id() -> str:
    """Return a new UUID of random bits."""
    return str(UUID(bytes=secrets.token_bytes(16), version=4))
