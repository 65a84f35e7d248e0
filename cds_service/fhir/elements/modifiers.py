"""Extensions and labels that change the meaning of a resource.

Tests: tests/fhir/test_completeness.py.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Raw

SUBSETTED: Final = "subsetted"
REDACTED: Final = "redacted"
LABELS: Final = {"SUBSETTED": SUBSETTED, "REDACTED": REDACTED, "MASKED": REDACTED}
"""Codes of v3-ObservationValue and what they say."""


_SUSPECT = re.compile(rb"odifierExtension|SUBSETTED|REDACTED|MASKED|\\u00")


def is_suspect(raw: Raw) -> bool:
    """Return True if a resource may hold such an extension or label."""
    return _SUSPECT.search(memoryview(raw)) is not None


def is_modified(value: object) -> bool:
    """Return True for a modifierExtension at any depth."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if each.get("modifierExtension"):
                return True
            waiting.extend(part for part in each.values() if isinstance(part, dict | list))
        elif isinstance(each, list):
            waiting.extend(part for part in each if isinstance(part, dict | list))
    return False


def labelled(resource: Mapping[str, Any]) -> str | None:
    """Return what the labels of a resource say is missing, or None."""
    meta = resource.get("meta")
    if not isinstance(meta, dict):
        return None
    codings = [*_listed(meta.get("tag")), *_listed(meta.get("security"))]
    codes = (coding.get("code") for coding in codings if isinstance(coding, dict))
    return next((LABELS[code] for code in codes if isinstance(code, str) and code in LABELS), None)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
