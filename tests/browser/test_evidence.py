"""The evidence view in a browser: drawn from its tables, by keyboard, on paper, for everybody."""

import re
from importlib import import_module
from typing import Any

import pytest

pytestmark = pytest.mark.slow
LIVER = "/demo/evidence?patient=demo-liver"
CHARTS = (
    "demo-liver",
    "demo-brain",
    "demo-bone",
    "demo-already-ordered",
    "demo-metastatic",
    "demo-unreadable",
    "demo-silent",
)
GRAVE = {"serious", "critical"}
SOURCE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9.-]+")


def test_every_mark_says_its_source_its_status_and_its_date(page: Any) -> None:  # noqa: ANN401 - Playwright's
    """In the lists and in the drawing."""
    page.goto(LIVER)
    marks = page.locator(".marks li")

    assert marks.count() > 5
    for text in marks.all_inner_texts():
        assert SOURCE.search(text)
        assert "Status: " in text
        assert re.search(r"\d{4}|no date", text)
    for title in page.locator(".mark title").all_text_contents():
        assert SOURCE.search(title)


def test_a_plot_is_drawn_over_each_table_and_has_a_name(page: Any) -> None:  # noqa: ANN401 - as above
    """The weight with its window and its line, each laboratory value with its limit."""
    page.goto(LIVER)
    figures = page.locator("figure[data-plot]")
    page.wait_for_selector("figure svg")

    assert figures.count() >= 6
    for figure in figures.all():
        assert figure.locator("svg path").count() > 3
        assert figure.locator("[role=img]").get_attribute("aria-label")
        assert figure.locator("tbody tr").count() > 0
    texts = page.locator("figure[data-plot=weight] svg").text_content()
    assert "window of the baseline" in texts
    assert "5 % under" in texts


def test_a_plot_speaks_the_language_of_the_page(page: Any) -> None:  # noqa: ANN401 - as above
    """Its labels and its numbers are those of the table beneath it."""
    page.goto(f"{LIVER}&language=de")
    page.wait_for_selector("figure svg")
    weight, bilirubin = (page.locator(f"figure[data-plot={name}] .plot") for name in ("weight", "bilirubin-total"))

    assert "Zeitfenster des Ausgangsgewichts" in weight.text_content()
    assert "5 % unter 74 kg: 70,3 kg" in weight.text_content()
    assert "1,2" in bilirubin.text_content()
    assert not re.search(r"\d\.\d", bilirubin.text_content())
    assert weight.get_attribute("aria-label").startswith("Körpergewicht in kg.")


def test_a_table_stays_within_its_card(page: Any) -> None:  # noqa: ANN401 - as above
    """In the language of the longer words; what is wider scrolls by itself."""
    page.goto(f"{LIVER}&language=de")
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")

    assert page.evaluate(
        "[...document.querySelectorAll('figure')].every((each) => each.scrollWidth <= each.clientWidth)"
    )


def test_everything_is_reached_by_keyboard(page: Any) -> None:  # noqa: ANN401 - as above
    """The skip link first; a table opens and closes with the space bar, and its focus is seen."""
    page.goto(LIVER)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "timeline"

    summary = page.locator("figure[data-plot=weight] summary")
    summary.focus()
    page.keyboard.press("Space")
    assert page.locator("figure[data-plot=weight] table").is_visible()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_page_is_not_wider_than_the_window(page: Any) -> None:  # noqa: ANN401 - as above
    """What is wider, as the drawing on a phone, scrolls by itself."""
    for chart in (*CHARTS, "demo-liver&language=de"):
        page.goto(f"/demo/evidence?patient={chart}")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), chart


def test_on_paper_nothing_is_folded_away(page: Any) -> None:  # noqa: ANN401 - as above
    """Every list and every table is printed, the button is not."""
    page.goto(LIVER)
    page.wait_for_selector("figure svg")
    page.emulate_media(media="print")

    assert page.locator("details:not([open])").count() > 5
    assert page.locator("#print").is_hidden()
    for table in page.locator("details table").all():
        assert table.evaluate("table => table.getBoundingClientRect().height") > 30
    assert len(page.pdf(format="A4")) > 40_000


def test_axe_finds_nothing_grave(page: Any) -> None:  # noqa: ANN401 - as above
    """WCAG as far as a machine can see it, with tables closed and open."""
    axe: Any = import_module("axe_playwright_python.sync_playwright").Axe()
    for chart in CHARTS:
        page.goto(f"/demo/evidence?patient={chart}")
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        found = axe.run(page).response["violations"]
        assert [rule["id"] for rule in found if rule["impact"] in GRAVE] == [], chart
