"""Validation of artefacts before their publication.

Serving must not need it, because the served bytes were validated.
Tests: tests/publication/test_artefacts.py.
"""

from fhir.resources.R4B import get_fhir_model_class


def validate(kind: str, content: bytes) -> None:
    """Raise pydantic's ValidationError for an invalid artefact."""
    get_fhir_model_class(kind).model_validate_json(content)
