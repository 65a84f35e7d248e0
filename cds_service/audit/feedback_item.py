"""One item of feedback as it is remembered: outcome, time, a coded reason, what was accepted; no text of anybody.

It must not hold a comment.
Tests: tests/store/test_feedback_rows.py, tests/api/test_kept_feedback.py.
"""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class FeedbackItem:
    """What a client says became of a card. The same card, outcome and time is the same item, however often it comes."""

    client: str
    card: str
    """The card's uuid; of an id that can be none of ours a digest."""
    outcome: str
    at: int
    """`outcomeTimestamp`, in milliseconds since 1970; never later than `received`."""
    received: int
    reason: str | None = None
    reason_system: str | None = None
    accepted: tuple[str, ...] = ()
    """Uuids of suggestions."""
    commented: bool = False


def to_epoch_ms(at: datetime) -> int:
    """Return a moment as the store has it: milliseconds since 1970."""
    return int(at.timestamp() * 1000)


def from_epoch_ms(at: int) -> datetime:
    """Return a moment of the store, in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC)
