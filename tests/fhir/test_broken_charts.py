"""Charts with faults at random places: always an answer, and a good finding is never lost beside a bad record."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.errors import CdsError, WrongPatient
from cds_service.evaluation.evaluate import evaluate
from cds_service.fhir.candidates.candidates import EvidenceCandidates
from cds_service.fhir.chart.chart import Chart
from cds_service.fhir.pages.page import Page, read_page
from tests.builders import (
    DAY,
    LOINC,
    PATIENT,
    SNOMED,
    Resource,
    a_patient,
    answer_to,
    call_of,
    concept,
    condition,
    observation,
    topics,
    weight,
)

GOOD = a_patient().with_history().with_lump()
SUBJECT = {"reference": "Patient/p1"}
RECORDS: tuple[Resource, ...] = (
    condition("R51.9", severity=concept("24484000", SNOMED), note=[{"text": "worse"}], bodySite=[{"text": "left"}]),
    condition("G43.109", "2004-01-01", verificationStatus=concept("confirmed", "v"), onsetPeriod={"start": "2004"}),
    weight(68, "2026-06-10"),
    observation(
        "1742-6",
        valueQuantity={"value": 130, "unit": "U/L"},
        referenceRange=[{"high": {"value": 35}, "appliesTo": [{"text": "Female"}], "age": {"low": {"value": 18}}}],
        interpretation=[concept("H", "i")],
    ),
    observation("x", system="urn:x", component=[{"code": concept("25064002", SNOMED), "valueBoolean": True}]),
    observation("75325-1", None, valueCodeableConcept=concept("25064002", SNOMED), effectivePeriod={"end": "2026-06"}),
    {"resourceType": "Encounter", "status": "finished", "type": [concept("385763009", SNOMED)], "class": {"code": "A"}},
    {"resourceType": "CarePlan", "status": "active", "activity": [{"detail": {"code": concept("1", SNOMED)}}]},
    {"resourceType": "MedicationRequest", "medicationReference": {"reference": "#m"}, "contained": [{"id": "m"}]},
    {"resourceType": "ImagingStudy", "procedureCode": [concept("24601-7", LOINC)], "started": "2026-06-05"},
    {"resourceType": "Immunization", "status": "completed", "occurrenceDateTime": "2026-06-01"},
)
JUNK = (
    *("null", "5", "-1", "0.1", "-0", "true", '""', '"x"', "[]", "{}", "[null]", "[5]", '[["a"]]', '{"a": 1}'),
    *('"2024"', '"2024-13-01"', '"0001-01-01"', '"9999-12-31"', '"06/10/2026"', '"2026-06-02T25:00:00+99:99"'),
    *("1e400", "-1e400", "1e99999999999999999999", "1" * 5000, '"' + "a" * 3000 + '"', "[" * 300 + "]" * 300),
    *('"\\u0000"', '"\\u202e"', '{"reference": 5}', '{"coding": 5}', '{"coding": [5]}', '{"coding": [{"code": 5}]}'),
    *('{"value": "8"}', '{"value": 1e400}', '"entered-in-error"', '{"reference": "Patient/p2"}', '"Bundle"'),
)
NAMES = (
    *("modifierExtension", "implicitRules", "subject", "patient", "focus", "status", "value", "valueQuantity"),
    *("valueString", "valueInteger", "valueBoolean", "valueRange", "effectiveDateTime", "effectivePeriod", "issued"),
    *("onsetAge", "abatementString", "abatementDateTime", "dataAbsentReason", "doNotPerform", "meta", "extension"),
    *("id", "resourceType", "period", "unit", "comparator", "system", "contained", "class", "type", "_status"),
)
MARK = "@@"


def _places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inside:
        yield (*path, name)
        yield from _places(each, (*path, name))


@st.composite
def broken_records(draw: st.DrawFn) -> str:
    """One of the records with an element replaced, added or taken out, as JSON text."""
    record = copy.deepcopy(draw(st.sampled_from(RECORDS)) | {"id": "bad", "subject": SUBJECT})
    *parents, last = draw(st.sampled_from(list(_places(record))))
    holder: Any = record
    for name in parents:
        holder = holder[name]
    action = draw(st.sampled_from(("replace", "replace", "add", "drop")))
    if action == "drop":
        del holder[last]
    elif action == "add" and isinstance(holder, dict):
        holder[draw(st.sampled_from(NAMES))] = MARK
    else:
        holder[last] = MARK
    return json.dumps(record).replace(f'"{MARK}"', draw(st.sampled_from(JUNK)))


def _levels(*entries: str) -> dict[str, str]:
    page = read_page(f'{{"resourceType": "Bundle", "entry": [{", ".join(entries)}]}}'.encode())
    assert isinstance(page, Page)
    pool = EvidenceCandidates(PATIENT, as_of=DAY)
    pool.add_page(page)
    found = evaluate(Chart(pool, (), ()), DAY)
    return {card.topic: card.level.indicator for card in found.cards}


@pytest.mark.sweep
@given(broken_records())
@settings(max_examples=400)
def test_a_lump_is_shown_whatever_stands_beside_it(record: str) -> None:
    """Or the whole chart is refused, since the record names somebody else; nothing else can happen."""
    good = [json.dumps({"resource": resource}) for resource in GOOD.resources]
    try:
        levels = _levels(*good, f'{{"resource": {record}}}')
    except WrongPatient:
        assert not _is_plainly_the_patients(record)
        return

    assert levels["local"] == "warning"


def _is_plainly_the_patients(record: str) -> bool:
    said = json.loads(record, parse_int=str, parse_float=str)
    owners = [said[name] for name in ("subject", "patient") if name in said]
    return said.get("resourceType") != "Patient" and bool(owners) and all(owner == SUBJECT for owner in owners)


@pytest.mark.sweep
@given(
    st.lists(broken_records(), min_size=1, max_size=4), st.sampled_from(JUNK), st.sampled_from(("fullUrl", "search"))
)
@settings(max_examples=150)
def test_no_fault_is_an_exception(records: list[str], junk: str, name: str) -> None:
    """Also in what stands around the resources, and when nothing else is there."""
    entries = [f'{{"{name}": {junk}, "resource": {record}}}' for record in records]

    assert _status(*entries, junk, f'{{"resource": {junk}}}') in {200, 412}


def _status(*entries: str) -> int:
    try:
        _levels(*entries)
    except CdsError as refused:
        return refused.status
    return 200


@pytest.mark.sweep
@pytest.mark.anyio
@pytest.mark.parametrize("junk", JUNK)
async def test_every_fault_through_http_is_a_4xx_or_an_answer(junk: str) -> None:
    """As value of a weight, as code, as date, as entry and as a whole source."""
    prefetch = GOOD.with_(weight(MARK, "2026-06-10"), condition(MARK), condition("R51.9", MARK)).prefetch()
    prefetch["conditions"]["entry"].append(MARK)
    text = json.dumps(call_of(prefetch))

    for body in (text, json.dumps(call_of(GOOD.prefetch(observations=MARK)))):
        response = await answer_to(body.replace(f'"{MARK}"', junk).encode())

        assert response.status_code == 200, response.text
        assert topics(response.json())["local"] == "warning"
