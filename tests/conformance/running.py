"""Runs of the checks against an ASGI application in memory.

It must not look at what came out, but for picking it.
Its tests are those that import it.
"""

from datetime import date
from typing import Any

import httpx
from starlette.types import ASGIApp

from cds_service.conformance.model import Outcome
from cds_service.conformance.patients import provoking_patient
from cds_service.conformance.run import Options, Report, Result, conformance_report

TODAY = date(2026, 6, 15)
BASE = "http://127.0.0.1:8000"
UNKEPT = (Outcome.FAIL, Outcome.WARN)


async def report_on(app: ASGIApp, **options: Any) -> Report:  # noqa: ANN401 - what Options takes
    """Return the report on an application."""
    given = {"url": BASE, "provoking": provoking_patient(TODAY), **options}
    return await conformance_report(Options(**given), httpx.ASGITransport(app, raise_app_exceptions=False))


def unkept(report: Report) -> dict[str, str]:
    """Return the checks that failed or warned, with what they saw."""
    return {result.check.id: result.seen for result in report.results if result.outcome in UNKEPT}


def result_of(report: Report, check: str) -> Result:
    """Return what one check found."""
    return next(result for result in report.results if result.check.id == check)
