"""Whether an artefact is valid FHIR R4, before it is published.

It must not be needed to serve one: the bytes served are those that were validated.
Tests: tests/publication/test_artefacts.py.
"""

from fhir.resources.R4B import get_fhir_model_class


def validate(kind: str, content: bytes) -> None:
    """Raise pydantic's ValidationError when an artefact is not valid FHIR: a mistake of ours, found by tests."""
    get_fhir_model_class(kind).model_validate_json(content)
