"""The page behind a card's source, as a reader with a keyboard, a screen reader or doubts needs it."""

import re
from datetime import date
from html.parser import HTMLParser

import httpx
import pytest

from cds_service.app import create_app
from cds_service.config.settings import Profile, Settings
from cds_service.fhir.chart.sources import SOURCES
from cds_service.publication.artefacts.library import builders
from rules.registry import RULES
from tests.service.small_service import calling

pytestmark = pytest.mark.anyio
VOID = {"meta", "link"}


class _Page(HTMLParser):
    """The structure of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headings: list[int] = []
        self.open: list[str] = []
        self.attributes: dict[str, dict[str, str | None]] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.attributes[tag] = given
        self.ids += [given["id"]] if given.get("id") else []  # type: ignore[list-item]
        self.links += [given["href"]] if given.get("href") else []  # type: ignore[list-item]
        self.headings += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def _get(path: str = "/about", as_of: date | None = None) -> httpx.Response:
    settings = Settings(as_of=as_of) if as_of else Settings(profile=Profile.PRODUCTION)
    async with calling(create_app(settings)) as client:
        return await client.get(path)


async def test_the_page_is_well_formed_and_its_headings_step_down_one_by_one() -> None:
    """A screen reader goes by them; language, width and one main part are given."""
    text = (await _get()).text
    page = _Page(text)

    assert page.open == []
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    assert page.attributes["html"] == {"lang": "en"}
    assert 'name="viewport"' in text
    assert text.count("<main") == 1
    assert text.count("<table>") == text.count("<caption>")


async def test_every_link_of_the_page_leads_somewhere() -> None:
    """Within the page, to the style sheet, to an artefact; and nowhere else."""
    page = _Page((await _get()).text)
    artefacts = {f"fhir/{kind}/{name}" for kind, name in builders()}

    assert len(page.ids) == len(set(page.ids))
    assert set(page.links) <= {f"#{name}" for name in page.ids} | artefacts | {"about.css"}


async def test_the_style_sheet_is_our_own_and_allowed_and_nothing_else_is() -> None:
    """No inline style, no image, nothing from elsewhere."""
    page, style = await _get(), await _get("/about.css")

    assert style.status_code == 200
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert "url(" not in style.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self';")
    assert "style=" not in page.text
    assert "<style" not in page.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"


async def test_a_reader_can_review_the_basis_independently() -> None:
    """Intended use, inputs, logic, sources, limits, missing data: what FDA's guidance asks for."""
    text = (await _get()).text

    for heading in ("Intended use", "What is read", "When something is missing", "Known limits", "Sources"):
        assert f">{heading}</h2>" in text
    assert "Time-critical decisions made on the card alone" in text
    assert all(f'<th scope="row">{source.resource_type}</th>' in text for source in SOURCES)
    assert "nothing is learned from data" in text
    assert "What is not recommended without symptoms" in text


async def test_every_rule_shows_its_thirteen_source_attributes() -> None:
    """In the order of the regulation."""
    text = (await _get()).text

    for rule in RULES:
        after = text.partition(f"Source attributes of {rule.id}</summary>")[2].partition("</details>")[0]
        assert after.count('<th scope="row">') == 13, rule.id


async def test_text_of_the_sheets_is_escaped() -> None:
    """It stands as it is written, whatever it holds."""
    text = (await _get()).text

    assert "Paget&#39;s disease" in text
    assert not re.search(r"&(?!amp;|lt;|gt;|#39;|#34;)", text)


@pytest.mark.parametrize("day, overdue", [(date(2027, 11, 24), False), (date(2027, 11, 25), True)])
async def test_a_rule_past_its_review_is_marked_from_the_day_after(day: date, overdue: object) -> None:
    """By the service's clock, on the page and for whoever watches the service."""
    text = (await _get(as_of=day)).text
    app = create_app(Settings(as_of=day))
    async with app.router.lifespan_context(app), calling(app) as client:
        ready = (await client.get("/health/ready")).json()

    assert ("Review is overdue." in text) is overdue
    assert ("rules is overdue: BRAIN-1" in text) is overdue
    assert (ready["overdue"] == [rule.id for rule in RULES]) is overdue
    assert ready["status"] == "ready"
