"""Versions of rules that are nearly always overridden, as questions for a clinician.

It must not change a rule, nor ask on few replies.
Tests: tests/insights/test_questions.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cds_service.insights.report import Report
from cds_service.insights.sheet import insights_sheet, limit, said
from cds_service.insights.tally import Tally


@dataclass(frozen=True, slots=True)
class Question:
    """One version of a rule, with the replies that it is asked about for."""

    version: str
    """`id@version`."""
    overridden: int
    replied: int
    reason: str
    """The most frequent one."""

    @property
    def text(self) -> str:
        """Return the question. It names no count: the tables do, as far as they may."""
        words = insights_sheet()
        return said(
            "questions",
            "overridden",
            rule=self.version.replace("@", " "),
            percent=limit("override_percent"),
            reason=words["reasons"][self.reason],
            question=words["questions"]["ask"][self.reason],
        )


def questions_of(report: Report) -> tuple[Question, ...]:
    """Return what a clinician should look at, the most overridden first."""
    return tuple(sorted(_questions(report), key=lambda question: (-question.overridden, question.version)))


def _questions(report: Report) -> Iterator[Question]:
    for part in report.parts["version"]:
        overridden, replied = part.tally.overridden, part.tally.overridden + part.tally.accepted
        if replied >= limit("least_cards") and 100 * overridden >= limit("override_percent") * replied:
            yield Question(part.name, overridden, replied, _most_frequent(part.tally))


def _most_frequent(tally: Tally) -> str:
    return max(tally.reasons, key=lambda reason: (tally.reasons[reason], reason))
