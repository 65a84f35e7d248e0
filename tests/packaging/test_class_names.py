"""Public class and type names are unique across the three packages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("cds_service", "cards", "rules")

EXCUSES = {
    "Answer": "callback of a POST, feedback on a card, and answer of a FHIR server",
    "Change": "callback that changes a resource, and change of a rule between two days",
    "ChartsFor": "same alias in two modules of the demo",
    "Code": "FHIR data type, and code of a fact",
    "Coding": "decoded from FHIR, and written into a card",
    "Entry": "entry of a Bundle, and alias of a code with its concepts",
    "Finding": "finding of a conformance check, and finding of a rule",
    "Form": "output format of two commands, and card format",
    "Judge": "function of a check, of a chart and of a rule",
    "Key": "key of a ValueSet, of a table and of pseudonyms",
    "Level": "level of a conformance check, and urgency of a card",
    "Line": "line of a CSV, of a report, of a plot and of a card",
    "Listed": "concepts known to the check of the rules, and list in a document",
    "Number": "limit in a document, and number of a plot",
    "Outcome": "outcome of a conformance check, and outcome of a rule",
    "Page": "page of a search, and web page",
    "Part": "part of a card, group of cards in a report, and folder of a document",
    "Patient": "made patient of a conformance run, and FHIR Patient",
    "Plan": "plan of probes, and work-up plan",
    "Problems": "same kind of callback in two groups of checks",
    "Profile": "profile of an EHR, and profile in which the service runs",
    "Query": "query that the demo answers, and query that the service sends",
    "Record": "exchanges of a conformance run, and clinical record",
    "Report": "report of a conformance run, and report of insights",
    "Resource": "any FHIR resource as a dict, in two sub-packages",
    "Result": "result of a conformance check, and result of a replay",
    "Row": "row of a table, of a plot and of a code list",
    "Search": "search mode of a Bundle entry, and method of a search request",
    "Seen": "Bundle entry at a glance, and sources seen by a card",
    "Service": "service of a discovery answer, in two groups of checks",
    "SiteRow": "site on the evidence page, and row of the table of sites",
    "Source": "knowledge file, and query that fills a prefetch key",
    "Statement": "SQL statement, and statement of the rules",
    "Table": "TOML table, table of insights, and phrases by key",
    "Text": "constrained string of three pydantic and msgspec models",
    "Token": "code as a FHIR search token, and token of a client",
    "Transport": "alias of httpx in its two clients",
    "Value": "value of a log field, of a difference and of a fact",
}
"""Reason by name, for each name of two or more modules."""

_CAMEL_CASE = re.compile(r"[A-Z]\w*[a-z]\w*")


def public_types(tree: ast.Module) -> Iterator[str]:
    """Yield the public classes, NewTypes and type aliases at the top level of a module."""
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name) if not name.startswith("_"):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _CAMEL_CASE.fullmatch(name):
                if not _makes_type_variable(value):
                    yield name
            case ast.AnnAssign(target=ast.Name(id=name), annotation=kind) if ast.unparse(kind).endswith("TypeAlias"):
                yield name


def repeated(types: dict[str, set[str]]) -> dict[str, list[str]]:
    """Return the modules of each name that occurs in more than one, by name."""
    modules: dict[str, list[str]] = {}
    for module, names in sorted(types.items()):
        for name in names:
            modules.setdefault(name, []).append(module)
    return {name: where for name, where in sorted(modules.items()) if len(where) > 1}


@pytest.fixture(scope="module")
def found() -> dict[str, list[str]]:
    """Return the repeated names of the packages."""
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return repeated({str(path.relative_to(ROOT)): set(public_types(ast.parse(path.read_bytes()))) for path in paths})


def test_no_public_type_has_the_name_of_another(found: dict[str, list[str]]) -> None:
    """A reader knows a type by its name alone, unless an excuse is listed."""
    assert {name: where for name, where in found.items() if name not in EXCUSES} == {}


def test_no_excuse_is_left_over(found: dict[str, list[str]]) -> None:
    """An excuse goes with the name that it was for."""
    assert sorted(EXCUSES.keys() - found.keys()) == []


def test_classes_new_types_and_aliases_are_collected() -> None:
    """Private names, constants and type variables are left out."""
    source = """
class Card: ...
class _Draft: ...
CardId = NewType("CardId", str)
Cards = tuple[Card, ...]
Names: TypeAlias = list[str]
LIMIT = 3
Result = TypeVar("Result")
"""

    assert list(public_types(ast.parse(source))) == ["Card", "CardId", "Cards", "Names"]
    assert repeated({"a.py": {"Card", "Cards"}, "b.py": {"Card"}}) == {"Card": ["a.py", "b.py"]}


def _makes_type_variable(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and ast.unparse(value.func) in {"TypeVar", "ParamSpec", "typing.TypeVar"}
