"""Tables in memory whose faults are set by hand.

It must not check anything.
Its tests are those that import it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from cards.quiet import Override
from cds_service.audit.decision import Decision, RecordingGap
from cds_service.audit.feedback_item import FeedbackItem
from cds_service.audit.pseudonyms import Hashes
from cds_service.audit.storage import RowRejected
from cds_service.errors import StoreUnavailable


@dataclass
class FakeTables:
    """Implements cds_service.audit.storage.Tables."""

    is_down: bool = False
    refused: set[str] = field(default_factory=set)
    """Ids of decisions that no column can hold."""
    slow: asyncio.Event | None = None
    """Overrides are told once this is set."""
    decisions: dict[str, Decision] = field(default_factory=dict)
    gaps: list[RecordingGap] = field(default_factory=list)
    replies: list[FeedbackItem] = field(default_factory=list)
    strays: list[FeedbackItem] = field(default_factory=list)
    known: tuple[Override, ...] = ()
    batches: list[int] = field(default_factory=list)
    asked: int = 0
    tended: list[str] = field(default_factory=list)

    async def prepare(self) -> None:
        """Nothing is to be made."""
        await self._touch()

    async def probe(self) -> None:
        """Only a fault shows."""
        await self._touch()

    async def write(self, batch: Sequence[Decision]) -> None:
        """All or none."""
        await self._touch()
        self.batches.append(len(batch))
        if {decision.id for decision in batch} & self.refused:
            raise RowRejected
        self.decisions |= {decision.id: decision for decision in batch}

    async def note_gap(self, gap: RecordingGap) -> None:
        """Keep it."""
        await self._touch()
        self.gaps.append(gap)

    async def add(self, replies: Sequence[FeedbackItem]) -> tuple[FeedbackItem, ...]:
        """Those on cards of a decision."""
        await self._touch()
        cards = {card.card for decision in self.decisions.values() for card in decision.cards}
        self.replies += [reply for reply in replies if reply.card in cards]
        return tuple(reply for reply in replies if reply.card not in cards)

    async def add_strays(self, replies: Sequence[FeedbackItem]) -> int:
        """There is room for one."""
        self.strays += replies[:1]
        return len(replies) - 1

    async def join_early_feedback(self) -> None:
        """Only that it was asked for."""
        await self._touch()
        self.tended.append("adopt")

    async def overrides(self, client: str, patient: Hashes) -> tuple[Override, ...]:  # noqa: ARG002 - the same for all
        """The same for every patient."""
        self.asked += 1
        if self.slow is not None:
            await self.slow.wait()
        await self._touch()
        return self.known

    async def prune(self, before: int) -> int:
        """Only that it was asked for, and until when."""
        self.tended.append(f"prune before {before}")
        return 0

    async def _touch(self) -> None:
        await asyncio.sleep(0)
        if self.is_down:
            raise StoreUnavailable
