"""The audit log, from decisions and feedback to overrides.

It must not delay a call beyond its limits.
Tests: tests/audit/test_audit_log.py.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any, TypeVar

from cards.quiet import Override
from cds_service.audit.batch_writer import BatchWriter
from cds_service.audit.call_record import CallRecord
from cds_service.audit.decision import Decision
from cds_service.audit.feedback_item import FeedbackItem, to_epoch_ms
from cds_service.audit.pseudonyms import Hashes, Pseudonyms
from cds_service.audit.storage import AuditStorage, RowRejected
from cds_service.clock import Clock
from cds_service.errors import StoreUnavailable
from cds_service.log import Event, log_event

OVERRIDES_BUDGET_S = 0.05
"""Longest wait of a call for the patient's overrides, in seconds."""
REQUIRED_OVERRIDES_BUDGET_S = 2.0
"""Longest wait if the call is refused without overrides, in seconds."""
RETRY_PAUSE_S = 1.0
"""Pause in seconds after late overrides, and lifetime of a probe's result."""
LATE_CARD_WAIT_S = 0.15
"""Wait in seconds for the card of early feedback.

Another worker may be about to write that card.
"""
MAINTENANCE_INTERVAL_S = 60.0
"""Interval in seconds for joining early feedback and dropping old rows."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class AuditHealth:
    """State of the audit log."""

    is_up: bool
    waiting: int
    """Decisions not yet written."""
    lost: int
    """Decisions lost since the process began."""
    late: int
    """Calls answered without the patient's overrides."""


@dataclass(frozen=True, slots=True)
class AuditPolicy:
    """Options of the audit log."""

    refuses: bool = False
    """True if calls without a written decision are refused."""
    retention_days: int | None = None


class AuditLog:
    """Remembers, for one process."""

    def __init__(self, tables: AuditStorage, pseudonyms: Pseudonyms, policy: AuditPolicy, clock: Clock) -> None:
        self.refuses = policy.refuses
        self.pseudonyms = pseudonyms
        self._storage = tables
        self._retention_days = policy.retention_days
        self._clock = clock
        self._writer = BatchWriter(tables, clock)
        self._tasks: set[asyncio.Task[object]] = set()
        self._ending = asyncio.Event()
        self._late = 0
        self._asks_again = float("-inf")
        self._heard = float("-inf")
        self._is_up = False
        self._probing = asyncio.Lock()

    async def start(self) -> None:
        """Prepare the storage and start writing.

        Raises StoreUnavailable if calls are refused without a store.
        """
        try:
            await self._storage.prepare()
        except StoreUnavailable as error:
            log_event(Event.STORE, reason="unavailable", exception=type(error.__cause__).__name__)
            if self.refuses:
                raise
        for work in (self._writer.run(), self._run_maintenance()):
            _ = self._begin(work)

    async def close(self) -> None:
        """Write the waiting decisions and stop.

        Running work is completed.
        """
        self._ending.set()
        self._writer.end()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._writer.drain()

    def draft(self) -> CallRecord:
        """Return the call record of a new call."""
        return CallRecord(self._clock.now(), self.pseudonyms, self, overrides_required=self.refuses)

    def add(self, decision: Decision) -> None:
        """Take a decision, to be written soon."""
        self._writer.add(decision)

    async def write(self, decision: Decision) -> None:
        """Return when a decision is written, or raise StoreUnavailable."""
        await self._writer.write(decision)

    async def flush(self) -> None:
        """Write every waiting decision.

        Raises StoreUnavailable.
        """
        await self._writer.flush()

    async def add_feedback(self, replies: Sequence[FeedbackItem]) -> None:
        """Store feedback of one client.

        Raises StoreUnavailable, and none of it is certain then.
        """
        try:
            if self._writer.waiting:
                await self.flush()
            left = await self._storage.add(replies)
            if left:
                await asyncio.sleep(LATE_CARD_WAIT_S)
                left = await self._storage.add(left)
            dropped = await self._storage.add_strays(left) if left else 0
        except RowRejected as error:
            raise StoreUnavailable from error
        if dropped:
            log_event(Event.STORE, reason="strays-dropped")

    async def overrides(self, client: str, patient: Hashes) -> tuple[Override, ...]:
        """Return the overrides of a patient's cards.

        Raises StoreUnavailable, also after a timeout.
        """
        if not self.refuses and monotonic() < self._asks_again:
            self._late += 1
            raise StoreUnavailable
        query = self._begin(self._storage.overrides(client, patient))
        try:
            # The query goes on by itself: a connection that is cut off in the middle would have to be thrown away.
            return await asyncio.wait_for(
                asyncio.shield(query), REQUIRED_OVERRIDES_BUDGET_S if self.refuses else OVERRIDES_BUDGET_S
            )
        except (TimeoutError, StoreUnavailable) as error:
            self._late += 1
            self._asks_again = monotonic() + RETRY_PAUSE_S
            raise StoreUnavailable from error

    async def health(self) -> AuditHealth:
        """Return the health of the audit log, at most a second old."""
        async with self._probing:
            if monotonic() - self._heard >= RETRY_PAUSE_S:
                self._is_up = False
                with suppress(StoreUnavailable):
                    await self._storage.probe()
                    self._is_up = True
                self._heard = monotonic()
        batch_writer = self._writer
        return AuditHealth(
            self._is_up and not batch_writer.is_failing, batch_writer.waiting, batch_writer.lost, self._late
        )

    async def _run_maintenance(self) -> None:
        """Join early feedback and drop old rows at intervals."""
        while not await self._ends_within(MAINTENANCE_INTERVAL_S):
            with suppress(StoreUnavailable, RowRejected):
                await self._storage.join_early_feedback()
                if self._retention_days is not None:
                    oldest = self._clock.now() - timedelta(days=self._retention_days)
                    await self._storage.prune(to_epoch_ms(oldest))

    async def _ends_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ending.wait(), seconds)
        return self._ending.is_set()

    def _begin(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """Return the work as a task, kept until its end."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, StoreUnavailable):
            log_event(Event.FAILURE, exception=type(error).__name__, where=__name__)
