"""Import map: floors, circles and arrows of each package.

It reads the source with `ast` and imports nothing of the project.
Tests: tests/tools/test_import_map.py.
"""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = ("cds_service", "cards", "rules")

Graph = Mapping[str, frozenset[str]]
"""Imported names by importing name."""

Arrow = tuple[str, str]
"""Importing and imported name."""


@dataclass(frozen=True, slots=True)
class Imports:
    """Imports between the modules of one package."""

    modules: tuple[str, ...]
    at_start: Graph
    """Imports at module level, which run when the module is loaded."""
    deferred: Graph
    """Imports inside functions, which run with the first call."""


@dataclass(frozen=True, slots=True)
class Members:
    """Members of one package on their floors, with their circles."""

    floors: tuple[tuple[str, ...], ...]
    """Lowest floor first. Members of one circle share a floor."""
    circles: tuple[tuple[str, ...], ...]
    arrows: tuple[Arrow, ...]
    deferred_back: tuple[Arrow, ...]
    """Imports inside functions that would close a circle; floors ignore them."""


@dataclass(frozen=True, slots=True)
class PackageMap:
    """Figures of one package."""

    name: str
    modules: int
    loose: tuple[str, ...]
    """Modules directly in the package, without `__init__`."""
    members: Members
    module_circles: tuple[tuple[str, ...], ...]
    module_deferred_back: tuple[Arrow, ...]


def package_map(root: Path, package: str) -> PackageMap:
    """Measure one package of a source tree."""
    found = imports(root, package)
    modules = _merged(found)
    return PackageMap(
        package,
        len(found.modules),
        tuple(sorted(path.stem for path in (root / package).glob("*.py") if path.stem != "__init__")),
        members(found, package),
        circles(modules[0]),
        modules[1],
    )


def imports(root: Path, package: str) -> Imports:
    """Read all imports between modules of a package, type-checking imports left out."""
    paths = {_module_name(root, path): path for path in sorted((root / package).rglob("*.py"))}
    at_start: dict[str, frozenset[str]] = {}
    deferred: dict[str, frozenset[str]] = {}
    for module, path in paths.items():
        tree = ast.parse(path.read_bytes())
        parent = module if path.stem == "__init__" else module.rpartition(".")[0]
        start, later = set[str](), set[str]()
        for node, inside in _import_nodes(tree, inside_function=False):
            (later if inside else start).update(_targets(node, parent, paths))
        at_start[module] = frozenset(start - {module})
        deferred[module] = frozenset(later - start - {module})
    return Imports(tuple(paths), at_start, deferred)


def members(found: Imports, package: str) -> Members:
    """Lay sub-packages and loose modules of a package in floors."""
    at_start = _by_member(found.at_start, package)
    deferred = _by_member(found.deferred, package)
    graph, back = _merged(Imports(tuple(at_start), at_start, deferred))
    return Members(floors(graph), circles(graph), tuple(_arrows(graph)), back)


def circles(graph: Graph) -> tuple[tuple[str, ...], ...]:
    """Return the groups of names that import each other, directly or around a circle."""
    reach = {name: _reachable(graph, name) for name in graph}
    groups = {
        tuple(sorted({name} | {other for other in reach[name] if name in reach[other]}))
        for name in graph
        if name in reach[name]
    }
    return tuple(sorted(groups))


def floors(graph: Graph) -> tuple[tuple[str, ...], ...]:
    """Return names by floor, where a floor is 1 + the highest floor imported from."""
    circle_of = {name: group for group in circles(graph) for name in group}
    group_of = {name: circle_of.get(name, (name,)) for name in graph}
    height: dict[tuple[str, ...], int] = {}

    def floor(group: tuple[str, ...]) -> int:
        if group not in height:
            below = {group_of[other] for name in group for other in graph[name]} - {group}
            height[group] = 1 + max(map(floor, below), default=0)
        return height[group]

    by_floor: dict[int, list[str]] = {}
    for name in sorted(graph):
        by_floor.setdefault(floor(group_of[name]), []).append(name)
    return tuple(tuple(by_floor[number]) for number in sorted(by_floor))


def text(found: PackageMap) -> Iterator[str]:
    """Yield the lines of the printed map, highest floor first."""
    in_circle = {name for circle in found.members.circles for name in circle}
    yield (
        f"{found.name}: {len(found.members.floors)} floors, {found.modules} modules, {len(found.loose)} loose modules, "
        f"{len(found.members.arrows)} arrows between members, {len(found.members.circles)} circles of members, "
        f"{len(found.module_circles)} circles of modules"
    )
    for number, names in reversed(tuple(enumerate(found.members.floors, 1))):
        yield f"  {number:2}  {' '.join(f'{name}*' if name in in_circle else name for name in names)}"
    yield from _listed("circle of members (*)", (" <-> ".join(circle) for circle in found.members.circles))
    yield from _listed("circle of modules", (" <-> ".join(circle) for circle in found.module_circles))
    yield from _listed("import inside a function against the floors", map(" -> ".join, found.members.deferred_back))
    yield from _listed(
        "import inside a function that would close a circle of modules", map(" -> ".join, found.module_deferred_back)
    )


def main() -> int:
    """Print the map of each package and return exit code 0."""
    for package in PACKAGES:
        sys.stdout.write("\n".join((*text(package_map(ROOT, package)), "", "")))
    return 0


def _module_name(root: Path, path: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _import_nodes(node: ast.AST, *, inside_function: bool) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield node, inside_function
        return
    inside = inside_function or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    below: Iterable[ast.AST] = ast.iter_child_nodes(node)
    if isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
        below = node.orelse
    for child in below:
        yield from _import_nodes(child, inside_function=inside)


def _targets(node: ast.Import | ast.ImportFrom, parent: str, known: Mapping[str, Path]) -> Iterator[str]:
    """Yield the imported modules of the package; `from a import b` is a.b where that is a module, else a."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in known)
        return
    base = node.module or ""
    if node.level:
        above = ".".join(parent.split(".")[: len(parent.split(".")) - node.level + 1])
        base = f"{above}.{base}" if base else above
    for alias in node.names:
        name = f"{base}.{alias.name}"
        if name in known:
            yield name
        elif base in known:
            yield base


def _by_member(graph: Graph, package: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for module, targets in graph.items():
        if module == package:
            continue  # the package's own __init__ is no member
        member = _member(module)
        found.setdefault(member, set()).update(_member(name) for name in targets if name != package)
    return {member: frozenset(names - {member}) for member, names in found.items()}


def _member(module: str) -> str:
    return module.split(".")[1]


def _merged(found: Imports) -> tuple[dict[str, frozenset[str]], tuple[Arrow, ...]]:
    """Add each deferred import that closes no circle; return the graph, and the imports that would."""
    graph = {name: set(targets) for name, targets in found.at_start.items()}
    back = []
    for name, target in _arrows(found.deferred):
        if target in graph[name]:
            continue
        if name in _reachable(graph, target):
            back.append((name, target))
        else:
            graph[name].add(target)
    return {name: frozenset(targets) for name, targets in graph.items()}, tuple(back)


def _arrows(graph: Graph) -> Iterator[Arrow]:
    return ((name, target) for name in sorted(graph) for target in sorted(graph[name]))


def _reachable(graph: Mapping[str, frozenset[str] | set[str]], start: str) -> frozenset[str]:
    found = set[str]()
    waiting = [start]
    while waiting:
        new = graph[waiting.pop()] - found
        found |= new
        waiting.extend(new)
    return frozenset(found)


def _listed(title: str, lines: Iterable[str]) -> Iterator[str]:
    return (f"  {title}: {line}" for line in lines)


if __name__ == "__main__":
    raise SystemExit(main())
