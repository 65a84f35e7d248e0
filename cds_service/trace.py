"""The trace of an answer: what every site and rule came to, and what was not seen.

Must not hold names or free text of the record.
Tests: tests/service/test_answer.py.
"""

from datetime import date
from typing import Any

from cards.model import Card
from rules.assess import CARD_ORDER, Assessment, SiteAssessment, SiteOutcome
from rules.outcome import CannotTell, Fired, Missing
from rules.registry import RULESET

EXTENSION = "org.recurrence-cds.assessment"
"""The name under which the trace stands."""


def trace(assessment: Assessment, flagged: frozenset[str]) -> dict[str, Any]:
    """Return the trace of a whole assessment."""
    found: dict[str, Any] = {
        "state": assessment.state.value,
        "ruleset": RULESET,
        "asOf": assessment.as_of.isoformat(),
        "sites": [_site(site) for site in assessment.sites],
    }
    if assessment.missing:
        found["notAssessable"] = [_missing(item) for item in assessment.missing]
    if flagged:
        found["flagged"] = sorted(flagged)
    return found


def unknown_trace(missing: tuple[Missing, ...], as_of: date) -> dict[str, Any]:
    """Return the trace for a chart of which nothing can be told."""
    sites = [_site(SiteAssessment(site, SiteOutcome.CANNOT_TELL)) for site in CARD_ORDER]
    found = {"ruleset": RULESET, "asOf": as_of.isoformat(), "sites": sites}
    return found | {"notAssessable": [_missing(item) for item in missing]}


def card_trace(card: Card, assessment: Assessment | None) -> dict[str, Any]:
    """Return the trace of one card: the rules behind it and the evidence."""
    found: dict[str, Any] = {"ruleset": RULESET}
    if assessment is not None:
        found |= {"state": assessment.state.value, "asOf": assessment.as_of.isoformat()}
    if card.rules:
        found["rules"] = [{"id": rule.id, "version": rule.version} for rule in card.rules]
    if card.evidence:
        found["evidence"] = list(card.evidence)
    return found


def _site(site: SiteAssessment) -> dict[str, Any]:
    rules = [
        {"id": result.rule, "version": result.version, "outcome": name_of(result.outcome)} for result in site.results
    ]
    return {"site": site.site.value, "outcome": site.outcome.value} | ({"rules": rules} if rules else {})


def name_of(outcome: object) -> str:
    """Return fired, not-fired or cannot-tell."""
    if isinstance(outcome, Fired):
        return "fired"
    return "cannot-tell" if isinstance(outcome, CannotTell) else "not-fired"


def _missing(item: Missing) -> dict[str, str]:
    return {"source": item.what, "reason": item.reason}
