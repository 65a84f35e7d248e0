"""Check of columns, systems, shapes and displays of codes.csv.

Tests: tests/cards/test_check.py.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

from cards.check.source import Mistake, Source
from rules.sites import Site
from rules.systems import SHAPES, SYSTEMS

COLUMNS = ("concept", "role", "site", "system", "code", "display", "descendants", "note", "verified_in")
ROLES = frozenset(
    (
        *("symptom", "finding", "history", "alternative-explanation", "treatment", "workup"),
        *("exclusion", "lab", "vital"),
    )
)
SITES = frozenset({"general", *(site.value for site in Site)})
_CONCEPT = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One line of a codes.csv."""

    source: Source
    line: int
    folder: str
    fields: dict[str, str]

    @property
    def concept(self) -> str:
        """Return its concept."""
        return self.fields["concept"]

    @property
    def role(self) -> str:
        """Return its role."""
        return self.fields["role"]

    @property
    def code(self) -> tuple[str, str]:
        """Return its system and code."""
        return self.fields["system"], self.fields["code"]


def code_lines(folder: str, source: Source) -> tuple[list[CodeLine], list[Mistake]]:
    """Return the complete lines, and mistakes for the others."""
    lines, mistakes = [], []
    reader = csv.reader(source.text.split("\n"))
    header = next(reader, [])
    if tuple(header) != COLUMNS:
        wanted = f"Write the header {','.join(COLUMNS)}"
        return [], [source.mistake(1, "the header is not that of a codes.csv", wanted)]
    for values in reader:
        if not values:
            continue
        if len(values) != len(COLUMNS):
            message = f"the line has {len(values)} columns, not {len(COLUMNS)}"
            mistakes.append(source.mistake(reader.line_num, message, 'Put "..." around a text that holds a comma'))
            continue
        lines.append(CodeLine(source, reader.line_num, folder, dict(zip(COLUMNS, values, strict=True))))
    return lines, mistakes


def check_line(line: CodeLine) -> Iterator[Mistake]:
    """Yield the mistakes of one line."""
    fields = line.fields
    system = SYSTEMS.get(fields["system"])
    checks = (
        (_CONCEPT.fullmatch(line.concept), f"the concept {line.concept!r} is no name", "Use a-z, 0-9 and _"),
        (line.role in ROLES, f"the role {line.role!r} is unknown", f"Use one of {', '.join(sorted(ROLES))}"),
        (fields["site"] in SITES, f"the site {fields['site']!r} is unknown", f"Use one of {', '.join(sorted(SITES))}"),
        (system, f"the system {fields['system']!r} is unknown", f"Use one of {', '.join(SYSTEMS)}"),
        (
            system is None or SHAPES[system].fullmatch(fields["code"]),
            f"{fields['code']!r} has not the shape of a {fields['system']} code",
            "Copy the code from the code system, without blanks",
        ),
        (fields["display"].strip(), f"{fields['code']} has no display", "Write the name of the code in English"),
        (fields["descendants"] in {"y", "n"}, f"descendants is {fields['descendants']!r}", "Write y or n"),
    )
    for holds, message, remedy in checks:
        if not holds:
            yield line.source.mistake(line.line, message, remedy)


def check_duplicates(lines: list[CodeLine]) -> Iterator[Mistake]:
    """Yield lines with concept, system and code of an earlier line."""
    seen: dict[tuple[str, ...], CodeLine] = {}
    for line in lines:
        first = seen.setdefault((line.concept, *line.code), line)
        if first is not line:
            where = f"{first.source.name}:{first.line}"
            message = f"{line.fields['code']} is listed for {line.concept} already at {where}"
            yield line.source.mistake(line.line, message, "Remove one of the two lines")
