"""The sources of a chart: one FHIR query each, or those of an EHR's profile, and what it means when one is unknown.

Must not fetch: cds_service.fhir.chart.chart does.
Tests: tests/api/test_discovery.py, tests/fhir/test_chart.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

PATIENT_TOKEN = "{{context.patientId}}"  # noqa: S105 - a token of the standard, no secret


class Need(Enum):
    """What an unknown source does to the answer."""

    REQUIRED = "required"
    """Nothing can be said: 412, or a card where the client's profile asks for one."""
    EVIDENCE = "evidence"
    """The cards that fire are given, and one more says what was not checked."""
    CONTEXT = "context"
    """The cards are given; they say in one line what could have changed them."""
    OPTIONAL = "optional"
    """The trace names it, and no card does: where hardly any EHR has such a source, a line on every card would say
    nothing, and teach people not to read the lines that do."""


@dataclass(frozen=True, slots=True)
class Query:
    """One read or search: the prefetch key that its answer may stand under, and its template."""

    key: str
    template: str

    def query(self, patient_id: str) -> str:
        """Return the read or search for a patient, relative to the FHIR base."""
        return self.template.replace(PATIENT_TOKEN, patient_id)

    @property
    def is_read(self) -> bool:
        """Whether the query reads one resource by its id."""
        return "?" not in self.template


@dataclass(frozen=True, slots=True)
class Source(Query):
    """The query that discovery publishes, the resource type that it returns, and what it is needed for."""

    resource_type: str
    need: Need


def _search(key: str, resource_type: str, need: Need, *, count: int, newest_first: bool = False) -> Source:
    order = "&_sort=-date" if newest_first else ""
    template = f"{resource_type}?patient={PATIENT_TOKEN}{order}&_count={count}"
    return Source(key, template, resource_type, need)


PAGE = 500
"""How many resources one page is asked to hold; servers may give fewer, and pages are followed."""

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
