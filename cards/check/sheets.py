"""Check of rule.toml and plans.toml.

Tests: tests/cards/test_check.py.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cards.check.code_files import CodeLine
from cards.check.source import Mistake, Source
from rules.codes import KnowledgeError
from rules.outcome import Level
from rules.sheet import read_sheet
from rules.sites import SITES
from rules.systems import SYSTEMS

SITE_FOLDERS = frozenset(row.folder for row in SITES)
UNKNOWN = "Correct the name, or add its codes to a codes.csv"
USUAL = "usual"


@dataclass(frozen=True, slots=True)
class SheetSource:
    """One rule.toml with its parsed data."""

    folder: str
    source: Source
    data: Mapping[str, Any]

    @property
    def rules(self) -> tuple[Mapping[str, Any], ...]:
        """Return its rules with an id."""
        return tuple(rule for rule in self.data.get("rules", ()) if "id" in rule)

    @property
    def workup(self) -> Mapping[str, Any]:
        """Return its work-up keys by plan and level."""
        found: Mapping[str, Any] = self.data.get("workup", {})
        return found


def check_sheet(sheet: SheetSource, lines: list[CodeLine], groups: frozenset[str]) -> Iterator[Mistake]:
    """Yield the mistakes of one rule.toml.

    A group names several concepts together.
    """
    try:
        read_sheet(sheet.folder, sheet.source.text)
    except KnowledgeError as error:
        remedy = "Compare with the rule.toml of a neighbouring folder"
        yield sheet.source.mistake(0, str(error).partition(": ")[2].partition("; compare")[0], remedy)
    concepts = groups | {line.concept for line in lines}
    yield from _rules(sheet, concepts)
    yield from _workup(sheet, {line.concept for line in lines if line.role == "workup"})
    yield from _code_sets(sheet)


def _rules(sheet: SheetSource, concepts: frozenset[str]) -> Iterator[Mistake]:
    citations = {item.get("id") for item in sheet.data.get("citations", ())}
    for rule in sheet.rules:
        for kind in ("triggers", "alternatives"):
            for concept in rule.get(kind, ()):
                if concept not in concepts:
                    line = sheet.source.line_of(f'"{rule["id"]}"', kind, concept)
                    yield sheet.source.mistake(line, f"{rule['id']} names the unknown concept {concept}", UNKNOWN)
        for citation in rule.get("citations", ()):
            if citation not in citations:
                line = sheet.source.line_of(f'"{rule["id"]}"', "citations", citation)
                message = f"{rule['id']} cites {citation}, which is no source of this file"
                yield sheet.source.mistake(line, message, "Add it as [[citations]], or correct the id")


def _workup(sheet: SheetSource, keys: set[str]) -> Iterator[Mistake]:
    for plan, named in sheet.workup.items():
        for key in named:
            if key not in keys:
                line = sheet.source.line_of("[workup]", plan, key)
                yield sheet.source.mistake(line, f"the work-up {plan} names the unknown key {key}", UNKNOWN)


def _code_sets(sheet: SheetSource) -> Iterator[Mistake]:
    for name, item in sheet.data.get("code_sets", {}).items():
        for written in item.get("codes", ()):
            if written.partition(":")[0] not in SYSTEMS:
                line = sheet.source.line_of("[code_sets]", name)
                message = f"{name} lists {written!r}, which names no code system"
                yield sheet.source.mistake(line, message, f"Begin with one of {', '.join(SYSTEMS)} and a colon")


def check_plans(source: Source, data: Mapping[str, Any], sheets: Mapping[str, SheetSource]) -> Iterator[Mistake]:
    """Yield the mistakes of plans.toml and missing plans."""
    plans, rows = data.get("plans", ()), data.get("rows", {})
    rules = {rule["id"]: folder for folder, sheet in sheets.items() if folder in SITE_FOLDERS for rule in sheet.rules}
    yield from _unknown_in_plans(source, plans, rows, rules)
    planned = {rule for plan in plans for rule in plan.get("rules", ())}
    for rule, folder in rules.items():
        lacks = {"plan": rule not in planned, "levels": rule not in rows}
        for what in (name for name, is_missing in lacks.items() if is_missing):
            where = "`rules` of a plan" if what == "plan" else "[rows]"
            sheet_source = sheets[folder].source
            line = sheet_source.line_of(f'id = "{rule}"')
            yield sheet_source.mistake(line, f"{rule} has no {what}", f"Add it to {where} in rules/plans.toml")
    for folder in sorted(SITE_FOLDERS & sheets.keys()):
        yield from _work_up_without_plan(sheets[folder], {p.get("name") for p in plans if p.get("folder") == folder})


def _unknown_in_plans(source: Source, plans: Any, rows: Any, rules: Mapping[str, str]) -> Iterator[Mistake]:  # noqa: ANN401 - as TOML has it
    levels = {level.indicator for level in Level}
    for plan in plans:
        for rule in plan.get("rules", ()):
            if rules.get(rule) != plan.get("folder"):
                line = source.line_of(f'"{plan.get("folder")}"', f'"{plan.get("name")}"', rule)
                yield source.mistake(line, f"the plan {plan.get('name')} names {rule}, no rule of its folder", UNKNOWN)
    for rule, named in rows.items():
        if rule not in rules:
            line = source.line_of("[rows]", rule)
            yield source.mistake(line, f"[rows] names {rule}, which no rule.toml describes", "Correct the id")
        for level in (name for name in named if name not in levels):
            line = source.line_of("[rows]", rule)
            yield source.mistake(line, f"{rule} has the unknown level {level}", f"Use {', '.join(sorted(levels))}")


def _work_up_without_plan(sheet: SheetSource, names: set[Any]) -> Iterator[Mistake]:
    own = {level.indicator for level in Level} | {"secondary"}
    for key in sheet.workup:
        name, _, level = key.rpartition("_")
        plan = name if level in own and name else key
        if key not in own and plan not in names and not key.startswith("secondary"):
            line = sheet.source.line_of("[workup]", key)
            message = f"the work-up {plan} has no plan"
            yield sheet.source.mistake(line, message, "Describe it as [[plans]] in rules/plans.toml")
