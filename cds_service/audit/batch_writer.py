"""Decisions on their way into the table: in memory at once, written in batches by one task of the process.

It must not hold up an answer, nor lose a row without saying so.
Tests: tests/audit/test_batch_writer.py, tests/store/test_faults.py.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import islice
from time import monotonic

from cds_service.audit.decision import Decision, RecordingGap
from cds_service.audit.feedback_item import to_epoch_ms
from cds_service.audit.storage import AuditStorage, RowRejected
from cds_service.clock import Clock
from cds_service.errors import StoreUnavailable
from cds_service.ids import random_id
from cds_service.log import Event, log_event

BATCH_DELAY_S = 0.05
"""So long a decision waits for others to be written with. What was answered in this time a killed process forgets."""
RETRY_S = 0.5
"""So long a store that fails is left alone."""
BATCH = 200
MOST_WAITING = 5000
"""So many decisions wait for a store that fails; what comes after is lost, and counted."""
DRAIN_S = 5.0
"""So long a stop waits for the last decisions to be written."""


class BatchWriter:
    """The queue and its one writer."""

    def __init__(self, tables: AuditStorage, clock: Clock) -> None:
        self.lost = 0
        """Decisions that could not be kept since the start."""
        self.is_failing = False
        self._storage = tables
        self._clock = clock
        self._waiting: deque[Decision] = deque()
        self._wake = asyncio.Event()
        self._is_ending = False
        self._writing = asyncio.Lock()
        self._gap: RecordingGap | None = None

    @property
    def waiting(self) -> int:
        """How many decisions are not written yet."""
        return len(self._waiting)

    def add(self, decision: Decision) -> None:
        """Take a decision; where too many wait already it is lost."""
        if len(self._waiting) >= MOST_WAITING:
            self._lose((decision,))
            return
        self._waiting.append(decision)
        self._wake.set()

    async def write(self, decision: Decision) -> None:
        """Return when this decision is written, or raise StoreUnavailable: then it is no decision."""
        try:
            await self._storage.write((decision,))
        except RowRejected as error:
            raise StoreUnavailable from error

    async def flush(self) -> None:
        """Write what waits; or raise StoreUnavailable, and it still waits."""
        async with self._writing:
            while batch := tuple(islice(self._waiting, BATCH)):
                await self._write(batch)
                for _ in batch:
                    self._waiting.popleft()
            await self._write_gap()

    async def run(self) -> None:
        """Write whatever comes, until the end; what is under way is never cut off."""
        while not self._is_ending:
            await self._wake.wait()
            await asyncio.sleep(BATCH_DELAY_S)
            self._wake.clear()
            try:
                await self.flush()
            except StoreUnavailable:
                await asyncio.sleep(RETRY_S)
                self._wake.set()

    def end(self) -> None:
        """Let `run` come to its end."""
        self._is_ending = True
        self._wake.set()

    async def drain(self) -> None:
        """Write what waits before the process ends; what can't be written in DRAIN_S is lost."""
        until = monotonic() + DRAIN_S
        while self._waiting:
            try:
                await self.flush()
            except StoreUnavailable:
                if monotonic() >= until:
                    self._lose(tuple(self._waiting))
                    self._waiting.clear()
                await asyncio.sleep(BATCH_DELAY_S)

    async def _write(self, batch: Sequence[Decision]) -> None:
        """Write a batch; where the database refuses a row, find it, so that it stops no other."""
        try:
            await self._storage.write(batch)
        except RowRejected:
            if len(batch) == 1:
                self._lose(batch)
                return
            await self._write(batch[: len(batch) // 2])
            await self._write(batch[len(batch) // 2 :])
        except StoreUnavailable as error:
            if not self.is_failing:
                log_event(Event.STORE, reason="decisions-wait", exception=type(error.__cause__).__name__)
            self.is_failing = True
            raise
        self.is_failing = False

    def _lose(self, batch: Sequence[Decision]) -> None:
        """Count what is lost, and say so when a gap begins."""
        now = to_epoch_ms(self._clock.now())
        if self._gap is None:
            log_event(Event.STORE, reason="decisions-lost", decisions=len(batch))
            self._gap = RecordingGap(random_id(), now, now, 0)
        self._gap = RecordingGap(self._gap.id, self._gap.began, now, self._gap.decisions + len(batch))
        self.lost += len(batch)

    async def _write_gap(self) -> None:
        gap = self._gap
        if gap is None:
            return
        await self._storage.note_gap(gap)
        log_event(Event.STORE, reason="gap", decisions=gap.decisions)
        since, self._gap = self._gap, None
        if since and since is not gap:
            self._gap = RecordingGap(random_id(), gap.ended, since.ended, since.decisions - gap.decisions)
