"""Every mutant of the rules' functions, put in place of its original for a while.

It must not write a file: a mutant is compiled and swapped in as the code of the function that others already hold.
The mutants are those that mutmut makes; its own runner asks at each call which mutant is meant, which is too slow here.
Its tests are in tests/rules/test_mutation.py.
"""

import importlib
import inspect
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from mutation.caches import without_caches

ROOT = Path(__file__).parents[1]
FOLDER = "rules"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one function: where it stands, its number there, the changed lines, and the changed code."""

    module: str
    function: str
    number: int
    lines: tuple[str, ...]
    code: CodeType

    @property
    def name(self) -> str:
        """How a report names it."""
        return f"{self.module}.{self.function} #{self.number}"

    @contextmanager
    def made(self) -> Iterator[None]:
        """Put the mutant in place of its function for a while."""
        function = _function(self.module, self.function)
        own = function.__code__
        function.__code__ = self.code
        try:
            with without_caches():
                yield
        finally:
            function.__code__ = own


def all_mutants(folder: Path = ROOT / FOLDER) -> Iterator[Mutant]:
    """Yield every mutant of the functions in a folder, file by file."""
    for path in sorted(folder.rglob("*.py")):
        yield from mutants_of(path)


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Yield every mutant of the functions of one file."""
    import libcst as cst  # noqa: PLC0415 - mutmut and its parser are there for `make mutate` only
    from mutmut.mutation.file_mutation import create_mutations  # noqa: PLC0415 - as above

    module, mutations, _, _ = create_mutations(str(path), path.read_text(encoding="utf-8"))
    place = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    names = dict(_named(cst, module.body))
    counted: dict[str, int] = {}
    for mutation in mutations:
        outer = mutation.contained_by_top_level_function
        name = names.get(outer)
        if outer is None or name is None:
            continue
        changed = outer.deep_replace(mutation.original_node, mutation.mutated_node)
        before, after = (cst.Module([node]).code for node in (outer, changed))
        counted[name] = counted.get(name, 0) + 1
        yield Mutant(place, name, counted[name], _difference(before, after), _compiled(after, path))


def _named(cst: Any, nodes: Iterable[Any], prefix: str = "") -> Iterator[tuple[Any, str]]:  # noqa: ANN401 - libcst has no types here
    """Yield the functions of a module and the methods of its classes with their names."""
    for node in nodes:
        if isinstance(node, cst.FunctionDef):
            yield node, f"{prefix}{node.name.value}"
        elif isinstance(node, cst.ClassDef) and not prefix:
            yield from _named(cst, node.body.body, f"{node.name.value}.")


def _compiled(source: str, path: Path) -> CodeType:
    """Return the code of the one function that a source text defines; its decorators are left alone."""
    module = compile(f"from __future__ import annotations\n{source}", str(path), "exec")
    return next(each for each in module.co_consts if isinstance(each, CodeType) and each.co_name != "<lambda>")


def _difference(before: str, after: str) -> tuple[str, ...]:
    lines = unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return tuple(line for line in lines if not line.startswith(("---", "+++", "@@")))


def _function(module: str, path: str) -> FunctionType:
    """Return the function that a module, or a class of it, holds under a name, without what is wrapped around it."""
    found: object = importlib.import_module(module)
    for step in path.split("."):
        found = inspect.getattr_static(found, step)
    if isinstance(found, property):
        found = found.fget
    if isinstance(found, staticmethod | classmethod):
        found = found.__func__
    unwrapped = inspect.unwrap(found) if callable(found) else found
    if not isinstance(unwrapped, FunctionType):
        message = f"{module}.{path} is no function"
        raise TypeError(message)
    return unwrapped
