"""All cards in one: what is kept, what is dropped first, and that nothing is lost."""

import pytest

from cards.context import Seen
from cards.detail import Line
from cards.merge import Section, fitted_sections, merged_orders
from cards.model import PER_SITE, SHORTEST_DETAIL, SUMMARY_LENGTH, Form, Order
from cards.recurrence import cards
from rules.facts import Gap
from rules.outcome import Level
from tests.evaluating import CASES, assessed

MERGED = Form(merged=True, detail_length=SHORTEST_DETAIL)
CLOSING = Line("The end.", 10)


def _section(name: str, *lines: Line, found: int = 6) -> Section:
    return Section(name, f"**{name}**", tuple(f"{name} {number}" for number in range(found)), lines)


@pytest.mark.sweep
@pytest.mark.parametrize(
    "gaps", [(), pytest.param((Gap("Observation", "late"), Gap("Procedure", "late")), marks=pytest.mark.slow)]
)
def test_every_case_gives_one_card_with_all_that_its_cards_have(gaps: tuple[Gap, ...]) -> None:
    """Orders, rules, evidence; short enough, and as urgent as the first."""
    seen = Seen(gaps)
    for assessment in (assessed(case, gaps=gaps) for case in CASES):
        every, one = cards(assessment, seen), cards(assessment, seen, MERGED)
        assert len(one) == min(len(every), 1)
        if not one:
            continue
        (card,) = one
        assert (card.topic, card.level) == (every[0].topic, every[0].level)
        assert len(card.detail) <= SHORTEST_DETAIL
        assert len(card.summary) <= SUMMARY_LENGTH
        assert [order.key for order in card.orders] == list(dict.fromkeys(o.key for c in every for o in c.orders))
        assert set(card.rules) == {rule for each in every for rule in each.rules}
        assert set(card.evidence) == {reference for each in every for reference in each.evidence}


def test_a_shorter_detail_is_short_enough() -> None:
    """Of each card where there are several."""
    form = Form(detail_length=SHORTEST_DETAIL)
    for card in (card for case in CASES for card in cards(assessed(case), Seen(), form)):
        assert len(card.detail) <= SHORTEST_DETAIL
        assert "Does not replace clinical judgement" in card.detail


def test_one_card_alone_is_what_it_was() -> None:
    """There is nothing to merge."""
    assert cards(assessed("V001"), Seen(), Form(merged=True)) == cards(assessed("V001"), Seen(), PER_SITE)


def _orders(*levels: Level) -> list[Order]:
    return [
        Order("cxr", "Chest X-ray", (), level, evidence=(f"Condition/{number}", "Condition/a"))
        for number, level in enumerate(levels)
    ]


def test_an_order_that_two_sites_ask_for_is_one_order() -> None:
    """As urgent as the first, for the reasons of both."""
    (order,) = merged_orders(_orders(Level.CRITICAL, Level.INFO))

    assert order.level is Level.CRITICAL
    assert order.evidence == ("Condition/0", "Condition/a", "Condition/1")


def test_an_order_has_five_reasons_at_most() -> None:
    """As on a card of its own."""
    (order,) = merged_orders(_orders(*(Level.INFO,) * 9))

    assert len(order.evidence) == 5


def test_what_fits_is_all_said() -> None:
    """Site by site, then what holds for all."""
    text = fitted_sections((_section("A", Line("Why.", 3), found=1), _section("B", found=1)), (CLOSING,), PER_SITE)

    assert text == "**A**\n\n- A 0\n\nWhy.\n\n**B**\n\n- B 0\n\nThe end."


def test_helpful_lines_go_first_those_of_the_last_site_before_others() -> None:
    """Then evidence, then lines by their weight."""
    lines = (Line("Also. " * 3, 1), Line("Do it.", 7))
    sections = (_section("A", *lines), _section("B", *lines))
    whole = len(fitted_sections(sections, (CLOSING,), PER_SITE))

    less = [fitted_sections(sections, (CLOSING,), Form(detail_length=length)) for length in range(whole - 1, 40, -1)]

    steps = [text for before, text in zip(["", *less], less, strict=False) if text != before]
    assert [(text.count("Also"), text.count("Do it"), text.count("- … +")) for text in steps[:3]] == [
        *((3, 2, 2), (0, 2, 2), (0, 2, 2))
    ]
    assert "- … + 2 more" in steps[2]
    names = [text for text in steps if "Findings also: B." in text]
    assert names
    assert all("**B**" not in text and "**A**" in text and "The end." in text for text in names)
    assert all(len(text) <= whole for text in steps)


def test_a_common_line_goes_when_it_is_the_least() -> None:
    """What is kept is the closing line."""
    text = fitted_sections(
        (_section("A", Line("Do it.", 7), found=1),), (Line("Marker. " * 9, 2), CLOSING), Form(detail_length=60)
    )

    assert text == "**A**\n\n- A 0\n\nDo it.\n\nThe end."
