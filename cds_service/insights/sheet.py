"""The limits and words of a report, read once from insights.toml.

It must not hold a number or a sentence of its own.
Tests: tests/insights/test_sheet.py.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def insights_sheet() -> Mapping[str, Any]:
    """Return the file."""
    return tomllib.loads((files("cds_service.insights") / "insights.toml").read_text(encoding="utf-8-sig"))


def limit(name: str) -> int:
    """Return a limit by its name."""
    return int(insights_sheet()["limits"][name]["value"])


def said(table: str, name: str, **parts: object) -> str:
    """Return a phrase with its parts filled in."""
    return str(insights_sheet()[table][name]).format(**parts)


def title_of(figure: str) -> str:
    """Return the heading of a figure's column."""
    return str(insights_sheet()["figures"][figure]["title"])


def meaning_of(figure: str) -> str:
    """Return the meaning of a figure in words."""
    return str(insights_sheet()["figures"][figure]["means"]).format(answer_days=limit("answer_days"))
