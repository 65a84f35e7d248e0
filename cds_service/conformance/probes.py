"""Planned requests of a run by name.

Names beginning with `call.` are well-formed calls of the service.
Tests: tests/conformance/test_probes.py.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from cds_service.conformance.patients import Patient, Resource
from cds_service.conformance.prefetch import SERVER, prefetch_of
from cds_service.conformance.record import Ask

HOOK = "patient-view"
OTHER_HOOK = "conformance-no-such-hook"
TOKEN_MARK = "conformance-made-up-fhir-token"  # noqa: S105 - made up, to be looked for in answers
USER_TYPES = ("Practitioner", "PractitionerRole", "Patient", "RelatedPerson")
UUIDS = {
    "v1": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "v4": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "v7": "0190a6e2-7c1b-7a3e-9d52-0f3b8a6c4e11",
    "upper": "8E5C0F2A-63B1-4D7C-9A44-5F1D2C3B4A59",
}
TIMED_CALLS = 5
MOST_KEYS = 20
"""Maximum number of prefetch keys left out one by one."""
REQUIRED = {
    "hook": ("hook",),
    "hookInstance": ("hookInstance",),
    "context": ("context",),
    "patientId": ("context", "patientId"),
    "userId": ("context", "userId"),
}
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
PAGE_TWO = {"relation": "next", "url": f"{SERVER}/page/2"}
MALFORMED = {
    "cut": b'{"hook": "patient-view", "context": {',
    "empty": b"",
    "text": b"hook=patient-view",
    "array": b"[]",
    "string": b'"patient-view"',
    "null": b"null",
}
ODD: Mapping[str, Mapping[str, object]] = {
    "context-text": {"context": "Patient/1"},
    "context-array": {"context": []},
    "patient-number": {"context": {"userId": "Practitioner/example", "patientId": 7}},
    "instance-number": {"hookInstance": 7},
    "hook-object": {"hook": {}},
    "prefetch-array": {"prefetch": []},
    "prefetch-text": {"prefetch": "none"},
}


class Plan:
    """Requests for one service of discovery.

    The patients are ours, or the user's own as the second.
    """

    def __init__(self, service: Mapping[str, Any], quiet: Patient, provoking: Patient) -> None:
        self.path = f"/cds-services/{service['id']}"
        self._templates = service.get("prefetch")
        self._quiet = quiet
        self._provoking = provoking

    def calls(self) -> dict[str, Ask]:
        """Return all requests to the service itself, by name."""
        named = {**dict(self._well_formed()), **dict(self._without_data()), **dict(self._ill_formed())}
        return {name: self.post(body) for name, body in named.items()} | dict(self._raw())

    def body(self, name: str, patient: Patient | None = None, /, **changes: object) -> Resource:
        """Return the body of a call.

        Its hookInstance follows from the probe's name.
        """
        patient = patient or self._provoking
        return {
            "hook": HOOK,
            "hookInstance": str(uuid5(NAMESPACE_URL, f"{self.path}/{name}")),
            "context": {"userId": "Practitioner/example", "patientId": patient.id},
            "prefetch": prefetch_of(self._templates, patient),
            **changes,
        }

    def post(self, body: object, **more: Any) -> Ask:  # noqa: ANN401 - what Ask takes
        """Return a POST of a JSON body to the service."""
        return Ask("POST", self.path, as_json(body), **more)

    def _context(self, **changes: object) -> Resource:
        return {"userId": "Practitioner/example", "patientId": self._provoking.id, **changes}

    def _well_formed(self) -> Iterator[tuple[str, Resource]]:
        yield "call.provoking", self.body("provoking")
        yield "call.quiet", self.body("quiet", self._quiet)
        for number in range(TIMED_CALLS):
            yield f"call.timed-{number}", self.body(f"timed-{number}")
        for kind, uuid in UUIDS.items():
            yield f"call.uuid-{kind}", self.body("", hookInstance=uuid)
        for kind in USER_TYPES:
            yield f"call.user-{kind}", self.body(kind, context=self._context(userId=f"{kind}/example"))
        yield "call.encounter", self.body("encounter", context=self._context(encounterId="example"))
        foreign = {"com.example.conformance": {"note": "made up"}}
        yield "call.extension", self.body("extension", extension=foreign, context=self._context(extension=foreign))
        unknown = {"conformanceUnknown": "made up"}
        yield "call.unknown", self.body("unknown", **unknown, context=self._context(**unknown))
        asked = prefetch_of(self._templates, self._provoking)
        yield "call.unasked", self.body("unasked", prefetch={**asked, "conformanceUnasked": OUTCOME})

    def _without_data(self) -> Iterator[tuple[str, Resource]]:
        for name, value in (("null", None), ("empty", {**_EMPTY, "entry": []}), ("no-entry", _EMPTY)):
            yield f"call.no-data-{name}", self._with_searches(name, value)
        yield "call.outcome", self._with_searches("outcome", OUTCOME)
        yield "call.html", self._with_searches("html", "<html><body>502 Bad Gateway</body></html>")
        paged = prefetch_of(self._templates, self._provoking, _paged)
        yield "call.paged", self.body("paged", prefetch=paged)
        asked = prefetch_of(self._templates, self._provoking)
        for key in list(asked)[:MOST_KEYS]:
            rest = {name: value for name, value in asked.items() if name != key}
            yield f"call.without-{key}", self.body(f"without-{key}", prefetch=rest)
        yield "call.minimal", without(self.body("minimal"), "prefetch")

    def _with_searches(self, name: str, value: object) -> Resource:
        return self.body(name, prefetch=prefetch_of(self._templates, self._provoking, lambda _bundle: value))

    def _ill_formed(self) -> Iterator[tuple[str, Resource]]:
        for name, path in REQUIRED.items():
            yield f"missing.{name}", without(self.body(name), *path)
        yield "wrong-hook", self.body("wrong-hook", hook=OTHER_HOOK)
        for name, changes in ODD.items():
            yield f"odd.{name}", self.body(name, **changes)
        authorization = {"access_token": TOKEN_MARK, "token_type": "Bearer", "expires_in": 300}
        authorization |= {"scope": "patient/*.rs user/Vendor.special launch", "subject": "conformance"}
        yield "token", self.body("token", fhirServer=SERVER, fhirAuthorization=authorization)

    def _raw(self) -> Iterator[tuple[str, Ask]]:
        for name, content in MALFORMED.items():
            yield f"malformed.{name}", Ask("POST", self.path, content)
        yield "method.service", Ask("GET", self.path)
        yield "method.discovery", Ask("POST", "/cds-services", b"{}")
        yield "unknown-service", Ask("POST", f"{self.path}-unknown", as_json(self.body("unknown-service")))


_EMPTY: Resource = {"resourceType": "Bundle", "type": "searchset", "total": 0}


def without(body: Resource, *path: str) -> Resource:
    """Return a body without the element at a path."""
    first, *rest = path
    if rest:
        return {**body, first: without(body[first], *rest)}
    return {name: value for name, value in body.items() if name != first}


def as_json(body: object) -> bytes:
    """Return the bytes of a body."""
    return json.dumps(body).encode()


def _paged(bundle: Resource) -> Resource:
    return {**bundle, "link": [*bundle["link"], PAGE_TWO]}
