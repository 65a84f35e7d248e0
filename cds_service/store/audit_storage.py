"""The tables of the ledger, as one thing that can be handed to it.

It must not hold a query: the modules beside it do.
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
        """Make the tables if they are not there."""
        await self._database.prepare()

    async def probe(self) -> None:
        """Write nothing in the way of a write: a database that is locked, gone or read-only refuses that too."""
        async with self._database.writing() as connection:
            await connection.execute(_NOTHING)

    async def write(self, batch: Sequence[Decision]) -> None:
        """Add decisions, all or none, each once."""
        await self._decisions.write(batch)

    async def note_gap(self, gap: RecordingGap) -> None:
        """Write down when decisions could not be kept."""
        await self._decisions.note_gap(gap)

    async def add(self, replies: Sequence[FeedbackItem]) -> tuple[FeedbackItem, ...]:
        """Keep feedback of one client on cards that were shown to it; return what is on other cards."""
        return await self._replies.add(replies)

    async def add_strays(self, replies: Sequence[FeedbackItem]) -> int:
        """Keep feedback of one client on cards that are not known; return for how many there was no room."""
        return await self._replies.add_strays(replies)

    async def join_early_feedback(self) -> None:
        """Join feedback that came before its card was written."""
        await self._replies.join_early_feedback()

    async def overrides(self, client: str, patient: Hashes) -> tuple[Override, ...]:
        """Return a patient's overrides, the newest first."""
        return await self._replies.overrides(client, patient)

    async def prune(self, before: int) -> int:
        """Drop what is older than this moment."""
        return await prune(self._database, before)
