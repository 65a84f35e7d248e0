"""Storage protocol of the audit log.

Tests: tests/store.
"""

from collections.abc import Sequence
from typing import Protocol

from cds_service.audit.decision import Decision, RecordingGap
from cds_service.audit.feedback_item import FeedbackItem
from cds_service.audit.overrides import Overrides


class RowRejected(Exception):
    """The database works and rejects this row.

    It exists already, or a column cannot hold it.
    """


class AuditStorage(Overrides, Protocol):
    """Storage of decisions and feedback.

    Each method raises StoreUnavailable on failure.
    """

    async def prepare(self) -> None:
        """Create missing tables."""
        ...

    async def probe(self) -> None:
        """Check that rows are accepted."""
        ...

    async def write(self, batch: Sequence[Decision]) -> None:
        """Add decisions atomically, each once.

        Raises RowRejected for an impossible row.
        """
        ...

    async def note_gap(self, gap: RecordingGap) -> None:
        """Store a gap in the decisions."""
        ...

    async def add(self, replies: Sequence[FeedbackItem]) -> tuple[FeedbackItem, ...]:
        """Add feedback of one client on its shown cards.

        Feedback on other cards is returned.
        """
        ...

    async def add_strays(self, replies: Sequence[FeedbackItem]) -> int:
        """Keep early feedback of one client.

        Returns the number of items without room.
        """
        ...

    async def join_early_feedback(self) -> None:
        """Join early feedback to cards written since."""
        ...

    async def prune(self, before: int) -> int:
        """Drop rows older than this time, and return the number of decisions."""
        ...
