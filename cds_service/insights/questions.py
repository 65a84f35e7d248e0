"""Rule versions overridden nearly always, as questions for a clinician.

Tests: tests/insights/test_questions.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cds_service.insights.report import Report
from cds_service.insights.sheet import insights_sheet, limit, said
from cds_service.insights.tally import Tally


@dataclass(frozen=True, slots=True)
class Question:
    """One rule version with its number of replies."""

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
    """Return the questions, the most overridden first."""
    return tuple(sorted(_questions(report), key=lambda question: (-question.overridden, question.version)))


def _questions(report: Report) -> Iterator[Question]:
    for part in report.parts["version"]:
        overridden, replied = part.tally.overridden, part.tally.overridden + part.tally.accepted
        if replied >= limit("least_cards") and 100 * overridden >= limit("override_percent") * replied:
            yield Question(part.name, overridden, replied, _most_frequent(part.tally))


def _most_frequent(tally: Tally) -> str:
    return max(tally.reasons, key=lambda reason: (tally.reasons[reason], reason))
