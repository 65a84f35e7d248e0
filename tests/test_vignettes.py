"""Purpose: the cases of rules/*/cases.yaml are patients whom a FHIR server could hold.

It must not judge what a case expects; the rules' own tests do that.
It is itself the test of tests/vignettes.py and tests/vignette_fhir.py.
"""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from tests.vignette_fhir import facts_of, resource_of
from tests.vignettes import Vignette, all_vignettes, bundle_of, load_vignettes, prefetch, resources

CASES = all_vignettes()
SITES = {"local", "regional-node", "brain", "bone", "liver", "lung"}
STATES = {
    "suppressed",
    "none",
    "known-metastatic",
    "known-recurrent-local",
    "active-primary-treatment",
    "newly-diagnosed",
    "in-situ-only",
    "treated",
}


SHEET = """
usually: {as_of: 2026-06-15, age: 60, sex: female}
cases: []
every_code:
  - id: T201
    title: A code
    concepts: [hoarseness, body_temp]
    except: [R49.0]
    exclusions: [CODE@2026-06-01]
    expect: {state: none, sites: {}, workup: [], reads: [CONCEPT]}
every_word:
  - id: T301
    title: A place
    words: leg
    only: [leg, lower limb]
    symptoms: ["icd:R53.1@2026-06-05{body=left WORD}"]
    expect: {state: none, sites: {}, workup: []}
"""


def a_case(**facts: tuple[str, ...]) -> Vignette:
    """A woman of 60 with those facts, who expects nothing."""
    columns = dict.fromkeys(("history", "symptoms", "labs_vitals", "exclusions"), ()) | facts
    return Vignette("T1", "a patient", date(2026, 6, 15), 60, "female", columns, "none", {}, ())


def test_every_case_names_known_states_sites_and_levels() -> None:
    """A misspelt expectation could never come true, so it is refused."""
    strange = [
        case.id
        for case in CASES
        if case.state not in STATES
        or not SITES.issuperset(case.sites)
        or not {"info", "warning", "critical"}.issuperset(case.sites.values())
    ]
    assert strange == []


def test_a_case_without_a_card_expects_no_orders() -> None:
    """Orders hang on cards."""
    assert [case.id for case in CASES if case.workup and not case.sites] == []


def test_an_entry_for_every_code_is_one_case_per_code_of_its_concepts(tmp_path: Path) -> None:
    """The code stands where the entry says CODE, its concept where it says CONCEPT; `except` leaves codes out."""
    cases = [case for case in _cases_of(SHEET, tmp_path) if case.id.startswith("T201")]

    assert [(case.id, case.facts["exclusions"], case.reads) for case in cases] == [
        ("T201-50219008", ("sct:50219008@2026-06-01",), ("hoarseness",)),
        ("T201-8310-5", ("lnc:8310-5@2026-06-01",), ("body_temp",)),
    ]
    assert cases[0].title == "A code (sct:50219008)"


def test_an_entry_for_every_word_is_one_case_per_word_of_its_list(tmp_path: Path) -> None:
    """The word stands where the entry says WORD, and in the title; its id has no blanks."""
    cases = [case for case in _cases_of(SHEET, tmp_path) if case.id.startswith("T301")]

    assert [(case.id, case.title, case.facts["symptoms"]) for case in cases] == [
        ("T301-leg", "A place (leg)", ("icd:R53.1@2026-06-05{body=left leg}",)),
        ("T301-lower-limb", "A place (lower limb)", ("icd:R53.1@2026-06-05{body=left lower limb}",)),
    ]


def _cases_of(sheet: str, folder: Path) -> tuple[Vignette, ...]:
    path = folder / "cases.yaml"
    path.write_text(sheet, encoding="utf-8")
    return load_vignettes(path)


def test_every_resource_of_every_case_has_an_id_of_its_own_and_the_patient_as_subject() -> None:
    """A chart in which two records share an id, or one has no patient, would be refused before any rule."""
    for case in CASES:
        patient, *rest = resources(case)
        ids = Counter(item["id"] for item in rest)
        owners = {(item.get("subject") or item["patient"])["reference"] for item in rest}
        assert all(count == 1 for count in ids.values()), case.id
        assert owners <= {f"Patient/{patient['id']}"}, case.id


def test_a_token_gives_one_resource_for_each_of_its_dates() -> None:
    """Two dates are two records of the same thing."""
    chart = resources(a_case(symptoms=("icd:R51.9@2026-05-10/2026-06-08",)))
    assert [item["recordedDate"] for item in chart[1:]] == ["2026-05-10", "2026-06-08"]


def test_history_stands_on_the_problem_list_and_symptoms_in_the_encounter() -> None:
    """The column of a case decides the category of its conditions."""
    chart = resources(a_case(history=("icd:C50.412@2019",), symptoms=("icd:R51.9@2026-06-08",)))
    categories = [item["category"][0]["coding"][0]["code"] for item in chart[1:]]
    assert categories == ["problem-list-item", "encounter-diagnosis"]


def test_death_without_a_date_is_a_boolean() -> None:
    """`pat:deceased` with a date gives deceasedDateTime, without one deceasedBoolean."""
    assert resources(a_case(exclusions=("pat:deceased",)))[0]["deceasedBoolean"] is True
    assert resources(a_case(exclusions=("pat:deceased@2026-06-01",)))[0]["deceasedDateTime"] == "2026-06-01"


@pytest.mark.parametrize(
    "token, element, expected",
    [
        ("lnc:1742-6@2026-06-01{val=130;unit=U/L}", "valueQuantity", {"code": "U/L", "value": 130}),
        ("lnc:1742-6@2026-06-01{val=>300;unit=U/L}", "valueQuantity", {"comparator": ">", "value": 300}),
        (
            "lnc:82810-3@2026-06-01{val=lnc:LA33-6}",
            "valueCodeableConcept",
            {"coding": [{"system": "http://loinc.org", "code": "LA33-6"}]},
        ),
        ("lnc:29463-7@2026-06-01{val=149;unit=lbs}", "valueQuantity", {"unit": "lbs", "value": 149}),
        ("sct:1@2026-06-01{res=Encounter;end=2026-06-02}", "period", {"start": "2026-06-01", "end": "2026-06-02"}),
        ("sct:1@2026-06-01{res=CarePlan}", "period", {"start": "2026-06-01"}),
    ],
)
def test_options_of_a_token_become_elements(token: str, element: str, expected: dict[str, object]) -> None:
    """Each option of the grammar is found again in the resource."""
    resource = resource_of(next(facts_of(token, "symptoms")))
    assert resource[element].items() >= expected.items()


def test_a_token_that_cannot_be_read_is_named() -> None:
    """A typing error in a case is an error, not an absent finding."""
    with pytest.raises(ValueError, match="R51"):
        list(facts_of("R51.9 on 8 June", "symptoms"))


def test_prefetch_hands_out_resources_by_the_type_at_the_head_of_each_template() -> None:
    """A read is answered by the patient, a search by a searchset, a search without matches by an empty one."""
    templates = {"p": "Patient/{{context.patientId}}", "c": "Condition?patient=1", "i": "Immunization?patient=1"}
    answers = prefetch(a_case(symptoms=("icd:R51.9@2026-06-08",)), templates)
    assert answers["p"]["id"] == "t1"
    assert [entry["resource"]["id"] for entry in answers["c"]["entry"]] == ["t1-1"]
    assert answers["i"] == {"resourceType": "Bundle", "type": "searchset", "total": 0}


def test_a_collection_has_neither_total_nor_search_modes() -> None:
    """Only searches count their matches."""
    assert bundle_of([{"id": "x"}], "collection") == {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": {"id": "x"}}],
    }
