"""An assessment as cards, most urgent first, each with its orders.

Must not decide a level or an order: rules do. Must not write FHIR: cds_service.fhir.writing.service_request does.
Tests: tests/cards/test_recurrence.py.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, lru_cache
from operator import attrgetter
from types import MappingProxyType

from cards.context import Seen
from cards.detail import detail
from cards.evidence import code_of, findings_of, references
from cards.incomplete import TOPIC, unchecked_card
from cards.merge import merged
from cards.model import PER_SITE, Card, Coding, Form, Order, RuleVersion
from cards.summary import summary
from cards.words import Words, capitalised, words_in
from rules.assess import Assessment, SiteAssessment
from rules.codes import catalogue
from rules.facts import Code, Side, System
from rules.levels import GradedTrigger
from rules.outcome import Level
from rules.sheet import sheet
from rules.sides import joined, own_display, side_of_code
from rules.sites import topic_of

MOST_REASONS = 5
_BREAST: Mapping[Side, Code] = MappingProxyType(
    {
        Side.LEFT: Code(System.SNOMED, "80248007"),
        Side.RIGHT: Code(System.SNOMED, "73056007"),
        Side.BOTH: Code(System.SNOMED, "63762007"),
    }
)
_SEVERAL_EXAMINATIONS = frozenset({"biopsy_metastasis", "receptor_panel", "xray_bone"})
"""Keys whose codes are examinations of several places or substances."""
_AXILLARY = frozenset({"axilla_us"})
_AXILLA = Code(System.SNOMED, "91470000")
_AXILLAE: Mapping[Side, str] = MappingProxyType(
    {Side.LEFT: "Left axilla", Side.RIGHT: "Right axilla", Side.BOTH: "Both axillae"}
)
"""Axilla by side in words, because the listed code names none."""


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
    evidence, reasons = references(standing), _reasons(standing, words)
    side = joined(finding.side for judged in standing if judged.level is level for finding in judged.trigger.findings)
    return Card(
        topic=topic(site),
        level=level,
        summary=summary(assessment, site, words),
        detail=detail(assessment, site, seen, form),
        orders=tuple(
            Order(key, words.order(key), order_codings(key), level, reasons, evidence[:MOST_REASONS], place(key, side))
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
    """Return the codes of a work-up key with displays, one of a system.

    Two of a system would be two examinations. Codes of a side are left out, because the body site says it.
    """
    if key in _SEVERAL_EXAMINATIONS:
        return ()
    found: dict[System, Coding] = {}
    for code in catalogue().codes_of(key):
        if side_of_code(*code) is None:
            found.setdefault(code.system, Coding(code, catalogue().display(code)))
    return tuple(found.values())


@cache
def place(key: str, side: Side | None) -> Coding | None:
    """Return the body site of an order on one side or both, or None."""
    if side is None or key not in sheet("workup").words["sided"]:
        return None
    if key in _AXILLARY:
        return Coding(_AXILLA, "Axillary region structure", _AXILLAE[side])
    return Coding(_BREAST[side], own_display(_BREAST[side]) or "")


@lru_cache(maxsize=4096)
def _reason(code: Code, concept: str, side: Side | None, words: Words) -> Coding:
    display = own_display(code)
    return Coding(code, "", capitalised(words.finding(concept, side))) if display is None else Coding(code, display)


def _reasons(standing: tuple[GradedTrigger, ...], words: Words) -> tuple[Coding, ...]:
    """Return the coded findings behind an order, most urgent first.

    A code without a display of its own has the finding as text.
    """
    found: dict[Code, Coding] = {}
    for finding in findings_of(standing):
        for record in filter(attrgetter("codes"), finding.records):
            code = code_of(record, finding.concept)
            if code not in found:
                found[code] = _reason(code, finding.concept, record.side, words)
    return tuple(found.values())[:MOST_REASONS]
