"""Signs that the pages of a source are less than the source.

A page must not count as whole if its server says otherwise.
Tests: tests/fhir/test_completeness.py.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec
from msgspec import Raw

from cds_service.fhir.candidates.labels import label_of
from cds_service.fhir.elements.modifiers import REDACTED, SUBSETTED
from cds_service.fhir.pages.page import Page, is_outcome
from cds_service.fhir.pages.summary import ABSENT, FRAME, NO_RESOURCE, Coding, Lenient, OperationOutcome

INCOMPLETE: Final = "incomplete"
"""The server returned less than it holds."""
SUPPRESSED: Final = "suppressed"
"""The server withheld entries."""
NOT_ENTIRE: Final = "not-entire"
"""The server returned what this user may see."""
IN_PART: Final = frozenset({INCOMPLETE, SUPPRESSED, NOT_ENTIRE, SUBSETTED, REDACTED})
"""Reasons of a source that came in part."""
_SAID_BY_EPIC, _NOTE = "4119", "may not contain the entire"
_CUT_SHORT = frozenset({"incomplete", "throttled", "too-costly", "timeout", "transient"})
_PRIVATE = frozenset({SUPPRESSED, "security", "forbidden"})
_WITHHELD = frozenset({"401", "403"})
_BY_PATIENT = re.compile(r"[?&](?:patient|subject)(?:%3A|:)?(?:Patient)?=", re.IGNORECASE)
_INCLUDE = re.compile(rb'"include"')


class _Details(msgspec.Struct, gc=False):
    coding: list[Coding] | None = None
    text: str = ""


class _Issue(msgspec.Struct, gc=False):
    severity: str | None = None
    code: str | None = None
    details: _Details | None = None
    diagnostics: str = ""


class _Outcome(msgspec.Struct, gc=False):
    issue: Raw = ABSENT


class _Response(msgspec.Struct, gc=False):
    status: str = ""


_ISSUES = Lenient(list[_Issue])
_OUTCOME = Lenient(_Outcome)
_RESPONSE = Lenient(_Response)
_TOTAL = Lenient(int)


def shortfall(pages: Sequence[Page], kind: str) -> str | None:
    """Return the reason why pages are less than their source, or None."""
    found: set[str] = set()
    for page in pages:
        found.update(_remarks(page))
        if page.frame is not None and (label := label_of(page.frame.meta)):
            found.add(label)
    if not found and all(page.frame is None or page.frame.total is ABSENT for page in pages):
        return None
    for reason in (SUPPRESSED, INCOMPLETE, *sorted(found)):
        if reason in found and reason != NOT_ENTIRE:
            return reason
    if is_short(pages, kind):
        return INCOMPLETE
    return NOT_ENTIRE if found else None


def _remarks(page: Page) -> Iterable[str]:
    """Return the reasons in the OperationOutcomes of a page."""
    if page.summaries is not None and OperationOutcome not in map(type, page.summaries):
        return ()
    return _reasons(page)


def _reasons(page: Page) -> Iterator[str]:
    """Yield the reasons in the OperationOutcomes of a page."""
    for issues in _issues(page):
        for issue in _ISSUES.read(issues) or ():
            if (reason := reason_of(issue)) is not None:
                yield reason


def reason_of(issue: _Issue) -> str | None:
    """Return the reason in one issue of an OperationOutcome."""
    details = issue.details or _Details()
    codes = {coding.code for coding in details.coding or ()}
    if issue.code in _PRIVATE:
        return SUPPRESSED
    if issue.code in _CUT_SHORT:
        return INCOMPLETE if issue.severity != "information" else NOT_ENTIRE
    is_noted = any(_NOTE in written.lower() for written in (details.text, issue.diagnostics))
    return NOT_ENTIRE if _SAID_BY_EPIC in codes or is_noted else None


def _issues(page: Page) -> Iterable[Raw]:
    """Yield the issues of each OperationOutcome of a page."""
    if page.summaries is None:
        for entry in page.slices:
            frame = FRAME.read(entry.raw)
            outcome = _OUTCOME.read(entry.raw) if frame and frame.resourceType == OperationOutcome.__name__ else None
            if outcome is not None:
                yield outcome.issue
    else:
        for glance in page.summaries:
            if isinstance(glance, OperationOutcome) and glance is not NO_RESOURCE:
                yield glance.issue


def is_short(pages: Sequence[Page], kind: str) -> bool:
    """Return True if a total is greater than the matches.

    Remarks may be counted in a total, included resources are not.
    """
    totals = [total for page in pages if page.frame is not None and (total := _TOTAL.read(page.frame.total))]
    if not totals or pages[-1].next is not None:
        return False
    return max(totals) > sum(_matches(page, kind) for page in pages)


def _matches(page: Page, kind: str) -> int:
    """Return the number of matches and remarks of a page."""
    if page.summaries is None or _INCLUDE.search(memoryview(page.source)):
        frames = [(entry.mode, FRAME.read(entry.raw)) for entry in page.slices]
        known = (kind, OperationOutcome.__name__)
        return sum(1 for mode, frame in frames if mode != "include" and (frame is None or frame.resourceType in known))
    forms = Counter(map(type, page.summaries))
    return sum(times for form, times in forms.items() if form.__name__ == kind) + forms[OperationOutcome]


def is_searched_by_patient(pages: Sequence[Page]) -> bool:
    """Return False if a server searched without the patient.

    Its self link then has no patient, and an entry remarks on it.
    """
    first = pages[0] if pages else None
    if first is None or first.self_link is None or _BY_PATIENT.search(first.self_link):
        return True
    return not any(is_outcome(entry) for entry in first.slices)


def is_refused(response: Raw) -> bool:
    """Return True for an entry of a batch that failed."""
    found = _RESPONSE.read(response)
    return found is not None and found.status[:1] in ("4", "5")


def is_withheld(response: Raw) -> bool:
    """Return True for an entry that the server refused."""
    found = _RESPONSE.read(response)
    return found is not None and found.status[:3] in _WITHHELD
