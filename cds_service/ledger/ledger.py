"""The ledger of the service: decisions go in, feedback is joined to them, and earlier overrides come out.

It must not hold up a call for longer than it says, nor know how rows are kept.
Tests: tests/ledger/test_ledger.py.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any, TypeVar

from cards.quiet import Override
from cds_service.clock import Clock
from cds_service.errors import StoreUnavailable
from cds_service.ledger.decision import Decision
from cds_service.ledger.draft import Draft
from cds_service.ledger.pseudonyms import Hashes, Pseudonyms
from cds_service.ledger.recorder import Recorder
from cds_service.ledger.reply import Reply, milliseconds
from cds_service.ledger.tables import RowRefused, Tables
from cds_service.log import Event, log_event

BUDGET_S = 0.05
"""So long a call waits for the patient's overrides."""
NEEDED_S = 2.0
"""So long it waits where it is refused without them."""
PAUSE_S = 1.0
"""So long nobody asks for overrides once they came too late; and so long an answer to a probe is good enough."""
LATE_ROW_S = 0.15
"""Feedback on an unknown card waits so long: another worker may be about to write that card."""
TEND_S = 60.0
"""So often feedback that came too early is joined and old rows are dropped."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Standing:
    """How the ledger is doing."""

    is_up: bool
    waiting: int
    """Decisions that are not written yet."""
    lost: int
    """Decisions that could not be kept since the process began."""
    late: int
    """Calls since then that were answered without knowing what was overridden."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the settings say of it."""

    refuses: bool = False
    """Whether a call is refused whose decision can't be written before the answer."""
    retention_days: int | None = None


class Ledger:
    """Remembers, for one process."""

    def __init__(self, tables: Tables, pseudonyms: Pseudonyms, policy: Policy, clock: Clock) -> None:
        self.refuses = policy.refuses
        self.pseudonyms = pseudonyms
        self._tables = tables
        self._retention_days = policy.retention_days
        self._clock = clock
        self._recorder = Recorder(tables, clock)
        self._tasks: set[asyncio.Task[object]] = set()
        self._ending = asyncio.Event()
        self._late = 0
        self._asks_again = float("-inf")
        self._heard = float("-inf")
        self._is_up = False
        self._probing = asyncio.Lock()

    async def start(self) -> None:
        """Make the tables and begin to write; where calls are refused without a store, raise StoreUnavailable."""
        try:
            await self._tables.prepare()
        except StoreUnavailable as error:
            log_event(Event.STORE, reason="unavailable", exception=type(error.__cause__).__name__)
            if self.refuses:
                raise
        for work in (self._recorder.run(), self._tend()):
            _ = self._begin(work)

    async def close(self) -> None:
        """Write what waits, and stop; nothing that is under way is cut off."""
        self._ending.set()
        self._recorder.end()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._recorder.drain()

    def draft(self) -> Draft:
        """Return the draft of a call that begins now."""
        return Draft(self._clock.now(), self.pseudonyms, self, must_know=self.refuses)

    def add(self, decision: Decision) -> None:
        """Take a decision, to be written soon."""
        self._recorder.add(decision)

    async def write(self, decision: Decision) -> None:
        """Return when a decision is written, or raise StoreUnavailable."""
        await self._recorder.write(decision)

    async def flush(self) -> None:
        """Write every decision that waits, or raise StoreUnavailable."""
        await self._recorder.flush()

    async def add_feedback(self, replies: Sequence[Reply]) -> None:
        """Keep feedback of one client, or raise StoreUnavailable: then none of it is kept for certain."""
        try:
            if self._recorder.waiting:
                await self.flush()
            left = await self._tables.add(replies)
            if left:
                await asyncio.sleep(LATE_ROW_S)
                left = await self._tables.add(left)
            dropped = await self._tables.add_strays(left) if left else 0
        except RowRefused as error:
            raise StoreUnavailable from error
        if dropped:
            log_event(Event.STORE, reason="strays-dropped")

    async def overrides(self, client: str, patient: Hashes) -> tuple[Override, ...]:
        """Return what was overridden of a patient's cards; or raise StoreUnavailable where that takes too long."""
        if not self.refuses and monotonic() < self._asks_again:
            self._late += 1
            raise StoreUnavailable
        query = self._begin(self._tables.overrides(client, patient))
        try:
            # The query goes on by itself: a connection that is cut off in the middle would have to be thrown away.
            return await asyncio.wait_for(asyncio.shield(query), NEEDED_S if self.refuses else BUDGET_S)
        except (TimeoutError, StoreUnavailable) as error:
            self._late += 1
            self._asks_again = monotonic() + PAUSE_S
            raise StoreUnavailable from error

    async def standing(self) -> Standing:
        """Return how the ledger is doing, by what the store said in the last second."""
        async with self._probing:
            if monotonic() - self._heard >= PAUSE_S:
                self._is_up = False
                with suppress(StoreUnavailable):
                    await self._tables.probe()
                    self._is_up = True
                self._heard = monotonic()
        recorder = self._recorder
        return Standing(self._is_up and not recorder.is_failing, recorder.waiting, recorder.lost, self._late)

    async def _tend(self) -> None:
        """Do now and then what no call does."""
        while not await self._ends_within(TEND_S):
            with suppress(StoreUnavailable, RowRefused):
                await self._tables.adopt()
                if self._retention_days is not None:
                    oldest = self._clock.now() - timedelta(days=self._retention_days)
                    await self._tables.prune(milliseconds(oldest))

    async def _ends_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ending.wait(), seconds)
        return self._ending.is_set()

    def _begin(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """Return the work as a task that is kept until it is done."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, StoreUnavailable):
            log_event(Event.FAILURE, exception=type(error).__name__, where=__name__)
