"""Checks of TLS, JSON and speed.

Tests: tests/conformance/test_broken_services.py, tests/conformance/test_run.py.
"""

import re
from collections.abc import Iterator
from statistics import median
from urllib.parse import urlsplit

from cds_service.conformance.model import Check, Finding, Level, NotApplicable, NotChecked, Right, Wrong, judged
from cds_service.conformance.probes import TIMED_CALLS
from cds_service.conformance.record import OK, Exchange, Record
from cds_service.security.urls import LOOPBACK

QUICK_MS = 500
JSON_TYPE = re.compile(r"application/(?:[\w.-]+\+)?json\s*(?:;.*)?", re.IGNORECASE)


def tls(record: Record) -> Finding:
    """Judge that the base is https.

    Loopback needs no protection.
    """
    address = urlsplit(record.base)
    if address.scheme == "https":
        return Right("https, with a certificate that is trusted here")
    if address.hostname in LOOPBACK:
        return NotApplicable("a loopback address")
    return Wrong("the base URL is plain http")


def json_type(record: Record) -> Finding:
    """Judge that successful answers are declared as JSON."""
    problems = [
        f"{name}: Content-Type {each.headers.get('content-type', 'missing')}"
        for name, each in _successes(record)
        if not JSON_TYPE.fullmatch(each.headers.get("content-type", "").strip())
    ]
    return judged(problems)


def valid_json(record: Record) -> Finding:
    """Judge that a strict reader reads every successful body."""
    return _strict(record, "not-json", "is not strict JSON (UTF-8, no comments, no trailing commas, no NaN)")


def names_once(record: Record) -> Finding:
    """Judge that no object repeats an element."""
    return _strict(record, "duplicate-key", "has an object with the same name twice")


def quick(record: Record) -> Finding:
    """Judge that the median of equal calls is within half a second."""
    calls = [each for each in record.named("call.timed-").values() if each.status == OK]
    if not calls:
        return NotChecked(record.uncalled or "no ordinary call was answered 200")
    middle = median(each.milliseconds for each in calls)
    seen = f"median of {len(calls)} calls {middle:.0f} ms"
    return Wrong(seen) if middle > QUICK_MS else Right(seen)


def _strict(record: Record, problem: str, words: str) -> Finding:
    return judged([f"{name} {words}" for name, each in _successes(record) if each.json_problem == problem])


def _successes(record: Record) -> Iterator[tuple[str, Exchange]]:
    for name, each in record.named("discovery", "call.").items():
        if each.status == OK:
            yield name, each


CHECKS = (
    Check("T01", (1,), Level.SHALL, "1.0", "Everything goes over TLS; plain http is for loopback only.", tls),
    Check("T01.type", (1,), Level.SHALL, "1.0", "What succeeds is declared as JSON.", json_type),
    Check("Z04", (1, 6), Level.SHALL, "1.0", "Bodies are strict JSON in UTF-8.", valid_json),
    Check("Z04.names", (6,), Level.OURS, "1.0", "No object names an element twice: readers differ then.", names_once),
    Check("T02", (31,), Level.SHOULD, "1.0", f"The median of {TIMED_CALLS} calls is within {QUICK_MS} ms.", quick),
)
