"""Cards and assessment as the JSON of a CDS Hooks response, the trace included.

Must not hold names or free text of the record in the trace, nor null or empty elements.
Tests: tests/service/test_answer.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from cards.incomplete import unknown_chart_card
from cards.model import Card, Order
from cds_service.fhir.write import service_request
from rules.assess import CARD_ORDER, Assessment, SiteAssessment, SiteOutcome
from rules.outcome import CannotTell, Fired, Missing
from rules.registry import RULESET

EXTENSION = "org.recurrence-cds.assessment"
TOPIC_SYSTEM = "urn:recurrence-cds:topic"
OVERRIDE_SYSTEM = "urn:recurrence-cds:override-reason"
LABEL = "Breast cancer recurrence work-up (draft rules, not signed off by a clinician)"
NAMESPACE = UUID("7a3bde0c-54a6-5b0f-9a4e-3f6cf5c1a7d1")
"""Namespace of card and suggestion uuids."""
OVERRIDE_REASONS = tuple(
    {"system": OVERRIDE_SYSTEM, "code": code, "display": display}
    for code, display in (
        ("already-worked-up", "Already worked up"),
        ("explained-otherwise", "Explained otherwise"),
        ("patient-declines", "Patient declines"),
        ("not-now", "Not now"),
    )
)


@dataclass(frozen=True, slots=True)
class Caller:
    """What an answer owes to the call: who asks, which instance of the hook, about whom, and our public base."""

    client: str
    hook_instance: str
    patient_id: str
    public_url: str | None = None


def answer(
    cards: Iterable[Card], assessment: Assessment, caller: Caller, flagged: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Return the response: cards, and the trace of the whole assessment."""
    return {
        "cards": [_card(card, assessment, caller) for card in cards],
        "extension": {EXTENSION: _trace(assessment, flagged)},
    }


def unknown_answer(missing: tuple[Missing, ...], as_of: date, caller: Caller) -> dict[str, Any]:
    """Return the response for a chart without its patient or conditions: one card, and a trace that tells nothing."""
    sites = [_site(SiteAssessment(site, SiteOutcome.CANNOT_TELL)) for site in CARD_ORDER]
    trace = {"ruleset": RULESET, "asOf": as_of.isoformat(), "sites": sites}
    return {
        "cards": [_card(unknown_chart_card(missing), None, caller)],
        "extension": {EXTENSION: trace | {"notAssessable": [_missing(item) for item in missing]}},
    }


def _card(card: Card, assessment: Assessment | None, caller: Caller) -> dict[str, Any]:
    source: dict[str, Any] = {"label": LABEL}
    if caller.public_url is not None:
        source["url"] = f"{caller.public_url}/about"
    source["topic"] = {"system": TOPIC_SYSTEM, "code": card.topic, "display": _topic_display(card.topic)}
    out: dict[str, Any] = {
        "uuid": _uuid(caller, card.topic),
        "summary": card.summary,
        "indicator": card.level.indicator,
        "detail": card.detail,
        "source": source,
    }
    if card.orders:
        out["suggestions"] = [_suggestion(order, card, caller) for order in card.orders]
        out["selectionBehavior"] = "any"
    out["overrideReasons"] = OVERRIDE_REASONS
    trace: dict[str, Any] = {"ruleset": RULESET}
    if assessment is not None:
        trace |= {"state": assessment.state.value, "asOf": assessment.as_of.isoformat()}
    if card.rules:
        trace["rules"] = [{"id": rule.id, "version": rule.version} for rule in card.rules]
    if card.evidence:
        trace["evidence"] = list(card.evidence)
    out["extension"] = {EXTENSION: trace}
    return out


def _topic_display(topic: str) -> str:
    return {"regionalnode": "Regional lymph nodes", "local": "Breast and chest wall"}.get(topic, topic.capitalize())


def _suggestion(order: Order, card: Card, caller: Caller) -> dict[str, Any]:
    action = {
        "type": "create",
        "description": order.text,
        "resource": service_request(order, caller.patient_id),
    }
    return {
        "label": order.text,
        "uuid": _uuid(caller, f"{card.topic}/{order.key}"),
        "isRecommended": True,
        "actions": [action],
    }


def _uuid(caller: Caller, name: str) -> str:
    return str(uuid5(NAMESPACE, f"{caller.client}|{caller.hook_instance.lower()}|{name}"))


def _trace(assessment: Assessment, flagged: frozenset[str]) -> dict[str, Any]:
    trace: dict[str, Any] = {
        "state": assessment.state.value,
        "ruleset": RULESET,
        "asOf": assessment.as_of.isoformat(),
        "sites": [_site(site) for site in assessment.sites],
    }
    if assessment.missing:
        trace["notAssessable"] = [_missing(item) for item in assessment.missing]
    if flagged:
        trace["flagged"] = sorted(flagged)
    return trace


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
