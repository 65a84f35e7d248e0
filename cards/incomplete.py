"""The incomplete card about unread sources.

It must not claim anything about the patient.
Tests: tests/cards/test_incomplete.py.
"""

from cards.context import ALL_SEEN, Seen
from cards.markdown import bullets, shortened
from cards.model import PER_SITE, Card, Form
from cards.words import Words, capitalised, words_in
from rules.assess import Assessment
from rules.gate.state import State
from rules.outcome import Level, Missing

TOPIC = "incomplete"
SHOWN = 8


def incomplete_card(items: tuple[Missing, ...], summary: str, form: Form = PER_SITE) -> Card:
    """Return an info card with unread items and their reasons.

    `items` must hold at least one; a sentence follows.
    """
    words, shown = words_in(form.language), SHOWN
    lines = missing_lines(items, words)
    while len(detail := _detail(lines, shown, words)) > form.detail_length and shown > 1:
        shown -= 1
    references = sorted({item.what for item in items if "/" in item.what and not item.what.endswith("/")})
    return Card(
        topic=TOPIC, level=Level.INFO, summary=words.sentence(summary), detail=detail, evidence=tuple(references)
    )


def missing_lines(items: tuple[Missing, ...], words: Words) -> tuple[str, ...]:
    """Return each unread source once with its reason."""
    return tuple(dict.fromkeys(f"{words.source(item.what)}: {words.missing(item.reason)}" for item in items))


def _detail(lines: tuple[str, ...], shown: int, words: Words) -> str:
    unseen = bullets(shortened(tuple(map(capitalised, lines)), shown, words.tables["sentence"]["counted"]))
    parts = (f"{words.label('unchecked')}\n\n{unseen}", words.sentence("ask"), words.sentence("no_card"))
    return "\n\n".join(parts)


def unchecked(assessment: Assessment, seen: Seen) -> tuple[Missing, ...]:
    """Return unchecked sources after a known cancer."""
    if assessment.state is State.SUPPRESSED:
        return ()
    if assessment.state is State.NONE:
        return assessment.unread_history
    items = dict.fromkeys(missed for site in assessment.sites for missed in site.missing)
    if seen.elsewhere and not seen.live:
        return (*items, *(Missing(gap.source, gap.reason) for gap in seen.elsewhere))
    return tuple(items) if any(missed.card for missed in items) else ()


def unchecked_card(assessment: Assessment, seen: Seen = ALL_SEEN, form: Form = PER_SITE) -> Card | None:
    """Return the incomplete card, or None if all was checked."""
    items = unchecked(assessment, seen)
    summary = "unread_history" if assessment.state is State.NONE else "unread_part"
    return incomplete_card(items, summary, form) if items else None


def unknown_chart_card(unknown: tuple[Missing, ...], form: Form = PER_SITE) -> Card:
    """Return the card for a chart without patient or conditions.

    It is for clients that show errors as "all clear".
    """
    return incomplete_card(unknown, "unread_chart", form)
