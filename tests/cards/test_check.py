"""The check of the knowledge files: each kind of mistake is found with its file, line and remedy."""

import re
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from cards.check import Mistake, check_knowledge, check_versions
from cards.check.check import versions_now
from cards.check.source import Knowledge
from cards.check.versions import FILE, python_logic, recorded_text
from rules.registry import RULESET

BRAIN = "rules/brain/codes.csv"
SHEET = "rules/brain/rule.toml"
GERMAN = "cards/words/de.toml"
HEADACHE = 'headache,symptom,brain,icd-10-cm,R51,Headache,y,,"'
NEW_ALTERNATIVE = "alt_rhinitis,alternative-explanation,brain,icd-10-cm,J31.0,Chronic rhinitis,y,,here\n"


@pytest.fixture
def knowledge(tmp_path: Path) -> Knowledge:
    """A copy of the knowledge that a test may damage."""
    for package in ("rules", "cards"):
        shutil.copytree(str(files(package)), tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return Knowledge(tmp_path / "rules", tmp_path / "cards")


def _path(knowledge: Knowledge, name: str) -> Path:
    package, _, rest = name.partition("/")
    return Path(str(getattr(knowledge, package))) / rest


def _change(knowledge: Knowledge, name: str, old: str, new: str) -> None:
    """Replace the first match of a pattern; it must be there."""
    path = _path(knowledge, name)
    text, changed = re.subn(old, new, path.read_text(encoding="utf-8"), count=1, flags=re.MULTILINE)
    assert changed == 1
    path.write_text(text, encoding="utf-8")


def _append(knowledge: Knowledge, name: str, text: str) -> int:
    """Append a line; return its number."""
    path = _path(knowledge, name)
    old = path.read_text(encoding="utf-8")
    path.write_text(old + text, encoding="utf-8")
    return old.count("\n") + 1


def _told(mistakes: tuple[Mistake, ...]) -> list[str]:
    return [f"{each.file}:{each.line}: {each.message}" for each in mistakes]


def test_the_knowledge_as_shipped_has_no_mistake() -> None:
    """Neither in content nor in versions."""
    assert check_knowledge() == ()
    assert check_versions(RULESET) == ()


def test_an_alternative_without_words_is_found_in_every_language(knowledge: Knowledge) -> None:
    """In codes.csv and rule.toml alone it would fail on a card."""
    line = _append(knowledge, BRAIN, NEW_ALTERNATIVE)
    _change(knowledge, SHEET, r'"alt_migraine", ', '"alt_migraine", "alt_rhinitis", ')

    found = _told(check_knowledge(knowledge))

    assert f"{BRAIN}:{line}: alt_rhinitis has no words in en" in found
    assert f"{BRAIN}:{line}: alt_rhinitis has no words in de" in found
    assert f"{BRAIN}:{line}: alt_rhinitis has no name in en" in found
    assert f"{BRAIN}:{line}: alt_rhinitis has no name in de" in found
    assert f"{BRAIN}:{line}: J31.0 has no display in de" in found
    assert len(found) == 5


@pytest.mark.parametrize(
    "row, message",
    [
        ("headache,symptom,brain,icd-10-cm,R51,Headache,y,,", f"R51 is listed for headache already at {BRAIN}:2"),
        ("headache,symptom,brain,icd-9,784.0,Headache,y,,", "the system 'icd-9' is unknown"),
        ("headache,symptom,brain,icd-10-cm,R5,Headache,y,,", "'R5' has not the shape of a icd-10-cm code"),
        ("headache,symptom,brain,icd-10-cm,R51.9, ,y,,", "R51.9 has no display"),
        ("headache,symptom,brain,icd-10-cm,R51.9,Headache,yes,,", "descendants is 'yes'"),
        ("headache,sign,brain,icd-10-cm,R51.9,Headache,y,,", "the role 'sign' is unknown"),
        ("headache,symptom,head,icd-10-cm,R51.9,Headache,y,,", "the site 'head' is unknown"),
        ("Head ache,history,brain,icd-10-cm,R51.9,Headache,y,,", "the concept 'Head ache' is no name"),
        ("headache,symptom,brain,icd-10-cm,R51.9,Headache,mild,y,,", "the line has 10 columns, not 9"),
        ("headache,symptom,brain", "the line has 3 columns, not 9"),
    ],
)
def test_a_wrong_line_of_codes_is_named_by_its_number(knowledge: Knowledge, row: str, message: str) -> None:
    """With the column that is wrong."""
    line = _append(knowledge, BRAIN, f"{row}\n\n")

    assert f"{BRAIN}:{line}: {message}" in _told(check_knowledge(knowledge))


def test_a_codes_file_with_another_header_is_said_once(knowledge: Knowledge) -> None:
    """Its lines are not judged; what they would have held is missing."""
    _change(knowledge, BRAIN, "^concept,role", "name,role")

    found = [each for each in _told(check_knowledge(knowledge)) if each.startswith(BRAIN)]
    assert found == [f"{BRAIN}:1: the header is not that of a codes.csv"]


@pytest.mark.parametrize(
    "name, old, new, message",
    [
        (SHEET, r'triggers = \["headache"\]', 'triggers = ["headahce"]', "BRAIN-1 names the unknown concept headahce"),
        (SHEET, r'"alt_bppv"', '"alt_vertigo"', "BRAIN-6 names the unknown concept alt_vertigo"),
        (SHEET, r'"S1", "S7"', '"S99", "S7"', "BRAIN-1 cites S99, which is no source of this file"),
        (SHEET, r'^info = \["brain_mri"\]', 'info = ["brain_mir"]', "the work-up info names the unknown key brain_mir"),
        (
            SHEET,
            r"^info = \[\"brain_mri\"\]",
            'info = ["brain_mri"]\nskull_info = ["brain_mri"]',
            "the work-up skull has no plan",
        ),
        (
            SHEET,
            r'"icd-10-cm:G44\.53"',
            '"icd10:G44.53"',
            "thunderclap lists 'icd10:G44.53', which names no code system",
        ),
        ("rules/plans.toml", '"BRAIN-5", "BRAIN-6"', '"BRAIN-5"', "BRAIN-6 has no plan"),
        ("rules/plans.toml", r"^BRAIN-6 = .*\n", "", "BRAIN-6 has no levels"),
        (
            "rules/plans.toml",
            '"BRAIN-5", "BRAIN-6"',
            '"BRAIN-5", "BRAIN-6", "BRAIN-9"',
            "the plan usual names BRAIN-9, no rule of its folder",
        ),
        ("rules/plans.toml", r"^BRAIN-6 = .*", 'BRAIN-6 = ["info", "urgent"]', "BRAIN-6 has the unknown level urgent"),
        (
            "rules/plans.toml",
            r"^BRAIN-6 = .*",
            'BRAIN-6 = ["info"]\nBRAIN-9 = ["info"]',
            "[rows] names BRAIN-9, which no rule.toml describes",
        ),
        (GERMAN, r"^headache = .*\n", "", "headache has no words in de"),
        (GERMAN, r"^unread_part = ", "unread_piece = ", "sentence.unread_part has no phrase in de"),
        (GERMAN, r"^(earlier = .*)\{source\}", r"\1{sources}", "sentence.earlier fills in other parts than in de"),
        ("cards/displays/de.csv", r"^icd-10-cm,N63,.*\n", "", "N63 has no display in de"),
        ("cards/displays/de.csv", r"\Z", "icd-10-cm,Q99,Etwas\n", "Q99 is shown nowhere"),
    ],
)
def test_each_mistake_is_found_with_its_line(knowledge: Knowledge, name: str, old: str, new: str, message: str) -> None:
    """And a remedy in words."""
    _change(knowledge, name, old, new)

    found = [each for each in check_knowledge(knowledge) if each.message == message]
    assert found, _told(check_knowledge(knowledge))
    assert all(each.line > 0 and each.remedy for each in found)
    assert str(found[0]) == f"{found[0].file}:{found[0].line}: {message}. {found[0].remedy}."


def test_every_mistake_is_found_in_one_run(knowledge: Knowledge) -> None:
    """In three files at once."""
    _append(knowledge, BRAIN, "headache,symptom,brain,icd-9,784.0,Headache,y,,\n")
    _change(knowledge, SHEET, r'"alt_bppv"', '"alt_vertigo"')
    _change(knowledge, GERMAN, r"^unread_part = ", "unread_piece = ")

    files_named = {each.file for each in check_knowledge(knowledge)}
    assert files_named == {BRAIN, SHEET, GERMAN, "cards/words/en.toml"}


@pytest.mark.parametrize(
    "content, line, message",
    [
        (b'title = "Brain"\nlimits = [}\n', 2, "Invalid value"),
        (b'title = "Brain"\nguideline = "\xff"\n', 2, "the text is not UTF-8"),
        (None, 0, "the file is missing"),
        (b'[[rules]]\nid = "BRAIN-1"\n', 0, "'title'"),
    ],
)
def test_a_sheet_that_can_not_be_read_is_one_mistake_with_its_line(
    knowledge: Knowledge, content: bytes | None, line: int, message: str
) -> None:
    """The other files are checked all the same."""
    path = _path(knowledge, SHEET)
    path.write_bytes(content) if content is not None else path.unlink()

    found = [each for each in check_knowledge(knowledge) if each.file == SHEET and message in each.message]
    assert [each.line for each in found] == [line]


@pytest.mark.parametrize(
    "name", ["rules/plans.toml", "rules/concepts.toml", "rules/unnamed.toml", GERMAN, "cards/displays/de.csv", BRAIN]
)
def test_a_missing_file_is_said(knowledge: Knowledge, name: str) -> None:
    """With all that depends on it."""
    _path(knowledge, name).unlink()

    assert f"{name}: the file is missing. Restore it or copy that of a neighbouring folder." in map(
        str, check_knowledge(knowledge)
    )


@pytest.mark.parametrize(
    "name, old, new",
    [
        (SHEET, r"^known_headache_days = .*$", "known_headache_days = 3"),
        (SHEET, r"^citations = .*$", "citations = [3]"),
        (SHEET, r'^id = "BRAIN-1"$', "id = [3]"),
        ("rules/bone/rule.toml", r"^\[workup\]$", "workup = 3\n[more]"),
        ("rules/bone/rule.toml", r"^\[code_sets\]\n.*$", "[code_sets]\nmore = 3"),
        ("rules/plans.toml", r"^rules = .*$", "rules = 3"),
        ("rules/plans.toml", r"^LIVER-5 = .*$", "LIVER-5 = 3"),
        ("rules/concepts.toml", r"\A", "more = 3\n"),
        ("rules/unnamed.toml", r"\A", "more = 3\n"),
        (GERMAN, r"^\[reason\]$", "[other]"),
        (GERMAN, r"\A", "finding = 3\n[more]\n"),
    ],
)
def test_a_value_of_the_wrong_kind_is_a_mistake_of_its_file(
    knowledge: Knowledge, name: str, old: str, new: str
) -> None:
    """As a clinician may write it: no traceback."""
    _change(knowledge, name, old, new)

    assert any(
        each.file in (name, name.rpartition("/")[0]) or GERMAN in str(each) for each in check_knowledge(knowledge)
    )


def test_a_record_of_versions_of_the_wrong_kind_is_a_mistake(knowledge: Knowledge) -> None:
    """The file is written by the command, but it may be merged by hand."""
    _change(knowledge, f"rules/{FILE}", r"^versions = .*$", "versions = 3")

    assert [each.file for each in check_versions(RULESET, knowledge)] == [f"rules/{FILE}"]


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(knowledge: Knowledge) -> None:
    """As spreadsheets and editors on Windows write them; neither is a change of logic."""
    folders = [Path(str(root)) for root in (knowledge.rules, knowledge.cards)]
    for path in (each for folder in folders for kind in ("*.csv", "*.toml", "*.py") for each in folder.rglob(kind)):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))

    assert check_knowledge(knowledge) == ()
    assert check_versions(RULESET, knowledge) == ()


def test_changed_logic_needs_a_new_version(knowledge: Knowledge) -> None:
    """A number, a code or a line of Python, but no comment and no display."""
    for name, old, new in (
        ("rules/brain/rule.py", r'\A"""', '"""Other words. '),
        (BRAIN, ",Headache,y", ",Pain in the head,y"),
        (SHEET, "known_headache_days = { value = 365", "known_headache_days = { value = 365"),
    ):
        _change(knowledge, name, old, new)
    assert check_versions(RULESET, knowledge) == ()
    _change(knowledge, SHEET, "known_headache_days = { value = 365", "known_headache_days = { value = 366")

    (found,) = check_versions(RULESET, knowledge)
    assert str(found) == (
        f"rules/{FILE}:{found.line}: logic changed under the same versions in rules/brain. "
        "Raise the version of the changed rule in its rule.toml, then run recurrence-cds check-rules --record."
    )
    _change(knowledge, SHEET, r'version = "1\.0\.0"', 'version = "1.0.1"')
    (found,) = check_versions(RULESET, knowledge)
    assert found.message == "rules/brain has versions that are not recorded"
    _path(knowledge, f"rules/{FILE}").write_text(recorded_text(versions_now(knowledge), RULESET), encoding="utf-8")
    assert check_versions(RULESET, knowledge) == ()


@pytest.mark.parametrize(
    "name, old, new",
    [
        (BRAIN, r"^(headache,symptom,brain,icd-10-cm,R51,Headache),y,", r"\1,n,"),
        (SHEET, r"\A", "more = [1]\n"),
    ],
)
def test_all_that_decides_is_part_of_the_logic(knowledge: Knowledge, name: str, old: str, new: str) -> None:
    """Whether a code means those below it, and a table that nobody has thought of yet."""
    _change(knowledge, name, old, new)

    (found,) = check_versions(RULESET, knowledge)
    assert found.message == "logic changed under the same versions in rules/brain"


def test_a_folder_without_rules_goes_by_the_version_of_the_ruleset(knowledge: Knowledge) -> None:
    """The evidence rules have no versions of their own."""
    _append(knowledge, "rules/evidence/codes.csv", "severity,symptom,general,snomed,24484000,Severe,n,,\n")

    (found,) = check_versions(RULESET, knowledge)
    assert found.remedy.startswith("Raise RULESET in rules/registry.py")
    (found,) = check_versions("2099.1.0", knowledge)
    assert found.message == "rules/evidence has versions that are not recorded"


def test_a_folder_that_is_not_recorded_is_said(knowledge: Knowledge) -> None:
    """And a record that is missing."""
    _change(knowledge, f"rules/{FILE}", r"^\[brain\]\ndigest = .*\nversions = .*\n", "")
    (found,) = check_versions(RULESET, knowledge)
    _path(knowledge, f"rules/{FILE}").unlink()
    (missing,) = check_versions(RULESET, knowledge)

    assert (found.line, found.message) == (0, "the folder brain is not recorded")
    assert missing.message == "the file is missing"


def test_the_logic_of_python_has_no_docstrings_comments_or_blanks() -> None:
    """Text between quotes that is no docstring stays."""
    source = '"""Ä doc."""\n\nX = "# kept"  # gone\n\n\ndef f():\n    """Two\n    lines."""\n    return X  # gone\n'

    assert python_logic(source) == 'X="#kept"deff():returnX'
