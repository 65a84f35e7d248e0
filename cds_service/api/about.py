"""GET /about: the page behind a card's source: what the rules are, on what they rest, and who has not signed them off.

It must not show anything of a patient, nor run a script. It is made from the rule sheets, never by hand.
Tests: tests/service/test_about.py.
"""

from collections.abc import Iterator
from functools import cache
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from rules.registry import RULES, RULESET
from rules.rule import Citation, Rule, sheet

POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
TITLE = "Breast cancer recurrence work-up"
INTRODUCTION = (
    (
        "This decision support proposes a work-up when findings after breast cancer may mean that it has come back. "
        "It names no diagnosis and no probability, creates drafts only, and does not replace clinical judgement."
    ),
    (
        "Drafted from public sources. No practising clinician has signed off the clinical content: "
        "have it reviewed before it is used for patients."
    ),
    (
        "Without symptoms nothing is proposed: routine blood counts, chemistry, bone scans, chest X-rays, liver "
        "ultrasound, CT, PET and MRI are not recommended then, and tumour markers are never proposed."
    ),
    "No card does not mean no symptom: findings that stand in notes only, or were not sent, are not seen.",
)


def about_route() -> Route:
    """Return the route of the page; it is the same for everybody and may be kept for a while."""

    async def about(_request: Request) -> HTMLResponse:
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "max-age=3600"}
        return HTMLResponse(about_page(), headers=headers)

    return Route("/about", about, methods=["GET"])


@cache
def about_page() -> str:
    """Return the page as HTML."""
    return "\n".join(_page())


def _page() -> Iterator[str]:
    yield f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1"></head><body><main>'
    yield f"<h1>{TITLE}</h1>"
    yield from (f"<p>{escape(text)}</p>" for text in INTRODUCTION)
    yield f"<p>Ruleset {escape(RULESET)}.</p>"
    for folder in dict.fromkeys(rule.sheet for rule in RULES):
        yield from _section(folder)
    yield "</main></body></html>"


def _section(folder: str) -> Iterator[str]:
    own = [rule for rule in RULES if rule.sheet == folder]
    yield f"<h2>{escape(own[0].site.value.replace('-', ' ').capitalize())}</h2>"
    yield f"<p>{escape(sheet(folder).guideline)}</p><ul>"
    yield from (_rule(rule) for rule in own)
    yield "</ul><p>Sources:</p><ul>"
    yield from (_citation(citation) for citation in sheet(folder).citations)
    yield "</ul>"


def _rule(rule: Rule) -> str:
    info = rule.info
    return (
        f"<li><strong>{escape(info.id)}</strong> {escape(info.title)} (version {escape(info.version)}, "
        f"review by {info.review_by.isoformat()}): {escape(info.logic)}</li>"
    )


def _citation(citation: Citation) -> str:
    year = f" ({citation.year})" if citation.year else ""
    return f"<li>{escape(citation.title)}{year}. {escape(citation.text)}. {escape(citation.point)}</li>"
