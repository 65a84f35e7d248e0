"""Sources of a chart, with queries and the effect of a gap.

Tests: tests/api/test_discovery.py, tests/fhir/test_chart.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

PATIENT_TOKEN = "{{context.patientId}}"  # noqa: S105 - a token of the standard, no secret


class Need(Enum):
    """Effect of an unread source on the answer."""

    REQUIRED = "required"
    """The answer is 412, or an incomplete card by the client's profile."""
    EVIDENCE = "evidence"
    """Cards are given, and an incomplete card names the gap."""
    CONTEXT = "context"
    """Cards are given and name the gap in one line."""
    OPTIONAL = "optional"
    """Only the trace names it.

    Hardly any EHR has such a source. A line on every card would teach readers to skip such lines.
    """


@dataclass(frozen=True, slots=True)
class Query:
    """One read or search with its prefetch key and template."""

    key: str
    template: str

    def query(self, patient_id: str) -> str:
        """Return the query for a patient, relative to the FHIR base."""
        return self.template.replace(PATIENT_TOKEN, patient_id)

    @property
    def is_read(self) -> bool:
        """True for a read by id."""
        return "?" not in self.template


@dataclass(frozen=True, slots=True)
class Source(Query):
    """Published query with its resource type and need."""

    resource_type: str
    need: Need


def _search(key: str, resource_type: str, need: Need, *, count: int, newest_first: bool = False) -> Source:
    order = "&_sort=-date" if newest_first else ""
    template = f"{resource_type}?patient={PATIENT_TOKEN}{order}&_count={count}"
    return Source(key, template, resource_type, need)


PAGE = 500
"""Requested number of resources per page.

Servers may give fewer, and pages are followed.
"""

SOURCES = (
    Source("patient", f"Patient/{PATIENT_TOKEN}", "Patient", Need.REQUIRED),
    _search("conditions", "Condition", Need.REQUIRED, count=PAGE),
    _search("observations", "Observation", Need.EVIDENCE, count=PAGE, newest_first=True),
    _search("procedures", "Procedure", Need.CONTEXT, count=PAGE),
    _search("medicationRequests", "MedicationRequest", Need.CONTEXT, count=PAGE),
    _search("serviceRequests", "ServiceRequest", Need.CONTEXT, count=PAGE),
    _search("diagnosticReports", "DiagnosticReport", Need.CONTEXT, count=PAGE),
    _search("imagingStudies", "ImagingStudy", Need.CONTEXT, count=PAGE),
    _search("encounters", "Encounter", Need.CONTEXT, count=PAGE, newest_first=True),
    _search("immunizations", "Immunization", Need.CONTEXT, count=PAGE, newest_first=True),
    _search("carePlans", "CarePlan", Need.CONTEXT, count=PAGE),
    _search("questionnaireResponses", "QuestionnaireResponse", Need.OPTIONAL, count=PAGE),
)
BY_KEY: Mapping[str, Source] = {source.key: source for source in SOURCES}
TEMPLATES: Mapping[str, str] = {source.key: source.template for source in SOURCES}
