"""The chart of one call: prefetch first, what is missing from the FHIR server, each source known or with a reason.

Must not read what resources say. Half a source is no source: it ends as a gap, never as silence.
Tests: tests/service/test_chart.py, tests/service/test_fetch_mode.py.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby, pairwise

import msgspec
from msgspec import Raw

from cds_service.errors import CdsError, WrongPatient
from cds_service.fhir.bundle import Entry, Page, Unreadable, is_searched_by_patient, read_page
from cds_service.fhir.dates import days
from cds_service.fhir.fetch import Failed, Fetched, FhirAccess, check_frame, read_resource, search
from cds_service.fhir.past import NotAtHand, Past
from cds_service.fhir.person import is_former_release
from cds_service.fhir.pool import Pool
from cds_service.fhir.releases import STU3
from cds_service.fhir.sources import SOURCES, Need, Query, Source
from cds_service.fhir.vocabulary import STANDARD, Vocabulary
from cds_service.security.egress import FhirClient
from rules.facts import Days, Gap
from rules.rule import sheet

NULL = b"null"
NOT_FETCHED = "not-fetched"
NEXT_PAGE = "next-page"
NO_PATIENT = "no-patient"
NOT_BY_PATIENT = "not-by-patient"
"""The server dropped `patient` from the search, said so, and returned records of others."""
WRONG_TYPE = "wrong-type"
ASKED_ALREADY = "operation-outcome"
"""The client asked and failed: the standard says not to ask again."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait, in seconds: for the whole chart, and for the rest once what must be known is in."""

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
    queries: Mapping[str, tuple[Query, ...]] = field(default_factory=dict)
    """What an EHR is asked instead of what discovery publishes, by the key of the source."""
    past: Past | None = None
    """How the sources of a call that is made again ended: then nothing is asked."""


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
    """How far a query of a source has come: its pages, what is still to be asked, or why it failed."""

    source: Source
    query: Query
    pages: list[Page]
    ask: bool = False
    next: str | None = None
    failed: str | None = None
    partial: bool = False


@dataclass(frozen=True, slots=True)
class _Asking:
    """What all questions of one call have in common."""

    patient_id: str
    client: FhirClient
    limits: Limits


async def load_chart(request: Request, client: FhirClient, limits: Limits) -> Chart:
    """Return the chart of a patient; raises WrongPatient when a resource of it is about somebody else.

    Raises NotAtHand when it is to be made again and what a server answered then is not there.
    """
    states = [state for source in SOURCES for state in _states(source, request)]
    waiting = [state for state in states if state.ask]
    if request.past is not None:
        _recall(waiting, request.past)
    elif waiting and request.access is not None:
        await _fetch(waiting, request.access, _Asking(request.patient_id, client, limits))
    pool = Pool(
        patient_id=request.patient_id,
        base=request.access.base if request.access else None,
        as_of=request.as_of,
        vocabulary=request.vocabulary,
    )
    for state in states:
        if state.ask and state.next is None and state.failed is None and not is_searched_by_patient(state.pages):
            state.failed = _not_by_patient(state.pages, request)
        if state.failed is None:
            for page in state.pages:
                pool.add_page(page)
    failed = [(s.source.need, Gap(s.source.resource_type, s.failed)) for s in states if s.failed is not None]
    gaps = tuple(dict.fromkeys(gap for need, gap in failed if need is not Need.OPTIONAL))
    optional = tuple(dict.fromkeys(gap for need, gap in failed if need is Need.OPTIONAL))
    if pool.patient is None and not any(gap.source == "Patient" for gap in gaps):
        gaps = (*gaps, Gap("Patient", NO_PATIENT))
    elif pool.patient is not None and is_former_release(pool.patient):
        gaps = (*gaps, Gap("Patient", STU3))
    partial = tuple(dict.fromkeys(Gap(state.source.resource_type, NEXT_PAGE) for state in states if state.partial))
    return Chart(pool, gaps, partial, fetched=len(waiting), optional=optional)


def _states(source: Source, request: Request) -> list[_State]:
    """Return how far the queries of a source have come: its own, or where that has to be asked those of the profile.

    What stands under the key of the source is the whole of it, as discovery asks for it.
    """
    own = _from_prefetch(source, source, request)
    if source.key not in request.queries or not (own.failed == NOT_FETCHED or (own.ask and own.next is None)):
        return [own]
    return [_from_prefetch(source, query, request) for query in request.queries[source.key]]


def _from_prefetch(source: Source, query: Query, request: Request) -> _State:
    """Return what prefetch says of a query: pages, nothing to be found, a failure, or that it has to be asked."""
    raw = request.prefetch.get(query.key)
    reachable = request.access is not None
    if raw is None:
        return _State(source, query, [], ask=reachable, failed=None if reachable else NOT_FETCHED)
    if bytes(memoryview(raw)[: len(NULL) + 1]) == NULL:
        return _State(source, query, [])
    page = read_page(raw)
    if isinstance(page, Page) and not _answers(source, page):
        page = Unreadable(WRONG_TYPE)
    if isinstance(page, Page) and source.need is Need.REQUIRED and page.alone is None:
        page = _framed(bytes(raw), page)
    if isinstance(page, Unreadable):
        again = reachable and page.reason != ASKED_ALREADY
        return _State(source, query, [], ask=again, failed=None if again else page.reason)
    if page.next is None:
        return _State(source, query, [page])
    if _covers_window(source, page, request.as_of):
        return _State(source, query, [page], partial=True)
    return _State(source, query, [page], ask=reachable, next=page.next, failed=None if reachable else NEXT_PAGE)


async def _fetch(states: list[_State], access: FhirAccess, asking: _Asking) -> None:
    """Ask for all states in parallel; what must be known may take the whole deadline, the rest a budget after it.

    No request outlives the deadline, so that what must be known needs no clock of its own here.
    """
    client, limits = asking.client, asking.limits
    access = access.until(client.now() + limits.hard_deadline_s)
    begun = [(state, access.for_source()) for state in states]
    tasks = [asyncio.create_task(_ask(state, mine, asking)) for state, mine in begun]
    try:
        required = [task for task, state in zip(tasks, states, strict=True) if state.source.need is Need.REQUIRED]
        if required:
            await asyncio.wait(required)
        left = access.call.deadline - client.now()
        await asyncio.wait(tasks, timeout=max(0, min(limits.budget_s, left)))
        for task, (state, mine) in zip(tasks, begun, strict=True):
            _settle(state, task.result() if task.done() else Failed(mine.progress.reason))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _recall(waiting: list[_State], past: Past) -> None:
    """End every source that was asked as it ended then; or raise NotAtHand with those that can't be had again."""
    lost = []
    for source, group in groupby(waiting, key=lambda state: state.source):
        states = list(group)
        ends = past.ends(source, len(states))
        if ends is None:
            lost.append(source.key)
            continue
        for state, end in zip(states, ends, strict=True):
            _settle(state, end)
    if lost:
        raise NotAtHand(tuple(lost))


def _settle(state: _State, answer: Fetched | Failed) -> None:
    if isinstance(answer, Failed):
        state.failed = answer.reason
        return
    if not all(_answers(state.source, page) for page in answer.pages):
        state.failed = WRONG_TYPE
        return
    state.pages += answer.pages


def _not_by_patient(pages: list[Page], request: Request) -> str | None:
    """Return why a search can't be used that the server says it did without the patient: others' records are in it.

    That is a server that can't search so, not a chart of two people: the source is unknown, and nobody else's.
    """
    apart = Pool(request.patient_id, request.access.base if request.access else None, request.as_of)
    try:
        for page in pages:
            apart.add_page(page)
    except WrongPatient:
        return NOT_BY_PATIENT
    return None


def _answers(source: Source, page: Page) -> bool:
    """Return whether a page answers the query: a resource alone, of another type than asked for, does not."""
    return page.alone in (None, source.resource_type)


async def _ask(state: _State, access: FhirAccess, asking: _Asking) -> Fetched | Failed:
    query = state.query.query(asking.patient_id)
    if state.query.is_read:
        return await read_resource(asking.client, access, query)
    return await search(asking.client, access, query, first_next=state.next)


class _Dated(msgspec.Struct, gc=False):
    effectiveDateTime: str | None = None  # noqa: N815 - FHIR's own spelling


_DATED = msgspec.json.Decoder(_Dated)


def _framed(body: bytes, page: Page) -> Page | Unreadable:
    """Return a page unless it names a part twice, so that a reader would lose the first in silence.

    Only what must be known is looked at: without the history there is no card at all, and it is a small part of a call.
    """
    try:
        check_frame(body, page)
    except CdsError as error:
        return Unreadable(error.code)
    return page


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
