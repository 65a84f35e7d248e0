"""GET /fhir/{type}/{id}, the knowledge as FHIR R4 artefacts.

There is no search; the Library lists all of them.
Tests: tests/api/test_artefact_route.py.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cds_service.errors import NotFound
from cds_service.log import note

FHIR_JSON = "application/fhir+json"
ROUTE = "artefact"


def artefact_route() -> Route:
    """Return the route of all artefacts, each made once."""

    def read(request: Request) -> Response:
        from cds_service.publication.artefacts.library import artefact  # noqa: PLC0415 - made for the first reader

        note(route=ROUTE)
        content = artefact(request.path_params["kind"], request.path_params["id"])
        if content is None:
            raise NotFound("There is no such artefact. Library/recurrence-work-up lists all of them.")
        return Response(content, headers={"Cache-Control": "max-age=3600"}, media_type=FHIR_JSON)

    return Route("/fhir/{kind}/{id}", read, methods=["GET"])
