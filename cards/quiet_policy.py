"""How long an override keeps a card quiet: cards/quiet.toml, and what a site may change of it.

Must not hold a number of its own: a clinician reviews the file.
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
"""An override without a reason, or with one of the site's own."""


class Scope(StrEnum):
    """For whom an override keeps a card quiet."""

    EVERYBODY = "everybody"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Term:
    """How many days one reason keeps a card quiet, at most and when it is critical; and why."""

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
    """What holds for the overrides of a client."""

    terms: Mapping[str, Term]
    scope: Scope
    clock_ahead: timedelta

    def reason(self, given: str | None) -> str:
        """Return the reason that counts: a listed one, else `other`."""
        return given if given is not None and given in self.terms else OTHER

    def changed(self, days: Mapping[str, int], scope: str | None) -> "Policy":
        """Return the policy of a site that wants other days (within bounds) or another scope."""
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
