"""The demo EHR for everybody: axe-core, the keyboard, focus, size of targets, one column on a phone, print.

It must not take axe-core's silence for all there is: what it can't see is tested by hand here.
It is itself a test.
"""

from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.browser.chromium import Page
from tests.browser.demo_ehr import CARD, feedback_of, grave_violations, is_narrow, opened, settled

pytestmark = pytest.mark.slow
SMALLEST_TARGET = 24
TARGETS = "button, input, select, textarea, summary, a.evidence"


def _list(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Bring your own chart …").wait_for()


def _everything_open(page: Page) -> None:
    opened(page, "spine")
    page.get_by_text("Override …").click()
    for summary in page.locator(".behind summary").all():
        summary.click()
    page.locator("#feedback h4").first.wait_for()


def _accepted(page: Page) -> None:
    opened(page, "liver")
    feedback_of(page, page.get_by_role("button", name="as draft").click)


def _overridden(page: Page) -> None:
    opened(page, "local")
    page.get_by_text("Override …").click()
    page.get_by_label("Reason", exact=True).select_option("Not now")
    feedback_of(page, page.get_by_role("button", name="Override this card").click)


def _dialog(page: Page) -> None:
    _list(page)
    page.get_by_role("button", name="Bring your own chart …").click()


STATES: dict[str, Callable[[Page], object]] = {
    "list": _list,
    "critical": lambda page: opened(page, "brain"),
    "warning": lambda page: opened(page, "lung"),
    "info": lambda page: opened(page, "unreadable"),
    "no-card": lambda page: opened(page, "silent"),
    "everything-open": _everything_open,
    "accepted": _accepted,
    "overridden": _overridden,
    "dialog": _dialog,
}


def settle_motion(page: Page) -> None:
    """Look at the page as those see it who want no motion: nothing is half there."""
    page.emulate_media(reduced_motion="reduce")


def small_targets(page: Page) -> list[str]:
    """Return what is to be hit and less than 24 by 24 CSS pixels; a box with a label is as large as the label."""
    found = page.evaluate(
        """([targets, least]) => [...document.querySelectorAll(targets)]
          .filter((each) => each.checkVisibility() && !["checkbox", "radio"].includes(each.type))
          .map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
          .filter(([, box]) => box.width < least || box.height < least)
          .map(([html, box]) => `${html} ${box.width}x${box.height}`)""",
        [TARGETS, SMALLEST_TARGET],
    )
    return list(found)


def headings(page: Page) -> list[int]:
    """Return the levels of the headings that are to be seen or heard, in order."""
    found = page.locator("h1, h2, h3, h4, h5, h6").evaluate_all(
        "all => all.filter((each) => each.checkVisibility()).map((each) => Number(each.tagName[1]))"
    )
    return list(found)


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_the_page_is_for_everybody(page: Page, state: str) -> None:
    """No serious or critical violation, no small target, nothing wider than the window, headings in order."""
    settle_motion(page)
    STATES[state](page)

    assert grave_violations(page) == []
    assert small_targets(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    found = headings(page)
    assert found.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(found))


def test_a_chart_is_opened_and_a_card_answered_by_keyboard_alone(page: Page) -> None:
    """Patient, card, order: focus goes to the chart's name, then on to the card, and it can be seen."""
    page.goto("/")
    if not is_narrow(page):
        settled(page)
    page.get_by_role("button", name="Wilhelmina Satou").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Wilhelmina Satou").wait_for()
    settled(page)
    assert page.evaluate("document.activeElement.id") == "name"

    add = page.get_by_role("button", name="as draft")
    for _ in range(40):
        page.keyboard.press("Tab")
        if add.evaluate("each => each === document.activeElement"):
            break
    assert add.evaluate("each => getComputedStyle(each).outlineStyle") == "solid"
    feedback_of(page, lambda: page.keyboard.press("Enter"))

    assert "Draft, not signed" in page.locator("#orders").inner_text()


def test_the_first_stop_of_the_keyboard_leads_to_the_cards(page: Page) -> None:
    """Past the list of patients."""
    opened(page, "brain")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Home")
    page.locator("body").press("Tab")
    skip = page.get_by_role("link", name="Skip to the cards")
    skip.focus()
    assert skip.bounding_box()["x"] >= 0
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "cds"
    assert page.locator(CARD).count() == 1


def test_escape_closes_the_dialog_and_focus_returns(page: Page) -> None:
    """To the button that opened it."""
    _dialog(page)
    page.keyboard.press("Escape")

    assert not page.locator("#own").is_visible()
    assert page.evaluate("document.activeElement.id") == "own-open"


def test_a_new_answer_is_announced(page: Page) -> None:
    """In words, by a live region: how many cards and how grave."""
    opened(page, "brain")
    status = page.get_by_role("status")

    assert status.get_attribute("aria-live") == "polite"
    assert status.inner_text().startswith("1 card, critical")


def test_nothing_moves_for_those_who_want_no_motion(page: Page) -> None:
    """The card is simply there."""
    settle_motion(page)
    opened(page, "brain")

    assert page.locator(CARD).evaluate("each => getComputedStyle(each).animationName") == "none"


def test_print_shows_the_whole_chart_and_its_card(page: Page) -> None:
    """Without the list and the controls."""
    opened(page, "liver")
    page.emulate_media(media="print")

    assert page.locator(f"{CARD} h3").is_visible()
    assert page.get_by_role("heading", name="Timeline").is_visible()
    assert not page.locator(".list").is_visible()
    assert not page.locator("#day").is_visible()
    assert page.evaluate("getComputedStyle(document.getElementById('chart')).overflowY") == "visible"


def test_on_a_phone_one_can_go_between_list_cards_and_chart(page: Page) -> None:
    """By buttons that stay in sight; on a desktop all three are there at once."""
    opened(page, "liver")
    if not is_narrow(page):
        for place in ("#patients", "#cards", "#sections"):
            assert page.locator(place).bounding_box()["y"] < page.viewport_size["height"]
        return
    page.get_by_role("button", name="Chart", exact=True).click()
    assert page.evaluate("document.activeElement.id") == "chart"
    assert page.locator("#sections").bounding_box()["y"] < page.viewport_size["height"]
    page.get_by_role("button", name="Cards", exact=True).click()
    assert page.evaluate("document.activeElement.id") == "cds"
    page.get_by_role("button", name="Patients").click()
    assert page.locator("#patients").is_visible()
    assert not page.locator("#banner").is_visible()
