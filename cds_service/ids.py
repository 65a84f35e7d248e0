"""Random ids of errors and rows.

They must not appear in answers with cards.
Tests: tests/api/test_error_responses.py.
"""

import secrets
from uuid import UUID


def random_id() -> str:
    """Return a new UUID of random bits."""
    return str(UUID(bytes=secrets.token_bytes(16), version=4))
