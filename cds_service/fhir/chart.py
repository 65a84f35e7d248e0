"""The chart of one call: prefetch first, what is missing from the FHIR server, each source known or with a reason.

Must not read what resources say. Half a source is no source: it ends as a gap, never as silence.
Tests: tests/service/test_chart.py, tests/service/test_fetch_mode.py.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import msgspec
from msgspec import Raw

from cds_service.fhir.bundle import Entry, Page, Unreadable, read_page
from cds_service.fhir.dates import days
from cds_service.fhir.fetch import Failed, Fetched, FhirAccess, read_resource, search
from cds_service.fhir.pool import Pool
from cds_service.fhir.sources import SOURCES, Need, Source
from cds_service.fhir.vocabulary import STANDARD, Vocabulary
from cds_service.security.egress import FhirClient
from rules.facts import Days, Gap
from rules.rule import sheet

NULL = b"null"
NOT_FETCHED = "not-fetched"
NEXT_PAGE = "next-page"
NO_PATIENT = "no-patient"
WRONG_TYPE = "wrong-type"
ASKED_ALREADY = "operation-outcome"
"""The client asked and failed: the standard says not to ask again."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait, in seconds: for what must be known, and then for the rest."""

    hard_deadline_s: float
    budget_s: float


@dataclass(frozen=True, slots=True)
class Request:
    """What a chart is made from: whose, the prefetched values, where the rest may be asked, how codes are written."""

    patient_id: str
    prefetch: Mapping[str, Raw]
    access: FhirAccess | None
    as_of: date
    vocabulary: Vocabulary = STANDARD


@dataclass(frozen=True, slots=True)
class Chart:
    """The resources that were had, and every source that was not, or not whole."""

    pool: Pool
    gaps: tuple[Gap, ...]
    partial: tuple[Gap, ...]
    fetched: int = 0
    optional: tuple[Gap, ...] = ()
    """Sources that were not seen and that no card mentions."""

    @property
    def unknown_required(self) -> tuple[Gap, ...]:
        """The gaps without which nothing can be said."""
        required = {source.resource_type for source in SOURCES if source.need is Need.REQUIRED}
        return tuple(gap for gap in self.gaps if gap.source in required)


@dataclass(slots=True)
class _State:
    """How far a source has come: its pages, what is still to be asked, or why it failed."""

    source: Source
    pages: list[Page]
    ask: bool = False
    next: str | None = None
    failed: str | None = None
    partial: bool = False


async def load_chart(request: Request, client: FhirClient, limits: Limits) -> Chart:
    """Return the chart of a patient; raises WrongPatient when a resource of it is about somebody else."""
    states = [_from_prefetch(source, request) for source in SOURCES]
    waiting = [state for state in states if state.ask]
    if waiting and request.access is not None:
        await _fetch(waiting, request, client, limits)
    pool = Pool(
        patient_id=request.patient_id,
        base=request.access.base if request.access else None,
        as_of=request.as_of,
        vocabulary=request.vocabulary,
    )
    for state in states:
        if state.failed is None:
            for page in state.pages:
                pool.add_page(page)
    failed = [(s.source.need, Gap(s.source.resource_type, s.failed)) for s in states if s.failed is not None]
    gaps = tuple(gap for need, gap in failed if need is not Need.OPTIONAL)
    optional = tuple(gap for need, gap in failed if need is Need.OPTIONAL)
    if pool.patient is None and not any(gap.source == "Patient" for gap in gaps):
        gaps = (*gaps, Gap("Patient", NO_PATIENT))
    partial = tuple(Gap(state.source.resource_type, NEXT_PAGE) for state in states if state.partial)
    return Chart(pool, gaps, partial, fetched=len(waiting), optional=optional)


def _from_prefetch(source: Source, request: Request) -> _State:
    """Return what prefetch says of a source: pages, nothing to be found, a failure, or that it has to be asked."""
    raw = request.prefetch.get(source.key)
    reachable = request.access is not None
    if raw is None:
        return _State(source, [], ask=reachable, failed=None if reachable else NOT_FETCHED)
    if bytes(memoryview(raw)[: len(NULL) + 1]) == NULL:
        return _State(source, [])
    page = read_page(raw)
    if isinstance(page, Page) and not _answers(source, page):
        page = Unreadable(WRONG_TYPE)
    if isinstance(page, Unreadable):
        again = reachable and page.reason != ASKED_ALREADY
        return _State(source, [], ask=again, failed=None if again else page.reason)
    if page.next is None:
        return _State(source, [page])
    if _covers_window(source, page, request.as_of):
        return _State(source, [page], partial=True)
    return _State(source, [page], ask=reachable, next=page.next, failed=None if reachable else NEXT_PAGE)


async def _fetch(states: list[_State], request: Request, client: FhirClient, limits: Limits) -> None:
    """Ask for all states in parallel; what must be known may take the whole deadline, the rest a budget after it."""
    tasks = {asyncio.create_task(_ask(state, request, client)): state for state in states}
    required = {task for task, state in tasks.items() if state.source.need is Need.REQUIRED}
    try:
        if required:
            await asyncio.wait(required, timeout=limits.hard_deadline_s)
        rest = tasks.keys() - required
        if rest:
            await asyncio.wait(rest, timeout=limits.budget_s)
        for task, state in tasks.items():
            _settle(task, state)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _settle(task: "asyncio.Task[Fetched | Failed]", state: _State) -> None:
    if not task.done():
        state.failed = "late"
        return
    answer = task.result()
    if isinstance(answer, Failed):
        state.failed = answer.reason
        return
    if not all(_answers(state.source, page) for page in answer.pages):
        state.failed = WRONG_TYPE
        return
    state.pages += answer.pages


def _answers(source: Source, page: Page) -> bool:
    """Return whether a page answers the query: a resource alone, of another type than asked for, does not."""
    return page.alone in (None, source.resource_type)


async def _ask(state: _State, request: Request, client: FhirClient) -> Fetched | Failed:
    access, source = request.access, state.source
    if access is None:
        return Failed(NOT_FETCHED)
    query = source.query(request.patient_id)
    if source.is_read:
        return await read_resource(client, access, query)
    return await search(client, access, query, first_next=state.next)


class _Dated(msgspec.Struct, gc=False):
    effectiveDateTime: str | None = None  # noqa: N815 - FHIR's own spelling


_DATED = msgspec.json.Decoder(_Dated)


def _covers_window(source: Source, page: Page, as_of: date) -> bool:
    """Return whether a first page holds all that windowed rules read (design section 4).

    Its self link must still say that it is sorted by date, newest first; every entry must be dated, the dates never
    rise, and the last must be older than the widest window.
    """
    if source.need is not Need.EVIDENCE or "_sort=-date" not in (page.self_link or ""):
        return False
    dates = [_day(entry) for entry in page.entries]
    sure = [found.first for found in dates if found is not None and found.first == found.last]
    if not sure or len(sure) < len(dates):
        return False
    falling = all(earlier <= later for later, earlier in pairwise(sure))
    return falling and sure[-1] < as_of - _window(as_of)


def _day(entry: Entry) -> Days | None:
    """Return the days that an entry's effectiveDateTime may mean; None without one that can be read."""
    try:
        written = _DATED.decode(entry.raw).effectiveDateTime
    except (msgspec.DecodeError, RecursionError):
        return None
    return None if written is None else days(written)


def _window(as_of: date) -> timedelta:
    return sheet("evidence").days("year_days", as_of)
