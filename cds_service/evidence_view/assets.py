"""Style, script and charts library of the page.

No other file of the folders may be served.
Tests: tests/evidence_view/test_assets.py.
"""

from functools import cache
from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cds_service.log import note

ROUTE = "evidence"
CHARTS = "echarts.min.js"
_FILES = {
    "evidence.css": ("static", "text/css; charset=utf-8"),
    "evidence.js": ("static", "text/javascript; charset=utf-8"),
    "icon.svg": ("static", "image/svg+xml"),
    CHARTS: ("vendor", "text/javascript; charset=utf-8"),
}
"""Every file with its folder and its type."""


def asset_route() -> Route:
    """Return the route of all files."""

    def read(request: Request) -> Response:
        note(route=ROUTE)
        name = request.path_params["name"]
        content = _content(name) if name in _FILES else None
        if content is None:
            raise HTTPException(404)
        return Response(content, headers={"Cache-Control": "max-age=3600"}, media_type=_FILES[name][1])

    return Route("/evidence/{name}", read, methods=["GET"])


def has_plots() -> bool:
    """Return True if the charts library is installed.

    `make assets` fetches it, and the wheel has it.
    """
    return _content(CHARTS) is not None


@cache
def _content(name: str) -> bytes | None:
    file = files("cds_service.evidence_view") / _FILES[name][0] / name
    return file.read_bytes() if file.is_file() else None
