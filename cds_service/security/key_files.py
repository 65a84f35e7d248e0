"""Key files of the operator for sealing and insights.

A key must not be shown.
Tests: tests/smart/test_registry.py, tests/insights/test_insights_page.py.
"""

import base64
from pathlib import Path

KEY_BYTES = 32
"""Length of a sealing key."""
LEAST_KEY = 32
"""Fewest characters of the key of the insights page."""


def read_key(path: Path) -> bytes:
    """Return the sealing key of a file.

    Raises ValueError with the remedy.
    """
    try:
        key = base64.b64decode(path.read_bytes().strip(), validate=True)
    except (OSError, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path} holds no key of {KEY_BYTES} bytes as base64: make one by openssl rand -base64 32")
    return key


def read_insights_key(path: Path) -> bytes:
    """Return the key of the insights page.

    Raises ValueError with the remedy.
    """
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise ValueError(f"{path} can't be read: {error.strerror}") from error
    if len(key) < LEAST_KEY or b"\n" in key:
        raise ValueError(f"{path} must hold one line of {LEAST_KEY} random characters or more: openssl rand -base64 33")
    return key
