"""One item of feedback as it is remembered: outcome, time, a coded reason, what was accepted; no text of anybody.

It must not hold a comment.
Tests: tests/store/test_reply_rows.py, tests/service/test_kept_feedback.py.
"""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Reply:
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


def milliseconds(at: datetime) -> int:
    """Return a moment as the store has it: milliseconds since 1970."""
    return int(at.timestamp() * 1000)


def moment(at: int) -> datetime:
    """Return a moment of the store, in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC)
