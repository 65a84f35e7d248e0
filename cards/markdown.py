"""The one escape for record text, and plain Markdown lists.

HTML, links and control characters must not pass.
Tests: tests/cards/test_markdown.py.
"""

import re
import unicodedata

LONGEST = 80
"""Record text on a card is cut after this many characters."""
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~>:/@&<$^=\"'])")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_ENTITIES = {"<": "&lt;", "&": "&amp;"}


def escaped(text: str) -> str:
    """Return record text as one escaped line of at most LONGEST characters."""
    return _SPECIAL.sub(lambda match: _ENTITIES.get(match[1], f"\\{match[1]}"), line_of(text))


def line_of(text: str) -> str:
    """Return record text as one line of at most LONGEST characters.

    It is for callers that escape by themselves.
    """
    visible = "".join(" " if char.isspace() else char for char in text if char.isspace() or not _is_hidden(char))
    line = " ".join(visible.split())
    if len(line) > LONGEST:
        line = line[: LONGEST - 1].rstrip() + "…"
    return line


def _is_hidden(char: str) -> bool:
    return unicodedata.category(char) in _HIDDEN


def bullets(lines: tuple[str, ...]) -> str:
    """Return lines as a Markdown list."""
    return "\n".join(f"- {line}" for line in lines)


def shortened(lines: tuple[str, ...], most: int, counted: str) -> tuple[str, ...]:
    """Return the first lines and a count of the rest.

    The count does not begin with "+", which would open a list.
    """
    rest = len(lines) - most
    return lines if rest <= 0 else (*lines[:most], counted.format(count=rest))
