"""HTML pages by escaping templates, with their headers.

A page must not load from elsewhere, run inline script, be cached, or be framed by a stranger.
Tests: tests/evidence_view/test_page.py.
"""

from collections.abc import Iterable
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from cards.words import Language
from cds_service.evidence_view.assets import has_plots
from cds_service.evidence_view.page_model import Page
from cds_service.evidence_view.phrases import phrases_in
from cds_service.security.urls import BaseUrl
from rules.sheet import sheet

ASSETS = "../evidence"
"""Relative path of the assets, so that the service may have a prefix."""


def page_headers(framed_by: Iterable[BaseUrl] = ()) -> dict[str, str]:
    """Return the headers of a page framed by these origins only."""
    ancestors = " ".join(sorted(map(str, framed_by))) or "'none'"
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        f"base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
    )
    return {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


def evidence_html(page: Page, *, drop_query: bool) -> bytes:
    """Return the page.

    `drop_query` removes the query from the browser's history.
    """
    days = sheet("evidence").days("year_days", page.as_of).days
    html = _template("evidence.html").render(
        page=page, drop_query=drop_query, has_plots=has_plots(), year_days=days, **_common(page.language)
    )
    return html.encode()


def error_html(code: str, error_id: str, language: Language) -> bytes:
    """Return an error page with remedy, code and log id."""
    texts = phrases_in(language).tables["error_text"]
    text = texts.get(code, texts["other"])
    return _template("error.html").render(code=code, error_id=error_id, text=text, **_common(language)).encode()


def _common(language: Language) -> dict[str, object]:
    return {"words": phrases_in(language).tables, "language": language, "assets": ASSETS}


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("cds_service.evidence_view"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)
