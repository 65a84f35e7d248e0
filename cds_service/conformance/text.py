"""Texts of a foreign service made safe to print.

They are short, on one line, without control characters and tokens.
Tests: tests/conformance/test_broken_services.py.
"""

import json
import unicodedata
from collections.abc import Iterable

LONGEST_SEEN = 300
LONGEST_VALUE = 60
HIDDEN = "(token)"
CONTROLS = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


def plain(text: str, secrets: Iterable[str] = (), longest: int = LONGEST_SEEN) -> str:
    """Return a text on one bounded line with secrets hidden."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    clean = "".join("·" if unicodedata.category(sign) in CONTROLS else sign for sign in text)
    return clean if len(clean) <= longest else f"{clean[: longest - 1]}…"


def quoted(value: object) -> str:
    """Return a JSON value as a short piece of text."""
    return plain(json.dumps(value, ensure_ascii=False, default=str), longest=LONGEST_VALUE)
