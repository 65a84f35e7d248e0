"""Which rules are asked about, and how."""

import re

import pytest

from cards.words import Language
from cds_service.evaluation.response import override_reasons
from cds_service.insights.questions import questions_of
from cds_service.insights.sheet import insights_sheet
from cds_service.insights.tally import REASONS
from tests.insights.reports import accepted, overridden, report_on, told


@pytest.mark.parametrize(
    "waved, taken, asks",
    [(16, 4, True), (15, 4, False), (19, 0, False), (20, 0, True), (79, 21, False), (80, 20, True)],
)
def test_a_rule_is_asked_about_from_twenty_replies_and_four_overrides_in_five(
    waved: int, taken: int, *, asks: bool
) -> None:
    """Cards that nobody replied to count neither way."""
    report = report_on([told(overridden())] * waved + [told(accepted())] * taken + [told()] * 500)

    assert bool(questions_of(report)) is asks


def test_the_question_names_the_version_and_the_most_frequent_reason_and_no_count() -> None:
    """It ends as a question: nothing is changed by it."""
    cards = [told(overridden("explained-otherwise"))] * 30 + [told(overridden())] * 7 + [told(accepted())] * 2
    (question,) = questions_of(report_on(cards))

    assert (question.version, question.overridden, question.replied) == ("LOC-1@1.0.0", 37, 39)
    assert question.text.startswith('LOC-1 1.0.0: at least 80 % of the replies override it, most often as "Explained')
    assert question.text.endswith("?")
    assert not re.search(r"\b(37|39|30|2)\b", question.text)


def test_every_reason_of_the_cards_has_its_words_and_its_question() -> None:
    """And those that a site or nobody gives."""
    words = insights_sheet()
    displays = {str(reason["code"]): reason["display"] for reason in override_reasons(Language.ENGLISH)}

    assert set(REASONS) == {*displays, "other", "none"} == words["questions"]["ask"].keys()
    assert {code: words["reasons"][code] for code in displays} == displays
