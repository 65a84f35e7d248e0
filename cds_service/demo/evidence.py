"""GET /demo/evidence, the evidence view of a fictional chart.

It must not be mounted outside the demo, because it has no authentication.
Tests: tests/evidence_view/test_demo_evidence.py.
"""

from collections.abc import Callable
from datetime import date

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cards.words import Language
from cds_service.demo.charts import Charts
from cds_service.evidence_view.html import evidence_html, page_headers
from cds_service.evidence_view.page_model import page_of
from cds_service.fhir.chart.local_chart import chart_of
from cds_service.log import note


def evidence_route(charts_for: Callable[[], Charts]) -> Route:
    """Return the route.

    The query names patient, day and language.
    """

    def read(request: Request) -> Response:
        note(route="demo")
        charts = charts_for()
        stored = charts.by_patient.get(request.query_params.get("patient", ""))
        if stored is None:
            raise HTTPException(404)
        as_of = _day(request.query_params.get("asOf"), charts.day)
        language = _language(request.query_params.get("language", Language.ENGLISH))
        patient = request.query_params["patient"]
        page = page_of(chart_of([bytes(item.raw) for item in stored], patient, as_of), as_of, language)
        return Response(evidence_html(page, drop_query=False), headers=page_headers(), media_type="text/html")

    return Route("/demo/evidence", read, methods=["GET"])


def _day(text: str | None, otherwise: date) -> date:
    try:
        return otherwise if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise HTTPException(400) from error


def _language(text: str) -> Language:
    try:
        return Language(text)
    except ValueError as error:
        raise HTTPException(400) from error
