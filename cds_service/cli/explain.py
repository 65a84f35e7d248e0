"""Explanation of each rule's outcome in the words of the rules.

Tests: tests/cli/test_cli_evaluate.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cards.words import Words
from rules.assess import Assessment, RuleResult, SiteAssessment
from rules.levels import GradedTrigger
from rules.outcome import CannotTell, Fired, NotFired, outcome_name


@dataclass(frozen=True, slots=True)
class Explained:
    """One rule with its answer and the reasons."""

    rule: str
    version: str
    site: str
    outcome: str
    why: tuple[str, ...]

    def as_text(self) -> str:
        """Return the explanation as a line of the terminal."""
        reasons = "; ".join(self.why)
        return f"{self.rule} {self.version}  {self.outcome}{f': {reasons}' if reasons else ''}"

    def as_json(self) -> dict[str, object]:
        """Return the explanation as a JSON object."""
        return {
            "id": self.rule,
            "version": self.version,
            "site": self.site,
            "outcome": self.outcome,
            "why": list(self.why),
        }


def explanation(assessment: Assessment, words: Words) -> tuple[Explained, ...]:
    """Return every rule of every site.

    Out of scope it is the gate's rule.
    """
    rules = {
        result.rule: Explained(
            result.rule, result.version, site.site.value, outcome_name(result.outcome), tuple(_why(result, site, words))
        )
        for site in assessment.sites
        for result in site.results
    }
    return tuple(rules.values())


def _why(result: RuleResult, site: SiteAssessment, words: Words) -> Iterator[str]:
    if isinstance(result.outcome, CannotTell):
        yield from (f"{words.source(m.what)}: {words.missing(m.reason)}" for m in result.outcome.missing)
    elif isinstance(result.outcome, Fired) and result.outcome.triggers:
        yield from (_fired(judged, words) for judged in site.judged if judged.trigger.rule == result.rule)
    elif isinstance(result.outcome, NotFired) and result.outcome.explained_by:
        yield words.text("explanation", "explained", reasons=", ".join(map(words.reason, result.outcome.explained_by)))
    elif site.level is None:
        yield site.outcome.value


def _fired(judged: GradedTrigger, words: Words) -> str:
    trigger = judged.trigger
    concepts = words.tables["explanation"]["with"].join(dict.fromkeys(finding.concept for finding in trigger.findings))
    text = f"{concepts} {trigger.level.indicator}"
    if judged.lowered_by:
        level = judged.level.indicator if judged.level else words.tables["explanation"]["no_card"]
        reasons = ", ".join(map(words.reason, judged.lowered_by))
        text += words.text("explanation", "lowered", level=level, reasons=reasons)
    return text + (words.tables["explanation"]["stale"] if judged.stale else "")
