"""Feedback item, the stored form of one card's outcome.

It must not hold a comment.
Tests: tests/store/test_feedback_rows.py, tests/api/test_kept_feedback.py.
"""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class FeedbackItem:
    """Outcome of a card at a client.

    Repeated card, outcome and time are one item.
    """

    client: str
    card: str
    """The card's uuid, or a digest of a foreign id."""
    outcome: str
    at: int
    """`outcomeTimestamp` in epoch milliseconds, at most `received`."""
    received: int
    reason: str | None = None
    reason_system: str | None = None
    accepted: tuple[str, ...] = ()
    """Uuids of suggestions."""
    commented: bool = False


def to_epoch_ms(at: datetime) -> int:
    """Return a time in epoch milliseconds."""
    return int(at.timestamp() * 1000)


def from_epoch_ms(at: int) -> datetime:
    """Return a moment of the store, in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC)
