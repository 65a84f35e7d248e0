"""Answers of values, codes, words and interpretations."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from rules.codes import catalogue
from rules.evidence.answer import (
    ABSENT,
    UNKNOWN,
    Answer,
    coded_answer,
    common_answer,
    denied,
    flagged_answer,
    qualifiers,
    value_answer,
    written_answer,
)
from rules.facts import NO_VALUE, Quantity, Value

YES, NO, SILENT, UNCLEAR = Answer.YES, Answer.NO, Answer.UNKNOWN, Answer.UNCLEAR


@pytest.mark.parametrize(
    "concepts, expected",
    [
        ({"value_present"}, YES),
        ({"severity_severe"}, YES),
        ({"severity_mild"}, YES),
        ({"headache"}, YES),
        ({"value_present", "severity_severe"}, YES),
        ({ABSENT}, NO),
        ({UNKNOWN}, SILENT),
        ({ABSENT, "value_present"}, UNCLEAR),
        ({ABSENT, UNKNOWN}, UNCLEAR),
        ({UNKNOWN, "severity_mild"}, UNCLEAR),
    ],
    ids=lambda value: "-".join(sorted(value)) if isinstance(value, set) else value.value,
)
def test_a_listed_code_answers_whatever_its_words_say(concepts: set[str], expected: Answer) -> None:
    """Two codes of one value that contradict each other are unclear."""
    for displays in ((), ("No",), ("Yes",), ("unknown",)):
        assert coded_answer(frozenset(concepts), displays, has_code=True) is expected


@pytest.mark.parametrize(
    "displays, expected",
    [
        pytest.param(("Yes",), YES, id="yes"),
        pytest.param(("Severe headache",), YES, id="severe"),
        pytest.param(("Nachgewiesen",), YES, id="german-yes"),
        pytest.param(("Code 7", "Present"), YES, id="yes-in-the-second"),
        pytest.param(("No",), NO, id="no"),
        pytest.param(("Kein Kopfschmerz",), NO, id="german-no"),
        pytest.param(("Code 7", "Not present"), NO, id="no-in-the-second"),
        pytest.param(("Unknown",), SILENT, id="unknown"),
        pytest.param(("Not examined",), SILENT, id="not-examined"),
        pytest.param(("Keine Angabe",), SILENT, id="german-unknown"),
        pytest.param(("No", "Unknown"), SILENT, id="unknown-beside-no"),
        pytest.param(("Code 7",), UNCLEAR, id="no-word-of-either"),
        pytest.param(("See below",), UNCLEAR, id="other-words"),
        pytest.param((), UNCLEAR, id="no-words"),
        pytest.param(("No", "Present"), UNCLEAR, id="no-beside-yes"),
        pytest.param(("Severe", "Absent"), UNCLEAR, id="severe-beside-absent"),
        pytest.param(("Absent", "Negative for severe pain"), NO, id="two-denials"),
    ],
)
def test_an_unlisted_code_answers_by_its_words(displays: Sequence[str], expected: Answer) -> None:
    """Without a word of yes, no or unknown it is not understood."""
    assert coded_answer(frozenset(), displays, has_code=True) is expected


@pytest.mark.parametrize(
    "displays, expected",
    [
        (("Pressing, behind the eyes",), YES),
        (("none",), NO),
        (("Verneint",), NO),
        (("unbekannt",), SILENT),
        (("not asked",), SILENT),
        ((), None),
    ],
    ids=["description", "none", "german-denial", "german-unknown", "not-asked", "nothing"],
)
def test_a_concept_without_a_code_answers_like_a_text(displays: Sequence[str], expected: Answer | None) -> None:
    """Its text is what somebody wrote."""
    assert coded_answer(frozenset(), displays, has_code=False) is expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("two fingers, left breast", YES),
        ("severe, cause unknown", YES),
        ("yes, no doubt", YES),
        ("ja", YES),
        ("No headache", NO),
        ("denies any pain", NO),
        ("0", NO),
        ("n", NO),
        ("Unauffällig", NO),
        ("normal", NO),
        ("Unknown", SILENT),
        ("N/K, not known to the patient", YES),
        ("not known", SILENT),
        ("prefer not to answer", SILENT),
        ("not examined today", SILENT),
        ("nicht untersucht", SILENT),
        ("k. A.", SILENT),
        ("siehe Befund", SILENT),
    ],
)
def test_a_text_is_a_yes_unless_it_denies_or_avoids(text: str, expected: Answer) -> None:
    """A denial by its first word, a non-answer by its phrase."""
    assert written_answer(text) is expected


@pytest.mark.parametrize("has_value", [True, False], ids=["beside-a-value", "alone"])
@pytest.mark.parametrize(
    "codes, texts, expected",
    [
        pytest.param(("POS",), (), YES, id="positive"),
        pytest.param(("DET",), (), YES, id="detected"),
        pytest.param(("RR",), (), YES, id="reactive"),
        pytest.param(("NEG",), (), NO, id="negative"),
        pytest.param(("ND",), ("Not detected",), NO, id="not-detected"),
        pytest.param(("NR",), (), NO, id="non-reactive"),
        pytest.param((), ("Negative",), NO, id="word"),
        pytest.param((), ("nicht nachweisbar",), NO, id="german-word"),
        pytest.param(("NEG", "ND"), (), NO, id="two-of-one-meaning"),
        pytest.param(("H",), ("High",), None, id="high"),
        pytest.param(("0",), (), None, id="unlisted"),
        pytest.param((), ("Positive",), None, id="word-of-yes"),
        pytest.param((), (), None, id="nothing"),
        pytest.param(("POS", "NEG"), (), UNCLEAR, id="both"),
        pytest.param(("POS",), ("Negative",), UNCLEAR, id="code-against-word"),
        pytest.param(("POS", "N"), (), YES, id="positive-beside-normal"),
    ],
)
def test_an_interpretation_answers_with_or_without_a_value(
    codes: Sequence[str], texts: Sequence[str], expected: Answer | None, *, has_value: bool
) -> None:
    """Positive and negative flags, and words that deny."""
    assert flagged_answer(codes, texts, has_value=has_value) is expected


@pytest.mark.parametrize(
    "codes, texts",
    [
        (("N",), ()),
        (("N",), ("Normal",)),
        (("N",), ("normal (applies to non-numeric results)",)),
        (("N", "H"), ()),
        ((), ("Normal",)),
        (("0",), ("Normal",)),
    ],
    ids=["code", "code-with-display", "code-with-long-display", "beside-another", "word", "word-of-an-unlisted-code"],
)
def test_normal_is_unclear_alone_and_nothing_beside_a_value(codes: Sequence[str], texts: Sequence[str]) -> None:
    """A normal finding of a symptom may be the examination's; its display says no more than its code."""
    assert flagged_answer(codes, texts, has_value=False) is UNCLEAR
    assert flagged_answer(codes, texts, has_value=True) is None


@pytest.mark.parametrize(
    "value, expected",
    [
        pytest.param(Value(boolean=True), YES, id="true"),
        pytest.param(Value(boolean=False), NO, id="false"),
        pytest.param(Value(quantity=Quantity(Decimal(4))), YES, id="rating"),
        pytest.param(Value(quantity=Quantity(Decimal("0.5"))), YES, id="fraction"),
        pytest.param(Value(quantity=Quantity(Decimal(0))), NO, id="zero"),
        pytest.param(Value(quantity=Quantity(Decimal("0.0"), "{score}")), NO, id="zero-with-a-unit"),
        pytest.param(Value(quantity=Quantity(Decimal(-1))), UNCLEAR, id="below-zero"),
        pytest.param(Value(quantity=Quantity(Decimal(0), comparator=">")), YES, id="more-than-zero"),
        pytest.param(Value(quantity=Quantity(Decimal(0), comparator=">=")), UNCLEAR, id="zero-or-more"),
        pytest.param(Value(quantity=Quantity(Decimal(0), comparator="<=")), NO, id="zero-or-less"),
        pytest.param(Value(quantity=Quantity(Decimal(7), comparator=">")), YES, id="more-than-seven"),
        pytest.param(Value(text="left"), YES, id="text"),
        pytest.param(Value(text="none"), NO, id="text-that-denies"),
        pytest.param(Value(text="not done"), SILENT, id="text-that-avoids"),
        pytest.param(NO_VALUE, None, id="none"),
        pytest.param(Value(absent=True), None, id="absent"),
    ],
)
def test_a_value_that_is_no_code_answers_by_its_kind(value: Value, expected: Answer | None) -> None:
    """False, zero and a denial say no."""
    assert value_answer(value) is expected


@pytest.mark.parametrize(
    "answers, expected",
    [
        ((), None),
        ((None, None), None),
        ((YES,), YES),
        ((None, NO), NO),
        ((NO, NO), NO),
        ((YES, NO), UNCLEAR),
        ((YES, SILENT), UNCLEAR),
        ((UNCLEAR, None), UNCLEAR),
        ((NO, UNCLEAR), UNCLEAR),
    ],
)
def test_answers_are_one_where_they_agree(answers: Sequence[Answer | None], expected: Answer | None) -> None:
    """Silence contradicts nobody."""
    assert common_answer(answers) is expected


@pytest.mark.parametrize(
    "concepts, expected",
    [
        ({"neg_headache"}, {"headache"}),
        ({"neg_headache", "neg_vomiting"}, {"headache", "vomiting"}),
        ({"neg_chest_pain", "cough"}, {"chest_pain"}),
        ({"headache"}, set()),
        ({"value_absent"}, set()),
        (set(), set()),
    ],
    ids=["one", "two", "beside-a-finding", "finding", "qualifier", "none"],
)
def test_a_code_of_no_symptom_denies_that_symptom(concepts: set[str], expected: set[str]) -> None:
    """Such as "No headache"."""
    assert denied(frozenset(concepts)) == expected


def test_every_listed_denial_denies_a_listed_finding() -> None:
    """Else it would cancel nothing."""
    denials = frozenset(each for each in catalogue().concepts_in("evidence") if each.startswith("neg_"))

    assert len(denied(denials)) == len(denials) >= 6
    assert denied(denials) <= catalogue().findings


@pytest.mark.parametrize(
    "concepts, expected",
    [
        ({"value_absent", "headache"}, {"value_absent"}),
        ({"value_unknown"}, {"value_unknown"}),
        ({"value_present"}, {"value_present"}),
        ({"severity_severe", "value_present"}, {"severity_severe", "value_present"}),
        ({"headache", "neg_vomiting"}, set()),
        (set(), set()),
    ],
    ids=["absent", "unknown", "present", "severe", "findings", "none"],
)
def test_a_qualifier_is_no_finding(concepts: set[str], expected: set[str]) -> None:
    """It says whether and how much."""
    assert qualifiers(frozenset(concepts)) == expected
