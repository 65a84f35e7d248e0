"""An assessment as cards, most urgent first, each with its orders.

Must not decide a level or an order: rules do. Must not write FHIR: cds_service.fhir.writing.service_request does.
Tests: tests/cards/test_recurrence.py.
"""

import re
from dataclasses import replace
from functools import cache

from cards.context import Seen
from cards.detail import detail
from cards.evidence import code_of, findings_of, references
from cards.incomplete import TOPIC, unchecked_card
from cards.merge import merged
from cards.model import PER_SITE, Card, Coding, Form, Order, RuleVersion
from cards.summary import summary
from cards.words import words_in
from rules.assess import Assessment, SiteAssessment
from rules.codes import catalogue
from rules.levels import GradedTrigger
from rules.outcome import Level
from rules.sites import topic_of

MOST_REASONS = 5
_ONE_SIDE = re.compile(r" - (left|right)\b")


def cards(
    assessment: Assessment, seen: Seen, form: Form = PER_SITE, withheld: frozenset[str] = frozenset()
) -> tuple[Card, ...]:
    """Return the cards of an assessment, merged if the form asks.

    An incomplete card follows if something could not be checked. Withheld topics have no card and no section.
    """
    if withheld:
        sites = tuple(replace(site, withheld=topic(site) in withheld) for site in assessment.sites)
        assessment = replace(assessment, sites=sites)
    found = tuple(_card(assessment, site, seen, form) for site in assessment.cards)
    unchecked = None if TOPIC in withheld else unchecked_card(assessment, seen, form)
    every = found if unchecked is None else (*found, unchecked)
    return (merged(every, assessment, seen, form),) if form.merged and len(every) > 1 else every


def _card(assessment: Assessment, site: SiteAssessment, seen: Seen, form: Form) -> Card:
    standing, words = site.active_triggers, words_in(form.language)
    level = site.level or Level.INFO
    evidence, reasons = references(standing), _reasons(standing)
    return Card(
        topic=topic(site),
        level=level,
        summary=summary(assessment, site, words),
        detail=detail(assessment, site, seen, form),
        orders=tuple(
            Order(key, words.order(key), order_codings(key), level, reasons, evidence[:MOST_REASONS])
            for key in site.orders
        ),
        rules=fired(site),
        evidence=evidence,
    )


def fired(site: SiteAssessment) -> tuple[RuleVersion, ...]:
    """Return the rules behind the card of a site."""
    versions = {result.rule: result.version for result in site.results}
    return tuple(
        RuleVersion(rule, versions[rule]) for rule in dict.fromkeys(j.trigger.rule for j in site.active_triggers)
    )


def topic(site: SiteAssessment) -> str:
    """Return the topic code of a site.

    It has letters only, because an EHR remembers overrides by it.
    """
    return topic_of(site.site)


@cache
def order_codings(key: str) -> tuple[Coding, ...]:
    """Return the codes of a work-up key with displays.

    Codes of one side are left out, because the order names no side.
    """
    codings = (Coding(code, catalogue().display(code)) for code in catalogue().codes_of(key))
    return tuple(coding for coding in codings if not _ONE_SIDE.search(coding.display))


def _reasons(standing: tuple[GradedTrigger, ...]) -> tuple[Coding, ...]:
    """Return the coded findings behind an order, most urgent first."""
    codes = dict.fromkeys(
        code_of(record, finding.concept)
        for finding in findings_of(standing)
        for record in finding.records
        if record.codes
    )
    return tuple(Coding(code, catalogue().display(code)) for code in list(codes)[:MOST_REASONS])
