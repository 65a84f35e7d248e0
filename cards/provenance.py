"""Source attributes of a rule (ONC HTI-1, 170.315(b)(11)).

A rule without one of the thirteen attributes must be refused.
Tests: tests/cards/test_provenance.py.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from rules.codes import KnowledgeError
from rules.explain.prose import filled
from rules.explain.sources import source
from rules.registry import RULESET
from rules.sheet import RuleInfo, sheet

USED = (
    "race",
    "ethnicity",
    "language",
    "sexual_orientation",
    "gender_identity",
    "sex",
    "date_of_birth",
    "social_determinants_of_health",
    "health_status_assessments",
)
"""Personal data with a stated use in each rule."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One source attribute of a rule, in words."""

    name: str
    value: str


@cache
def attributes() -> dict[str, Any]:
    """Return rules/attributes.toml, read once."""
    return tomllib.loads((files("rules") / "attributes.toml").read_text(encoding="utf-8-sig"))


def source_attributes(folder: str, info: RuleInfo) -> tuple[Attribute, ...]:
    """Return the thirteen attributes of one version of a rule.

    Raises KnowledgeError with the name of a missing attribute.
    """
    common = attributes()
    found = (
        Attribute("Bibliographic citation", _bibliography(folder, info)),
        Attribute("Developer", common["developer"]),
        Attribute("Funding source", common["funding"]),
        Attribute("Release and revision dates", _dates(folder, info)),
        *(Attribute(_title(name), _use(folder, info, name)) for name in USED),
    )
    unknown = sorted(set(info.uses) - set(USED))
    empty = [attribute.name for attribute in found if not attribute.value]
    if unknown or empty:
        message = f"rules/{folder}/rule.toml: {info.id} lacks {', '.join(empty) or 'nothing'}"
        raise KnowledgeError(message + (f"; it uses {', '.join(unknown)}, which is no attribute" if unknown else ""))
    return found


def released(folder: str, info: RuleInfo) -> date:
    """Return the release day of a version.

    A first version has the day of the draft, a later one its own.
    """
    first = sheet(folder).versions[info.id][0].version == info.version
    drafted: date = attributes()["drafted"]
    return drafted if first else info.effective_from


def _title(name: str) -> str:
    return f"Use of {name.replace('_', ' ')}"


def _use(folder: str, info: RuleInfo, name: str) -> str:
    return filled(folder, info.uses.get(name) or attributes()["uses"].get(name, ""))


def _bibliography(folder: str, info: RuleInfo) -> str:
    cited = (source(folder, name) for name in info.citations)
    return " ".join(f"{citation.title}. {citation.text}." for citation in cited)


def _dates(folder: str, info: RuleInfo) -> str:
    first = released(folder, sheet(folder).versions[info.id][0])
    revised = "" if released(folder, info) == first else f", revised {released(folder, info).isoformat()}"
    return (
        f"Drafted {first.isoformat()}{revised} (version {info.version}, ruleset {RULESET}); "
        f"review by {info.review_by.isoformat()}. Not released for clinical use."
    )
