"""The timeline: every record that matters is there, in its lane, with what became of it and why."""

from datetime import date

import pytest

from cards.words import Language
from cds_service.evidence_view.finding_marks import finding_marks
from cds_service.evidence_view.marks import Lane
from cds_service.evidence_view.page_model import MOST, SHOWN
from cds_service.evidence_view.phrases import phrases_in
from cds_service.evidence_view.timeline import LEFT, WIDTH
from rules.assess import SiteOutcome, assess
from rules.case import Case
from tests.builders import LOINC, SNOMED, Resource, a_patient, concept, condition, observation, weight
from tests.evaluating import CASES, facts_of_case
from tests.evidence_view.shown import lane, page_for, told

SITE = a_patient().with_history()
ACTIVE: Resource = {"clinicalStatus": concept("active", "clinical")}
RESOLVED: Resource = {"clinicalStatus": concept("resolved", "clinical")}
REFUTED: Resource = {"verificationStatus": concept("refuted", "verification")}


def test_a_finding_that_counts_says_for_which_site_by_which_rule_and_how_urgent() -> None:
    """With its source, its status and its date as it was recorded."""
    headache = condition("R51.9", "2026-06-02", onsetDateTime="2026-05", clinicalStatus=concept("active", "clinical"))
    (mark,) = lane(page_for(SITE.with_(headache)), Lane.COUNTED)

    assert (mark.label, mark.fate) == ("Headache", "counts")
    assert mark.why == ("Brain, rule BRAIN-1: within about two weeks.",)
    assert (mark.written, mark.since, mark.status) == ("2026-06-02", "since 2026-05", "active")
    assert mark.sources == ("Condition/r2",)
    assert mark.title == "Headache, 2026-06-02, counts, active, Condition/r2"


@pytest.mark.parametrize(
    "record, fate, why",
    [
        (condition("R51.9", "2018-01-02"), "before-cancer", "Began 2018-01-02, before the cancer of 2019-03-10."),
        (condition("R51.9", "2024-01-02"), "too-old", "Older than 90 days."),
        (condition("R51.9", "2026-06-02", **RESOLVED), "ended", "Says that it is over."),
        (
            condition("R51.9", "2026-06-02", **REFUTED),
            "says-nothing",
            "Refuted, entered in error, planned, or without a value.",
        ),
        (condition("R51.9", "2026-09-02"), "in-future", "Dated after the day that is looked at."),
        (condition("R51.9", "no date"), "unreadable", "A deciding element can't be read."),
        (
            observation("25064002", "2026-06-10", system=SNOMED, valueBoolean=False),
            "denies",
            "Says that it is absent.",
        ),
    ],
    ids=["before", "old", "ended", "refuted", "future", "unreadable", "denied"],
)
def test_a_finding_that_does_not_count_says_why(record: Resource, fate: str, why: str) -> None:
    """Each reason in its own words."""
    (found,) = told(page_for(SITE.with_(record)), Lane.NOT_COUNTED)

    assert found[1:] == (fate, (why,))


def test_a_finding_that_a_later_record_takes_away_names_that_record() -> None:
    """So that both can be looked up."""
    page = page_for(SITE.with_(condition("R51.9", "2026-05-02"), condition("R51.9", "2026-06-02", **RESOLVED)))

    fates = {mark.fate: mark.why for mark in lane(page, Lane.NOT_COUNTED)}
    assert fates["cancelled"] == ("A later record (Condition/r3) says that it is absent or over.",)


def test_a_finding_that_is_lowered_names_the_explanation_which_stands_beside_it() -> None:
    """Degenerative disease lowers bone pain by one step; it says itself what it was weighed against."""
    pain = condition("12584003", "2026-06-06", system=SNOMED)
    page = page_for(SITE.with_(pain, condition("M16.9", "2015-01-01", **ACTIVE)))

    (finding,) = told(page, Lane.COUNTED)
    assert finding[2] == ("Bone, rule BONE-1: one step less urgent, because of degenerative disease: routine.",)
    (explanation,) = told(page, Lane.EXPLANATION)
    assert explanation[1:] == ("considered", ("Weighed against: Bone.",))


def test_a_finding_that_is_explained_makes_no_card_and_says_why() -> None:
    """A headache that is not severe, beside migraine."""
    page = page_for(SITE.with_(condition("R51.9"), condition("G43.909", "2015-01-01", **ACTIVE)))

    (finding,) = told(page, Lane.NOT_COUNTED)
    assert finding[1:] == ("explained", ("Brain, rule BRAIN-1: no card, because of migraine.",))


def test_a_loss_of_weight_that_is_intended_is_shown_and_explained() -> None:
    """No rule takes it up; it is a number that somebody would miss."""
    drug = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": concept("1991302", "http://www.nlm.nih.gov/research/umls/rxnorm"),
        "authoredOn": "2026-01-01",
    }
    page = page_for(SITE.with_(weight(80, "2025-09-01"), weight(70, "2026-06-01"), drug))

    (finding,) = told(page, Lane.NOT_COUNTED)
    assert finding[1:] == ("explained", ("Liver: not counted, because of a GLP-1 agonist.",))


@pytest.mark.sweep
def test_every_site_with_a_card_or_an_explanation_has_a_mark_that_says_so() -> None:
    """In every case of the knowledge."""
    for name, stated in CASES.items():
        facts = facts_of_case(name)
        assessment, case = assess(facts, stated.as_of), Case(facts, stated.as_of)
        marks = tuple(finding_marks(assessment, case, phrases_in(Language.ENGLISH)))
        outcomes = {site.outcome for site in assessment.sites}
        assert (SiteOutcome.CARD in outcomes) == any(mark.lane is Lane.COUNTED for mark in marks), name
        assert SiteOutcome.EXPLAINED not in outcomes or any(mark.fate == "explained" for mark in marks), name


def test_a_finding_that_no_rule_takes_up_says_that() -> None:
    """Present and recent, and yet not enough alone."""
    (finding,) = told(page_for(SITE.with_(condition("R42"))), Lane.NOT_COUNTED)

    assert finding[1:] == (
        "on-record",
        ("Present, recent and after the cancer; no rule makes a card of it as it stands.",),
    )


def test_a_measured_finding_is_one_mark_with_its_numbers_and_all_its_sources() -> None:
    """A loss of weight rests on two records."""
    page = page_for(SITE.with_(weight(80, "2025-09-01"), weight(70, "2026-06-01")))

    (mark,) = lane(page, Lane.COUNTED)
    assert mark.label.startswith("Weight 80 kg on 2025-09-01 to 70 kg on 2026-06-01")
    assert mark.sources == ("Observation/r3", "Observation/r2")


def test_the_cancer_its_treatments_and_what_is_no_proof_are_told_apart() -> None:
    """A suspicion and a receptor prove nothing; a treatment needs no word."""
    page = page_for(
        SITE.with_(
            condition("C79.31", "2026-06-01", verificationStatus=concept("provisional", "verification")),
            condition("Z17.0", "2019-03-11"),
            {
                "resourceType": "Procedure",
                "status": "completed",
                "code": concept("392021009", SNOMED),
                "performedDateTime": "2019-04-08",
            },
        )
    )

    assert [fate for _, fate, _ in told(page, Lane.CANCER)] == ["suspected", "on-record", "history"]
    assert [fate for _, fate, _ in told(page, Lane.TREATMENT)] == ["treatment"]


def test_work_up_says_what_it_answers() -> None:
    """Ordered, done and void are three things; without a card nothing is said of answers."""

    def order(number: int, status: str, when: str = "2026-06-05") -> Resource:
        return {
            "resourceType": "ServiceRequest",
            "id": f"order-{number}",
            "status": status,
            "intent": "order",
            "code": concept("24605-8", LOINC),
            "authoredOn": when,
        }

    orders = (order(1, "active"), order(2, "revoked"), order(3, "completed", "2024-01-01"))
    page = page_for(SITE.with_lump().with_(*orders))
    quiet = page_for(SITE.with_(*orders))

    answers = ("Answers “Diagnostic mammography” for Breast and chest wall.",)
    assert told(page, Lane.WORKUP) == [
        ("MG Breast Diagnostic", "ordered", answers),
        ("MG Breast Diagnostic", "void", ("Cancelled, not done or entered in error: does not count.",)),
        ("MG Breast Diagnostic", "ordered", ("Not an answer to the present findings.",)),
    ]
    assert [why for _, fate, why in told(quiet, Lane.WORKUP) if fate == "ordered"] == [(), ()]


def test_a_patient_out_of_scope_has_findings_that_nobody_judged() -> None:
    """In hospice care."""
    hospice = condition("Z51.5", "2026-06-01")
    page = page_for(a_patient(deceasedBoolean=True).with_history().with_(condition("R51.9"), hospice))

    (finding,) = told(page, Lane.NOT_COUNTED)
    assert finding[1:] == ("on-record", ("Not judged: the patient is out of scope.",))


def test_a_long_lane_is_folded_and_then_cut_and_says_so() -> None:
    """What is not listed is counted."""
    many = tuple(
        condition("R51.9", f"20{year}-{month:02}-{day:02}")
        for year in (24, 25)
        for month in range(1, 13)
        for day in range(1, 7)
    )
    page = page_for(SITE.with_(*many))

    (found,) = [each for each in page.lanes if each.id == Lane.NOT_COUNTED]
    assert (len(found.shown), len(found.folded)) == (SHOWN, MOST - SHOWN)
    assert found.left == len(many) - MOST
    dates = [mark.written for mark in found.shown]
    assert dates == sorted(dates, reverse=True)


def test_the_last_year_has_the_wider_part_of_the_drawing() -> None:
    """A day of it is further from the next than one of the years before; today stands at the right."""
    page = page_for(SITE.with_(condition("R51.9", "2026-06-15"), condition("C50.412", "2010-01-01")))
    assert page.overview is not None
    assert page.overview.turn is not None

    places = {mark.title.partition(",")[0]: mark.x for row in page.overview.lanes for mark in row.marks}
    assert (
        LEFT
        < places["Malignant neoplasm of upper-outer quadrant of left female breast"]
        < page.overview.turn
        < places["Headache"]
        < WIDTH
    )
    assert [tick.x for tick in page.overview.ticks] == sorted(tick.x for tick in page.overview.ticks)


def test_a_chart_of_the_last_year_alone_has_no_turn() -> None:
    """The whole width is that year."""
    page = page_for(a_patient().with_(condition("C50.412", "2026-01-01")))

    assert page.overview is not None
    assert page.overview.turn is None


def test_a_chart_without_a_date_has_no_drawing() -> None:
    """There is nowhere to put its marks; the lists hold them."""
    page = page_for(a_patient().with_(condition("C50.412", None)), date(2026, 6, 15))

    assert page.overview is None
    assert [mark.written for mark in lane(page, Lane.CANCER)] == ["no date"]


def test_a_vaccination_is_shown_where_it_was_weighed_and_only_there() -> None:
    """Beside a node of the axilla."""
    shot = {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": concept("207", "http://hl7.org/fhir/sid/cvx"),
        "occurrenceDateTime": "2026-06-01",
    }
    with_node = page_for(SITE.with_(condition("R59.0", "2026-06-10", bodySite=[{"text": "axilla"}]), shot))
    without = page_for(SITE.with_(condition("R51.9"), shot))

    assert [label for label, _, _ in told(with_node, Lane.EXPLANATION)] == ["Vaccination"]
    assert told(without, Lane.EXPLANATION) == []
