"""References from docstrings, comments and documents lead somewhere."""

import ast
import io
import re
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.sweep

ROOT = Path(__file__).parents[2]
PACKAGES = ("cds_service", "cards", "rules")
FOLDERS = (*PACKAGES, "tests", "bench", "load", "mutation", "tools")

_TESTS_LINE = re.compile(r"^(?:Tests:|Its tests are)", re.MULTILINE)
_TEST_PATH = re.compile(r"(?:[\w*.-]+/)*[\w*.-]+\.(?:py|ya?ml|toml|md)\b|\btests/[\w/]+")
_SECTION = re.compile(
    r"rules\.md`?,? +(?:sections? +)?§?[0-9]|design,? sections?\b|\(sections? [0-9]|\"section [0-9]+:"
)
_PATH = re.compile(rf"(?<![\w/.:@-])((?:docs|{'|'.join(FOLDERS)})/[^`\s:,;()\[\]\"']*)")
_MODULE = re.compile(r"(?<![\w/.<*-])[\w/-]+\.py\b")


def _modules(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def _exists(name: str, *bases: Path) -> bool:
    """Return whether a name or pattern fits a file or folder below one of the bases."""
    return any((base / name).exists() or ("*" in name and any(base.glob(name))) for base in bases)


def _ids(value: object) -> Iterator[str]:
    """Yield each `id` of a TOML document, at any depth."""
    if isinstance(value, dict):
        if isinstance(found := value.get("id"), str):
            yield found
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _ids(item)


def _rule_ids() -> set[str]:
    paths = (ROOT / "rules").rglob("*.toml")
    found = {name for path in paths for name in _ids(tomllib.loads(path.read_text(encoding="utf-8")))}
    return {name for name in found if re.fullmatch(r"[A-Z]+-[0-9]+", name)}


def _prose(path: Path) -> str:
    """Return the comments and docstrings of a module."""
    source = path.read_text(encoding="utf-8")
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    strings = [
        node.value.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    ]
    return "\n".join(comments + strings)


def _documents() -> dict[Path, str]:
    """Return the text of each document, of the changelog only what is unreleased."""
    names = ("README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md")
    paths = [*(ROOT / name for name in names), *sorted((ROOT / "docs").rglob("*.md"))]
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    texts[ROOT / "CHANGELOG.md"] = unreleased(texts[ROOT / "CHANGELOG.md"])
    return texts


def unreleased(changelog: str) -> str:
    """Return the section of what is unreleased, empty without one."""
    return changelog.partition("\n## Unreleased\n")[2].partition("\n## ")[0]


def wrong_tests(docstring: str, beside: Path) -> list[str]:
    """Return the paths of a module's `Tests:` lines that name nothing in the repository."""
    start = _TESTS_LINE.search(docstring)
    named = _TEST_PATH.findall(docstring[start.start() :].partition("\n\n")[0]) if start else []
    return [name for name in named if name != "cases.yaml" and not _exists(name, ROOT, beside)]


def unknown_ids(text: str, known: set[str]) -> list[str]:
    """Return the rule ids and ADR numbers of a text that do not exist."""
    families = "|".join(sorted({name.partition("-")[0] for name in known}))
    cited = re.findall(rf"(?<![\w-])(?:{families})-[0-9]+[a-z]?\b", text)
    adrs = [
        number for number in re.findall(r"\bADR ([0-9]{4})\b", text) if not _exists(f"docs/adr/{number}-*.md", ROOT)
    ]
    return [name for name in cited if name not in known] + [f"ADR {number}" for number in adrs]


def missing_paths(text: str) -> list[str]:
    """Return the paths from the root that lead nowhere; a placeholder with `<` may."""
    named = (name.rstrip(".") for name in _PATH.findall(text))
    return [name for name in named if "<" not in name and "{" not in name and not _exists(name, ROOT)]


def unknown_modules(text: str, modules: set[str]) -> list[str]:
    """Return the names like `audit_log.py` or `api/body.py` that end the path of no module."""
    return [name for name in _MODULE.findall(text) if f"/{name}" not in modules]


def test_every_tests_line_names_files_that_exist() -> None:
    """From the root, or beside the module."""
    wrong = {
        str(path.relative_to(ROOT)): names
        for path in _modules(*FOLDERS)
        if (names := wrong_tests(ast.get_docstring(ast.parse(path.read_bytes())) or "", path.parent))
    }

    assert wrong == {}


def test_no_file_cites_a_numbered_section_of_the_rules_or_the_design() -> None:
    """docs/rules.md has ids and headings; decisions are in docs/adr."""
    top = [path for path in ROOT.iterdir() if path.is_file()]
    below = [path for folder in (*FOLDERS, "docs") for path in (ROOT / folder).rglob("*")]
    wrong = [
        f"{path.relative_to(ROOT)}: {found}"
        for path in (*top, *below)
        if path.suffix in {".py", ".toml", ".md", ".yaml", ".yml"} and path != Path(__file__)
        for found in _SECTION.findall(path.read_text(encoding="utf-8"))
    ]

    assert wrong == []


def test_every_cited_rule_and_decision_exists() -> None:
    """In comments and docstrings of the packages, in rule files, and in documents."""
    known = _rule_ids()
    texts = {path: _prose(path) for path in _modules(*PACKAGES)}
    sheets = [*(ROOT / "rules").rglob("*.toml"), *(ROOT / "cards").rglob("*.toml")]
    texts |= {path: path.read_text(encoding="utf-8") for path in sheets} | _documents()
    wrong = {str(path.relative_to(ROOT)): names for path, text in texts.items() if (names := unknown_ids(text, known))}

    assert {"EV-3", "STATE-2", "STEP-1", "BRAIN-4", "LAB-1", "WORKUP-1", "NO-1"} <= known
    assert wrong == {}


def test_every_path_from_the_root_exists() -> None:
    """In documents and in the docstrings of modules, with backticks or without."""
    texts = _documents()
    texts |= {path: ast.get_docstring(ast.parse(path.read_bytes())) or "" for path in _modules(*FOLDERS)}
    wrong = {str(path.relative_to(ROOT)): names for path, text in texts.items() if (names := missing_paths(text))}

    assert wrong == {}


def test_every_module_named_in_prose_exists() -> None:
    """Also by the end of its path, so that a move leaves no old name in a docstring or comment."""
    paths = _modules(*FOLDERS)
    ends = {
        f"/{'/'.join(parts[at:])}"
        for path in paths
        for parts in [path.relative_to(ROOT).parts]
        for at in range(len(parts))
    }
    wrong = {
        str(path.relative_to(ROOT)): names
        for path in paths
        if path != Path(__file__) and (names := unknown_modules(_prose(path), ends))
    }

    assert wrong == {}


@pytest.mark.parametrize(
    "text", ["rules.md section 2", "rules.md 6.5", "(rules.md sections 1 and 2)", "design section 4"]
)
def test_numbered_sections_are_recognised(text: str) -> None:
    """In each form that was used."""
    assert _SECTION.search(text)


def test_references_that_lead_nowhere_are_found() -> None:
    """One of each kind."""
    here = Path(__file__).parent

    assert wrong_tests("One.\n\nTests: tests/no/test_one.py, test_references.py,\ntests/nowhere.", here) == [
        "tests/no/test_one.py",
        "tests/nowhere",
    ]
    assert unknown_ids("As EV-3, EV-1b and EV-99 say (ADR 0001, ADR 9999).", {"EV-3", "EV-1"}) == [
        "EV-1b",
        "EV-99",
        "ADR 9999",
    ]
    assert missing_paths(
        "`rules/none.py`, `rules/*/rule.toml`, `rules/<folder>/codes.csv`, see tests/docs, docs/no.md."
    ) == [
        "rules/none.py",
        "docs/no.md",
    ]
    assert missing_paths("[here](docs/no.md) but https://host/docs/no.md, [there](docs/quiet.md)") == ["docs/no.md"]
    assert unknown_modules("As body.py, api/body.py and api/gone.py do; <name>.py.", {"/body.py", "/api/body.py"}) == [
        "api/gone.py"
    ]


def test_only_the_unreleased_part_of_the_changelog_is_read() -> None:
    """Older parts name what was there then."""
    assert unreleased("# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.1.0\n\n- Old.\n") == "\n- New.\n"
    assert unreleased("# Changelog\n\n## 0.1.0\n") == ""
