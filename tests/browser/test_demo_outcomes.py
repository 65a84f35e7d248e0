"""What becomes of a card in the demo EHR: accepted orders, an override, and the feedback that arrives.

It must not test what feedback has to look like: tests/api/test_feedback.py does.
It is itself a test.
"""

import json
from typing import Any

import pytest

from tests.browser.chromium import Page
from tests.browser.conftest import Faults
from tests.browser.demo_ehr import CARD, SERVICE, feedback_of, opened, settled

pytestmark = pytest.mark.slow
HOSTILE = {
    "uuid": "00000000-0000-4000-8000-000000000001",
    "summary": "<img src=x onerror=alert(1)>",
    "indicator": "no-such-level",
    "detail": "<script>alert(1)</script> **bold** [bad](javascript:alert(1)) ![x](https://elsewhere.example/x.png)",
    "source": {"label": "A source", "url": "javascript:alert(1)", "icon": "https://elsewhere.example/icon.png"},
    "selectionBehavior": "at-most-one",
    "suggestions": [{"label": "One", "uuid": "s1"}, {"label": "Two", "uuid": "s2", "isRecommended": True}],
    "links": [
        {"label": "Guideline", "url": "https://elsewhere.example/guideline", "type": "absolute"},
        {"label": "Bad", "url": "javascript:alert(1)", "type": "absolute"},
        {"label": "App", "url": "https://elsewhere.example/launch", "type": "smart"},
    ],
}


def answering(page: Page, body: dict[str, Any], status: int = 200) -> None:
    """Have the page's calls answered with this instead of the service's answer."""
    page.route(f"**{SERVICE}", lambda route: route.fulfill(status=status, json=body))


def test_accepted_orders_appear_as_drafts_and_the_feedback_arrives(page: Page) -> None:
    """One click: the recommended orders stand in the chart, and one item of feedback names them."""
    (card,) = opened(page, "brain")["cards"]
    labels = [suggestion["label"] for suggestion in card["suggestions"]]

    sent = feedback_of(page, page.get_by_role("button", name=f"Add {len(labels)} orders as draft").click)

    orders = page.locator("#orders").inner_text()
    for label in labels:
        assert label in orders
    assert orders.count("Draft, not signed") == len(labels)
    assert "stat priority" in orders
    (item,) = sent["feedback"]
    assert (item["card"], item["outcome"]) == (card["uuid"], "accepted")
    assert item["acceptedSuggestions"] == [{"id": suggestion["uuid"]} for suggestion in card["suggestions"]]
    assert page.locator(CARD).get_by_text("Override …").count() == 0
    assert f"card {card['uuid'][:8]}" in page.locator("#feedback").inner_text()


def test_orders_can_be_accepted_one_by_one_each_reported_once(page: Page) -> None:
    """What is added already is not offered again."""
    (card,) = opened(page, "spine")["cards"]
    first, second, *_ = card["suggestions"]
    page.get_by_role("checkbox", name=second["label"]).uncheck()

    one = feedback_of(page, page.get_by_role("button", name="Add 1 order as draft").click)
    assert page.get_by_role("checkbox", name=first["label"]).count() == 0
    page.get_by_role("checkbox", name=second["label"]).check()
    two = feedback_of(page, page.get_by_role("button", name="Add 1 order as draft").click)

    assert one["feedback"][0]["acceptedSuggestions"] == [{"id": first["uuid"]}]
    assert two["feedback"][0]["acceptedSuggestions"] == [{"id": second["uuid"]}]
    assert page.locator("#orders").inner_text().count("Draft, not signed") == 2


def test_drafts_stay_with_their_patient(page: Page) -> None:
    """Another chart doesn't show them; the first still does when it is opened again."""
    opened(page, "lung")
    feedback_of(page, page.get_by_role("button", name="as draft").click)
    opened(page, "bone")
    assert "Draft" not in page.locator("#orders .tag").all_inner_texts()
    opened(page, "lung")
    assert "Draft, not signed" in page.locator("#orders").inner_text()


def test_a_card_is_overridden_with_a_reason_and_the_feedback_arrives(page: Page) -> None:
    """A reason of the card's own list and a comment; the card then says what became of it."""
    (card,) = opened(page, "liver")["cards"]
    page.get_by_text("Override …").click()
    page.get_by_label("Reason", exact=True).select_option("Explained otherwise")
    page.get_by_label("Comment (optional)").fill("Has been dieting")

    sent = feedback_of(page, page.get_by_role("button", name="Override this card").click)

    (item,) = sent["feedback"]
    assert (item["card"], item["outcome"]) == (card["uuid"], "overridden")
    assert item["overrideReason"] == {
        "reason": {"code": "explained-otherwise", "system": "urn:recurrence-cds:override-reason"},
        "userComment": "Has been dieting",
    }
    assert page.locator(CARD).get_by_text("Overridden: Explained otherwise.").is_visible()
    assert page.locator(f"{CARD} fieldset").count() == 0
    received = page.request.get("/demo/feedback").json()[0]
    assert received["overrideReason"]["userComment"] == "Has been dieting"
    assert "Has been dieting" in page.locator("#feedback").inner_text()


def test_a_card_is_not_overridden_without_a_reason(page: Page) -> None:
    """The page says what is missing, and sends nothing."""
    opened(page, "liver")
    page.get_by_text("Override …").click()
    page.get_by_role("button", name="Override this card").click()

    assert page.get_by_text("Choose a reason.", exact=True).is_visible()
    assert page.evaluate("document.activeElement.tagName") == "SELECT"
    assert page.locator("#feedback .log").count() == 0


def test_a_hostile_card_is_text_and_nothing_else(page: Page) -> None:
    """No script, no image, no address but http; an unknown level is the lowest one."""
    answering(page, {"cards": [HOSTILE]})
    page.goto("/#demo-brain")
    settled(page)
    card = page.locator(CARD)

    assert "info" in card.get_attribute("class").split()
    assert card.locator("h3").inner_text() == HOSTILE["summary"]
    assert card.locator("script, img, iframe, style").count() == 0
    assert card.locator(".detail strong").inner_text() == "bold"
    assert {link.get_attribute("href") for link in card.locator("a").all()} == {
        "https://elsewhere.example/guideline",
        "https://elsewhere.example/x.png",  # what was an image is named, and not fetched
    }


def test_links_open_in_a_new_tab_and_a_smart_link_says_what_it_needs(page: Page) -> None:
    """An app can't be launched from here."""
    answering(page, {"cards": [HOSTILE]})
    page.goto("/#demo-brain")
    settled(page)

    link = page.locator(CARD).get_by_role("link", name="Guideline (opens in a new tab)")
    assert link.get_attribute("target") == "_blank"
    assert "noopener" in link.get_attribute("rel")
    assert page.get_by_role("button", name="App", exact=True).is_disabled()
    assert page.get_by_text("opens by SMART launch").is_visible()


def test_of_at_most_one_suggestion_only_one_can_be_taken(page: Page) -> None:
    """Radio buttons; the other one is gone afterwards."""
    answering(page, {"cards": [HOSTILE]})
    page.goto("/#demo-brain")
    settled(page)
    page.get_by_role("radio", name="One").check()

    sent = feedback_of(page, page.get_by_role("button", name="Add 1 order as draft").click)

    assert sent["feedback"][0]["acceptedSuggestions"] == [{"id": "s1"}]
    assert page.get_by_role("radio").count() == 0


def test_a_refused_call_is_never_shown_as_all_clear(page: Page, faults: Faults) -> None:
    """What the service says of it stands where the card would."""
    answering(page, {"resourceType": "OperationOutcome", "issue": [{"details": {"text": "Patient is missing."}}]}, 412)
    page.goto("/#demo-brain")
    page.locator("#cards .failed").wait_for()

    assert page.locator("#cards").inner_text() == "Patient is missing."
    assert "refused the call (412)" in page.locator("#status").inner_text()
    assert json.loads(page.locator("#response").text_content())["issue"]
    faults.take("status of 412")
