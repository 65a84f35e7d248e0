"""JSON Schemas of requests and answers for OpenAPI.

Requests must not be checked with them; the hooks read strictly, and tests compare the two.
Tests: tests/api/test_openapi.py, tests/generative/test_schemathesis.py.
"""

from typing import Any

from cards.model import PRIORITY, SUMMARY_LENGTH
from cds_service.api.error_responses import SYSTEM
from cds_service.api.feedback import FeedbackRequest
from cds_service.evaluation.response import EXTENSION
from cds_service.hooks import HookService
from rules.assess import SiteOutcome
from rules.gate.state import State
from rules.outcome import Level
from rules.sites import Site

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
UUID: Schema = {"type": "string", "pattern": "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"}
FHIR_ID: Schema = {"type": "string", "pattern": "^[A-Za-z0-9.-]{1,64}$", "not": {"enum": [".", ".."]}}
DAY: Schema = {"type": "string", "format": "date"}
OPEN: Schema = {"type": "object"}


def ref(name: str) -> Schema:
    """Return a reference to one of the document's schemas."""
    return {"$ref": f"#/components/schemas/{name}"}


def one_of(values: type[Site] | type[State] | type[SiteOutcome]) -> Schema:
    """Return the schema of an enumeration's values."""
    return {"type": "string", "enum": [each.value for each in values]}


def list_of(items: Schema, **more: int) -> Schema:
    """Return the schema of an array."""
    return {"type": "array", "items": items, **more}


def record(required: Schema, optional: Schema | None = None, *, closed: bool = True, about: str = "") -> Schema:
    """Return the schema of an object.

    A closed one has named elements only.
    """
    described: Schema = {"type": "object", "properties": required | (optional or {}), "required": list(required)}
    return described | ({"additionalProperties": False} if closed else {}) | ({"description": about} if about else {})


CODING = record({"system": TEXT, "code": TEXT}, {"display": TEXT}, closed=False)
CONCEPT = record({}, {"coding": list_of(CODING, minItems=1), "text": TEXT})
REFERENCE = record({"reference": TEXT})


def call_name(service: HookService) -> str:
    """Return the name of the schema of a service's request."""
    return f"Call-{service.id}"


def call_request(service: HookService) -> Schema:
    """Return the schema of a call with the published prefetch keys."""
    context = record({"userId": TEXT, "patientId": FHIR_ID}, {"encounterId": FHIR_ID}, closed=False)
    optional: Schema = {
        "fhirServer": {"type": "string", "format": "uri", "description": "Base URL; only listed servers are asked."},
        "fhirAuthorization": ref("FhirAuthorization"),
        "prefetch": {
            "type": ["object", "null"],
            "properties": {key: _prefetched(template) for key, template in service.prefetch.items()},
            "description": "What the client has read already. A key left out is read from `fhirServer`.",
        },
        "extension": OPEN,
    }
    required = {"hook": {"const": service.hook}, "hookInstance": UUID, "context": context}
    return record(required, optional, closed=False, about=f"A call of the hook `{service.hook}`.")


def _prefetched(template: str) -> Schema:
    kind = "Resource" if "?" not in template else "Bundle"
    values = [{"type": "null"}, ref(kind), ref("Outcome")]
    return {"anyOf": values, "description": f"`{template}`. null: looked, nothing there. OperationOutcome: could not."}


def schemas() -> Schema:
    """Return the schemas common to all operations."""
    feedback = FeedbackRequest.model_json_schema(ref_template="#/components/schemas/{model}")
    parts: Schema = feedback.pop("$defs") | {"FeedbackRequest": feedback}
    item = parts["Feedback"]
    item["properties"]["card"] = {"type": "string", "pattern": "^[A-Za-z0-9.-]{1,64}$"}
    item["properties"]["outcomeTimestamp"] = {"type": "string", "format": "date-time"}
    item["anyOf"] = [
        {"properties": {"outcome": {"const": "overridden"}}},
        {"properties": {"acceptedSuggestions": {"minItems": 1}}, "required": ["acceptedSuggestions"]},
    ]
    return parts | _FHIR | _CDS_HOOKS


_FHIR: Schema = {
    "Resource": {
        "type": "object",
        "properties": {"resourceType": TEXT, "id": {"type": "string"}},
        "required": ["resourceType"],
        "description": "A FHIR R4 resource.",
    },
    "Bundle": {
        "type": "object",
        "properties": {
            "resourceType": {"const": "Bundle"},
            "type": {"type": "string"},
            "link": list_of({"type": "object", "properties": {"relation": {"type": "string"}}}),
            "entry": list_of({"type": "object", "properties": {"resource": ref("Resource")}}),
        },
        "required": ["resourceType"],
        "description": "A FHIR R4 searchset.",
    },
    "Outcome": {
        "type": "object",
        "properties": {"resourceType": {"const": "OperationOutcome"}},
        "required": ["resourceType"],
        "description": "What a FHIR server said when a search failed.",
    },
    "Error": record(
        {
            "resourceType": {"const": "OperationOutcome"},
            "id": UUID,
            "issue": list_of(
                record(
                    {
                        "severity": {"const": "error"},
                        "code": TEXT,
                        "details": record(
                            {"coding": list_of(record({"system": {"const": SYSTEM}, "code": TEXT})), "text": TEXT}
                        ),
                        "diagnostics": TEXT,
                    }
                ),
                minItems=1,
                maxItems=1,
            ),
        },
        about="Why there is no answer: a stable code, and an id under which the service's log knows more.",
    ),
    "ServiceRequest": record(
        {
            "resourceType": {"const": "ServiceRequest"},
            "status": {"const": "draft"},
            "intent": {"const": "proposal"},
            "priority": {"enum": list(PRIORITY.values())},
            "code": CONCEPT,
            "subject": REFERENCE,
        },
        {"reasonCode": list_of(CONCEPT, minItems=1), "reasonReference": list_of(REFERENCE, minItems=1)},
    ),
}

_RULE = record({"id": TEXT, "version": TEXT})
_CARD_TRACE = record(
    {"ruleset": TEXT},
    {"state": one_of(State), "asOf": DAY, "rules": list_of(_RULE, minItems=1), "evidence": list_of(TEXT, minItems=1)},
)
_SITE = record(
    {"site": one_of(Site), "outcome": one_of(SiteOutcome)},
    {
        "rules": list_of(
            record({"id": TEXT, "version": TEXT, "outcome": {"enum": ["fired", "not-fired", "cannot-tell"]}})
        )
    },
)
_TRACE = record(
    {"ruleset": TEXT, "asOf": DAY, "sites": list_of(_SITE, minItems=len(Site), maxItems=len(Site))},
    {
        "state": one_of(State),
        "notAssessable": list_of(record({"source": TEXT, "reason": TEXT}), minItems=1),
        "flagged": list_of(TEXT, minItems=1),
    },
)
_ACTION = record({"type": {"const": "create"}, "description": TEXT}, {"resource": ref("ServiceRequest")})
_SUGGESTION = record(
    {"label": TEXT, "uuid": UUID, "actions": list_of(_ACTION, minItems=1)}, {"isRecommended": {"type": "boolean"}}
)

_CDS_HOOKS: Schema = {
    "FhirAuthorization": record(
        {"access_token": TEXT, "token_type": {"const": "Bearer"}},
        {"expires_in": {"type": "integer"}, "scope": TEXT, "subject": TEXT, "patient": FHIR_ID},
        closed=False,
        about="Used for this call alone. `patient`, where it is sent, is the patient in context.",
    ),
    "Discovery": record(
        {
            "services": list_of(
                record(
                    {"hook": TEXT, "title": TEXT, "description": TEXT, "id": TEXT},
                    {"prefetch": {"type": "object", "additionalProperties": TEXT}, "usageRequirements": TEXT}
                    | {"version": TEXT, "hookVersion": TEXT},
                )
            )
        }
    ),
    "Card": record(
        {
            "uuid": UUID,
            "summary": {"type": "string", "minLength": 1, "maxLength": SUMMARY_LENGTH},
            "indicator": {"enum": [level.indicator for level in Level]},
            "detail": TEXT,
            "source": record({"label": TEXT, "topic": CODING}, {"url": {"type": "string", "format": "uri"}}),
            "overrideReasons": list_of(CODING, minItems=1),
            "extension": record({EXTENSION: _CARD_TRACE}),
        },
        {
            "suggestions": list_of(ref("Suggestion"), minItems=1),
            "selectionBehavior": {"enum": ["any", "at-most-one"]},
            "links": list_of(OPEN, minItems=1),
        },
    ),
    "Suggestion": _SUGGESTION,
    "Answer": record(
        {"cards": list_of(ref("Card"))},
        {"extension": record({EXTENSION: ref("Trace")})},
        about="No card: everything was read and there is nothing to say, or the extension names what was not read.",
    ),
    "Trace": _TRACE,
    "FeedbackAnswer": record({}),
}
