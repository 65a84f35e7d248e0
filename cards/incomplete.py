"""The card that says what could not be checked, so that silence never stands for it.

Must not claim anything about the patient.
Tests: tests/cards/test_incomplete.py.
"""

from cards.context import ALL_SEEN, Seen
from cards.markdown import bullets, shortened
from cards.model import DETAIL_LENGTH, Card
from cards.words import missing, sentence, source
from rules.assess import Assessment
from rules.gate.state import State
from rules.outcome import Level, Missing

TOPIC = "incomplete"
SHOWN = 8


def incomplete_card(items: tuple[Missing, ...], summary: str, length: int = DETAIL_LENGTH) -> Card:
    """Return an info card that names what was not seen and why; `items` must not be empty."""
    lines, shown = missing_lines(items), SHOWN
    while len(detail := _detail(shortened(lines, shown))) > length and shown > 1:
        shown -= 1
    references = sorted({item.what for item in items if "/" in item.what and not item.what.endswith("/")})
    return Card(topic=TOPIC, level=Level.INFO, summary=summary, detail=detail, evidence=tuple(references))


def missing_lines(items: tuple[Missing, ...]) -> tuple[str, ...]:
    """Return what was not seen and why, each once."""
    return tuple(dict.fromkeys(f"{source(item.what)}: {missing(item.reason)}" for item in items))


def _detail(listed: tuple[str, ...]) -> str:
    return "\n\n".join((f"**Not checked:**\n\n{bullets(listed)}", sentence("ask"), sentence("no_card")))


def unchecked(assessment: Assessment, seen: Seen) -> tuple[Missing, ...]:
    """Return what the rules could not check after a known cancer, as far as it asks for a card."""
    if assessment.state is State.SUPPRESSED:
        return ()
    if assessment.state is State.NONE:
        return assessment.unread_history
    items = dict.fromkeys(missed for site in assessment.sites for missed in site.missing)
    if seen.elsewhere and not seen.live:
        return (*items, *(Missing(gap.source, gap.reason) for gap in seen.elsewhere))
    return tuple(items) if any(missed.card for missed in items) else ()


def unchecked_card(assessment: Assessment, seen: Seen = ALL_SEEN, length: int = DETAIL_LENGTH) -> Card | None:
    """Return the card of what could not be checked; None when nothing is to be said."""
    items = unchecked(assessment, seen)
    summary = sentence("unread_history") if assessment.state is State.NONE else sentence("unread_part")
    return incomplete_card(items, summary, length) if items else None


def unknown_chart_card(unknown: tuple[Missing, ...], length: int = DETAIL_LENGTH) -> Card:
    """Return the card for a chart without patient or conditions, for clients that show errors as "all clear"."""
    return incomplete_card(unknown, sentence("unread_chart"), length)
