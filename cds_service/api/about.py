"""GET /about, the page behind a card's source.

It must not show anything of a patient or run a script. It is made from the files in rules/.
Tests: tests/api/test_about.py, tests/api/test_about_page.py.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cds_service.clock import Clock
from cds_service.log import note
from rules.registry import overdue

POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer", "Cache-Control": "max-age=3600"}
ROUTE = "about"


def about_routes(clock: Clock) -> list[Route]:
    """Return the routes of the page.

    It is public and may be cached.
    """

    def about(_request: Request) -> Response:
        from cds_service.publication.pages import about_html  # noqa: PLC0415 - made for the first reader, not at start

        note(route=ROUTE)
        return Response(about_html(overdue(clock.today())), headers=HEADERS, media_type="text/html")

    def style(_request: Request) -> Response:
        from cds_service.publication.pages import about_css  # noqa: PLC0415 - as above

        note(route=ROUTE)
        return Response(about_css(), headers=HEADERS, media_type="text/css")

    return [Route("/about", about, methods=["GET"]), Route("/about.css", style, methods=["GET"])]
