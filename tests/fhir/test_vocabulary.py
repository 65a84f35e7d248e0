"""The systems in which codes are read: the knowledge's own in every known form, other countries' ICD-10 by setting."""

import re
from pathlib import Path
from typing import Any

import pytest

from cds_service.fhir.elements.vocabulary import STANDARD, Vocabulary
from rules.codes import catalogue
from rules.facts import Code, System
from rules.systems import ALIASES
from tests.builders import (
    SNOMED,
    Chart,
    Resource,
    a_patient,
    answer_for,
    answer_to,
    call_of,
    concept,
    condition,
    observation,
    topics,
    trace,
)

pytestmark = pytest.mark.anyio
WHO = "http://hl7.org/fhir/sid/icd-10"
GM = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
HISTORY = a_patient().with_history()
OPERATE = Path(__file__).parents[2] / "docs" / "operate.md"


async def answer_with(chart: Chart, *systems: str) -> Any:  # noqa: ANN401 - parsed JSON
    """The answer of a service that reads these systems too."""
    return (await answer_to(call_of(chart.prefetch()), icd10_systems=systems)).json()


@pytest.mark.parametrize("form", ["urn:oid:{oid}", "{oid}", "{url}", "{url}/"])
@pytest.mark.parametrize(
    "url, oid, code",
    [
        ("http://hl7.org/fhir/sid/icd-10-cm", "2.16.840.1.113883.6.90", "R51.9"),
        ("http://snomed.info/sct", "2.16.840.1.113883.6.96", "25064002"),
    ],
)
async def test_a_code_counts_in_every_known_form_of_its_system(form: str, url: str, oid: str, code: str) -> None:
    """By URL, with a slash too many, by OID as a URN, and by the bare OID."""
    system = form.format(url=url, oid=oid)

    assert topics(await answer_for(HISTORY.with_(condition(code, system=system)))) == {"brain": "info"}


@pytest.mark.parametrize(
    "system",
    ["http://hl7.org/fhir/sid/icd-10-cm/x", "http://hl7.org/fhir/icd-10-cm", "icd", "urn:oid:", WHO, GM],
)
async def test_a_form_that_is_not_known_is_not_guessed(system: str) -> None:
    """A system is one of a list of names, or none."""
    assert topics(await answer_for(HISTORY.with_(condition("R51.9", system=system)))) == {}


@pytest.mark.parametrize("code, topic", [("R05", "lung"), ("R51", "brain"), ("R519", "brain")])
async def test_a_code_of_an_older_release_counts(code: str, topic: str) -> None:
    """Cough and headache had no fourth character before October 2021 and 2020; dots may be missing."""
    found = condition(code, "2026-06-02", onsetDateTime="2026-05-01")

    assert list(topics(await answer_for(HISTORY.with_(found)))) == [topic]


@pytest.mark.parametrize("system", [WHO, GM])
@pytest.mark.parametrize(
    "record, topic",
    [
        ("R51", "brain"),
        ("R05", "lung"),
        ("N63", "local"),
        ("n63", "local"),
        ("N63.-", "local"),
        ("G81.1", "brain"),
        ("G811", "brain"),
        ("G81.1+", "brain"),
        ("R51!", "brain"),
        ("R51.", "brain"),
        (" G81 1 ", "brain"),
    ],
)
async def test_a_code_of_another_countrys_icd_10_stands_for_its_category(system: str, record: str, topic: str) -> None:
    """Where the setting names the system; without the setting it says nothing."""
    chart = HISTORY.with_(condition(record, onsetDateTime="2026-05-01", system=system))

    assert list(topics(await answer_with(chart, WHO, GM))) == [topic]
    assert topics(await answer_with(chart)) == {}
    assert topics(await answer_with(chart, "urn:other")) == {}


@pytest.mark.parametrize("code", ["R06.0", "M54.5", "R05.3", "Z85.3", "C79.3", "R5", "R5111111", "", "51"])
async def test_a_category_that_is_not_listed_whole_says_nothing(code: str) -> None:
    """Below the category national editions differ, so that nothing is taken over."""
    vocabulary = Vocabulary(frozenset({WHO}))

    assert vocabulary.listed(WHO, code) is None
    assert topics(await answer_with(HISTORY.with_(condition(code, system=WHO)), WHO)) == {}


async def test_a_history_in_another_countrys_icd_10_is_one() -> None:
    """It is written down as the category, and the card says so."""
    past = condition("C50.4", "2019-03-10", system=GM, clinicalStatus=concept("remission", "c"))
    chart = a_patient().with_(past, condition("R51", system=GM))

    answer = await answer_with(chart, GM)

    assert trace(answer)["state"] == "treated"
    assert topics(answer) == {"brain": "info"}
    assert "Headache on 2026-06-02" in answer["cards"][0]["detail"]
    assert trace(await answer_with(chart))["state"] == "none"


@pytest.mark.parametrize(
    "record",
    [
        {"resourceType": "Encounter", "status": "finished", "period": {"start": "2026-06-10"}},
        observation("local", system="urn:x", valueCodeableConcept=concept("R51", WHO)),
        observation("local", system="urn:x", component=[{"code": concept("R51", WHO), "valueBoolean": True}]),
        observation("R51", system=WHO, valueQuantity={"value": 5}),
    ],
)
async def test_another_countrys_code_is_read_wherever_a_code_may_stand(record: Resource) -> None:
    """Not in diagnoses alone."""
    more = {"reasonCode": [concept("R51", WHO)]} if record["resourceType"] == "Encounter" else {}

    assert topics(await answer_with(HISTORY.with_(record | more), WHO)) == {"brain": "info"}


def test_what_is_recorded_is_the_category_of_icd_10_cm() -> None:
    """So that rules and cards need not know of other countries."""
    assert Vocabulary(frozenset({GM})).listed(GM, "R51") == (Code(System.ICD10CM, "R51"), ("headache",))
    assert STANDARD.listed(GM, "R51") is None
    assert STANDARD.listed(SNOMED, "25064002") == (Code(System.SNOMED, "25064002"), ("headache",))


def test_every_alias_is_a_form_of_one_system() -> None:
    """URL and OID have two forms each, and HL7's systems have URLs of earlier releases."""
    forms = {system: list(ALIASES.values()).count(system) for system in System}

    hl7 = {System.YES_NO: 5, System.EXPANDED_YES_NO: 5, System.NULL_FLAVOR: 5, System.INTERPRETATION: 7}
    assert forms == dict.fromkeys(System, 4) | hl7 | {System.DATA_ABSENT_REASON: 2}


def test_the_categories_that_are_read_are_documented_and_no_others() -> None:
    """An operator sees in docs/operate.md what a setting will find."""
    section = OPERATE.read_text(encoding="utf-8").partition("## ICD-10 of other countries")[2].partition("\n## ")[0]
    paragraphs = [part for part in section.split("\n\n") if part.startswith("`")]
    whole, alone = (tuple(re.findall(r"`([^`]+)`", part)) for part in paragraphs)

    assert whole == catalogue().categories(whole=True)
    assert alone == catalogue().categories(whole=False)
    for category in whole:
        assert catalogue().of_category(f"{category[:3]}.9") == catalogue().of_category(category[:3]) is not None
    for category in alone:
        assert catalogue().of_category(f"{category}.9") is None
        assert catalogue().of_category(category) is not None
