"""The key of the page of figures: one line that is too long to be guessed.

It must not show a key.
Tests: tests/insights/test_insights_page.py.
"""

from pathlib import Path

LEAST_KEY = 32
"""Characters, at least."""


def read_insights_key(path: Path) -> bytes:
    """Return the key of a file, or raise ValueError that says how to make one."""
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise ValueError(f"{path} can't be read: {error.strerror}") from error
    if len(key) < LEAST_KEY or b"\n" in key:
        raise ValueError(f"{path} must hold one line of {LEAST_KEY} random characters or more: openssl rand -base64 33")
    return key
