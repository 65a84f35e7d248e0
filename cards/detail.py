"""The detail of a card in plain Markdown.

It must not show record text, tables, HTML or images. The least important lines go first if it is too long.
Tests: tests/cards/test_detail.py, tests/cards/test_recurrence.py.
"""

from typing import NamedTuple

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
from cards.model import PER_SITE, Form
from cards.orders import also_line, consider_line, done_line, waiting_line
from cards.words import Words, words_in
from rules.assess import Assessment, SiteAssessment

HELPFUL = 2
"""Lines up to this weight go before evidence does."""


class Line(NamedTuple):
    """One line with its weight.

    The smallest weight is dropped first.
    """

    text: str
    weight: int


def detail(assessment: Assessment, site: SiteAssessment, seen: Seen, form: Form = PER_SITE) -> str:
    """Return the detail within its limit."""
    words = words_in(form.language)
    evidence = evidence_lines(site.active_triggers, assessment.as_of, words)
    return fitted(evidence, _lines(assessment, site, seen, words), form)


def fitted(evidence: tuple[str, ...], lines: tuple[Line, ...], form: Form = PER_SITE) -> str:
    """Return evidence and lines within the limit.

    Helpful lines go first, then evidence, then lines by weight.
    """
    words = words_in(form.language)
    left, shown = [line for line in lines if line.text], SHOWN
    while len(text := _joined(evidence, shown, left, words)) > form.detail_length:
        least = min(left, key=lambda line: line.weight)
        if least.weight > HELPFUL and shown > 1:
            shown -= 1
        else:
            left.remove(least)
    return text


def _joined(evidence: tuple[str, ...], shown: int, lines: list[Line], words: Words) -> str:
    found = bullets(shortened(evidence, shown, words.tables["sentence"]["counted"]))
    return "\n\n".join((f"{words.label('found')}\n\n{found}", *(line.text for line in lines)))


def _lines(assessment: Assessment, site: SiteAssessment, seen: Seen, words: Words) -> tuple[Line, ...]:
    return (
        Line(note_line(site.active_triggers, words), 8),
        Line(why_line(assessment, site, words), 3),
        Line(history_line(assessment, words), 7),
        Line(consider_line(site, words), 5),
        Line(waiting_line(site, words), 8),
        Line(also_line(assessment, site, words), 1),
        Line(marker_line(assessment, words), 2),
        Line(against_line(assessment, site, seen, words), 9),
        Line(done_line(site, words), 6),
        Line(not_checked_line(assessment, seen, words), 4),
        Line(guideline_line(site, words), 9),
        Line(words.sentence("closing", day=assessment.as_of.isoformat()), 10),
    )
