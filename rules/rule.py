"""A rule and its sheet: the numbers, code sets, words, work-up keys and citations that stand in rule.toml.

Must not hold a number of its own: a clinician reviews the sheets, not this file.
Tests: tests/rules/test_rule.py.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from rules.codes import SYSTEMS, KnowledgeError
from rules.facts import Code, System
from rules.outcome import Level, Outcome, Site

if TYPE_CHECKING:
    from rules.case import Case


@dataclass(frozen=True, slots=True)
class CodeSet:
    """Codes that a row of a rule singles out; a trailing * means that code and all below it."""

    exact: frozenset[Code]
    prefixes: tuple[tuple[System, str], ...]

    def __contains__(self, code: object) -> bool:
        """Whether a code belongs to the set."""
        if not isinstance(code, Code):
            return False
        return code in self.exact or any(
            code.system is system and code.value.startswith(prefix) for system, prefix in self.prefixes
        )

    def any_of(self, codes: tuple[Code, ...]) -> bool:
        """Whether one of the codes belongs to the set."""
        return any(code in self for code in codes)


@dataclass(frozen=True, slots=True)
class Citation:
    """A source of a rule: how to find it, and the point that the rule relies on, in our words."""

    id: str
    title: str
    text: str
    point: str
    year: int | None = None


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """What identifies one version of a rule; ids are never reused."""

    id: str
    title: str
    version: str
    effective_from: date
    effective_to: date | None
    review_by: date
    logic: str

    def in_force(self, on: date) -> bool:
        """Whether this version holds on a day."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One rule.toml, checked and typed."""

    folder: str
    rules: Mapping[str, RuleInfo]
    limits: Mapping[str, Decimal]
    code_sets: Mapping[str, CodeSet]
    words: Mapping[str, tuple[str, ...]]
    workup: Mapping[str, tuple[str, ...]]
    citations: tuple[Citation, ...]
    units: Mapping[str, Mapping[str, Decimal]]
    """Tables of units: factor to the unit that the rule counts in."""
    guideline: str
    """The one line that a card of this site shows."""

    def days(self, name: str) -> timedelta:
        """Return a limit in days."""
        return _days(self.limits[name])


@cache
def _days(limit: Decimal) -> timedelta:
    return timedelta(days=int(limit))


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its site, its sheet and the pure function that judges a case."""

    id: str
    site: Site
    sheet: str
    judge: Callable[["Case"], Outcome]
    triggers: tuple[str, ...] = ()
    """The concepts without any of which it can't fire: where none is on record it need not be asked."""

    @property
    def info(self) -> RuleInfo:
        """Title, version and dates from the sheet."""
        return sheet(self.sheet).rules[self.id]


def rules_of(site: Site, family: str, *rules: tuple[Callable[["Case"], Outcome], tuple[str, ...]]) -> tuple[Rule, ...]:
    """Return the rules of a site, numbered from 1 in their order, each with the concepts that can make it fire."""
    folder = site.value.removesuffix("-node")
    return tuple(
        Rule(f"{family}-{number}", site, folder, judge, triggers)
        for number, (judge, triggers) in enumerate(rules, start=1)
    )


@cache
def sheet(folder: str) -> Sheet:
    """Return the sheet of a folder, or raise KnowledgeError that says what is wrong in which file."""
    text = (files("rules") / folder / "rule.toml").read_text(encoding="utf-8")
    return read_sheet(folder, text)


def read_sheet(folder: str, text: str) -> Sheet:
    """Return the sheet that a rule.toml text describes."""
    where = f"rules/{folder}/rule.toml"
    try:
        data: dict[str, Any] = tomllib.loads(text, parse_float=Decimal)
        return Sheet(
            folder=folder,
            rules={item["id"]: _info(item) for item in data.get("rules", [])},
            limits={name: Decimal(item["value"]) for name, item in data.get("limits", {}).items()},
            code_sets={name: _code_set(item["codes"]) for name, item in data.get("code_sets", {}).items()},
            words={name: tuple(words) for name, words in data.get("words", {}).items()},
            workup={name: tuple(keys) for name, keys in data.get("workup", {}).items()},
            citations=tuple(Citation(**item) for item in data.get("citations", [])),
            units={name: _factors(table) for name, table in data.items() if name.endswith("units")},
            guideline=data.get("guideline", ""),
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, ArithmeticError) as error:
        message = f"{where}: {error}; compare with the sheet of a neighbouring rule"
        raise KnowledgeError(message) from error


def _info(item: Mapping[str, Any]) -> RuleInfo:
    return RuleInfo(
        id=item["id"],
        title=item["title"],
        version=item["version"],
        effective_from=item["effective_from"],
        effective_to=item.get("effective_to"),
        review_by=item["review_by"],
        logic=item["logic"],
    )


def _factors(table: Mapping[str, Any]) -> Mapping[str, Decimal]:
    """Return the factors of a table of units; a factor may be written as a fraction such as "1/17.1"."""
    return {unit: _factor(str(factor)) for unit, factor in table.items()}


def _factor(text: str) -> Decimal:
    above, _, below = text.partition("/")
    return Decimal(above) / Decimal(below or 1)


def _code_set(items: list[str]) -> CodeSet:
    exact, prefixes = set(), []
    for item in items:
        name, _, value = item.partition(":")
        system = SYSTEMS[name]
        if value.endswith("*"):
            prefixes.append((system, value[:-1]))
        else:
            exact.add(Code(system, value))
    return CodeSet(frozenset(exact), tuple(prefixes))


def plan_keys(folder: str, plan: str | None, level: Level) -> tuple[str, ...]:
    """Return the primary work-up keys of a named plan at a level, else of the plan, else of the site at that level."""
    workup = sheet(folder).workup
    if plan is None:
        return workup[level.indicator]
    return workup.get(f"{plan}_{level.indicator}") or workup.get(plan) or workup[level.indicator]
