"""The one sentence of a card, readable alone.

It must not state a diagnosis or a probability. docs/cards.md shows one of each kind.
Tests: tests/cards/test_summary.py.
"""

from collections.abc import Iterator
from itertools import chain

from cards.model import SUMMARY_LENGTH
from cards.words import Words, capitalised
from rules.assess import Assessment, SiteAssessment
from rules.gate.state import State
from rules.levels import GradedTrigger
from rules.outcome import Finding, Level, Trigger
from rules.sheet import sheet

COUNTS = frozenset({"lab_hemoglobin", "lab_platelets", "lab_neutrophils"})
ALL_COUNTS = "cytopenia_coded"


def summary(assessment: Assessment, site: SiteAssessment, words: Words, more: int = 0) -> str:
    """Return finding, cancer and work-up within the limit.

    `more` sites are counted.
    """
    counted = words.sentence("and_more", count=more) if more else ""
    whole = (f"{text}{end}" for end in (counted, "") for text in _sentences(assessment, site, words))
    if site.level is Level.CRITICAL:
        whole = (words.text("summary", "same_day", text=text) for text in whole)
    return capitalised(next(text for text in whole if len(text) <= SUMMARY_LENGTH))


def _sentences(assessment: Assessment, site: SiteAssessment, words: Words) -> Iterator[str]:
    """Return sentences about the finding, the fullest first and those without its side last."""
    after, tails = cancer(assessment, words), _tails(assessment, site, words)

    def of(sided: bool) -> list[str]:  # noqa: FBT001 - mapped over both
        found = _found(site.active_triggers[0], words, sided=sided)
        heads = [words.text("summary", "after", finding=each, cancer=after) for each in found]
        return [f"{head}: {tail}" for tail in tails for head in heads] + heads

    return chain.from_iterable(map(of, (True, False)))


def cancer(assessment: Assessment, words: Words) -> str:
    """Return the cancer with its recorded year."""
    index = assessment.history.index_date
    year = str(index.year) if index else words.tables["cancer"]["no_year"]
    return words.text("cancer", "in-situ" if assessment.state is State.IN_SITU_ONLY else "invasive", year=year)


def _found(lead: GradedTrigger, words: Words, *, sided: bool = True) -> list[str]:
    """Return the finding, combined first, then alone."""
    trigger = lead.trigger
    concept, manner = _named(trigger), _manner(lead)
    side = trigger.finding.side if sided else None
    alone = words.manner(manner, concept, side) if manner else words.finding(concept, side)
    beside = () if concept == ALL_COUNTS else trigger.others
    others = (other for other in beside if words.finding(other.concept) != words.finding(concept))
    other = next((words.finding(each.concept, each.side if sided else None) for each in others), None)
    return [alone] if other is None else [words.text("summary", "with", finding=alone, other=other), alone]


def _named(trigger: Trigger) -> str:
    several = trigger.others and trigger.finding.concept in COUNTS
    return ALL_COUNTS if several else trigger.finding.concept


def _manner(lead: GradedTrigger) -> str | None:
    """Return severe, persistent, marked, new or "".

    "" means that "new" would be wrong or unknown.
    """
    finding = lead.trigger.finding
    if finding.severe:
        return "severe"
    if finding.persistent:
        return "persistent"
    if finding.measure is not None:
        return "marked" if _marked(finding) else None
    old = finding.undated or finding.pre_existing or lead.stale
    return None if old else "new"


def _marked(finding: Finding) -> bool:
    """Return True for a marked loss of weight (WEIGHT-1)."""
    percent = finding.measure.percent if finding.measure else None
    return percent is not None and percent >= sheet("weight").constant("marked_percent")


def _tails(assessment: Assessment, site: SiteAssessment, words: Words) -> list[str]:
    """Return endings of the sentence, the fullest first."""
    if not site.orders and not site.waiting and site.done:
        newest = max(done.on for done in site.done)
        return [words.sentence("done", day=newest.isoformat())]
    consider = words.text("summary", "consider", workup=_workup(site, words))
    state = words.tables["state"].get(assessment.state.value)
    if state is None:
        return [consider]
    return [f"{state}; {consider}", state, consider]


def _workup(site: SiteAssessment, words: Words) -> str:
    """Return the name of the work-up.

    It is the leading finding's plan if that has a name, else the site's.
    """
    plan = site.active_triggers[0].trigger.plan
    if plan == "spine" and site.level is Level.INFO:
        plan = None
    return words.tables["plan"].get(plan or "") or words.tables["site"][site.site.value]
