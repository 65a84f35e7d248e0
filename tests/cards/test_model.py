"""The limits of a card."""

import pytest

from cards.model import DETAIL_LENGTH, SUMMARY_LENGTH, Card, CardError, Order
from rules.outcome import Level


@pytest.mark.parametrize("summary", ["", "x" * (SUMMARY_LENGTH + 1), "two\nlines"])
def test_a_summary_that_a_client_would_cut_is_refused(summary: str) -> None:
    """The important sentence must be readable alone."""
    with pytest.raises(CardError, match="summary of"):
        Card("brain", Level.INFO, summary, "")


def test_a_detail_that_is_too_long_is_refused() -> None:
    """Some panels are an eighth of a screen."""
    assert Card("brain", Level.INFO, "x" * SUMMARY_LENGTH, "x" * DETAIL_LENGTH).orders == ()
    with pytest.raises(CardError, match="detail of"):
        Card("brain", Level.INFO, "x", "x" * (DETAIL_LENGTH + 1))


@pytest.mark.parametrize(
    "level, priority", [(Level.INFO, "routine"), (Level.WARNING, "urgent"), (Level.CRITICAL, "stat")]
)
def test_an_order_is_as_urgent_as_its_card(level: Level, priority: str) -> None:
    """FHIR's request priorities."""
    assert Order("cxr", "Chest X-ray", (), level).priority == priority
