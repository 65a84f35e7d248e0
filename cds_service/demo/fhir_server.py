"""A small read-only FHIR R4 endpoint over the demo's charts.

It must not hold a real chart, because it has no authentication.
Tests: tests/demo/test_demo_fhir.py, tests/service/test_sandbox_replay.py.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cds_service.demo.capability import capability_statement
from cds_service.demo.charts import Charts
from cds_service.demo.links import fhir_url
from cds_service.demo.search import searchset, understood
from cds_service.demo.search_index import SEARCHABLE
from cds_service.log import note

FHIR_JSON = "application/fhir+json"
MAX_FORM_BYTES = 65_536
MAX_PARAMETERS = 100
ISSUE_TYPES = {400: "invalid", 404: "not-found", 405: "not-supported", 413: "too-long"}

ChartsFor = Callable[[], Charts]


def fhir_server(charts_for: ChartsFor, public_url: str | None) -> Starlette:
    """Return the endpoint as an application.

    Links start with `public_url`, else with the requested address.
    """

    async def metadata(request: Request) -> Response:
        return _json(capability_statement(_base(request, public_url), charts_for().day))

    async def read(request: Request) -> Response:
        kind, resource_id = request.path_params["kind"], request.path_params["id"]
        found = charts_for().read(_known(kind), resource_id)
        if found is None:
            raise HTTPException(404, f"There is no {kind} with this id in the demo.")
        return _json(found.raw)

    async def search(request: Request) -> Response:
        return _found(request, request.query_params.multi_items())

    async def search_by_form(request: Request) -> Response:
        return _found(request, [*request.query_params.multi_items(), *await _form(request)])

    def _found(request: Request, parameters: list[tuple[str, str]]) -> Response:
        query = understood(_known(request.path_params["kind"]), parameters)
        return _json(searchset(charts_for(), query, _base(request, public_url)))

    return Starlette(
        routes=[
            Route("/metadata", metadata),
            Route("/{kind}/_search", search_by_form, methods=["POST"]),
            Route("/{kind}", search),
            Route("/{kind}/{id}", read),
        ],
        exception_handlers={HTTPException: _outcome},
    )


def _base(request: Request, public_url: str | None) -> str:
    return fhir_url(public_url or str(request.base_url))


def _known(kind: str) -> str:
    if kind not in SEARCHABLE:
        raise HTTPException(404, "The demo's FHIR endpoint does not know this resource type.")
    return kind


async def _form(request: Request) -> list[tuple[str, str]]:
    """Return the pairs of a form-encoded body of any content type."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise HTTPException(413, "A search form may have 64 KiB at most.")
    try:
        return parse_qsl(body.decode(), max_num_fields=MAX_PARAMETERS)
    except ValueError as error:
        raise HTTPException(400, "The search form is not UTF-8, or has more than 100 parameters.") from error


async def _outcome(_request: Request, error: Exception) -> Response:
    status, text = (error.status_code, error.detail) if isinstance(error, HTTPException) else (500, "")
    issue = {"severity": "error", "code": ISSUE_TYPES.get(status, "processing"), "diagnostics": text}
    return _json({"resourceType": "OperationOutcome", "issue": [issue]}, status)


def _json(content: Mapping[str, Any] | msgspec.Raw, status: int = 200) -> Response:
    note(route="demo")
    return Response(msgspec.json.encode(content), status, media_type=FHIR_JSON)
