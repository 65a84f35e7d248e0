"""Every language of the page says all that the others say, and a page is in one language from its head to its foot."""

import re
from collections.abc import Iterator
from importlib.resources import files

import pytest

from cards.words import Language
from cds_service.evidence_view.html import error_html, evidence_html
from cds_service.evidence_view.marks import Lane
from cds_service.evidence_view.phrases import phrases_in
from cds_service.evidence_view.plots import Number
from cds_service.fhir.elements.elements import OBSERVATION
from cds_service.fhir.reading.condition import CLINICAL, VERIFICATION
from cds_service.fhir.reading.encounter import STATUSES as VISIT
from cds_service.fhir.reading.questionnaire_response import STATUSES as ANSWERS
from rules.explain.record_fates import Fate
from tests.builders import SNOMED, a_patient, concept, condition, observation, weight
from tests.evidence_view.shown import lane, page_for, told

ENGLISH, GERMAN = phrases_in(Language.ENGLISH), phrases_in(Language.GERMAN)
SITE = a_patient().with_history()
SAME = {
    "Status": "the same word",
    "Remission": "the same word",
}
"""The German texts that are equal to the English ones, and why."""


def test_every_language_has_a_file_of_words_and_no_file_is_left_over() -> None:
    """As for the cards."""
    names = {each.name for each in (files("cds_service.evidence_view") / "words").iterdir()}

    assert names == {f"{language}.toml" for language in Language}


def test_every_phrase_stands_in_both_languages() -> None:
    """Table by table, in the same order."""
    assert list(GERMAN.tables) == list(ENGLISH.tables)
    for table, phrases in ENGLISH.tables.items():
        assert list(GERMAN.tables[table]) == list(phrases), table


def _both() -> Iterator[tuple[str, str, str]]:
    for table, phrases in ENGLISH.tables.items():
        for name, phrase in phrases.items():
            yield f"{table}.{name}", phrase, GERMAN.tables[table][name]


def test_both_languages_fill_the_same_into_a_phrase() -> None:
    """A value that one of them leaves out would be lost."""
    for name, phrase, german in _both():
        assert set(re.findall(r"\{(\w+)\}", german)) == set(re.findall(r"\{(\w+)\}", phrase)), name


def test_no_german_text_is_its_english_one_but_for_a_few() -> None:
    """A phrase that was copied and never translated."""
    equal = {german for _, phrase, german in _both() if german.casefold() == phrase.casefold()}

    assert equal == SAME.keys()


@pytest.mark.parametrize("language", Language)
def test_every_status_of_a_record_and_all_that_becomes_of_one_has_words(language: Language) -> None:
    """What is no status of FHIR is shown as it was recorded."""
    phrases = phrases_in(language)

    assert phrases.tables["status"].keys() >= CLINICAL | VERIFICATION | OBSERVATION | VISIT | ANSWERS
    assert {fate.value for fate in Fate} <= phrases.tables["fate"].keys()
    assert phrases.tables["lane"].keys() == phrases.tables["lane_short"].keys() == set(Lane)
    assert phrases.status("dubious") == "dubious"


def test_a_german_page_names_findings_cancer_treatments_and_work_up_in_german() -> None:
    """Each by its own code; the site by its heading; the status in words."""
    done = {"resourceType": "Procedure", "status": "completed", "performedDateTime": "2026-06-10"}
    drug = {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "authoredOn": "2026-01-01"}
    page = page_for(
        SITE.with_lump().with_(
            done | {"id": "p", "code": concept("47079000", SNOMED)},
            drug | {"medicationCodeableConcept": concept("72965", "http://www.nlm.nih.gov/research/umls/rxnorm")},
            condition("J44.9", "2020-01-01", clinicalStatus=concept("active", "clinical")),
        ),
        language=Language.GERMAN,
    )

    assert page.sites[0].site == "Brust und Brustwand"
    assert page.sites[0].summary.startswith("Neuer Knoten in der linken Brust nach Brustkrebs 2019")
    (finding,) = told(page, Lane.COUNTED)
    assert finding[2] == ("Brust und Brustwand, Regel LOC-1: innerhalb von etwa zwei Wochen.",)
    assert [mark.label for mark in lane(page, Lane.CANCER)] == ["Bösartige Neubildung der Brust (links)"]
    assert [mark.label for mark in lane(page, Lane.TREATMENT)] == ["Letrozol"]
    assert [mark.label for mark in lane(page, Lane.EXPLANATION)] == ["Sonstige chronische obstruktive Lungenkrankheit"]
    (study,) = lane(page, Lane.WORKUP)
    assert (study.label, study.badge, study.status) == ("Sonographie der Brust", "erfolgt", "abgeschlossen")
    assert study.why == ("Entspricht „Sonographie der Brust“ (Brust und Brustwand).",)


def test_a_record_without_a_code_of_ours_is_called_like_the_concept() -> None:
    """A vaccination is known by its kind, not by its code."""
    shot = {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": concept("207", "http://hl7.org/fhir/sid/cvx"),
        "occurrenceDateTime": "2026-06-01",
    }
    node = condition("R59.0", "2026-06-10", bodySite=[{"text": "axilla"}])
    page = page_for(SITE.with_(node, shot), language=Language.GERMAN)

    assert [mark.label for mark in lane(page, Lane.EXPLANATION)] == ["Impfung"]


def test_german_numbers_have_a_comma_for_the_eye_and_a_point_for_the_plot() -> None:
    """Dates stay as ISO writes them."""
    page = page_for(
        SITE.with_(
            weight(80.4, "2025-09-01"),
            weight(70.2, "2026-06-01"),
            observation("718-7", "2026-06-10", valueQuantity={"value": 9.5, "unit": "g/dL"}),
        ),
        language=Language.GERMAN,
    )
    kilograms, haemoglobin = page.plots

    assert [row.value for row in kilograms.rows] == [Number("80,4", "80.4"), Number("70,2", "70.2")]
    assert [line.value for line in kilograms.lines] == ["76.4"]
    assert "5 % unter 80,4 kg: 76,4 kg" in kilograms.lines[0].label
    assert "\N{MINUS SIGN}12,7 %" in kilograms.said
    assert "2025-09-01" in kilograms.said
    assert haemoglobin.title == "Hämoglobin"
    assert haemoglobin.caption == "Hämoglobin, g/dl; Vergleich: Grenze der Regeln, darunter erniedrigt."
    assert haemoglobin.unit == "g/dl"
    assert haemoglobin.rows[0].value == Number("9,5", "9.5")


@pytest.mark.parametrize("language", Language)
def test_a_page_says_which_language_it_is_in(language: Language) -> None:
    """For whoever has it read aloud; an error too."""
    page = evidence_html(page_for(SITE.with_lump(), language=language), drop_query=False).decode()
    error = error_html("smart-state", "1", language).decode()

    assert f'<html lang="{language}">' in page
    assert f'<html lang="{language}">' in error
    assert phrases_in(language).tables["error_text"]["smart-state"] in error


def test_the_script_of_the_page_says_nothing_by_itself() -> None:
    """All that it writes is on the page already, in its language."""
    script = (files("cds_service.evidence_view") / "static" / "evidence.js").read_text(encoding="utf-8")
    code = "\n".join(line for line in script.splitlines() if not line.lstrip().startswith("//"))

    assert [text for text in re.findall(r'"([^"]*)"', code) if re.search(r"[a-z]+ [a-z]+", text)] == []
