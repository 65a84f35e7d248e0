"""The detail of a card in plain Markdown: found, why, consider, against, done, not checked, guideline.

Must not show record text, tables, HTML or images; drops its least important lines first when too long.
Tests: tests/cards/test_detail.py, tests/cards/test_recurrence.py.
"""

from dataclasses import dataclass

from cards.context import (
    Seen,
    against_line,
    guideline_line,
    history_line,
    marker_line,
    not_checked_line,
    note_line,
    why_line,
)
from cards.evidence import SHOWN, evidence_lines
from cards.markdown import bullets, shortened
from cards.model import DETAIL_LENGTH
from cards.orders import also_line, consider_line, done_line, waiting_line
from cards.words import sentence
from rules.assess import Assessment, SiteAssessment

HELPFUL = 2
"""Lines up to this weight go before evidence does."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line and how much it matters: the smallest is dropped first."""

    text: str
    weight: int


def detail(assessment: Assessment, site: SiteAssessment, seen: Seen, length: int = DETAIL_LENGTH) -> str:
    """Return the detail within its limit."""
    return fitted(evidence_lines(site.standing, assessment.as_of), _lines(assessment, site, seen), length)


def fitted(evidence: tuple[str, ...], lines: tuple[Line, ...], length: int = DETAIL_LENGTH) -> str:
    """Return evidence and lines within the limit: without helpful lines, then with less evidence, then by weight."""
    left, shown = [line for line in lines if line.text], SHOWN
    while len(text := _joined(shortened(evidence, shown), left)) > length:
        least = min(left, key=lambda line: line.weight)
        if least.weight > HELPFUL and shown > 1:
            shown -= 1
        else:
            left.remove(least)
    return text


def _joined(found: tuple[str, ...], lines: list[Line]) -> str:
    return "\n\n".join((f"**Found:**\n\n{bullets(found)}", *(line.text for line in lines)))


def _lines(assessment: Assessment, site: SiteAssessment, seen: Seen) -> tuple[Line, ...]:
    return (
        Line(note_line(site.standing), 8),
        Line(why_line(assessment, site), 3),
        Line(history_line(assessment), 7),
        Line(consider_line(site), 5),
        Line(waiting_line(site), 8),
        Line(also_line(assessment, site), 1),
        Line(marker_line(assessment), 2),
        Line(against_line(assessment, site, seen), 9),
        Line(done_line(site), 6),
        Line(not_checked_line(assessment, seen), 4),
        Line(guideline_line(site), 9),
        Line(sentence("closing", day=assessment.as_of.isoformat()), 10),
    )
