"""Storage of the audit log in a database.

Tests: tests/store.
"""

from collections.abc import Sequence

from sqlalchemy import update

from cards.quiet import Override
from cds_service.audit.decision import Decision, RecordingGap
from cds_service.audit.feedback_item import FeedbackItem
from cds_service.audit.pseudonyms import Hashes
from cds_service.store.database import Database
from cds_service.store.decision_rows import DecisionRows
from cds_service.store.feedback_rows import FeedbackRows
from cds_service.store.retention import prune
from cds_service.store.tables import used_tokens

_NOTHING = update(used_tokens).where(used_tokens.c.issuer == "").values(expires=0)


class SqlAuditStorage:
    """Implements cds_service.audit.storage.Tables on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._decisions = DecisionRows(database)
        self._replies = FeedbackRows(database)

    async def prepare(self) -> None:
        """Create missing tables."""
        await self._database.prepare()

    async def probe(self) -> None:
        """Write no row like a real write.

        A locked, missing or read-only database refuses it too.
        """
        async with self._database.writing() as connection:
            await connection.execute(_NOTHING)

    async def write(self, batch: Sequence[Decision]) -> None:
        """Add decisions atomically, each once."""
        await self._decisions.write(batch)

    async def note_gap(self, gap: RecordingGap) -> None:
        """Store a gap in the decisions."""
        await self._decisions.note_gap(gap)

    async def add(self, replies: Sequence[FeedbackItem]) -> tuple[FeedbackItem, ...]:
        """Add feedback on shown cards and return the rest."""
        return await self._replies.add(replies)

    async def add_strays(self, replies: Sequence[FeedbackItem]) -> int:
        """Keep early feedback and return the number without room."""
        return await self._replies.add_strays(replies)

    async def join_early_feedback(self) -> None:
        """Join early feedback to cards written since."""
        await self._replies.join_early_feedback()

    async def overrides(self, client: str, patient: Hashes) -> tuple[Override, ...]:
        """Return a patient's overrides, the newest first."""
        return await self._replies.overrides(client, patient)

    async def prune(self, before: int) -> int:
        """Drop rows older than this time."""
        return await prune(self._database, before)
