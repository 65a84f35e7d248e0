"""The day of the demo EHR moves: a card appears, rises and goes.

It must not test the rules' windows: tests/rules does.
It is itself a test.
"""

import pytest

from tests.browser.chromium import Page
from tests.browser.demo_ehr import CARD, asked_again, levels, opened
from tests.browser.demo_process import DAY

pytestmark = pytest.mark.slow
EXTENSION = "org.recurrence-cds.demo"
STORY = {
    "Before": [],
    "Card appears": ["Info"],
    "Rises": ["Warning"],
    "Critical": ["Critical"],
    "Eases": ["Warning"],
    "Gone": [],
}


def test_a_card_appears_rises_and_goes_as_the_day_moves(page: Page) -> None:
    """On the days that the chart names, one after the other."""
    opened(page, "spine")
    buttons = page.locator("#moments button")
    order = [label for label in STORY if label != "Critical"] + ["Critical"]

    seen = {}
    for label in order:
        button = buttons.filter(has_text=label)
        asked = asked_again(page, button.click)
        assert asked["extension"][EXTENSION]["asOf"] == page.locator("#as-of").input_value()
        assert button.get_attribute("aria-pressed") == "true"
        seen[label] = levels(page)

    assert seen == STORY
    assert buttons.count() == len(STORY)


def test_a_date_that_is_typed_moves_the_day_and_the_chart_with_it(page: Page) -> None:
    """Later records are not shown, and the chart says how many there are; the age is that of the day."""
    opened(page, "liver")

    asked = asked_again(page, lambda: page.locator("#as-of").fill("2026-03-01"))

    assert asked["extension"][EXTENSION]["asOf"] == "2026-03-01"
    assert levels(page) == []
    chart = page.locator("#sections").inner_text()
    assert "later records are not shown: the chart is as of 1 Mar 2026" in chart
    assert "Loss of appetite" not in chart
    assert "66 years" in page.locator("#banner").inner_text()
    assert "asOf=2026-03-01" in page.get_by_role("link", name="Evidence view").get_attribute("href")


def test_the_day_moves_by_slider_and_by_week(page: Page) -> None:
    """By keyboard too; and back to today in one step."""
    opened(page, "liver")
    slider = page.get_by_role("slider")

    def pressed() -> None:
        slider.focus()
        page.keyboard.press("ArrowLeft")

    assert asked_again(page, pressed)["extension"][EXTENSION]["asOf"] == "2026-06-14"
    assert slider.get_attribute("aria-valuetext") == "14 Jun 2026"
    week = page.get_by_role("button", name="One week earlier")
    assert asked_again(page, week.click)["extension"][EXTENSION]["asOf"] == "2026-06-07"
    today = page.get_by_role("button", name="Today")
    assert asked_again(page, today.click)["extension"][EXTENSION]["asOf"] == DAY
    assert today.is_disabled()


def test_another_chart_begins_on_the_demo_s_day(page: Page) -> None:
    """The day of the chart before is not taken along unseen."""
    opened(page, "liver")
    asked_again(page, lambda: page.locator("#as-of").fill("2026-03-01"))
    opened(page, "bone")

    assert page.locator("#as-of").input_value() == DAY


def test_the_language_select_asks_for_the_cards_in_german(page: Page) -> None:
    """The cards are marked as German for a screen reader; the page around them stays English."""
    opened(page, "brain")

    request = asked_again(page, lambda: page.get_by_label("Cards in").select_option("de"))

    assert request["extension"][EXTENSION]["language"] == "de"
    assert "nach Brustkrebs" in page.locator(CARD).first.inner_text()
    assert page.locator("#cards").get_attribute("lang") == "de"
