"""What the inner packages may import, beyond what import-linter can say.

It must not import them: it reads their source.
It is itself a test.
"""

import ast
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
MODULES = [path for package in ("rules", "cards") for path in sorted((REPOSITORY / package).rglob("*.py"))]
ALLOWED = {
    "rules": sys.stdlib_module_names | {"rules"},
    "cards": sys.stdlib_module_names | {"cards", "pydantic", "rules"},
}


def imported(path: Path) -> set[str]:
    """The top-level names of all that a module imports; a relative import stays in its own package."""
    nodes = list(ast.walk(ast.parse(path.read_bytes())))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level]
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_an_inner_module_imports_only_what_its_package_may(path: Path) -> None:
    """The rules stand on the standard library alone, the cards on the rules and pydantic."""
    assert imported(path) - ALLOWED[path.relative_to(REPOSITORY).parts[0]] == set()
