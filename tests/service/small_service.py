"""The smallest service that goes through the whole shell: it reads the envelope and answers with no cards.

It must not know medicine: what the real service answers is tested elsewhere.
Its tests are those that import it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from cds_service.app import create_app
from cds_service.config.settings import Settings
from cds_service.errors import CdsError
from cds_service.hooks import HookService
from cds_service.hooks.context import HookContext
from cds_service.hooks.request import parse_request
from cds_service.smart import errors  # noqa: F401 - a branch of the tree
from cds_service.strict_json import Body

PATH = "/cds-services/small"
NO_CARDS = b'{"cards":[]}'
CALL = {
    "hook": "patient-view",
    "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "context": {"userId": "Practitioner/example", "patientId": "1288992"},
}


async def _no_cards(body: Body, context: HookContext) -> bytes:
    envelope = parse_request(body, "patient-view")
    if envelope.fhir_server is not None:
        context.fhir.access(envelope.fhir_server, envelope.access_token)
    return NO_CARDS


SMALL = HookService(
    id="small",
    hook="patient-view",
    title="Small",
    description="Answers with no cards.",
    usage_requirements="None.",
    prefetch={"patient": "Patient/{{context.patientId}}"},
    call=_no_cards,
)


def failing_with(exception: Exception) -> HookService:
    """Return a service whose every call raises the exception."""

    async def fail(_body: Body, _runtime: HookContext) -> bytes:
        raise exception

    return HookService("small", "patient-view", "Failing", "Fails.", "", {}, fail)


def small_app(settings: Settings | None = None, service: HookService = SMALL) -> FastAPI:
    """Return the application with the small service alone."""
    return create_app(settings or Settings(), hooks=(service,))


@asynccontextmanager
async def calling(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of the application, over an in-memory transport."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service.test") as client:
        yield client


def error_code(answer: httpx.Response) -> str:
    """Return the code of an OperationOutcome, which is the form of every error."""
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    (issue,) = outcome["issue"]
    assert issue["severity"] == "error"
    assert issue["diagnostics"] == f"error id {outcome['id']}"
    assert answer.headers["content-type"] == "application/fhir+json"
    return str(issue["details"]["coding"][0]["code"])


def every_error(kind: type[CdsError] = CdsError) -> list[type[CdsError]]:
    """Return every class of the tree of errors, with the branch that stands in a module of its own."""
    return [kind, *(below for sub in kind.__subclasses__() for below in every_error(sub))]
