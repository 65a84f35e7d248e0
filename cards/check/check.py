"""All checks of the knowledge files together.

Tests: tests/cards/test_check.py.
"""

from importlib.resources import files

from cards.check.code_files import CodeLine, check_duplicates, check_line, code_lines
from cards.check.sheets import SheetSource, check_plans, check_sheet
from cards.check.source import Collector, Knowledge, Mistake
from cards.check.versions import FILE, FolderVersion, compare, folder_versions
from cards.check.vocabulary import Listed, WordsSource, check_displays, check_languages, check_words
from cards.words import Language
from rules.sites import FOLDERS


def installed() -> Knowledge:
    """Return the knowledge of this installation."""
    return Knowledge(files("rules"), files("cards"))


def check_knowledge(knowledge: Knowledge | None = None) -> tuple[Mistake, ...]:
    """Return every mistake in content, by file and line.

    Each would make a rule, a card or a page fail.
    """
    found = Collector.of(knowledge or installed())
    lines = _lines(found)
    sheets = _sheets(found)
    for line in lines:
        found.add(check_line(line), line.source.name)
    found.add(check_duplicates(lines), "rules")
    groups = frozenset(concept for table in found.tables("rules", "concepts.toml").values() for concept in table)
    for sheet in sheets.values():
        found.add(check_sheet(sheet, lines, groups), sheet.source.name)
    plans = found.toml("rules", "plans.toml")
    if plans is not None:
        found.add(check_plans(*plans, sheets), plans[0].name)
    _words(found, Listed(tuple(lines), tuple(sheets.values())))
    return tuple(sorted(set(found.mistakes)))


def check_versions(ruleset: str, knowledge: Knowledge | None = None) -> tuple[Mistake, ...]:
    """Return folders with changed logic under unchanged versions."""
    found = Collector.of(knowledge or installed())
    recorded = found.toml("rules", FILE)
    sheets = _sheets(found)
    if recorded is not None:
        found.add(compare(*recorded, folder_versions(found.knowledge, sheets), ruleset), recorded[0].name)
    return tuple(sorted(set(found.mistakes)))


def versions_now(knowledge: Knowledge | None = None) -> dict[str, FolderVersion]:
    """Return the digests and versions of all folders."""
    found = Collector.of(knowledge or installed())
    return folder_versions(found.knowledge, _sheets(found))


def _lines(found: Collector) -> list[CodeLine]:
    lines: list[CodeLine] = []
    for folder in FOLDERS:
        source = found.read("rules", folder, "codes.csv")
        if source is not None:
            good, mistakes = code_lines(folder, source)
            lines += good
            found.add(iter(mistakes), source.name)
    return lines


def _sheets(found: Collector) -> dict[str, SheetSource]:
    sheets: dict[str, SheetSource] = {}
    for folder in FOLDERS:
        read = found.toml("rules", folder, "rule.toml")
        if read is not None:
            sheets[folder] = SheetSource(folder, *read)
    return sheets


def _words(found: Collector, listed: Listed) -> None:
    names, unnamed = found.tables("rules", "concepts.toml"), found.tables("rules", "unnamed.toml")
    read = {language: found.toml("cards", "words", f"{language}.toml") for language in Language}
    words = tuple(WordsSource(language, *pair) for language, pair in read.items() if pair is not None)
    found.add(check_words(words, names, unnamed, listed), "cards/words")
    found.add(check_languages(words), "cards/words")
    for language in Language:
        if language is not Language.ENGLISH:
            displays = found.read("cards", "displays", f"{language}.csv")
            if displays is not None:
                found.add(check_displays(language, displays, listed.lines), displays.name)
