"""Filled templates of /about, documents and the README's table.

The caller names overdue rules.
Tests: tests/docs/test_publications.py, tests/api/test_about_page.py.
"""

from functools import cache, lru_cache
from importlib.resources import files
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape

from cards.provenance import attributes
from cds_service.publication.text import blocks, markdown, markdown_blocks
from cds_service.publication.view import Part, concept_list, part, said, sites
from rules.codes import catalogue
from rules.explain.prose import filled
from rules.explain.sources import sources, without_symptoms
from rules.registry import RULESET
from rules.sheet import Citation, RuleInfo

MEASURES = ("weight", "labs")
GENERAL = ("gate", "evidence", "workup")
FIRST, LAST = "<!-- rules: made by `make docs` -->", "<!-- rules: end -->"


@lru_cache(maxsize=4)
def about_html(overdue: tuple[str, ...] = ()) -> bytes:
    """Return the page behind a card's source, with overdue rules marked."""
    return template("about.html").render(**_knowledge(), overdue=overdue).encode()


@cache
def about_css() -> bytes:
    """Return the style sheet of that page."""
    return (files("cds_service.publication") / "templates" / "about.css").read_bytes()


def rules_md() -> str:
    """Return the knowledge as one document for clinicians."""
    return template("rules.md").render(**_knowledge(), concepts=concept_list())


def intended_use_md() -> str:
    """Return the intended use with persons, data and limits."""
    return template("intended-use.md").render(**_knowledge())


def readme_with_table(readme: str) -> str:
    """Return a README with a new table of rules.

    Raises ValueError without the two markers.
    """
    before, first, rest = readme.partition(FIRST)
    _, last, after = rest.partition(LAST)
    if not (first and last):
        message = f"no markers for the table of rules: put {FIRST} and {LAST} where it is to stand"
        raise ValueError(message)
    table = template("readme.md").render(families=_families())
    return f"{before}{FIRST}\n{table}{LAST}{after}"


@cache
def template(name: str) -> Template:
    """Return a template of this package, with our filters."""
    environment = Environment(
        loader=PackageLoader("cds_service.publication"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["md"] = markdown
    environment.filters["md_blocks"] = markdown_blocks
    environment.filters["filled"] = lambda text: filled("evidence", text)
    environment.filters["blocks"] = blocks
    return environment.get_template(name)


@cache
def _knowledge() -> dict[str, Any]:
    other_half = without_symptoms()
    return {
        "ruleset": RULESET,
        "attributes": attributes(),
        "general": tuple(map(part, GENERAL)),
        "sites": tuple(map(part, sites())),
        "measures": tuple(map(part, MEASURES)),
        "without_symptoms": said("gate", other_half.statements),
        "sources": tuple(_source(found) for found in sources().values()),
        "codes": len(catalogue().rows),
    }


def _source(listed: tuple[Citation, ...]) -> dict[str, Any]:
    return {"citation": listed[0], "points": tuple(dict.fromkeys(citation.point for citation in listed))}


def _families() -> list[dict[str, str]]:
    """Return the rules by family, with first, last and titles."""
    found = []
    for family, group in groupby(_every_rule(), key=lambda info: info.id.partition("-")[0]):
        rules = list(group)
        titles = dict.fromkeys(info.title for info in rules)
        numbers = sorted({int(info.id.partition("-")[2]) for info in rules})
        ids = f"{family}-{numbers[0]}" + (f" to {family}-{numbers[-1]}" if numbers[1:] else "")
        found.append({"ids": ids, "about": "; ".join(titles)})
    return found


def _every_rule() -> list[RuleInfo]:
    parts: tuple[Part, ...] = (part("gate"), *map(part, sites()), *map(part, MEASURES))
    return [rule.info for each in parts for rule in each.rules]
