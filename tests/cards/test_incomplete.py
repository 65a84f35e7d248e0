"""The card that says what could not be checked."""

from dataclasses import replace

from cards.context import Seen
from cards.incomplete import unchecked_card, unknown_chart_card
from cards.model import Form
from cards.recurrence import cards
from rules.assess import assess
from rules.facts import Facts, Gap, UnreadableRecord
from rules.outcome import Missing
from tests.evaluating import CASES, assessed, facts_of_case


def test_unseen_observations_get_a_card_beside_those_that_fired() -> None:
    """The lump is shown; what was not seen is said."""
    found = cards(assessed("V001", gaps=(Gap("Observation", "late"),)), Seen())

    assert [card.topic for card in found] == ["local", "incomplete"]
    assert found[1].level.indicator == "info"
    assert "- Symptoms, weights and laboratory values: not received in time" in found[1].detail


def test_without_a_cancer_unseen_observations_get_no_card() -> None:
    """The trace names them; a card for everybody would be noise."""
    assert cards(assess(Facts(gaps=(Gap("Observation", "late"),)), CASES["V001"].as_of), Seen()) == ()


def test_a_cancer_that_can_not_be_read_gets_a_card() -> None:
    """The only record that could have opened the gate."""
    unreadable = UnreadableRecord("Condition/1", "Condition", frozenset({"bc_invasive"}), "modifier")
    (card,) = cards(assess(Facts(unreadable=(unreadable,)), CASES["V001"].as_of), Seen())

    assert card.topic == "incomplete"
    assert card.evidence == ("Condition/1",)
    assert "could not be read" in card.summary


def test_the_dead_and_those_in_hospice_get_no_card_about_what_is_missing() -> None:
    """Nothing is asked of them."""
    facts = replace(facts_of_case("V077"), gaps=(Gap("Observation", "late"),))

    assert unchecked_card(assess(facts, CASES["V077"].as_of)) is None


def test_many_gaps_are_counted() -> None:
    """Eight are named."""
    reasons = ("late", "date", "value", "status", "modifier", "no-subject", "not-r4", "not-fhir", "not-json", "other")
    card = unknown_chart_card(tuple(Missing("Condition", reason) for reason in reasons))

    assert card.detail.count("- Diagnoses: ") == 8
    assert "- … + 2 more" in card.detail


def test_a_card_of_what_was_not_read_names_the_values_without_a_unit_too() -> None:
    """They have no card of their own, but where there is one they stand on it."""
    from tests.evaluating import made  # noqa: PLC0415

    case = made(
        "lnc:29463-7@2026-06-10{val=70}", "icd:R51.9@2026-06-10{res=Observation;st=odd}", as_of=CASES["V001"].as_of
    )
    (card,) = cards(assessed(case), Seen())

    assert card.topic == "incomplete"
    assert "- A body weight: no unit" in card.detail
    assert "- A record: status not readable" in card.detail


def test_a_client_with_little_room_gets_fewer_lines_and_how_many_there_are_more() -> None:
    """What to ask the patient stays."""
    reasons = ("inactive", "linked", "merged", "replaced", "modifier", "medication-not-sent", "wrong-type")
    items = tuple(Missing(f"Condition/{reason}", reason) for reason in reasons)

    short, whole = unknown_chart_card(items, Form(detail_length=600)), unknown_chart_card(items)

    assert len(short.detail) <= 600
    assert "more" in short.detail
    assert "more" not in whole.detail
    assert short.detail.endswith("Does not replace clinical judgement.")


def test_a_record_that_is_no_longer_written_in_is_part_of_what_was_not_checked() -> None:
    """With what the rules missed."""
    seen = Seen(elsewhere=(Gap("Patient", "replaced"),), live=False)

    card = unchecked_card(assessed("V001", gaps=(Gap("Observation", "late"),)), seen)

    assert card is not None
    assert card.detail.count("\n- ") == 2
