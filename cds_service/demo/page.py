"""The demo's page with its files, patients and feedback.

No inline script or style, nothing from elsewhere, and no record text in HTML.
Tests: tests/demo/test_demo.py, tests/demo/test_demo_markdown.py, tests/demo/test_demo_feedback.py.
"""

from collections.abc import Awaitable, Callable
from functools import cache
from importlib.resources import files

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cds_service.api.body import BodyLimits, read_body
from cds_service.demo.charts import Charts
from cds_service.demo.links import sandbox_url
from cds_service.demo.received_feedback import ReceivedFeedback
from cds_service.errors import InvalidRequest, NotJson
from cds_service.log import note
from rules.registry import RULES

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
JSON = "application/json"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""Served file types.

Other files of the folder are not served.
"""
DETAIL_LIMITS = BodyLimits(max_bytes=64 * 1024, seconds=5.0)

ChartsFor = Callable[[], Charts]
Endpoint = Callable[[Request], Awaitable[Response]]


def page_routes(charts_for: ChartsFor, received: ReceivedFeedback, public_url: str | None) -> list[Route]:
    """Return the routes of the page and its requests."""
    static_files()
    rules = msgspec.json.encode({rule.id: rule.info.title for rule in RULES})

    async def index(_request: Request) -> Response:
        return _file("index.html")

    async def static(request: Request) -> Response:
        return _file(request.path_params["name"])

    async def titles(_request: Request) -> Response:
        return _sent(rules)

    async def feedback(_request: Request) -> Response:
        return _sent(received.as_json())

    return [
        Route("/", index),
        Route("/demo/static/{name}", static),
        Route("/demo/patients", _patients(charts_for, public_url)),
        Route("/demo/rules", titles),
        Route("/demo/feedback", feedback),
        Route("/demo/markdown", _markdown, methods=["POST"]),
    ]


def _patients(charts_for: ChartsFor, public_url: str | None) -> Endpoint:
    async def patients(request: Request) -> Response:
        base = public_url or str(request.base_url)
        charts = charts_for()
        listed = [
            {
                "id": portrait.id,
                "name": portrait.name,
                "gender": portrait.gender,
                "birthDate": portrait.birth_date,
                "about": portrait.about,
                "moments": [{"asOf": moment.as_of.isoformat(), "label": moment.label} for moment in portrait.moments],
                "sandbox": sandbox_url(base, portrait.id),
            }
            for portrait in charts.portraits
        ]
        return _sent(msgspec.json.encode({"today": charts.day.isoformat(), "patients": listed}))

    return patients


class _Detail(msgspec.Struct):
    markdown: str


async def _markdown(request: Request) -> Response:
    """Return a card's detail as HTML for the page."""
    from cds_service.demo.markdown import safe_html  # noqa: PLC0415 - made for the first reader, not at start

    try:
        detail = msgspec.json.decode(await read_body(request.scope, request.receive, DETAIL_LIMITS), type=_Detail)
    except msgspec.ValidationError as error:
        raise InvalidRequest("markdown", "is required, as a string") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotJson from error
    return _sent(msgspec.json.encode({"html": safe_html(detail.markdown)}))


@cache
def static_files() -> dict[str, bytes]:
    """Return the page's files, read once."""
    folder = files("cds_service.demo") / "static"
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.name.endswith(tuple(TYPES))}


def _file(name: str) -> Response:
    if name not in static_files():
        raise HTTPException(404)
    return _sent(static_files()[name], TYPES[name[name.rfind(".") :]])


def _sent(content: bytes, media_type: str = JSON) -> Response:
    note(route="demo")
    return Response(content, media_type=media_type, headers=HEADERS)
