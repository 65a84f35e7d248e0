"""A report as a page: served, or one file that holds all it needs and works from a disk.

It must not show a count from 1 to 4 nor what it could be worked out from, and must load nothing from elsewhere.
Tests: tests/insights/test_page.py, tests/browser/test_insights.py.
"""

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from cds_service.insights.caption import caption_of
from cds_service.insights.cell_text import heading, meanings, rate, written
from cds_service.insights.disclosure_control import hidden_counts
from cds_service.insights.questions import questions_of
from cds_service.insights.report import Report
from cds_service.insights.sheet import insights_sheet, limit, said
from cds_service.insights.tables import SUMS, Cell, Count, Key, PartOf, Rate, page_tables, tables_of

LANGUAGE = "en"
STYLE, SCRIPT, CHARTS = "insights.css", "insights.js", "echarts.min.js"
FOLDERS = {STYLE: "insights/static", SCRIPT: "insights/static", CHARTS: "web/vendor"}
PLOTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "weeks": ("line", ("card_rate", "card_rate_with_quieted")),
    "levels": ("bars", ("accepted", "overridden", "ignored")),
    "versions": ("bars", ("accepted", "overridden", "ignored")),
    "delays": ("columns", ("replied",)),
}
"""Which figures of a table are plotted, and how."""
SPANS = (4, 13, 53)
"""Weeks that the served page offers."""
SERVED_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def served_html(report: Report, weeks: int) -> bytes:
    """Return the page that loads its style and script from beside it."""
    return _html(report, weeks=weeks, style=None, scripts=(), policy=None)


def file_html(report: Report) -> bytes:
    """Return the page as one file; its own policy lets nothing in but what is written in it."""
    style = _text(STYLE)
    scripts = tuple(text for text in (_text(CHARTS), _text(SCRIPT)) if text)
    policy = (
        f"default-src 'none'; style-src {_source(style)}; img-src data:; script-src {' '.join(map(_source, scripts))}; "
        "base-uri 'none'; form-action 'none'"
    )
    return _html(report, weeks=None, style=style, scripts=scripts, policy=policy)


def asset(name: str) -> bytes | None:
    """Return a file that the served page loads; None of one that is not there."""
    return _text(name).encode() if name in FOLDERS and _text(name) else None


def has_plots() -> bool:
    """Return whether the charts library is there: `make assets` fetches it, and the wheel holds it."""
    return bool(_text(CHARTS))


def _html(
    report: Report, *, weeks: int | None, style: str | None, scripts: tuple[str, ...], policy: str | None
) -> bytes:
    tables = page_tables(tables_of(report))
    hidden = hidden_counts(report, tables)
    words = insights_sheet()
    page = _template().render(
        words=words["page"] | {"questions": words["questions"]},
        caption=caption_of(report),
        intro=said("page", "intro", most=limit("small_cell") - 1, least=limit("small_cell")),
        tables=tables,
        totals=SUMS | {"reasons"},
        plots={table: plot for table, plot in PLOTS.items() if has_plots()},
        has_plots=has_plots(),
        columns=words["columns"],
        questions=questions_of(report),
        meanings=meanings(),
        heading=heading,
        written=lambda cell: written(cell, hidden),
        number=lambda cell: _number(cell, hidden),
        language=LANGUAGE,
        spans=SPANS,
        weeks=weeks,
        style=None if style is None else Markup(style),  # noqa: S704 - our own file
        scripts=tuple(map(Markup, scripts)),
        policy=policy,
    )
    return page.encode()


def _number(cell: Cell | None, hidden: frozenset[Key]) -> str:
    """Return the number that a plot is drawn from, as it is shown; "" for one that is not."""
    match cell:
        case Count(key, number) | PartOf(Count(key, number)):
            return "" if key in hidden else str(number)
        case Rate():
            text = rate(cell, hidden)
            return text if text.replace(".", "").isdigit() else ""
    return ""


def _source(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


@cache
def _text(name: str) -> str:
    file = files("cds_service") / FOLDERS[name] / name
    return file.read_text(encoding="utf-8") if file.is_file() else ""


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("cds_service.insights"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("insights.html")
