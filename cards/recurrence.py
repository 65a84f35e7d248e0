"""An assessment as cards, most urgent first, each with its orders.

Must not decide a level or an order: rules do. Must not write FHIR: cds_service.fhir.write does.
Tests: tests/cards/test_recurrence.py.
"""

from functools import cache

from cards.detail import Seen, detail
from cards.evidence import code_of, findings_of, references
from cards.incomplete import unchecked_card
from cards.model import Card, Coding, Fired, Order
from cards.summary import summary
from cards.words import order as order_words
from rules.assess import Assessment, SiteAssessment
from rules.codes import catalogue
from rules.outcome import Level

MOST_REASONS = 5


def cards(assessment: Assessment, seen: Seen) -> tuple[Card, ...]:
    """Return the cards of an assessment, and one more when something could not be checked."""
    found = tuple(_card(assessment, site, seen) for site in assessment.cards)
    unchecked = unchecked_card(assessment)
    return found if unchecked is None else (*found, unchecked)


def _card(assessment: Assessment, site: SiteAssessment, seen: Seen) -> Card:
    versions = {result.rule: result.version for result in site.results}
    fired = dict.fromkeys(judged.trigger.rule for judged in site.standing)
    level = site.level or Level.INFO
    return Card(
        topic=topic(site),
        level=level,
        summary=summary(assessment, site),
        detail=detail(assessment, site, seen),
        orders=tuple(_order(key, site, level) for key in site.orders),
        rules=tuple(Fired(rule, versions[rule]) for rule in fired),
        evidence=references(site.standing),
    )


def topic(site: SiteAssessment) -> str:
    """Return the topic of a site, letters only: an EHR remembers overrides by it."""
    return site.site.value.replace("-node", "node")


@cache
def _codings(key: str) -> tuple[Coding, ...]:
    """Return every code of a work-up key with its display."""
    return tuple(Coding(code, catalogue().display(code)) for code in catalogue().codes_of(key))


def _order(key: str, site: SiteAssessment, level: Level) -> Order:
    reasons = [
        code_of(record, finding.concept)
        for finding in findings_of(site.standing)
        for record in finding.records
        if record.codes
    ]
    return Order(
        key=key,
        text=order_words(key),
        codings=_codings(key),
        level=level,
        reasons=tuple(Coding(c, catalogue().display(c)) for c in list(dict.fromkeys(reasons))[:MOST_REASONS]),
        evidence=references(site.standing)[:MOST_REASONS],
    )
