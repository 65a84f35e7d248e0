"""The detail of a card: its order, what goes first when it is too long, and that it always fits."""

import pytest

from cards.context import Seen
from cards.detail import HELPFUL, Line, detail, fitted
from cards.model import DETAIL_LENGTH
from rules.facts import Gap, Kind
from tests.evaluating import CASES, assessed, made

CLOSING = Line("Does not replace clinical judgement.", 10)
FIVE = ("a", "b", "c", "d", "e", "f", "g")


def test_a_card_is_read_from_what_was_found_to_the_guideline() -> None:
    """What, why, what to do, what speaks against it, what is done, what is not known, on which ground."""
    case = made("icd:N63.21@2026-06-02", "req:breast_us@2026-06-05", as_of=CASES["V001"].as_of)
    (site,) = assessed(case).cards
    text = detail(assessed(case), site, Seen(gaps=(Gap("Procedure", "late"),)))

    marks = ("Found", "Why", "Consider", "Other explanation", "Already ordered or done", "Not checked", "Guideline")
    places = [text.index(f"**{mark}:**") for mark in marks]
    assert places == sorted(places)
    assert text.endswith("Does not replace clinical judgement. As of 2026-06-15.")


def test_with_everything_unseen_every_card_still_fits_and_warns() -> None:
    """Evidence, other explanations, the guideline and the closing line are never lost."""
    unsaid = (Kind.CONDITION, Kind.OBSERVATION, Kind.QUESTIONNAIRE_RESPONSE)
    kinds = [kind.value for kind in Kind if kind not in unsaid]
    reasons = ("late", "unauthorized", "not-fetched", "modifier", "too-large", "server-error", "redirect", "other")
    gaps = tuple(Gap(kind, reason) for kind, reason in zip(kinds, reasons, strict=True))
    seen = Seen(gaps=gaps, partial=(Gap("Observation", "next-page"),))

    for case in CASES:
        assessment = assessed(case)
        for site in assessment.cards:
            text = detail(assessment, site, seen)
            assert len(text) <= DETAIL_LENGTH
            assert text.startswith("**Found:**\n\n- ")
            for kept in ("**Other explanation:**", "**Guideline:**", "Does not replace clinical judgement."):
                assert kept in text, text


def test_a_short_card_keeps_every_line_and_five_pieces_of_evidence() -> None:
    """Empty lines leave no gap."""
    text = fitted(FIVE, (Line("why", 3), Line("", 9), CLOSING))

    assert text == f"**Found:**\n\n- a\n- b\n- c\n- d\n- e\n- … + 2 more\n\nwhy\n\n{CLOSING.text}"


def test_helpful_lines_go_before_evidence() -> None:
    """What may follow later is worth less than what was found."""
    text = fitted(FIVE, (Line("x" * 700, HELPFUL), Line("y" * 300, 3), CLOSING))

    assert "x" not in text
    assert "- … + 2 more" in text


def test_evidence_goes_before_lines_that_warn_and_one_piece_always_stays() -> None:
    """It is counted, not lost."""
    text = fitted(tuple("v" * 99 + name for name in "abcdefg"), (Line("w" * 600, 3), CLOSING))

    assert "w" * 600 in text
    assert text.count("- v") == 2
    assert "- … + 5 more" in text


def test_lines_go_by_what_they_are_worth() -> None:
    """The closing line never goes."""
    text = fitted(FIVE, (Line("first" * 160, 3), Line("second" * 130, 5), CLOSING))

    assert "first" not in text
    assert "second" in text
    assert text.endswith(CLOSING.text)


@pytest.mark.parametrize("case", ["V021", "V001", "V030"])
def test_the_same_assessment_gives_the_same_text(case: str) -> None:
    """Byte for byte."""
    site = assessed(case).cards[0]

    assert detail(assessed(case), site, Seen()) == detail(assessed(case), assessed(case).cards[0], Seen())
