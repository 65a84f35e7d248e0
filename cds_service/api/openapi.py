"""GET /openapi.json, requests and answers of this service.

Production must not serve it. Each status belongs to an error of cds_service.errors.
Tests: tests/api/test_openapi.py, tests/generative/test_schemathesis.py.
"""

from collections.abc import Iterable
from functools import cache

from fastapi import FastAPI

from cds_service import errors
from cds_service.api.schemas import Schema, call_name, call_request, record, ref, schemas
from cds_service.errors import CdsError
from cds_service.hooks import HookService
from rules.registry import RULESET

JSON = "application/json"
FHIR_JSON = "application/fhir+json"
SECURITY = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
OPTIONAL_TOKEN: list[Schema] = [{}, {"bearer": []}]
ABOUT = (
    "A CDS Hooks service that proposes a work-up when findings after breast cancer suggest that it has come back. "
    "Every answer that is not 200 is an OperationOutcome with a stable code and an id. A token is wanted where clients "
    "are registered; in production each call needs one, and this page is not served. 500 is a mistake of ours."
)
GATE = (401, 503)
"""Statuses before a request is read."""
BODY = (400, 408, 413, 415)
"""Statuses for a faulty body."""


def describe(app: FastAPI, services: Iterable[HookService]) -> None:
    """Describe these services in the application's document.

    It is made when first requested.
    """
    listed = tuple(services)

    @cache
    def document() -> Schema:
        return _document(listed)

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's own way to a document of one's own


def _document(services: tuple[HookService, ...]) -> Schema:
    calls = {call_name(service): call_request(service) for service in services}
    return {
        "openapi": "3.1.0",
        "info": {"title": "recurrence-cds", "version": RULESET, "description": ABOUT},
        "paths": {
            "/cds-services": {"get": _discovery()},
            **{f"/cds-services/{service.id}": {"post": _call(service)} for service in services},
            **{f"/cds-services/{service.id}/feedback": {"post": _feedback(service)} for service in services},
            "/health/live": {"get": _health("live", (405,))},
            "/health/ready": {"get": _health("ready", (405, 503))},
        },
        "components": {
            "schemas": schemas() | calls,
            "responses": {f"E{status}": _error(status) for status in sorted({kind.status for kind in _kinds()})},
            "securitySchemes": SECURITY,
        },
    }


def _discovery() -> Schema:
    return {
        "operationId": "discovery",
        "summary": "What this service offers",
        "security": OPTIONAL_TOKEN,
        "responses": _answers("Discovery", *GATE, 405),
    }


def _call(service: HookService) -> Schema:
    return {
        "operationId": service.id,
        "summary": service.title,
        "description": f"{service.description} {service.usage_requirements}",
        "security": OPTIONAL_TOKEN,
        "requestBody": _body(call_name(service)),
        "responses": _answers("Answer", *GATE, *BODY, 404, 405, 412),
    }


def _feedback(service: HookService) -> Schema:
    return {
        "operationId": f"{service.id}-feedback",
        "summary": "What became of cards",
        "security": OPTIONAL_TOKEN,
        "requestBody": _body("FeedbackRequest"),
        "responses": _answers("FeedbackAnswer", *GATE, *BODY, 404, 405),
    }


def _health(name: str, statuses: Iterable[int]) -> Schema:
    return {
        "operationId": name,
        "summary": f"Whether the service is {name}",
        "responses": {
            "200": {
                "description": "It is.",
                "content": {JSON: {"schema": record({"status": {"const": name}}, closed=False)}},
            },
            **{str(status): {"$ref": f"#/components/responses/E{status}"} for status in sorted(statuses)},
        },
    }


def _body(schema: str) -> Schema:
    return {"required": True, "content": {JSON: {"schema": ref(schema)}}}


def _answers(schema: str, *statuses: int) -> Schema:
    """Return the good answer and the errors of an operation."""
    good = {"description": "The answer.", "content": {JSON: {"schema": ref(schema)}}}
    return {
        "200": good,
        **{str(status): {"$ref": f"#/components/responses/E{status}"} for status in sorted(statuses)},
    }


def _error(status: int) -> Schema:
    codes = sorted({kind.code for kind in _kinds() if kind.status == status})
    described = f"An OperationOutcome with one of the codes {', '.join(codes)}."
    return {"description": described, "content": {FHIR_JSON: {"schema": ref("Error")}}}


def _kinds(kind: type[CdsError] = errors.CdsError) -> list[type[CdsError]]:
    """Return every error of the API, without those of pages."""
    below = [each for each in kind.__subclasses__() if each.in_openapi]
    return [found for each in below for found in (each, *_kinds(each))]
