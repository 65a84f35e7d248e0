"""The value sets say of every code what the rules' own index says."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cds_service.publication.artefacts.compose import Listing
from cds_service.publication.artefacts.library import artefact, builders
from rules.codes import Catalogue, catalogue, read_rows
from rules.facts import Code, System

HEADER = "concept,role,site,system,code,display,descendants,note,verified_in\n"
NESTED = """a,symptom,brain,icd-10-cm,R10,A,y,,
b,symptom,brain,icd-10-cm,R10.1,B,y,,
a,symptom,brain,icd-10-cm,R10.12,A again,y,,
b,symptom,brain,icd-10-cm,R10.123,B again,y,,
a,symptom,brain,icd-10-cm,R10.13,A alone,n,,
b,symptom,brain,icd-10-cm,R10.2,B alone,n,,
a,symptom,brain,icd-10-cm,R10.3,A in its own,n,,
b,symptom,brain,icd-10-cm,R10.1,B as well,n,,
a,symptom,brain,icd-10-cm,R11,A with B,y,,
b,symptom,brain,icd-10-cm,R11,B with A,y,,
b,symptom,brain,icd-10-cm,R11.5,B at A and B,n,,
c,symptom,brain,icd-10-cm,C00-C02,Range,y,,
a,symptom,brain,icd-10-cm,C01.1,In the range,y,,
c,symptom,brain,snomed,123456,C,y,,
"""
"""Every way in which a longer listed code takes from a shorter one, or gives back."""


def _holds(compose: dict[str, Any], code: Code) -> bool:
    """Whether a code is in a value set, by FHIR's meaning of include, exclude and the filters that are used."""
    included = any(_matches(part, code) for part in compose["include"])
    return included and not any(_matches(part, code) for part in compose.get("exclude", []))


def _matches(part: dict[str, Any], code: Code) -> bool:
    if part["system"] != code.system.value:
        return False
    if "concept" in part:
        return code.value in {concept["code"] for concept in part["concept"]}
    return all(_passes(each, code.value) for each in part["filter"])


def _passes(condition: dict[str, str], value: str) -> bool:
    below = value.startswith(condition["value"])
    return {"is-a": below, "is-not-a": not below, "not-in": value not in condition["value"].split(",")}[condition["op"]]


def _codes(index: Catalogue) -> Iterator[Code]:
    """Every listed code; of ICD-10-CM also what would be above and below it."""
    for row in index.rows:
        yield row.code
        if row.code.system is System.ICD10CM:
            first = row.code.value.partition("-")[0]
            category, longer = first[:3], f"{first}." if len(first) == 3 else first
            values = [category, f"{category}.9", f"{category}.Z", *(f"{longer}{end}" for end in ("0", "1", "9", "X1"))]
            values += [first[:length] for length in range(5, len(first))]
            yield from (Code(System.ICD10CM, value) for value in values)


@pytest.mark.sweep
def test_a_code_is_in_the_value_sets_of_its_concepts_and_in_no_other() -> None:
    """Every listed code, and longer and shorter ones made up from it."""
    codes = set(_codes(catalogue()))
    names = {row.concept for row in catalogue().rows}
    sets = {name: json.loads(artefact("ValueSet", name.replace("_", "-")) or b"")["compose"] for name in names}

    wrong = [
        (code.value, name)
        for code in codes
        for name, compose in sets.items()
        if _holds(compose, code) is not (name in catalogue().concepts(code))
    ]

    assert len(codes) > 1000
    assert wrong == []


def test_a_code_in_lists_that_lie_within_each_other_belongs_to_the_longest() -> None:
    """Also where a concept gets back a part of what another took from it."""
    rows = tuple(read_rows("brain", HEADER + NESTED))
    index, listing = Catalogue(rows), Listing(rows)
    codes = {*_codes(index), *(Code(System.ICD10CM, f"R10.1{n}{end}") for n in range(10) for end in ("", "3", "34"))}

    found = {(c.value, name): _holds(listing.compose(name), c) for c in codes for name in ("a", "b", "c")}

    assert found == {(c.value, name): name in index.concepts(c) for c in codes for name in ("a", "b", "c")}


def test_there_is_a_value_set_of_every_concept_and_of_nothing_else() -> None:
    """Under its key, with hyphens, as an id has no underscore."""
    ids = [name for kind, name in builders() if kind == "ValueSet"]

    assert sorted(ids) == sorted({row.concept.replace("_", "-") for row in catalogue().rows})


@pytest.mark.parametrize("name, below, subtypes", [("headache", True, True), ("lab-alt", False, False)])
def test_a_value_set_says_how_far_below_its_codes_it_reaches(name: str, below: object, subtypes: object) -> None:
    """Subtypes of SNOMED CT are not expanded by the rules either."""
    told = json.loads(artefact("ValueSet", name) or b"")["description"]

    assert ("counts with everything below it" in told) is below
    assert ("a subtype only where it is listed itself" in told) is subtypes
