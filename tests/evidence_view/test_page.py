"""The page as a whole: who, what was concluded, what was not read; as HTML in which a record is text alone."""

import html
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from msgspec import Raw

from cards.words import Language
from cds_service.evidence_view.html import error_html, evidence_html, page_headers
from cds_service.evidence_view.page_model import page_of
from cds_service.evidence_view.patient_banner import banner_of
from cds_service.evidence_view.phrases import phrases_in
from cds_service.fhir.reading.validation import validate_evidence
from cds_service.security.urls import BaseUrl
from rules.assess import SiteOutcome
from rules.facts import Gap
from rules.gate.state import State
from tests.builders import DAY, SNOMED, Chart, a_patient, concept, condition, observation
from tests.evidence_view.shown import loaded, page_for

SITE = a_patient().with_history()
ENGLISH = phrases_in(Language.ENGLISH)


def html_for(chart: Chart, **more: Any) -> str:  # noqa: ANN401 - what page_for takes
    """The page of a chart as text."""
    return evidence_html(page_for(chart, **more), drop_query=False).decode()


@pytest.mark.parametrize(
    "patient, name, born, sex, number",
    [
        ({}, "Name not recorded", "", "not recorded", ""),
        ({"name": [{"given": ["Ada", "B."], "family": "Byron"}]}, "Ada B. Byron", "", "not recorded", ""),
        (
            {"name": [{"use": "maiden", "family": "Old"}, {"family": "New"}, {"use": "official", "text": "Lady New"}]},
            "Lady New", "", "not recorded", "",
        ),
        ({"name": "Ada", "gender": 7, "birthDate": 1, "identifier": "x"}, "Name not recorded", "", "not recorded", ""),
        ({"birthDate": "1966-01", "gender": "female"}, "Name not recorded", "1966-01", "female", ""),
        (
            {"identifier": [{"value": "1"}, {"value": "2", "type": {"coding": [{"code": "MR"}]}}]},
            "Name not recorded", "", "not recorded", "2",
        ),
        ({"name": [{"family": "x" * 300}]}, "x" * 79 + "…", "", "not recorded", ""),
        ({"name": [{"family": "a\u202eb\nc"}]}, "ab c", "", "not recorded", ""),
    ],
    ids=["nothing", "given", "official", "wrong-types", "birth", "record-number", "long", "hidden"],
)  # fmt: skip
def test_the_patient_is_named_as_recorded_on_one_line(
    patient: dict[str, object], name: str, born: str, sex: str, number: str
) -> None:
    """What is not recorded is said, what is long is cut, what is hidden is left out."""
    found = banner_of(Raw(json.dumps({"resourceType": "Patient", **patient}).encode()), ENGLISH)

    assert (found.name, found.born, found.sex, found.number) == (name, born, sex, number)


def test_no_patient_is_no_name() -> None:
    """A chart that came without one."""
    assert banner_of(None, ENGLISH).name == "Name not recorded"


def test_a_site_with_a_card_says_what_the_card_says() -> None:
    """The same sentence, its urgency, its orders and its rules; it stands before the others."""
    page = page_for(SITE.with_lump())

    first = page.sites[0]
    assert (first.site, first.level, first.urgency) == ("Breast and chest wall", "warning", "within about two weeks")
    assert first.summary.startswith("New lump in the left breast after breast cancer 2019")
    assert "Diagnostic mammography" in first.orders
    assert first.rules == "LOC-1 1.0.1"
    assert {site.outcome for site in page.sites[1:]} == {"Nothing found"}


def test_every_state_and_every_outcome_has_words() -> None:
    """None is shown as a code."""
    assert set(ENGLISH.tables["state"]) == {state.value for state in State}
    assert set(ENGLISH.tables["outcome"]) == {outcome.value for outcome in SiteOutcome}


def test_what_was_not_read_stands_before_the_timeline_with_its_reason() -> None:
    """It is not known to be normal."""
    page = page_for(SITE, gaps=(Gap("Procedure", "late"), Gap("Observation", "unauthorized")))
    text = evidence_html(page, drop_query=False).decode()

    assert page.unread == (
        "Procedures: not received in time",
        "Symptoms, weights and laboratory values: access refused",
    )
    assert "What was not read is not known to be normal." in text
    assert text.index("not received in time") < text.index('id="timeline"')


def test_a_record_that_could_not_be_read_is_named_by_its_reference() -> None:
    """So that somebody can look."""
    assert page_for(SITE.with_(condition("R51.9", "no date"))).unread == ("A record (Condition/r2): date not readable",)


def test_what_is_unsettled_about_the_history_is_said() -> None:
    """Suspicion, a denial, pregnancy, palliative care, a marker, another record of the patient."""
    chart = (
        a_patient(link=[{"type": "seealso", "other": {"reference": "Patient/2"}}])
        .with_history()
        .with_(
            condition("C79.31", "2026-06-01", verificationStatus=concept("provisional", "verification")),
            condition("Z33.1", "2026-05-01", clinicalStatus=concept("active", "clinical")),
            condition("Z51.5", "2026-05-01"),
            observation("6875-9", "2026-06-01", interpretation=[concept("H", "x")], valueQuantity={"value": 99}),
        )
    )
    notes = " ".join(page_for(chart).notes)

    for part in (
        "First dated 2019-03-10",
        "suspected",
        "Pregnant now",
        "Palliative care",
        "tumour marker",
        "another one",
    ):
        assert part in notes


def test_a_history_without_a_date_says_so() -> None:
    """Then every recent finding is taken to be later."""
    assert page_for(a_patient().with_(condition("C50.412", None))).notes[0].startswith("Its date is not on record")


def test_text_of_the_record_stays_text() -> None:
    """Whatever a name or an id says, no element and no attribute comes of it."""
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    chart = a_patient(name=[{"family": evil}]).with_history().with_(condition("R51.9", id=evil))
    text = html_for(chart)

    assert "<script>alert" not in text
    assert "<img" not in text
    assert html.escape(evil)[:20] in text.replace("&#34;", "&quot;")


def test_the_page_holds_no_inline_script_or_style() -> None:
    """Its policy would refuse them."""
    text = html_for(SITE.with_lump())

    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", text) == []
    assert re.findall(r"\s(?:style|on\w+)=", text) == []
    assert "<style" not in text
    assert set(re.findall(r'(?:src|href)="([^#"]+)"', text)) <= {
        *("../evidence/icon.svg", "../evidence/evidence.css", "../evidence/evidence.js", "../evidence/echarts.min.js")
    }


def test_only_listed_pages_may_frame_it_and_nobody_keeps_it() -> None:
    """None where nobody is listed."""
    mine = page_headers((BaseUrl("https", "portal.example", 443),))
    nobodys = page_headers()

    assert mine["Content-Security-Policy"].endswith("frame-ancestors https://portal.example")
    assert nobodys["Content-Security-Policy"].endswith("frame-ancestors 'none'")
    assert nobodys["Cache-Control"] == "no-store"


def test_every_error_of_a_launch_has_a_sentence_and_others_have_one_for_all() -> None:
    """A page is never empty."""
    assert b"Access to the chart was not granted" in error_html("smart-refused", "1", Language.ENGLISH)
    assert b"Something went wrong on our side" in error_html("internal-error", "1", Language.ENGLISH)


def test_the_same_chart_gives_the_same_page() -> None:
    """Byte for byte."""
    assert html_for(SITE.with_lump()) == html_for(SITE.with_lump())


def test_evidence_that_is_not_valid_fhir_is_named() -> None:
    """It counts, and whoever reads it should know."""
    lump = condition("N63.21", recordedDate="2026-06-02T10:00:00")
    chart = loaded(SITE.with_(lump))

    assert validate_evidence({"Condition/r2"}, chart.pool.candidates).flagged == {"Condition/r2"}
    assert page_of(chart, DAY, Language.ENGLISH).flagged == "Condition/r2"
    assert "Condition/r2" in html_for(SITE.with_(lump))


def test_a_source_that_was_read_in_part_is_said() -> None:
    """What lies before is not known."""
    chart = replace(loaded(SITE), partial=(Gap("Observation", "next-page"),))

    assert page_of(chart, DAY, Language.ENGLISH).unread == (
        "Earlier symptoms, weights and laboratory values were not read.",
    )


def test_a_denial_of_the_cancer_is_named() -> None:
    """The records conflict, and the history stands."""
    notes = page_for(SITE.with_(condition("700146008", "2026-01-01", system=SNOMED))).notes

    assert "A later record (Condition/r2) denies breast cancer. The records conflict; the history stands." in notes
