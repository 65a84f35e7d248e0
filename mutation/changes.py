"""Every change of the clinical data that a case must notice: a number moved, a code, alternative or key taken away.

It must not decide whether it was noticed. Each change is undone when its block ends.
Its tests are in tests/rules/test_mutation.py.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeVar

from mutation.caches import without_caches
from rules.codes import Catalogue, Row, catalogue
from rules.sheet import CodeSet, RuleInfo, Sheet, sheet
from rules.sites import FOLDERS

T = TypeVar("T")
COUNTED = ("d", "a", "mo", "words")
"""Units that are counted one by one; of what is measured a fiftieth is a step."""
FRACTION = 50


@dataclass(frozen=True, slots=True)
class Change:
    """One change: where, what, how to make it for a while, and which text a case that notices it likely holds."""

    kind: str
    folder: str
    what: str
    made: Callable[[], AbstractContextManager[None]]
    code: str | None = None
    """The code that is taken away: a case can only notice when it holds it."""

    @property
    def name(self) -> str:
        """How a report names the change."""
        return f"{self.kind} {self.folder}: {self.what}"


def all_changes() -> Iterator[Change]:
    """Yield every change, by kind and folder."""
    for folder in FOLDERS:
        knowledge = sheet(folder)
        yield from _limits(knowledge)
        yield from _entries(knowledge)
        yield from _code_sets(knowledge)
        yield from _listed(knowledge, "words", knowledge.words)
        yield from _listed(knowledge, "workup", {k: v for k, v in knowledge.workup.items() if k != "secondary"})
    yield from map(_row, catalogue().rows)


def _limits(knowledge: Sheet) -> Iterator[Change]:
    for name, limit in knowledge.limits.items():
        step = Decimal(1) if limit.unit in COUNTED else limit.value / FRACTION
        for sign, moved in (("+", limit.value + step), ("-", limit.value - step)):
            changed = replace(limit, value=moved)
            yield Change("limit", knowledge.folder, f"{name} {sign}", _swap(knowledge.limits, name, changed))


def _entries(knowledge: Sheet) -> Iterator[Change]:
    """Yield each rule without one of its alternatives, and without one of its triggers."""
    for rule_id, versions in knowledge.versions.items():
        for info in versions:
            for kind, concept, less in _shortened(info):
                changed = tuple(less if each is info else each for each in versions)
                made = _swap(knowledge.versions, rule_id, changed)
                yield Change(kind, knowledge.folder, f"{rule_id} {concept}", made)


def _shortened(info: RuleInfo) -> Iterator[tuple[str, str, RuleInfo]]:
    for concept in info.alternatives:
        left = tuple(each for each in info.alternatives if each != concept)
        yield "alternative", concept, replace(info, alternatives=left)
    for concept in info.triggers:
        left = tuple(each for each in info.triggers if each != concept)
        yield "trigger", concept, replace(info, triggers=left)


def _code_sets(knowledge: Sheet) -> Iterator[Change]:
    for name, codes in knowledge.code_sets.items():
        for code in sorted(codes.exact, key=lambda code: (code.system, code.value)):
            less = CodeSet(codes.exact - {code}, codes.prefixes)
            yield Change("code set", knowledge.folder, f"{name} {code.value}", _swap(knowledge.code_sets, name, less))
        for prefix in codes.prefixes:
            less = CodeSet(codes.exact, tuple(each for each in codes.prefixes if each != prefix))
            made = _swap(knowledge.code_sets, name, less)
            yield Change("code set", knowledge.folder, f"{name} {prefix[1]}*", made)


def _listed(knowledge: Sheet, kind: str, table: Mapping[str, tuple[str, ...]]) -> Iterator[Change]:
    own = getattr(knowledge, kind)
    for name, entries in table.items():
        for entry in entries:
            less = tuple(each for each in entries if each != entry)
            yield Change(kind, knowledge.folder, f"{name} {entry}", _swap(own, name, less))


def _swap(table: Mapping[str, T], name: str, value: T) -> Callable[[], AbstractContextManager[None]]:
    """Return how to put another value into a table for a while."""

    @contextmanager
    def made() -> Iterator[None]:
        if not isinstance(table, dict):
            raise TypeError
        own = table[name]
        table[name] = value
        try:
            with without_caches():
                yield
        finally:
            table[name] = own

    return made


def _row(row: Row) -> Change:
    """Return the knowledge without one line of a codes.csv."""

    @contextmanager
    def made() -> Iterator[None]:
        known = catalogue()
        own = vars(known).copy()
        vars(known).update(vars(Catalogue(each for each in own["rows"] if each is not row)))
        try:
            with without_caches():
                yield
        finally:
            vars(known).update(own)

    system = row.code.system.rpartition("/")[2]
    return Change("code", row.folder, f"{row.concept} {row.code.value} of {system}", made, code=row.code.value)
