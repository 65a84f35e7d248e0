"""What a store of the ledger can do: the seam between what is remembered and how it is kept.

It must not know a database.
Tests: tests/store.
"""

from collections.abc import Sequence
from typing import Protocol

from cds_service.audit.decision import Decision, RecordingGap
from cds_service.audit.feedback_item import FeedbackItem
from cds_service.audit.overrides import Overrides


class RowRejected(Exception):
    """The database works, and does not take this row: one that is there, or that no column can hold."""


class AuditStorage(Overrides, Protocol):
    """Where decisions and feedback are kept. Each of these raises StoreUnavailable where it can't be done."""

    async def prepare(self) -> None:
        """Make the tables if they are not there."""
        ...

    async def probe(self) -> None:
        """Do what shows that rows are taken."""
        ...

    async def write(self, batch: Sequence[Decision]) -> None:
        """Add decisions, all or none, each once; or raise RowRefused if one of them can't be kept."""
        ...

    async def note_gap(self, gap: RecordingGap) -> None:
        """Write down when decisions could not be kept."""
        ...

    async def add(self, replies: Sequence[FeedbackItem]) -> tuple[FeedbackItem, ...]:
        """Keep feedback of one client on cards that were shown to it; return what is on other cards."""
        ...

    async def add_strays(self, replies: Sequence[FeedbackItem]) -> int:
        """Keep feedback of one client on cards that are not known; return for how many there was no room."""
        ...

    async def join_early_feedback(self) -> None:
        """Join feedback that came before its card was written."""
        ...

    async def prune(self, before: int) -> int:
        """Drop what is older than this moment; return how many decisions that were."""
        ...
