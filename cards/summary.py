"""The one sentence of a card, readable alone (rules.md section 9).

Must not state a diagnosis or a probability.
Tests: tests/cards/test_summary.py.
"""

from cards.model import SUMMARY_LENGTH
from cards.words import finding as finding_words
from cards.words import words
from rules.assess import Assessment, SiteAssessment
from rules.gate.state import State
from rules.outcome import Finding, Level


def summary(assessment: Assessment, site: SiteAssessment) -> str:
    """Return what was found, after which cancer, and what to consider, within the limit."""
    lead = site.standing[0].trigger.finding
    found = f"{_manner(lead)}{finding_words(lead.concept)}"
    after = f"{found} {_after(assessment)}"
    sentence = _first_that_fits(site, [f"{after}: {tail}" for tail in _tails(assessment, site)] + [after, found])
    return sentence[0].upper() + sentence[1:]


def _first_that_fits(site: SiteAssessment, candidates: list[str]) -> str:
    prefix = "Same-day assessment: " if site.level is Level.CRITICAL else ""
    fitting = (f"{prefix}{text}" for text in candidates if len(prefix) + len(text) <= SUMMARY_LENGTH)
    return next(fitting)


def _manner(finding: Finding) -> str:
    if finding.severe:
        return "severe "
    if finding.persistent:
        return "persistent "
    measured = finding.measure is not None or finding.concept.startswith("lab_")
    return "" if measured else "new "


def _after(assessment: Assessment) -> str:
    index = assessment.history.index_date
    year = str(index.year) if index else "(year not recorded)"
    return f"after {'in situ carcinoma' if _in_situ(assessment) else 'breast cancer'} {year}"


def _in_situ(assessment: Assessment) -> bool:
    return assessment.state is State.IN_SITU_ONLY


def _tails(assessment: Assessment, site: SiteAssessment) -> list[str]:
    """Return what to say after the finding, the fullest first."""
    if not site.orders and not site.waiting and site.done:
        newest = max(done.on for done in site.done)
        return [f"work-up already ordered or done on {newest.isoformat()}"]
    consider = f"consider {words()['site'][site.site.value]} work-up"
    state = _STATES.get(assessment.state)
    if state is None:
        return [consider]
    return [f"{state}; {consider}", state, consider]


_STATES = {
    State.KNOWN_METASTATIC: "possible progression of known metastatic disease",
    State.KNOWN_RECURRENT_LOCAL: "possible progression of known recurrence",
    State.ACTIVE_PRIMARY_TREATMENT: "during active treatment, may be a treatment effect",
    State.NEWLY_DIAGNOSED: "before first treatment, staging question",
}
