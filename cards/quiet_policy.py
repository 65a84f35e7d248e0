"""Quiet periods of cards/quiet.toml and a site's changes.

It must not hold a number of its own, because a clinician reviews the file.
Tests: tests/cards/test_quiet_policy.py.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from rules.outcome import Level

OTHER = "other"
"""Reason of an override without a listed reason."""


class Scope(StrEnum):
    """Persons for whom an override keeps a card quiet."""

    EVERYBODY = "everybody"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Term:
    """Quiet days of one reason with their bounds and grounds."""

    days: int
    most_days: int
    critical_days: int
    why: str

    def lasts(self, level: Level) -> timedelta:
        """Return how long a card of a level is quiet."""
        days = min(self.days, self.critical_days) if level is Level.CRITICAL else self.days
        return timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Policy:
    """Options for the overrides of a client."""

    terms: Mapping[str, Term]
    scope: Scope
    clock_ahead: timedelta

    def reason(self, given: str | None) -> str:
        """Return the listed reason, else `other`."""
        return given if given is not None and given in self.terms else OTHER

    def changed(self, days: Mapping[str, int], scope: str | None) -> "Policy":
        """Return the policy with a site's days and scope.

        The days must be within their bounds.
        """
        terms = {name: replace(term, days=days.get(name, term.days)) for name, term in self.terms.items()}
        return replace(self, terms=terms, scope=Scope(scope) if scope else self.scope)


@cache
def quiet_sheet() -> Mapping[str, Any]:
    """Return cards/quiet.toml, read once."""
    return tomllib.loads((files("cards") / "quiet.toml").read_text(encoding="utf-8-sig"))


@cache
def default_policy() -> Policy:
    """Return the policy of the file."""
    data = quiet_sheet()
    terms = {name: Term(**{**term, "why": term["why"].strip()}) for name, term in data["reasons"].items()}
    return Policy(terms, Scope(data["scope"]), timedelta(days=data["clock_ahead_days"]))
