"""The demo's page: a list of patients, and the cards the service answers when one is opened.

Must not run inline script or style, load anything from elsewhere, or put record text into HTML.
Tests: tests/service/test_demo.py.
"""

from collections.abc import Callable
from functools import cache
from importlib.resources import files

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cds_service.demo.charts import Charts
from cds_service.demo.links import sandbox_url
from cds_service.log import note

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
STATIC = {
    "index.html": "text/html; charset=utf-8",
    "demo.css": "text/css; charset=utf-8",
    "demo.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
"""Every file of the page with its type; nothing else in the folder is served."""


def page_routes(charts_for: Callable[[], Charts], public_url: str | None) -> list[Route]:
    """Return the routes of the page: itself at `/`, its files, and its list of patients."""
    static_files()

    async def index(_request: Request) -> Response:
        return _file("index.html")

    async def static(request: Request) -> Response:
        return _file(request.path_params["name"])

    async def patients(request: Request) -> Response:
        base = public_url or str(request.base_url)
        listed = [
            {
                "id": portrait.id,
                "name": portrait.name,
                "gender": portrait.gender,
                "birthDate": portrait.birth_date,
                "about": portrait.about,
                "sandbox": sandbox_url(base, portrait.id),
            }
            for portrait in charts_for().portraits
        ]
        return _sent(msgspec.json.encode(listed), "application/json")

    return [Route("/", index), Route("/demo/static/{name}", static), Route("/demo/patients", patients)]


@cache
def static_files() -> dict[str, bytes]:
    """Return the page's files, read once."""
    folder = files("cds_service.demo") / "static"
    return {name: (folder / name).read_bytes() for name in STATIC}


def _file(name: str) -> Response:
    if name not in STATIC:
        raise HTTPException(404)
    return _sent(static_files()[name], STATIC[name])


def _sent(content: bytes, media_type: str) -> Response:
    note(route="demo")
    return Response(content, media_type=media_type, headers=HEADERS)
