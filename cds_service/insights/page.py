"""A report as a served page or a single file.

Counts from 1 to 4 must not be shown or derivable, and nothing is loaded from elsewhere.
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
FOLDERS = {STYLE: "insights/static", SCRIPT: "insights/static", CHARTS: "evidence_view/vendor"}
PLOTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "weeks": ("line", ("card_rate", "card_rate_with_quieted")),
    "levels": ("bars", ("accepted", "overridden", "ignored")),
    "versions": ("bars", ("accepted", "overridden", "ignored")),
    "delays": ("columns", ("replied",)),
}
"""Plotted figures of a table."""
SPANS = (4, 13, 53)
"""Numbers of weeks on the served page."""
SERVED_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def served_html(report: Report, weeks: int) -> bytes:
    """Return the served page with separate style and script."""
    return _html(report, weeks=weeks, style=None, scripts=(), policy=None)


def file_html(report: Report) -> bytes:
    """Return the page as one file with a closed policy."""
    style = _text(STYLE)
    scripts = tuple(text for text in (_text(CHARTS), _text(SCRIPT)) if text)
    policy = (
        f"default-src 'none'; style-src {_source(style)}; img-src data:; script-src {' '.join(map(_source, scripts))}; "
        "base-uri 'none'; form-action 'none'"
    )
    return _html(report, weeks=None, style=style, scripts=scripts, policy=policy)


def asset(name: str) -> bytes | None:
    """Return a file of the served page, or None."""
    return _text(name).encode() if name in FOLDERS and _text(name) else None


def has_plots() -> bool:
    """Return True if the charts library is installed.

    `make assets` fetches it, and the wheel has it.
    """
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
    """Return the number of a plot as shown, or ""."""
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
