"""Charts of the demo EHR in Chromium: opened like an EHR opens them, with the card that the service answers.

It must not test what cards say: tests/cards does.
It is itself a test.
"""

import json
import re
from typing import Any

import pytest

from tests.browser.chromium import Page
from tests.browser.demo_ehr import CARD, SERVICE, is_narrow, levels, opened, settled
from tests.browser.demo_process import DAY

pytestmark = pytest.mark.slow
UUID_4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
EXPECTED = {
    "brain": ["Critical"],
    "spine": ["Critical"],
    "lung": ["Warning"],
    "liver": ["Warning"],
    "bone": ["Warning"],
    "regional-node": ["Warning"],
    "local": ["Warning"],
    "man": ["Warning"],
    "metastatic": ["Warning"],
    "already-ordered": ["Info"],
    "unreadable": ["Info"],
    "silent": [],
    "no-breast-cancer": [],
}


def test_a_chart_is_opened_from_the_list_and_its_card_is_in_sight(page: Page) -> None:
    """Without scrolling: the patient's banner, and the card's level and first sentence."""
    page.goto("/")
    if not is_narrow(page):
        settled(page)
    page.get_by_role("button", name="Bernadette Okonjo").click()
    page.get_by_role("heading", name="Bernadette Okonjo").wait_for()
    summary = page.locator(f"{CARD}.warning h3")
    summary.wait_for()

    box = summary.bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= page.viewport_size["height"]
    assert page.locator("#banner").inner_text().split("\n")[0] == "Bernadette Okonjo"
    assert page.get_by_text("Not signed off by a practising clinician; all patients invented.").is_visible()


def test_every_patient_has_the_card_that_the_service_answers(page: Page) -> None:
    """Level by level; a chart without a card says so in words. The list remembers what came."""
    for name, expected in EXPECTED.items():
        answer = opened(page, name)

        assert levels(page) == expected, name
        assert page.locator(f"{CARD} h3").all_inner_texts() == [card["summary"] for card in answer["cards"]]
        assert page.locator("#cards .none").count() == (0 if expected else 1)
    marks = page.locator("#patients .mark").all_text_contents()
    assert marks == [(expected or ["No card"])[0] for expected in EXPECTED.values()]


def test_the_chart_that_was_chosen_last_is_the_one_that_opens(page: Page) -> None:
    """However late the answers about the one before arrive."""
    opened(page, "silent")
    page.route("**/demo/fhir/Observation?patient=demo-brain*", lambda route: _late(page, route))
    page.evaluate("location.hash = 'demo-brain'")
    page.evaluate("setTimeout(() => { location.hash = 'demo-lung'; }, 100)")
    page.get_by_role("heading", name="Wilhelmina Satou").wait_for()
    page.wait_for_timeout(1500)

    assert page.get_by_role("heading", name="Wilhelmina Satou").is_visible()
    assert levels(page) == ["Warning"]
    assert json.loads(page.locator("#request").text_content())["context"]["patientId"] == "demo-lung"


def test_a_card_that_is_rendered_late_does_not_come_back(page: Page) -> None:
    """The chart that is open has none; the one before had."""
    page.route("**/demo/markdown", lambda route: _late(page, route))
    page.goto("/#demo-brain")
    with page.expect_request("**/demo/markdown"):
        page.get_by_role("heading", name="Odile Marchetti").wait_for()
    page.evaluate("location.hash = 'demo-silent'")
    page.locator("#cards .none").wait_for()
    page.wait_for_timeout(1500)

    assert page.locator("#cards .none").is_visible()
    assert page.locator(CARD).count() == 0


def _late(page: Page, route: Page) -> None:
    page.wait_for_timeout(1000)
    route.continue_()


def test_a_card_is_shown_as_the_standard_s_fields_say(page: Page) -> None:
    """Indicator, summary, detail through a renderer, suggestions, override reasons, source and topic."""
    (card,) = opened(page, "brain")["cards"]
    shown = page.locator(CARD)
    text = shown.inner_text()

    assert "critical" in shown.get_attribute("class").split()
    assert shown.locator(".detail strong").first.inner_text() == "Found:"
    assert "**" not in text
    assert shown.locator("fieldset label").count() == len(card["suggestions"])
    for suggestion in card["suggestions"]:
        box = shown.get_by_role("checkbox", name=suggestion["label"])
        assert box.is_checked() is suggestion["isRecommended"]
    reasons = [reason["display"] for reason in card["overrideReasons"]]
    assert shown.locator("select option").all_text_contents()[1:] == reasons
    assert card["source"]["label"] in text
    assert card["source"]["topic"]["display"] in text


def test_the_page_calls_the_service_as_an_ehr_does(page: Page) -> None:
    """Discovery first, then a prefetch by its templates, then the hook with a fresh random instance."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.partition("127.0.0.1:")[2].partition("/")[2]))
    with page.expect_request(lambda request: request.url.endswith(SERVICE)) as called:
        page.goto("/#demo-lung")
    settled(page)
    body = called.value.post_data_json
    templates = page.request.get("/cds-services").json()["services"][0]["prefetch"]

    fhir = [url for url in asked if url.startswith("demo/fhir/")]
    assert asked.index("cds-services") < asked.index(fhir[0]) < asked.index(SERVICE[1:])
    assert {url.removeprefix("demo/fhir/") for url in fhir} == {
        template.replace("{{context.patientId}}", "demo-lung") for template in templates.values()
    }
    assert body["hook"] == "patient-view"
    assert UUID_4.fullmatch(body["hookInstance"])
    assert body["fhirServer"].endswith("/demo/fhir")
    assert body["context"]["patientId"] == "demo-lung"
    assert set(body["prefetch"]) == set(templates)
    assert body["prefetch"]["patient"]["id"] == "demo-lung"
    assert body["extension"] == {"org.recurrence-cds.demo": {"asOf": DAY, "language": "en"}}


def test_the_chart_shows_what_is_on_record(page: Page) -> None:
    """Banner, problems, weights in a row, laboratory values with a flag in words, medications, records by year."""
    opened(page, "liver")
    parts = {
        part.locator("h3").inner_text(): part.inner_text() for part in page.locator("#sections section.part").all()
    }
    banner = " ".join(page.locator("#banner").inner_text().split())

    assert list(parts) == ["Problems", "Vital signs", "Orders", "Medications", "Weight", "Laboratory", "Timeline"]
    assert "Sex Female Born 15 May 1959 Age 67 years MRN DEMO-LIVER" in banner
    assert "Loss of appetite" in parts["Problems"]
    assert "\N{MINUS SIGN}3.2 kg (\N{MINUS SIGN}4.5 %)" in parts["Weight"]
    assert re.search(r"Alanine aminotransferase\s+66 U/L\s+9 Jun 2026\s+↑ High\s+7.40\s+28 U/L", parts["Laboratory"])
    assert "In range" in parts["Laboratory"]
    assert "Letrozole" in parts["Medications"]
    years = page.locator("[aria-labelledby=section-timeline] h4").all_inner_texts()
    assert years[0] == "2026"
    assert years == sorted(years, reverse=True)


def test_the_evidence_view_is_linked_for_the_patient_the_day_and_the_language(page: Page) -> None:
    """Under its own address; the language is the one that the cards are asked for in."""
    opened(page, "liver")

    link = page.get_by_role("link", name="Evidence view")
    assert link.get_attribute("href") == f"/demo/evidence?patient=demo-liver&asOf={DAY}&language=en"
    page.get_by_label("Cards in").select_option("de")
    assert link.get_attribute("href") == f"/demo/evidence?patient=demo-liver&asOf={DAY}&language=de"


def test_the_trace_says_what_fired_and_what_did_not(page: Page) -> None:
    """Each of the six sites, with the rules by their names; and nothing was left unread."""
    answer = opened(page, "brain")
    page.get_by_text("Trace: fired, not fired, cannot tell").click()
    trace = page.locator("#trace")

    sites = trace.locator(".site")
    assert sites.count() == len(answer["extension"]["org.recurrence-cds.assessment"]["sites"]) == 6
    fired = trace.locator(".site[data-outcome=card] .fired").inner_text()
    assert "BRAIN-1 New or changed headache" in fired
    assert "BRAIN-5 Seizure" in trace.locator(".site[data-outcome=card] .not-fired").inner_text()
    assert "Everything that was asked for could be read." in trace.inner_text()


def test_the_trace_says_what_cannot_be_told(page: Page) -> None:
    """A chart that cannot be read in full: rules that cannot tell, and what was not assessable."""
    opened(page, "unreadable")
    page.get_by_text("Trace: fired, not fired, cannot tell").click()
    trace = page.locator("#trace")

    assert trace.locator(".cannot-tell dd").count() > 0
    assert "Condition/demo-unreadable-lump" in trace.inner_text()
    assert "2025-13-40 (no such day)" in page.locator("#sections").inner_text()


def test_request_and_response_are_shown_as_json(page: Page) -> None:
    """What went over the wire, whole."""
    answer = opened(page, "silent")
    page.get_by_text("Request", exact=True).click()
    page.get_by_text("Response", exact=True).click()

    shown: dict[str, Any] = json.loads(page.locator("#response").inner_text())
    assert shown == answer
    assert json.loads(page.locator("#request").inner_text())["hook"] == "patient-view"
