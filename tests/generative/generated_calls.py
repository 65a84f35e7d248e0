"""Calls made at random: charts in valid FHIR as an EHR would send them, whole or with something missing; feedback.

It must not know what a call should lead to.
Its tests are those that use it.
"""

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from cds_service.fhir.chart.sources import SOURCES
from tests.builders import INSTANCE, Resource, searchset
from tests.generative.test_invariances import CHARTS

OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
SEARCHES = tuple(source for source in SOURCES if not source.is_read)
ODD_VALUES: tuple[Any, ...] = (
    None,
    OUTCOME,
    {},
    [],
    "text",
    7,
    {"resourceType": "Bundle"},
    {"resourceType": "Bundle", "entry": [{}]},
)
ELEMENTS = ("code", "status", "clinicalStatus", "recordedDate", "effectiveDateTime", "valueQuantity", "subject", "id")
EXTRAS: tuple[Resource, ...] = (
    {},
    {"extension": {"org.example.trigger": {"value": True}}},
    {"fhirServer": "http://127.0.0.1:1/fhir", "fhirAuthorization": {"access_token": "t", "token_type": "Bearer"}},
    {"fhirServer": "https://ehr.example/fhir"},
)


def _call(chart: list[Resource]) -> dict[str, Any]:
    """A call about the chart's patient, everything prefetched."""
    prefetch: Resource = {"patient": chart[0]}
    for source in SEARCHES:
        prefetch[source.key] = searchset([each for each in chart if each["resourceType"] == source.resource_type])
    context = {"userId": "Practitioner/1", "patientId": chart[0]["id"]}
    return {"hook": "patient-view", "hookInstance": INSTANCE, "context": context, "prefetch": prefetch}


@st.composite
def _lacking(draw: st.DrawFn, calls: st.SearchStrategy[Resource]) -> Resource:
    """A call of which one search is left out, or stands as something else."""
    call = deepcopy(draw(calls))
    key = draw(st.sampled_from(SEARCHES)).key
    if draw(st.booleans()):
        del call["prefetch"][key]
    else:
        call["prefetch"][key] = draw(st.sampled_from(ODD_VALUES))
    return {**call, **draw(st.sampled_from(EXTRAS))}


@st.composite
def _spoilt(draw: st.DrawFn, charts: st.SearchStrategy[list[Resource]]) -> Resource:
    """A call with a resource of which one element is something else."""
    chart = deepcopy(draw(charts))
    resource = draw(st.sampled_from(chart))
    resource[draw(st.sampled_from(ELEMENTS))] = draw(st.sampled_from(ODD_VALUES))
    return _call(chart)


CALLS = CHARTS.map(_call)
CHART_CALLS: st.SearchStrategy[Resource] = st.one_of(CALLS, CALLS, _lacking(CALLS), _spoilt(CHARTS))

_NAMES = st.text("abcdefABCDEF0123456789.-", min_size=1, max_size=64)
_REASONS = st.fixed_dictionaries(
    {},
    optional={
        "reason": st.fixed_dictionaries({"code": _NAMES, "system": st.just("urn:recurrence-cds:override-reason")}),
        "userComment": st.text(max_size=200),
    },
)
_SHARED = {"card": _NAMES, "outcomeTimestamp": st.datetimes().map(lambda moment: f"{moment.isoformat()}Z")}
_TAKEN = st.fixed_dictionaries(
    {
        **_SHARED,
        "outcome": st.just("accepted"),
        "acceptedSuggestions": st.lists(st.fixed_dictionaries({"id": _NAMES}), min_size=1, max_size=3),
    }
)
_OVERRIDDEN = st.fixed_dictionaries(
    {**_SHARED, "outcome": st.just("overridden")}, optional={"overrideReason": _REASONS, "overrideReasons": _REASONS}
)
FEEDBACK: st.SearchStrategy[Resource] = st.fixed_dictionaries(
    {"feedback": st.lists(st.one_of(_TAKEN, _OVERRIDDEN), min_size=1, max_size=4)}
)
