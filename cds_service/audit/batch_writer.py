"""Write-behind queue of decisions.

It must not delay an answer or lose a row silently.
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
"""Longest delay before a batch is written, in seconds.

If the process is killed, decisions of this last interval are lost.
"""
RETRY_S = 0.5
"""Pause in seconds after a failed write."""
BATCH = 200
MOST_WAITING = 5000
"""Maximum number of waiting decisions.

Later ones are lost and counted.
"""
DRAIN_S = 5.0
"""Longest wait in seconds for the last decisions at a stop."""


class BatchWriter:
    """The queue and its one writer."""

    def __init__(self, tables: AuditStorage, clock: Clock) -> None:
        self.lost = 0
        """Decisions lost since the start."""
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
        """Number of decisions not yet written."""
        return len(self._waiting)

    def add(self, decision: Decision) -> None:
        """Queue a decision, or lose it if the queue is full."""
        if len(self._waiting) >= MOST_WAITING:
            self._lose((decision,))
            return
        self._waiting.append(decision)
        self._wake.set()

    async def write(self, decision: Decision) -> None:
        """Write this decision now.

        Raises StoreUnavailable; the decision is void then.
        """
        try:
            await self._storage.write((decision,))
        except RowRejected as error:
            raise StoreUnavailable from error

    async def flush(self) -> None:
        """Write the queue.

        Raises StoreUnavailable; the queue remains.
        """
        async with self._writing:
            while batch := tuple(islice(self._waiting, BATCH)):
                await self._write(batch)
                for _ in batch:
                    self._waiting.popleft()
            await self._write_gap()

    async def run(self) -> None:
        """Write batches until the end. Running writes are completed."""
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
        """Write the queue before the process ends.

        The rest is lost after DRAIN_S.
        """
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
        """Write a batch, skipping rows that the database rejects."""
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
        """Count lost decisions, and log the beginning of a gap."""
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
