"""Name, birth, sex and record number of the patient.

This is the only place of a name, and it must not be logged or kept.
Tests: tests/evidence_view/test_page.py.
"""

from dataclasses import dataclass
from typing import Any

from msgspec import Raw

from cards.markdown import line_of
from cds_service.evidence_view.phrases import Phrases
from cds_service.fhir.elements.elements import decode, items, obj, text

OLD = frozenset({"old", "maiden", "temp"})
RECORD_NUMBER = "MR"
SEXES = frozenset({"female", "male", "other"})


@dataclass(frozen=True, slots=True)
class Banner:
    """The patient in words."""

    name: str
    born: str
    sex: str
    number: str


def banner_of(raw: Raw | None, phrases: Phrases) -> Banner:
    """Return the banner of a Patient.

    Missing parts are named or empty.
    """
    patient = obj(None if raw is None else decode(raw))
    gender, page = text(patient.get("gender")), phrases.tables["page"]
    sex = gender if gender in SEXES else "unknown"
    return Banner(
        name=_name(patient) or page["no_name"],
        born=line_of(text(patient.get("birthDate")) or ""),
        sex=page[f"sex_{sex}"],
        number=_number(patient),
    )


def _name(patient: Any) -> str:  # noqa: ANN401 - any JSON object
    names = [name for name in items(patient.get("name")) if name.get("use") not in OLD]
    chosen = next((name for name in names if name.get("use") == "official"), names[0] if names else {})
    given = chosen.get("given")
    parts = [*(part for part in given if isinstance(part, str))] if isinstance(given, list) else []
    whole = " ".join([*parts, text(chosen.get("family")) or ""]).strip()
    return line_of(whole or text(chosen.get("text")) or "")


def _number(patient: Any) -> str:  # noqa: ANN401 - any JSON object
    """Return the medical record number, else the first identifier."""
    found = [(_is_number(each), text(each.get("value"))) for each in items(patient.get("identifier"))]
    values = [value for is_number, value in sorted(found, key=lambda each: not each[0]) if value]
    return line_of(values[0]) if values else ""


def _is_number(identifier: Any) -> bool:  # noqa: ANN401 - any JSON object
    codings = items(obj(identifier.get("type")).get("coding"))
    return any(coding.get("code") == RECORD_NUMBER for coding in codings)
