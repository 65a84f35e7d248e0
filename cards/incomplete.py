"""The card that says what could not be checked, so that silence never stands for it.

Must not claim anything about the patient.
Tests: tests/cards/test_incomplete.py.
"""

from cards.markdown import bullets, shortened
from cards.model import Card
from cards.words import missing, sentence, source
from rules.assess import Assessment
from rules.gate.state import State
from rules.outcome import Level, Missing

TOPIC = "incomplete"
SHOWN = 8


def incomplete_card(items: tuple[Missing, ...], summary: str) -> Card:
    """Return an info card that names what was not seen and why; `items` must not be empty."""
    lines = tuple(dict.fromkeys(f"{source(item.what)}: {missing(item.reason)}" for item in items))
    listed = f"**Not checked:**\n\n{bullets(shortened(lines, SHOWN))}"
    detail = "\n\n".join((listed, sentence("ask"), sentence("no_card")))
    references = sorted({item.what for item in items if "/" in item.what and not item.what.endswith("/")})
    return Card(topic=TOPIC, level=Level.INFO, summary=summary, detail=detail, evidence=tuple(references))


def unchecked_card(assessment: Assessment) -> Card | None:
    """Return the card of what the rules could not check after a known cancer; None when nothing is to be said."""
    if assessment.state is State.SUPPRESSED:
        return None
    items = tuple(dict.fromkeys(missed for site in assessment.sites for missed in site.missing))
    items = items if any(missed.card for missed in items) else ()
    if assessment.state is State.NONE:
        items = assessment.unread_history
        summary = sentence("unread_history")
    else:
        summary = sentence("unread_part")
    return incomplete_card(items, summary) if items else None


def unknown_chart_card(unknown: tuple[Missing, ...]) -> Card:
    """Return the card for a chart without patient or conditions, for clients that show errors as "all clear"."""
    return incomplete_card(unknown, sentence("unread_chart"))
