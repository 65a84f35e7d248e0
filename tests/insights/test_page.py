"""The page: whole without a script, and as a file without a network."""

import re
import tomllib
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

from cds_service.insights.page import CHARTS, FOLDERS, file_html, has_plots, served_html
from cds_service.insights.report import Report
from cds_service.insights.sheet import insights_sheet
from tests.insights.reports import accepted, overridden, report_on, told

VOID = {"meta", "link"}


class _Page(HTMLParser):
    """The structure of a page, and what stands in its scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.headings: list[int] = []
        self.inside: list[str] = []
        self.policy = ""
        self.numbers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.links += [given[name] for name in ("href", "src") if name in given]
        self.headings += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []
        self.policy = given["content"] if given.get("http-equiv") == "Content-Security-Policy" else self.policy
        self.numbers += [given["value"]] if tag == "data" else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"script", "style"}:
            self.inside.append(data)


def _report(**more: object) -> Report:
    cards = [told(accepted())] * 30 + [told(overridden())] * 20 + [told()] * 3 + [told(rules=())] * 40
    return report_on(cards, **more)  # type: ignore[arg-type]


def test_the_page_is_well_formed_and_its_headings_step_down_one_by_one() -> None:
    """A screen reader goes by them."""
    for html in (served_html(_report(), 13), file_html(_report())):
        page = _Page(html.decode())

        assert page.open == []
        assert page.headings[0] == 1
        assert all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False))


def test_the_file_loads_nothing_and_runs_only_what_is_written_in_it() -> None:
    """Its policy names its own style and scripts by their hashes; it works from a disk."""
    page = _Page(file_html(_report()).decode())

    hashes = [f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in page.inside]
    assert [link for link in page.links if not link.startswith(("#", "data:"))] == []
    assert page.policy.startswith("default-src 'none'; style-src 'sha256-")
    assert all(text in page.policy for text in hashes)
    assert len(hashes) == (3 if has_plots() else 2)


def test_a_page_without_the_charts_library_says_so_and_has_every_table() -> None:
    """On a bare machine there are no plots, and nothing that would load any."""
    html = served_html(_report(), 13).decode()

    assert (insights_sheet()["page"]["plots_missing"] in html) is not has_plots()
    assert ("echarts" in html) is has_plots()
    assert ("data-plot" in html) is has_plots()
    assert html.count("<table>") == 8


def test_the_charts_library_is_looked_for_where_the_wheel_has_it() -> None:
    """A bare machine has no such folder, so its name is compared with the build's."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))

    assert f"cds_service/{FOLDERS[CHARTS]}/*" in project["tool"]["hatch"]["build"]["artifacts"]


def test_no_small_count_is_on_the_page() -> None:
    """Three cards were ignored: neither as text nor as a number for a plot."""
    html = served_html(_report(), 13).decode()

    assert "&lt;5" in html
    assert not {"1", "2", "3", "4"} & set(_Page(html).numbers)


def test_text_of_a_client_can_not_become_markup() -> None:
    """Ids of clients come from the registry, and still."""
    html = served_html(report_on([told(client="<b>north</b>")] * 30), 13).decode()

    assert "<b>" not in html
    assert "&lt;b&gt;north" in html


def test_the_page_says_when_it_was_made_of_what_and_what_is_missing() -> None:
    """Decisions that were lost are in no figure."""
    html = served_html(_report(client="north", lost_decisions=77), 13).decode()

    assert "Client north" in html
    assert "Made 2026-05-28 20:26 (UTC)" in html
    assert "77 decisions could not be written down in this time" in html


def test_a_page_of_nothing_says_so() -> None:
    """Before the first call."""
    html = served_html(report_on([]), 4).decode()

    assert insights_sheet()["page"]["empty"] in html
    assert insights_sheet()["questions"]["nothing"] in html
