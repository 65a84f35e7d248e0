"""The chart of one call, each source known or with a reason.

Prefetch comes first, the rest from the FHIR server. Half a source must end as a gap, never as silence.
Tests: tests/fhir/test_chart.py, tests/service/test_fetch_mode.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby, pairwise

import msgspec
from msgspec import Raw

from cds_service.concurrency.offload import run_or_offload
from cds_service.errors import CdsError, WrongPatient
from cds_service.fhir.candidates.candidates import EvidenceCandidates
from cds_service.fhir.candidates.patient_links import is_former_release
from cds_service.fhir.chart.completeness import IN_PART, NOT_ENTIRE, is_searched_by_patient, shortfall
from cds_service.fhir.chart.concurrent_fetch import (
    WRONG_TYPE,
    FetchContext,
    FetchDeadlines,
    QueryState,
    Remaining,
    answers,
    fetch_sources,
    record_result,
)
from cds_service.fhir.chart.recorded_sources import RecordedSources, SourceNotRecorded
from cds_service.fhir.chart.search import FhirAccess, check_frame
from cds_service.fhir.chart.sources import SOURCES, Need, Query, Source
from cds_service.fhir.elements.dates import days
from cds_service.fhir.elements.releases import STU3
from cds_service.fhir.elements.vocabulary import STANDARD, Vocabulary
from cds_service.fhir.pages.page import (
    Entry,
    Page,
    UnreadablePage,
    read_page,
    with_forms_checked,
)
from cds_service.security.egress import FhirClient
from cds_service.security.fhir_access import LATE
from rules.facts import Days, Gap
from rules.sheet import sheet

NULL = b"null"
NOT_FETCHED = "not-fetched"
NEXT_PAGE = "next-page"
NO_PATIENT = "no-patient"
NOT_BY_PATIENT = "not-by-patient"
"""The server ignored `patient`, said so, and returned other patients."""
ASKED_ALREADY = "operation-outcome"
"""The client failed to fetch it.

The standard advises against asking again.
"""


@dataclass(frozen=True, slots=True)
class Request:
    """Input of a chart."""

    patient_id: str
    prefetch: Mapping[str, Raw]
    access: FhirAccess | None
    as_of: date
    vocabulary: Vocabulary = STANDARD
    queries: Mapping[str, tuple[Query, ...]] = field(default_factory=dict)
    """Queries of the EHR's profile by source key."""
    pages: Mapping[str, Page | UnreadablePage] = field(default_factory=dict)
    """Prefetched values already read as pages."""
    recorded_sources: RecordedSources | None = None
    """Recorded ends of the sources, for a replayed call.

    The FHIR server is not asked then.
    """


@dataclass(frozen=True, slots=True)
class Chart:
    """Resources of a call with every unread or partial source."""

    pool: EvidenceCandidates
    gaps: tuple[Gap, ...]
    partial: tuple[Gap, ...]
    fetched: int = 0
    optional: tuple[Gap, ...] = ()
    """Unread sources that no card mentions."""

    @property
    def unknown_required(self) -> tuple[Gap, ...]:
        """Gaps that leave the patient unassessable."""
        required = {source.resource_type for source in SOURCES if source.need is Need.REQUIRED}
        return tuple(gap for gap in self.gaps if gap.source in required and gap.reason not in IN_PART)


Judge = Callable[[Chart, frozenset[str]], Remaining]


def wait_for_all(_chart: Chart, _out: frozenset[str]) -> Remaining:
    """Return WAIT for the pending sources within the budget."""
    return Remaining.WAIT


async def load_chart(
    request: Request, client: FhirClient, limits: FetchDeadlines, judge: Judge = wait_for_all
) -> Chart:
    """Return the chart of a patient.

    Raises WrongPatient for a resource about another patient, and SourceNotRecorded for a replayed call without its
    recorded answers. While sources are pending, `judge` sees the chart without them, and their types.
    """
    sent = sum(len(memoryview(value)) for value in request.prefetch.values())
    states, waiting, chart = await run_or_offload(sent, lambda: _from_call(request))
    if chart is not None:
        return chart

    def judged() -> Remaining:
        return judge(
            _assembled(states, request), frozenset(state.source.resource_type for state in states if state.pending)
        )

    if request.recorded_sources is not None:
        _recall(waiting, request.recorded_sources)
    elif request.access is not None:
        await fetch_sources(waiting, request.access, FetchContext(request.patient_id, client, limits, judged))
    return await run_or_offload(_length(states), lambda: _assembled(states, request))


def _from_call(request: Request) -> tuple[list[QueryState], list[QueryState], Chart | None]:
    """Return all states, the pending ones, and the chart if none is pending."""
    states = [state for source in SOURCES for state in _states(source, request)]
    waiting = [state for state in states if state.ask]
    return states, waiting, None if waiting or request.recorded_sources is not None else _assembled(states, request)


def _assembled(states: list[QueryState], request: Request) -> Chart:
    """Return the chart as far as it is in."""
    pool = EvidenceCandidates(
        patient_id=request.patient_id,
        base=request.access.base if request.access else None,
        as_of=request.as_of,
        vocabulary=request.vocabulary,
    )
    for state in states:
        if state.ask and state.next is None and _is_in(state) and not is_searched_by_patient(state.pages):
            state.failed = _not_by_patient(state.pages, request, pool.patient)
        if _is_in(state):
            for page in state.pages:
                pool.add_page(page)
    pool.place()
    failed = [(s.source.need, Gap(s.source.resource_type, s.failed or LATE)) for s in states if not _is_in(s)]
    gaps = tuple(dict.fromkeys(gap for need, gap in failed if need is not Need.OPTIONAL))
    optional = tuple(dict.fromkeys(gap for need, gap in failed if need is Need.OPTIONAL))
    if pool.patient is None and not any(gap.source == "Patient" for gap in gaps):
        gaps = (*gaps, Gap("Patient", NO_PATIENT))
    elif pool.patient is not None and is_former_release(pool.patient):
        gaps = (*gaps, Gap("Patient", STU3))
    partial = tuple(dict.fromkeys(Gap(state.source.resource_type, NEXT_PAGE) for state in states if state.partial))
    if pool.may_be_short and (short := _short(states)):
        gaps = (*gaps, *(gap for gap in short if gap.reason != NOT_ENTIRE))
        partial = (*partial, *(gap for gap in short if gap.reason == NOT_ENTIRE))
    fetched = sum(state.ask for state in states)
    return Chart(pool, gaps, partial, fetched=fetched, optional=optional)


def _short(states: list[QueryState]) -> tuple[Gap, ...]:
    """Return the sources that came in part."""
    found = [(state, shortfall(state.pages, state.source.resource_type)) for state in states if _is_in(state)]
    return tuple(dict.fromkeys(Gap(state.source.resource_type, why) for state, why in found if why is not None))


def _length(states: list[QueryState]) -> int:
    return sum(len(memoryview(page.source)) for state in states for page in state.pages)


def _is_in(state: QueryState) -> bool:
    return state.failed is None and not state.pending


def _states(source: Source, request: Request) -> list[QueryState]:
    """Return the query states of a source.

    The source's own key holds all of it; else the profile's queries do.
    """
    own = _from_prefetch(source, source, request)
    if source.key not in request.queries or not (own.failed == NOT_FETCHED or (own.ask and own.next is None)):
        return [own]
    return [_from_prefetch(source, query, request) for query in request.queries[source.key]]


def _from_prefetch(source: Source, query: Query, request: Request) -> QueryState:
    """Return the prefetched answer of a query.

    It is pages, empty, a failure, or pending.
    """
    raw = request.prefetch.get(query.key)
    reachable = request.access is not None
    if raw is None:
        return QueryState(source, query, [], ask=reachable, failed=None if reachable else NOT_FETCHED)
    page = request.pages.get(query.key)
    if page is None and bytes(memoryview(raw)[: len(NULL) + 1]) == NULL:
        return QueryState(source, query, [])
    page = page or read_page(raw)
    if isinstance(page, Page) and not answers(source, page):
        page = UnreadablePage(WRONG_TYPE)
    if isinstance(page, Page) and source.need is Need.REQUIRED and page.single_resource_type is None:
        page = _framed(bytes(raw), page)
    if isinstance(page, UnreadablePage):
        again = reachable and page.reason != ASKED_ALREADY
        return QueryState(source, query, [], ask=again, failed=None if again else page.reason)
    if page.next is None:
        return QueryState(source, query, [page])
    if _covers_window(source, page, request.as_of):
        return QueryState(source, query, [page], partial=True)
    return QueryState(source, query, [page], ask=reachable, next=page.next, failed=None if reachable else NEXT_PAGE)


def _recall(waiting: list[QueryState], past: RecordedSources) -> None:
    """End every source as recorded.

    Raises SourceNotRecorded with the missing ones.
    """
    lost = []
    for source, group in groupby(waiting, key=lambda state: state.source):
        states = list(group)
        ends = past.ends(source, len(states))
        if ends is None:
            lost.append(source.key)
            continue
        for state, end in zip(states, ends, strict=True):
            record_result(state, end)
    if lost:
        raise SourceNotRecorded(tuple(lost))


def _not_by_patient(pages: list[Page], request: Request, patient: Raw | None) -> str | None:
    """Return the reason against a search that ignored the patient.

    Its records belong to others. The server cannot search by patient, so the source is unknown and not another
    patient's chart.
    """
    apart = EvidenceCandidates(request.patient_id, request.access.base if request.access else None, request.as_of)
    try:
        for page in pages:
            apart.add_page(page)
        apart.patient = patient
        apart.place()
    except WrongPatient:
        return NOT_BY_PATIENT
    return None


class _Dated(msgspec.Struct, gc=False):
    effectiveDateTime: str | None = None  # noqa: N815 - FHIR's own spelling


_DATED = msgspec.json.Decoder(_Dated)


def _framed(body: bytes, page: Page) -> Page | UnreadablePage:
    """Return a page without duplicate parts.

    A reader would silently lose the first one. Only required sources are checked, because without history there is no
    card at all.
    """
    try:
        check_frame(body, page)
    except CdsError as error:
        return UnreadablePage(error.code)
    return with_forms_checked(page)


def _covers_window(source: Source, page: Page, as_of: date) -> bool:
    """Return True if a first page covers the windowed rules (ADR 0002).

    Its self link must keep the sort by date, every entry must be dated, the dates never rise, and the last must be
    older than the widest window.
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
    """Return the possible days of effectiveDateTime, or None."""
    try:
        written = _DATED.decode(entry.raw).effectiveDateTime
    except (msgspec.DecodeError, RecursionError):
        return None
    return None if written is None else days(written)


def _window(as_of: date) -> timedelta:
    return sheet("evidence").days("year_days", as_of)
