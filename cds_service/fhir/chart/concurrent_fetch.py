"""Concurrent fetch of the pending sources of one call.

Tests: tests/service/test_fetch_mode.py, tests/evaluation/test_early_exit.py.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from cds_service.concurrency.activity import waiting_on_io
from cds_service.fhir.chart.search import Fetched, FetchFailure, FhirAccess, read_resource, search
from cds_service.fhir.chart.sources import Need, Query, Source
from cds_service.fhir.pages.page import Page, with_forms_checked
from cds_service.security.egress import FhirClient

WRONG_TYPE = "wrong-type"
NOT_NEEDED = "not-needed"
"""Cancelled, because no answer could have changed the cards."""
BATCH_WINDOW_S = 0.05
"""Longest distance between answers of one batch, in seconds.

The chart is judged once after a batch.
"""
SLOW_AFTER_S = 0.1
"""Duration in seconds after which an answer is slow.

A critical card does not wait for it.
"""


@dataclass(frozen=True, slots=True)
class FetchDeadlines:
    """Waits in seconds, for the whole chart and for the rest."""

    hard_deadline_s: float
    budget_s: float


class Remaining(Enum):
    """Decision about the pending sources."""

    WAIT = "await"
    WAIT_BRIEFLY = "await-briefly"
    CANCEL = "leave"


@dataclass(slots=True)
class QueryState:
    """Progress of one query, its pages, next link or failure."""

    source: Source
    query: Query
    pages: list[Page]
    ask: bool = False
    next: str | None = None
    failed: str | None = None
    partial: bool = False
    pending: bool = False
    """True while an answer is pending."""


@dataclass(frozen=True, slots=True)
class FetchContext:
    """Common data of all queries of one call."""

    patient_id: str
    client: FhirClient
    limits: FetchDeadlines
    judge: Callable[[], Remaining]
    """Decides about the rest from the states so far."""


@dataclass(slots=True)
class _Question:
    state: QueryState
    access: FhirAccess
    task: asyncio.Task[Fetched | FetchFailure]

    def settle(self) -> None:
        """Take the answer, if it is there."""
        if self.state.pending and self.task.done():
            record_result(self.state, self.task.result())


async def fetch_sources(states: Sequence[QueryState], access: FhirAccess, asking: FetchContext) -> None:
    """Fetch all states concurrently.

    Required sources may take the whole deadline, the rest the budget after them. Every request ends by the deadline, so
    the required sources need no separate timeout.
    """
    access = access.until(asking.client.now() + asking.limits.hard_deadline_s)
    questions = [_asked(state, access.for_source(), asking) for state in states]
    try:
        with waiting_on_io():
            rest = await _answered(questions, access.call.deadline, asking)
        for question in questions:
            if question.state.pending:
                reason = NOT_NEEDED if rest is Remaining.CANCEL else question.access.progress.reason
                record_result(question.state, FetchFailure(reason))
    finally:
        for question in questions:
            question.task.cancel()
        await asyncio.gather(*(question.task for question in questions), return_exceptions=True)


async def _answered(questions: Sequence[_Question], deadline: float, asking: FetchContext) -> Remaining:
    """Wait for the required sources, then for the rest."""
    required = [each.task for each in questions if each.state.source.need is Need.REQUIRED]
    if required:
        await asyncio.wait(required)
    return await _await_rest(questions, deadline, asking)


def _asked(state: QueryState, access: FhirAccess, asking: FetchContext) -> _Question:
    state.pending = True
    return _Question(state, access, asyncio.create_task(_ask(state, access, asking)))


async def _await_rest(questions: Sequence[_Question], deadline: float, asking: FetchContext) -> Remaining:
    """Wait for the rest while it can change the cards."""
    now, known_at = asking.client.now, asking.client.now()
    ends = min(known_at + asking.limits.budget_s, deadline)
    await _some_more(questions, min(BATCH_WINDOW_S, ends - now()), asyncio.ALL_COMPLETED)
    rest = Remaining.WAIT
    while any(question.state.pending for question in questions) and ends > now():
        rest = asking.judge()
        if rest is Remaining.CANCEL:
            break
        if rest is Remaining.WAIT_BRIEFLY:
            ends = min(ends, known_at + SLOW_AFTER_S)
        await _some_more(questions, ends - now(), asyncio.FIRST_COMPLETED)
        await _some_more(questions, min(BATCH_WINDOW_S, ends - now()), asyncio.ALL_COMPLETED)
    return rest


async def _some_more(questions: Sequence[_Question], seconds: float, until: str) -> None:
    """Wait for the next batch and record it."""
    out = [question.task for question in questions if question.state.pending]
    if out:
        await asyncio.wait(out, timeout=max(0, seconds), return_when=until)
    for question in questions:
        question.settle()


def record_result(state: QueryState, answer: Fetched | FetchFailure) -> None:
    """Take an answer as the end of a query."""
    state.pending = False
    if isinstance(answer, FetchFailure):
        state.failed = answer.reason
    elif not all(answers(state.source, page) for page in answer.pages):
        state.failed = WRONG_TYPE
    else:
        required = state.source.need is Need.REQUIRED
        state.pages += (
            with_forms_checked(page) if required and page.single_resource_type is None else page
            for page in answer.pages
        )


def answers(source: Source, page: Page) -> bool:
    """Return True if a page answers the query.

    A single resource of another type does not.
    """
    return page.single_resource_type in (None, source.resource_type)


async def _ask(state: QueryState, access: FhirAccess, asking: FetchContext) -> Fetched | FetchFailure:
    query = state.query.query(asking.patient_id)
    if state.query.is_read:
        return await read_resource(asking.client, access, query)
    return await search(asking.client, access, query, first_next=state.next)
