"""Import map of a tiny package: floors, circles, arrows."""

from pathlib import Path

import pytest

from tools.import_map import circles, floors, main, package_map, text


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a folder with the package `shop`."""
    files = {
        "__init__.py": "from shop.till import sell\n",
        "till.py": "from typing import TYPE_CHECKING\nimport shop.goods\nif TYPE_CHECKING:\n    import shop.door\n",
        "door.py": "from .till import sell\nfrom shop.goods.price import PRICE\n",
        "goods/__init__.py": "import os\n",
        "goods/price.py": "def price():\n    from shop import door\n    from .tax import TAX\n",
        "goods/tax.py": "from . import price\n",
        "left.py": "import shop.right\n",
        "right.py": "import shop.left\nasync def later():\n    import shop.door\n",
    }
    for name, content in files.items():
        path = tmp_path / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path


def test_a_member_lies_above_all_that_it_imports(tree: Path) -> None:
    """Imports for the type checker do not count; imports inside functions do."""
    found = package_map(tree, "shop")

    assert found.members.floors == (("goods",), ("till",), ("door",), ("left", "right"))
    assert ("right", "door") in found.members.arrows
    assert len(found.members.arrows) == 6


def test_members_that_import_each_other_are_one_circle(tree: Path) -> None:
    """At the level of members and of modules."""
    found = package_map(tree, "shop")

    assert found.members.circles == (("left", "right"),)
    assert found.module_circles == (("shop.left", "shop.right"),)


def test_an_import_inside_a_function_that_would_close_a_circle_is_listed_apart(tree: Path) -> None:
    """It moves no floor."""
    found = package_map(tree, "shop")

    assert found.members.deferred_back == (("goods", "door"),)
    assert found.module_deferred_back == (
        ("shop.goods.price", "shop.door"),
        ("shop.goods.price", "shop.goods.tax"),
    )


def test_modules_are_counted(tree: Path) -> None:
    """Loose modules are those directly in the package, `__init__` left out."""
    found = package_map(tree, "shop")

    assert found.modules == 8
    assert found.loose == ("door", "left", "right", "till")


def test_the_printed_map_names_floors_and_circles(tree: Path) -> None:
    """Highest floor first."""
    lines = list(text(package_map(tree, "shop")))

    assert lines[0].startswith("shop: 4 floors, 8 modules, 4 loose modules, 6 arrows between members, 1 circles")
    assert lines[1] == "   4  left* right*"
    assert "  circle of members (*): left <-> right" in lines


def test_a_circle_takes_one_floor() -> None:
    """A name above the circle lies one floor higher."""
    graph = {
        "a": frozenset({"b"}),
        "b": frozenset({"c"}),
        "c": frozenset({"b", "d"}),
        "d": frozenset[str](),
    }

    assert circles(graph) == (("b", "c"),)
    assert floors(graph) == (("d",), ("b", "c"), ("a",))


def test_the_project_has_a_map(capsys: pytest.CaptureFixture[str]) -> None:
    """`make map` prints all three packages."""
    assert main() == 0
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines() if " floors, " in line] == [
        "cds_service",
        "cards",
        "rules",
    ]
