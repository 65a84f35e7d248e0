"""The key of a file that all workers share, to seal what a browser carries from one request to the next.

Must not show the key, nor make one.
Tests: tests/smart/test_registry.py.
"""

import base64
from pathlib import Path

KEY_BYTES = 32


def read_key(path: Path) -> bytes:
    """Return the key of a file, or raise ValueError that says how to make one."""
    try:
        key = base64.b64decode(path.read_bytes().strip(), validate=True)
    except (OSError, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path} holds no key of {KEY_BYTES} bytes as base64: make one by openssl rand -base64 32")
    return key
