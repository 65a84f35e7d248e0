"""A rule.toml, checked and typed.

It must not hold a number of its own, because a clinician reviews the sheets and not this file.
Tests: tests/rules/test_rule.py.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from rules.codes import KnowledgeError
from rules.facts import Code, System
from rules.outcome import Level
from rules.statement import Statement, read_statements
from rules.systems import SYSTEMS


@dataclass(frozen=True, slots=True)
class CodeSet:
    """Codes that a row singles out.

    A trailing * includes all codes below.
    """

    exact: frozenset[Code]
    prefixes: tuple[tuple[System, str], ...]
    what: str = ""
    written: tuple[str, ...] = ()
    """The codes as the sheet writes them."""

    def __contains__(self, code: object) -> bool:
        """Return True for a code of the set."""
        if not isinstance(code, Code):
            return False
        return code in self.exact or any(
            code.system is system and code.value.startswith(prefix) for system, prefix in self.prefixes
        )

    def any_of(self, codes: tuple[Code, ...]) -> bool:
        """Return True if any code belongs to the set."""
        return any(code in self for code in codes)


@dataclass(frozen=True, slots=True)
class Citation:
    """A source with the point that the rule relies on.

    The point is in our words.
    """

    id: str
    title: str
    text: str
    point: str
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """A deciding number with unit, basis and meaning.

    The basis is a source, OP, GCK or a rule id.
    """

    value: Decimal
    unit: str
    basis: str
    what: str
    earlier: tuple["Former", ...] = ()
    """Former values, the oldest first."""

    def at(self, on: date) -> Decimal:
        """Return the value in force on a day."""
        return next((former.value for former in self.earlier if on <= former.until), self.value)


@dataclass(frozen=True, slots=True)
class Former:
    """A former value of a limit with its last day."""

    value: Decimal
    until: date


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """One version of a rule as its sheet describes it.

    An id is never reused.
    """

    id: str
    title: str
    version: str
    effective_from: date
    effective_to: date | None
    review_by: date
    logic: str
    triggers: tuple[str, ...] = ()
    """Concepts that the rule needs to fire.

    Without any of them it need not be asked.
    """
    alternatives: tuple[str, ...] = ()
    """Concepts that may explain its findings."""
    citations: tuple[str, ...] = ()
    """Ids of its sources in this sheet."""
    uses: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Use of personal data that differs from rules/attributes.toml."""

    def in_force(self, on: date) -> bool:
        """Return True if this version holds on a day."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One rule.toml, checked and typed."""

    folder: str
    versions: Mapping[str, tuple[RuleInfo, ...]]
    """Every version of each rule, by its id, the oldest first."""
    limits: Mapping[str, Limit]
    code_sets: Mapping[str, CodeSet]
    words: Mapping[str, tuple[str, ...]]
    workup: Mapping[str, tuple[str, ...]]
    citations: tuple[Citation, ...]
    units: Mapping[str, "Factors"]
    """Tables of factors to the rules' units."""
    guideline: str
    """Guideline line of a card of this site."""
    statements: tuple[Statement, ...] = ()
    title: str = ""
    """Title of the folder on published pages."""

    def limit(self, name: str, on: date) -> Decimal:
        """Return the value of a limit on a day."""
        limit = self.limits[name]
        return limit.at(on) if limit.earlier else limit.value

    def constant(self, name: str) -> Decimal:
        """Return a limit without earlier values.

        Words and ratings are read by it. Raises KnowledgeError otherwise.
        """
        limit = self.limits[name]
        if limit.earlier:
            message = f"rules/{self.folder}/rule.toml: {name} can't have earlier values; it is read without a day"
            raise KnowledgeError(message)
        return limit.value

    def days(self, name: str, on: date) -> timedelta:
        """Return the value of a limit on a day, in days."""
        return _days(self.limit(name, on))

    def rule(self, rule_id: str, on: date) -> RuleInfo:
        """Return the rule version in force on a day.

        Raises KeyError if there is none.
        """
        versions = self.versions[rule_id]
        found = versions if len(versions) == 1 else [info for info in versions if info.in_force(on)]
        if not found:
            raise KeyError(rule_id)
        return found[0]

    def version(self, rule_id: str, version: str) -> RuleInfo:
        """Return one version of a rule.

        Raises KeyError if there is none.
        """
        for info in self.versions[rule_id]:
            if info.version == version:
                return info
        raise KeyError(rule_id)


@cache
def _days(limit: Decimal) -> timedelta:
    return timedelta(days=int(limit))


@cache
def sheet(folder: str) -> Sheet:
    """Return the sheet of a folder.

    Raises KnowledgeError with file and fault.
    """
    text = (files("rules") / folder / "rule.toml").read_text(encoding="utf-8-sig")
    return read_sheet(folder, text)


def read_sheet(folder: str, text: str) -> Sheet:
    """Return the sheet of a rule.toml text."""
    where = f"rules/{folder}/rule.toml"
    try:
        data: dict[str, Any] = tomllib.loads(text, parse_float=Decimal)
        return Sheet(
            folder=folder,
            versions=_versions(data.get("rules", [])),
            limits={name: _limit(item) for name, item in data.get("limits", {}).items()},
            code_sets={name: _code_set(item) for name, item in data.get("code_sets", {}).items()},
            words={name: tuple(words) for name, words in data.get("words", {}).items()},
            workup={name: tuple(keys) for name, keys in data.get("workup", {}).items()},
            citations=tuple(Citation(**item) for item in data.get("citations", [])),
            units={name: _factors(table) for name, table in data.items() if name.endswith("units")},
            guideline=data.get("guideline", ""),
            statements=read_statements(data.get("statements", [])),
            title=data.get("title", ""),
        )
    except (tomllib.TOMLDecodeError, AttributeError, KeyError, TypeError, ValueError, ArithmeticError) as error:
        message = f"{where}: {error}; compare with the sheet of a neighbouring rule"
        raise KnowledgeError(message) from error


def _versions(rules: Iterable[Mapping[str, Any]]) -> Mapping[str, tuple[RuleInfo, ...]]:
    """Return the versions of each rule, the oldest first.

    Two of one rule in force on one day are refused.
    """
    found: dict[str, tuple[RuleInfo, ...]] = {}
    for info in sorted(map(_info, rules), key=lambda info: info.effective_from):
        before = found.get(info.id, ())
        if before and before[-1].in_force(info.effective_from):
            message = f"{info.id} {info.version} begins before {before[-1].version} ends"
            raise ValueError(message)
        found[info.id] = (*before, info)
    return found


def _limit(item: Mapping[str, Any]) -> Limit:
    earlier = [Former(Decimal(former["value"]), former["until"]) for former in item.get("earlier", [])]
    return Limit(
        value=Decimal(item["value"]),
        unit=item["unit"],
        basis=item["basis"],
        what=item["what"],
        earlier=tuple(sorted(earlier, key=lambda former: former.until)),
    )


def _info(item: Mapping[str, Any]) -> RuleInfo:
    return RuleInfo(
        id=item["id"],
        title=item["title"],
        version=item["version"],
        effective_from=item["effective_from"],
        effective_to=item.get("effective_to"),
        review_by=item["review_by"],
        logic=item["logic"],
        triggers=tuple(item.get("triggers", ())),
        alternatives=tuple(item.get("alternatives", ())),
        citations=tuple(item.get("citations", ())),
        uses=item.get("uses", {}),
    )


class Factors(dict[str, Decimal]):
    """A table of units with their factors, the key of what is worked out from it."""

    def __hash__(self) -> int:  # type: ignore[override]  # a dict has none, and no table ever changes
        """Return the hash of this very table."""
        return id(self)


def _factors(table: Mapping[str, Any]) -> Factors:
    """Return factors of a table of units.

    A factor may be a fraction such as "1/17.1".
    """
    return Factors((unit, _factor(str(factor))) for unit, factor in table.items())


def _factor(text: str) -> Decimal:
    above, _, below = text.partition("/")
    return Decimal(above) / Decimal(below or 1)


def _code_set(item: Mapping[str, Any]) -> CodeSet:
    exact, prefixes = set(), []
    for written in item["codes"]:
        name, _, value = written.partition(":")
        system = SYSTEMS[name]
        if value.endswith("*"):
            prefixes.append((system, value[:-1]))
        else:
            exact.add(Code(system, value))
    return CodeSet(frozenset(exact), tuple(prefixes), item["what"], tuple(item["codes"]))


def plan_keys(folder: str, plan: str | None, level: Level) -> tuple[str, ...]:
    """Return the primary work-up keys of a plan at a level.

    Else they are the plan's, else the site's at that level.
    """
    workup = sheet(folder).workup
    if plan is None:
        return workup[level.indicator]
    return workup.get(f"{plan}_{level.indicator}") or workup.get(plan) or workup[level.indicator]
