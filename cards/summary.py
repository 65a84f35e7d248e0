"""The one sentence of a card, readable alone (rules.md section 9).

Must not state a diagnosis or a probability.
Tests: tests/cards/test_summary.py.
"""

from cards.model import SUMMARY_LENGTH
from cards.words import finding as finding_words
from cards.words import sentence, words
from rules.assess import Assessment, SiteAssessment
from rules.gate.state import State
from rules.levels import Judged
from rules.outcome import Finding, Level, Trigger
from rules.rule import sheet

COUNTS = frozenset({"lab_hemoglobin", "lab_platelets", "lab_neutrophils"})


def summary(assessment: Assessment, site: SiteAssessment, more: int = 0) -> str:
    """Return what was found, after which cancer, and what to consider, within the limit; `more` sites are counted."""
    lead = site.standing[0]
    after = f"after {cancer(assessment)}"
    heads = [f"{found} {after}" for found in _found(lead)]
    candidates = [f"{head}: {tail}" for tail in _tails(assessment, site) for head in heads] + heads
    said = _first_that_fits(site, candidates, sentence("and_more", count=more) if more else "")
    return said[0].upper() + said[1:]


def cancer(assessment: Assessment) -> str:
    """Return which cancer, and its year as far as it is on record."""
    index = assessment.history.index_date
    year = str(index.year) if index else "(year not recorded)"
    return f"{'in situ carcinoma' if assessment.state is State.IN_SITU_ONLY else 'breast cancer'} {year}"


def _first_that_fits(site: SiteAssessment, candidates: list[str], tail: str) -> str:
    prefix = "Same-day assessment: " if site.level is Level.CRITICAL else ""
    whole = [f"{prefix}{text}{end}" for end in dict.fromkeys((tail, "")) for text in candidates]
    return next(text for text in whole if len(text) <= SUMMARY_LENGTH)


def _found(lead: Judged) -> list[str]:
    """Return the finding, first with the one it is combined with, then alone."""
    trigger = lead.trigger
    named = _named(trigger)
    alone = f"{_manner(lead)}{named}"
    beside = (finding_words(other.concept) for other in trigger.others)
    other = next((text for text in beside if text != named and named != _counts()), None)
    return [alone] if other is None else [f"{alone} with {other}", alone]


def _named(trigger: Trigger) -> str:
    several = trigger.others and trigger.finding.concept in COUNTS
    return _counts() if several else finding_words(trigger.finding.concept)


def _counts() -> str:
    return finding_words("cytopenia_coded")


def _manner(lead: Judged) -> str:
    """Return severe, persistent, marked or new; nothing where "new" would be wrong or unknown."""
    finding = lead.trigger.finding
    if finding.severe:
        return "severe "
    if finding.persistent:
        return "persistent "
    if finding.measure is not None:
        return "marked " if _marked(finding) else ""
    old = finding.undated or finding.pre_existing or lead.stale
    return "" if old else "new "


def _marked(finding: Finding) -> bool:
    """Return whether a loss of weight is a marked one (rules.md 6.6)."""
    percent = finding.measure.percent if finding.measure else None
    return percent is not None and percent >= sheet("weight").constant("marked_percent")


def _tails(assessment: Assessment, site: SiteAssessment) -> list[str]:
    """Return what to say after the finding, the fullest first."""
    if not site.orders and not site.waiting and site.done:
        newest = max(done.on for done in site.done)
        return [f"work-up already ordered or done on {newest.isoformat()}"]
    consider = f"consider {_site_phrase(site)} work-up"
    state = words()["state"].get(assessment.state.value)
    if state is None:
        return [consider]
    return [f"{state}; {consider}", state, consider]


def _site_phrase(site: SiteAssessment) -> str:
    """Return what is worked up: the plan of the leading finding where it has a name of its own, else the site."""
    plan = site.standing[0].trigger.plan
    if plan == "spine" and site.level is Level.INFO:
        plan = None
    return words()["plan"].get(plan or "") or words()["site"][site.site.value]
