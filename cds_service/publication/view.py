"""The knowledge as the templates read it.

Tests: tests/docs/test_publications.py.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from cards.concepts import concept_name, own_names
from cards.provenance import Attribute, source_attributes
from cards.words import english
from cds_service.publication.numbers import Number, numbers
from cds_service.publication.text import Block, blocks
from rules.codes import catalogue
from rules.explain.plans import plans
from rules.explain.prose import filled, logic
from rules.explain.sources import source
from rules.facts import Code
from rules.registry import RULES
from rules.sheet import Citation, CodeSet, RuleInfo, sheet
from rules.sites import FOLDERS
from rules.statement import Statement
from rules.systems import SYSTEMS


@dataclass(frozen=True, slots=True)
class Named:
    """A concept or work-up key with its words."""

    key: str
    name: str
    code: bool = True
    """True for a concept with codes and a value set."""


@dataclass(frozen=True, slots=True)
class RuleView:
    """One version of a rule."""

    info: RuleInfo
    logic: tuple[Block, ...]
    triggers: tuple[Named, ...]
    alternatives: tuple[Named, ...]
    sources: tuple[Citation, ...]
    attributes: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A statement with its numbers filled in."""

    id: str
    title: str
    text: tuple[Block, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorkUp:
    """The orders of one kind of finding at one level."""

    when: str
    level: str
    orders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of the sheet, codes or words."""

    what: str
    entries: tuple[str, ...]
    names: tuple[str, ...] = ()
    """Names of the codes."""


@dataclass(frozen=True, slots=True)
class Part:
    """One folder of the knowledge."""

    folder: str
    title: str
    guideline: str
    rules: tuple[RuleView, ...]
    statements: tuple[Said, ...]
    work_up: tuple[WorkUp, ...]
    secondary: tuple[str, ...]
    numbers: tuple[Number, ...]
    code_sets: tuple[Listed, ...]
    words: tuple[Listed, ...]
    units: tuple[Listed, ...]
    sources: tuple[Citation, ...]


@cache
def part(folder: str) -> Part:
    """Return one folder of the knowledge."""
    found = sheet(folder)
    rules = tuple(_rule(folder, info) for versions in found.versions.values() for info in versions)
    return Part(
        folder=folder,
        title=found.title,
        guideline=found.guideline if folder in sites() else "",
        rules=rules,
        statements=said(folder, found.statements),
        work_up=tuple(_work_up(folder)),
        secondary=tuple(english().also(sites().get(folder, ""), key) for key in found.workup.get("secondary", ())),
        numbers=numbers(folder),
        code_sets=tuple(map(_code_set, found.code_sets.values())),
        words=tuple(Listed(name.replace("_", " "), tuple(map(_word, each))) for name, each in found.words.items()),
        units=tuple(_units(name, factors) for name, factors in found.units.items()),
        sources=found.citations,
    )


@cache
def sites() -> dict[str, str]:
    """Return the site of each folder, in the order of cards."""
    return {rule.sheet: rule.site.value for rule in RULES}


def _spoken(what: str) -> str:
    return what[:1].upper() + what[1:]


def _code_set(codes: CodeSet) -> Listed:
    return Listed(_spoken(codes.what), codes.written, tuple(map(_code_name, codes.written)))


def _code_name(written: str) -> str:
    """Return the display of a code in a sheet, or "".

    It is its own or that of the code above.
    """
    system, _, value = written.rstrip("*").partition(":")
    code = Code(SYSTEMS[system], value)
    name = catalogue().display(code)
    return "" if name == value else name


def _units(table: str, factors: Mapping[str, Decimal]) -> Listed:
    """Return the understood units with factors to the first."""
    measured = table.removesuffix("units").removesuffix("_")
    name = concept_name(measured) if catalogue().codes_of(measured) else measured or "weight"
    return Listed(name, tuple(f"{unit or 'none stated'} (x {factor:.6g})" for unit, factor in factors.items()))


def _word(word: str) -> str:
    """Return a word of a list, of a concept or key its name."""
    listed = word in own_names() or bool(catalogue().codes_of(word))
    return concept_name(word) if listed else word


def said(folder: str, statements: Iterable[Statement]) -> tuple[Said, ...]:
    """Return statements with their numbers."""
    return tuple(Said(s.id, s.title, blocks(filled(folder, s.text)), s.citations) for s in statements)


def _rule(folder: str, info: RuleInfo) -> RuleView:
    return RuleView(
        info=info,
        logic=blocks(logic(folder, info)),
        triggers=tuple(map(named, info.triggers)),
        alternatives=tuple(map(named, info.alternatives)),
        sources=tuple(source(folder, name) for name in info.citations),
        attributes=source_attributes(folder, info),
    )


def named(concept: str) -> Named:
    """Return a concept with its name."""
    return Named(concept, concept_name(concept), bool(catalogue().codes_of(concept)))


def _work_up(folder: str) -> Iterable[WorkUp]:
    """Yield the orders of each plan at its rules' levels."""
    for plan in plans().of_folder(folder):
        reached = {level for rule in plan.rules for level in plans().levels(rule, plan)}
        for level in sorted(reached, reverse=True):
            yield WorkUp(plan.when, level.indicator, tuple(map(english().order, plan.keys(level))))


@dataclass(frozen=True, slots=True)
class ConceptView:
    """A concept with folder and number of codes."""

    key: str
    name: str
    role: str
    folder: str
    codes: int


def concept_list() -> tuple[ConceptView, ...]:
    """Return every concept of each folder with its number of codes."""
    found: dict[tuple[str, str], ConceptView] = {}
    for folder in FOLDERS:
        for row in (row for row in catalogue().rows if row.folder == folder):
            codes = found[key].codes if (key := (folder, row.concept)) in found else 0
            found[key] = ConceptView(row.concept, concept_name(row.concept), row.role, folder, codes + 1)
    return tuple(found.values())
