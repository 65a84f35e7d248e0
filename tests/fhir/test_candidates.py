"""The resources of a chart sorted: whose they are, and which may matter."""

import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from cds_service.errors import WrongPatient
from cds_service.fhir.candidates import relevance
from cds_service.fhir.candidates.candidates import TYPES, EvidenceCandidates
from cds_service.fhir.pages.page import Entry, Page, read_page
from tests.builders import DAY, FHIR, LOINC, SNOMED, Resource, concept, condition, observation, searchset, weight

OWN = {"reference": "Patient/p1"}
OTHER = {"reference": "Patient/p2"}
HEADACHE = condition("R51.9", subject=OWN, id="h")
ODD = {"resourceType": "Condition", "id": "odd", "code": "headache", "subject": OWN}
URL = "urn:uuid:6f4a7c7e-0000-4000-8000-000000000001"


def pool_of(*resources: object, as_of: date | None = DAY, base: str | None = None) -> EvidenceCandidates:
    """A pool with one page of resources."""
    return pool_of_entries(*({"resource": resource} for resource in resources), as_of=as_of, base=base)


def pool_of_entries(*entries: object, as_of: date | None = DAY, base: str | None = None) -> EvidenceCandidates:
    """A pool with one page of entries."""
    pool = EvidenceCandidates("p1", base=base, as_of=as_of)
    page = read_page(json.dumps({"resourceType": "Bundle", "entry": entries}).encode())
    assert isinstance(page, Page)
    pool.add_page(page)
    return pool


def kept(pool: EvidenceCandidates) -> list[str | None]:
    """The ids of what may become evidence."""
    return [candidate.id for candidate in pool.candidates]


def test_what_holds_a_code_of_the_knowledge_is_kept_and_the_rest_only_counted() -> None:
    """By code, value, component, member, medication, procedure code, type, class, reason, category and activity."""
    hospice = concept("385763009", SNOMED)
    resources: list[Resource] = [
        HEADACHE,
        observation("local", system="urn:x", valueCodeableConcept=concept("25064002", SNOMED)),
        observation("local", system="urn:x", component=[{"code": concept("25064002", SNOMED)}, {}]),
        {"resourceType": "MedicationRequest", "medicationReference": {"reference": "Medication/m"}},
        {"resourceType": "ImagingStudy", "procedureCode": [concept("24601-7", LOINC)]},
        {"resourceType": "Encounter", "type": [hospice]},
        {"resourceType": "Encounter", "class": {"system": SNOMED, "code": "385763009"}},
        {"resourceType": "Encounter", "reasonCode": [{"text": "x"}, concept("R51.9")]},
        {"resourceType": "Encounter", "reasonReference": [{"reference": "Condition/c"}]},
        {"resourceType": "QuestionnaireResponse"},
        observation("local", system="urn:x", contained=[{"code": concept("25064002", SNOMED)}]),
        observation("local", system="urn:x", contained=[{"component": [{"code": concept("25064002", SNOMED)}]}]),
        observation("local", system="urn:x", contained=[{"code": [{"system": LOINC}]}]),
        {"resourceType": "CarePlan", "category": [hospice]},
        {"resourceType": "CarePlan", "activity": [{}, {"detail": {"code": hospice}}]},
    ]
    idle: list[Resource] = [
        condition("Z99.9"),
        observation("0-0"),
        {"resourceType": "ImagingStudy"},
        {"resourceType": "Encounter"},
        {"resourceType": "Encounter", "reasonCode": [concept("C50.412"), concept("G43.909"), {"text": "headache"}]},
        observation("local", system="urn:x", contained=[{"code": concept("0-0", LOINC)}]),
        condition("Z99.9", contained=[{"code": concept("25064002", SNOMED)}]),
        {"resourceType": "CarePlan", "activity": [{"detail": {}}]},
        {"resourceType": "Condition", "code": {"coding": [{"code": "R51.9"}, {"system": LOINC}], "text": "headache"}},
        {"resourceType": "Organization"},
        {"resourceType": "Organization", "name": "x"},
    ]
    numbered = [{"subject": OWN, **r, "id": str(n)} for n, r in enumerate([*resources, *idle])]

    pool = pool_of(*numbered)

    assert kept(pool) == [str(n) for n in range(len(resources))]
    assert pool.seen == len(numbered)
    assert pool.may_concern(frozenset({"headache"}))
    assert not pool.may_concern(frozenset({"jaundice"}))


@pytest.mark.parametrize(
    "written, is_kept",
    [
        ("2026-06-10", True),
        ("2026-06-10T10:00:00Z", True),
        (None, True),
        ("2015-06-10", False),
        ("2015-06-10T10:00:00Z", False),
        ("2015", True),
        ("2015-06", True),
        ("06/10/2026", True),
        ("0001-01-01", True),
        ("2015-13-01", True),
        ("", True),
    ],
)
def test_a_measurement_too_old_to_matter_is_left_out_when_its_date_is_sure(
    written: str | None,
    is_kept: bool,  # noqa: FBT001
) -> None:
    """A partial or odd date is for the reader to judge, not for a comparison of letters."""
    lab = observation("1742-6", written, subject=OWN, id="lab", valueQuantity={"value": 130, "unit": "U/L"})

    assert kept(pool_of(lab)) == (["lab"] if is_kept else [])
    assert kept(pool_of(lab, as_of=None)) == ["lab"]


def test_a_symptom_or_a_cancer_is_never_too_old() -> None:
    """What was there before the cancer explains what is there now."""
    assert kept(pool_of(observation("25064002", "1999-01-01", system=SNOMED, subject=OWN, id="o"))) == ["o"]


@pytest.mark.parametrize(
    "stranger",
    [
        condition("Z99.9", subject=OTHER),
        {"resourceType": "Immunization", "patient": OTHER},
        {"resourceType": "Appointment", "subject": OTHER},
        condition("Z99.9", subject={"reference": "Group/g1"}),
        condition("Z99.9", subject={"reference": f"{FHIR}/Patient/p2"}),
        condition("Z99.9", subject={"reference": "https://other.example/Patient/p1"}),
        condition("Z99.9", subject={"reference": "Patient/P1"}),
        condition("Z99.9", subject={"reference": ""}),
        {"resourceType": "Patient", "id": "p2"},
        {"resourceType": "Patient"},
        {"resourceType": "Condition", "code": "odd", "subject": OTHER},
        {"resourceType": "Condition", "id": 5, "subject": OTHER},
        {"resourceType": "SomethingNew", "code": 5, "patient": OTHER},
        {"resourceType": "Patient", "id": "p2", "code": 5},
        {"resourceType": "Patient", "id": 5},
    ],
)
def test_a_record_about_somebody_else_stops_everything(stranger: Resource) -> None:
    """Whether it can be read at a glance or not, and wherever it stands."""
    for others in ((), (HEADACHE,), (ODD,)):
        with pytest.raises(WrongPatient):
            pool_of(*others, stranger, base=FHIR)


@pytest.mark.parametrize(
    "reference", ["Patient/p1", "Patient/p1/_history/2", f"{FHIR}/Patient/p1", f"{FHIR}/Patient/p1/_history/2"]
)
def test_every_name_of_the_patient_is_the_patient(reference: str) -> None:
    """Plain, versioned, and absolute under the FHIR server of the call."""
    assert kept(pool_of(HEADACHE | {"subject": {"reference": reference}}, base=FHIR)) == ["h"]


@pytest.mark.parametrize(
    "patient", [{"resourceType": "Patient", "id": "p1"}, {"resourceType": "Patient", "id": "p1", "code": 5}]
)
def test_a_full_url_names_the_patient_before_and_after_its_entry(patient: Resource) -> None:
    """The order of entries says nothing."""
    named = {"fullUrl": URL, "resource": patient}
    finding = {"resource": HEADACHE | {"subject": {"reference": URL}}}

    assert kept(pool_of_entries(named, finding)) == ["h"]
    assert kept(pool_of_entries(finding, named)) == ["h"]


def test_a_full_url_that_contradicts_the_id_names_nobody() -> None:
    """An entry with one id and the address of another is no proof of anything."""
    named = {"fullUrl": "https://ehr.example/Patient/p2", "resource": {"resourceType": "Patient", "id": "p1"}}
    finding = {"resource": HEADACHE | {"subject": {"reference": "https://ehr.example/Patient/p2"}}}

    with pytest.raises(WrongPatient):
        pool_of_entries(named, finding)


def test_a_full_url_of_another_resource_is_not_the_patient() -> None:
    """Only a Patient can be the subject."""
    named = {"fullUrl": URL, "resource": {"resourceType": "Organization", "id": "p1"}}

    with pytest.raises(WrongPatient):
        pool_of_entries(named, {"resource": HEADACHE | {"subject": {"reference": URL}}})


@pytest.mark.parametrize(
    "resource, kind, resource_id, reason",
    [
        (ODD, "Condition", "odd", "not-r4"),
        (ODD | {"subject": "Patient/p1"}, "Condition", "odd", "not-r4"),
        (ODD | {"id": 5}, "Condition", None, "not-r4"),
        ({"code": "x", "id": "n"}, "unknown", "n", "not-r4"),
        ({"id": "n", "subject": OWN}, "unknown", "n", "not-fhir"),
        ({"resourceType": 5}, "unknown", None, "not-fhir"),
        (searchset([HEADACHE]) | {"id": "b"}, "unknown", "b", "nested-bundle"),
        (None, "unknown", None, "not-fhir"),
        (5, "unknown", None, "not-fhir"),
        ([], "unknown", None, "not-fhir"),
    ],
)
def test_what_can_not_be_read_is_kept_in_mind(
    resource: object, kind: str, resource_id: str | None, reason: str
) -> None:
    """With what is known of it; then any concept may be on record."""
    pool = pool_of(HEADACHE, resource)

    assert [(broken.type, broken.id, broken.reason) for broken in pool.broken] == [(kind, resource_id, reason)]
    assert kept(pool) == ["h"]
    assert pool.may_concern(frozenset({"jaundice"}))


def test_an_odd_resource_of_a_type_that_no_rule_reads_is_passed_over() -> None:
    """A Questionnaire has a list for a code."""
    pool = pool_of(HEADACHE, {"resourceType": "Questionnaire", "code": [{"code": "R51.9"}]}, {"resourceType": "Task"})

    assert pool.broken == []
    assert pool.seen == 3


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Encounter", "type": {"text": "visit"}},
        {"resourceType": "Encounter", "class": "AMB"},
        {"resourceType": "Encounter", "reasonCode": {"text": "visit"}},
        {"resourceType": "CarePlan", "category": "hospice"},
        {"resourceType": "ImagingStudy", "procedureCode": {"text": "x"}},
    ],
)
def test_a_resource_whose_codes_can_not_be_seen_is_kept(resource: Resource) -> None:
    """The reader decides."""
    assert kept(pool_of({"id": "x", "subject": OWN, **resource})) == ["x"]


def test_a_medication_is_found_by_id_and_by_full_url() -> None:
    """As a search and as a transaction refer to it; a bare word is no reference."""
    pool = pool_of_entries(
        {"resource": {"resourceType": "Medication", "id": "m1"}},
        {"fullUrl": URL, "resource": {"resourceType": "Medication", "id": "m2"}},
        {"fullUrl": "urn:uuid:x", "resource": {"resourceType": "Medication"}},
        {"resource": {"resourceType": "Medication"}},
    )
    found = {
        reference: pool.medications.find(reference) is not None
        for reference in (
            *("Medication/m1", "Medication/m1/_history/2", "https://x/Medication/m1", URL, "urn:uuid:m1", "urn:uuid:x"),
            *("m1x", "#m1", "", "Medication/m3", "urn:uuid:y"),
        )
    }

    assert [reference for reference, there in found.items() if not there] == [
        "m1x",
        "#m1",
        "",
        "Medication/m3",
        "urn:uuid:y",
    ]


def test_resources_that_stand_by_themselves_are_sorted_alike() -> None:
    """From a file, where there is no page."""
    pool = EvidenceCandidates("p1", as_of=DAY)
    texts = [json.dumps(r | {"subject": OWN}) for r in (HEADACHE, weight(70, "2026-06-10") | {"id": "w"})]
    pool.add([*(Entry(Raw(text.encode())) for text in texts), Entry()])

    assert kept(pool) == ["h", "w"]
    assert pool.seen == 2


@pytest.mark.parametrize("name", ["code", "subject"])
def test_a_doubled_element_is_said_to_be_unreadable_where_the_first_of_them_is(name: str) -> None:
    """In a page that is gone through entry by entry, as Conditions are that have any such element."""
    written = json.dumps({**condition("Z99.9", subject=OWN, id="c"), "component": None})
    pool = EvidenceCandidates("p1", as_of=DAY)
    pool.add([Entry(Raw(f'{{"{name}": 5, {written[1:]}'.encode()))])

    assert [(broken.type, broken.id, broken.reason) for broken in pool.broken] == [("Condition", "c", "not-r4")]


OWNERS: st.SearchStrategy[Resource] = st.sampled_from(
    [
        {"subject": OWN},
        {"subject": {**OWN, "display": "x"}},
        {"subject": {"reference": f"{FHIR}/Patient/p1"}},
        {"patient": OWN},
        {"patient": OWN, "subject": None},
        {"subject": OWN, "patient": None},
        {"subject": OWN, "patient": OTHER},
        {"subject": {"display": "x"}, "patient": OTHER},
        {"subject": "Patient/p1"},
        {"subject": None},
        {},
    ]
)
CONCEPTS = st.sampled_from(
    [
        concept("C50.412"),
        concept("R51.9"),
        concept("Z99.9"),
        concept("29463-7", LOINC),
        concept("1742-6", LOINC),
        concept("385763009", SNOMED),
        {"coding": [{"system": LOINC, "code": "0-0"}, {"system": LOINC, "code": "1742-6"}]},
        {"coding": [{"code": "R51.9"}], "text": "headache"},
        {"coding": None},
        {},
        None,
        "headache",
        [concept("R51.9")],
        {"coding": [{"system": 5}]},
    ]
)
DATES = st.sampled_from(["2026-06-10", "2015-06-10T10:00:00Z", "2015", "06/10/2015", "", None])
CODED = ("code", "valueCodeableConcept", "medicationCodeableConcept")
ODD_PARTS: tuple[Resource, ...] = (
    {"component": [{"code": concept("25064002", SNOMED)}]},
    {"contained": [{"code": concept("25064002", SNOMED)}]},
    {"medicationReference": {"reference": "Medication/m"}},
    {"class": {"system": SNOMED, "code": "385763009"}},
    {"class": None},
    {"reasonCode": [concept("R51.9")]},
    {"reasonReference": [{"reference": "Condition/c"}]},
    {"reason": [concept("R51.9")]},
)


@st.composite
def generated(draw: st.DrawFn) -> Any:  # noqa: ANN401 - any JSON value
    """A resource, an entry without one, or something that is none."""
    kind = draw(st.sampled_from([*TYPES, "Patient", "Medication", "Questionnaire", "Organization", "Bundle", None]))
    coded: Resource = draw(st.dictionaries(st.sampled_from(CODED), CONCEPTS, max_size=2))
    types = draw(st.none() | st.lists(CONCEPTS, max_size=2))
    dated = {"effectiveDateTime": draw(DATES)}
    parts: Resource = draw(st.sampled_from([{}, {}, *ODD_PARTS]))
    resource = {"resourceType": kind, "id": draw(st.sampled_from(["p1", "a", "b", None])), **draw(OWNERS), **coded}
    known_type = {} if types is None else {"type": types}
    return resource | dated | parts | known_type if draw(st.integers(0, 20)) else None


def outcome(pool: EvidenceCandidates, add: Callable[[EvidenceCandidates], None]) -> object:
    """What a pool holds afterwards, or that it refuses."""
    try:
        add(pool)
    except WrongPatient:
        return "wrong patient"
    found = [(c.type, c.id, bytes(c.raw), c.has_subject) for c in pool.candidates]
    weights = [(c.id, c.index, c.has_subject) for c in pool.last_weights()]
    broken = [(b.type, b.id, b.reason) for b in pool.broken]
    return found, weights, broken, pool.seen, pool.relevance.concepts, pool.patient and bytes(pool.patient)


@pytest.mark.sweep
@given(st.lists(generated(), max_size=8))
def test_a_page_read_whole_is_sorted_as_its_resources_one_by_one(resources: list[object]) -> None:
    """Whatever stands in it, and in whatever words the patient is named before and after."""
    raws = [json.dumps(resource).encode() for resource in resources]
    page = read_page(b'{"resourceType":"Bundle","entry":[%b]}' % b",".join(b'{"resource":%b}' % raw for raw in raws))
    assert isinstance(page, Page)

    whole = outcome(EvidenceCandidates("p1", base=FHIR, as_of=DAY), lambda pool: pool.add_page(page))
    one_by_one = outcome(
        EvidenceCandidates("p1", base=FHIR, as_of=DAY), lambda pool: pool.add(Entry(Raw(raw)) for raw in raws)
    )

    assert whole == one_by_one


@pytest.mark.parametrize("odd", ["1961 Jane Doe", " Jane Doe, 1961", "2025-99-02", "20 Main Street"])
def test_nothing_of_an_odd_date_is_kept_beyond_the_call(odd: str) -> None:
    """It may hold words of a record. What is kept of a date is its month, which says of nobody."""
    pool = pool_of(observation("8867-4", odd, subject=OWN), observation("2708-6", "1999-10-02", subject=OWN))
    pool_of(observation("2708-6", odd, subject=OWN))

    assert pool.seen == 2
    assert [month for month in relevance._MONTHS if not re.fullmatch("[0-9]{4}-[0-9]{2}-", month)] == []
    assert odd[:8] not in relevance._MONTHS
