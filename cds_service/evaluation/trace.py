"""Trace of an answer, with outcomes and unread sources.

It must not hold names or free text of the record.
Tests: tests/evaluation/test_response.py.
"""

from datetime import date
from functools import lru_cache
from typing import Any

from cards.incomplete import TOPIC
from cards.model import Card
from cards.recurrence import topic
from cards.withheld import NOTHING, Withheld
from rules.assess import Assessment, RuleResult, SiteAssessment, SiteOutcome
from rules.outcome import Missing, outcome_name
from rules.registry import RULESET
from rules.sites import CARD_ORDER

EXTENSION = "org.recurrence-cds.assessment"
"""Extension name of the trace."""


def trace(assessment: Assessment, flagged: frozenset[str], withheld: Withheld = NOTHING) -> dict[str, Any]:
    """Return the trace of an assessment with withheld cards."""
    found: dict[str, Any] = {
        "state": assessment.state.value,
        "ruleset": RULESET,
        "asOf": assessment.as_of.isoformat(),
        "sites": [_site(site, withheld) for site in assessment.sites],
        **_unchecked(withheld),
    }
    if assessment.missing:
        found["notAssessable"] = [_missing(item) for item in assessment.missing]
    if flagged:
        found["flagged"] = sorted(flagged)
    return found


def unknown_trace(missing: tuple[Missing, ...], as_of: date, withheld: Withheld = NOTHING) -> dict[str, Any]:
    """Return the trace of an unassessable chart."""
    sites = [_site(SiteAssessment(site, SiteOutcome.CANNOT_TELL), NOTHING) for site in CARD_ORDER]
    found = {"ruleset": RULESET, "asOf": as_of.isoformat(), "sites": sites, **_unchecked(withheld)}
    return found | {"notAssessable": [_missing(item) for item in missing]}


def card_trace(card: Card, assessment: Assessment | None) -> dict[str, Any]:
    """Return the trace of one card, its rules and evidence."""
    found: dict[str, Any] = {"ruleset": RULESET}
    if assessment is not None:
        found |= {"state": assessment.state.value, "asOf": assessment.as_of.isoformat()}
    if card.rules:
        found["rules"] = [{"id": rule.id, "version": rule.version} for rule in card.rules]
    if card.evidence:
        found["evidence"] = list(card.evidence)
    return found


def _site(site: SiteAssessment, withheld: Withheld) -> dict[str, Any]:
    found: dict[str, Any] = {"site": site.site, "outcome": site.outcome, **_why(topic(site), withheld)}
    if site.results:
        found["rules"] = [_rule(result, withheld) for result in site.results]
    return found


def _rule(result: RuleResult, withheld: Withheld) -> dict[str, Any]:
    found = _said(result.rule, result.version, outcome_name(result.outcome))
    return found | {"shadow": True} if result.rule in withheld.rules else found


@lru_cache(maxsize=256)
def _said(rule: str, version: str, outcome: str) -> dict[str, Any]:
    """Return the cached, immutable outcome of a rule version."""
    return {"id": rule, "version": version, "outcome": outcome}


def _unchecked(withheld: Withheld) -> dict[str, Any]:
    """Return the reason for a withheld incomplete card."""
    why = _why(TOPIC, withheld)
    return {TOPIC: why} if why else {}


def _why(topic_: str, withheld: Withheld) -> dict[str, Any]:
    """Return the reason for a withheld topic.

    It is in shadow, or quiet until a day.
    """
    if topic_ in withheld.shadow:
        return {"shadow": True}
    until = {card.topic: {"until": card.until.isoformat(), "because": card.reason} for card in withheld.quiet}
    return {"quiet": until[topic_]} if topic_ in until else {}


def _missing(item: Missing) -> dict[str, str]:
    return {"source": item.what, "reason": item.reason}
