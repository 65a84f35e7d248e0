"""The key that opens the page of figures, from a file.

It must not show the key, nor take one that could be guessed.
Tests: tests/service/test_settings.py, tests/insights/test_page.py.
"""

from pathlib import Path

LEAST = 32
"""Characters of the key, at least."""


def read_insights_key(path: Path) -> bytes:
    """Return the key, or raise ValueError that says what the file must hold."""
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise ValueError(f"{path} can't be read: {error.strerror}") from error
    if len(key) < LEAST or b"\n" in key:
        raise ValueError(f"{path} must hold one line of {LEAST} random characters or more: openssl rand -base64 33")
    return key
