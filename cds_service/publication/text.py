"""Paragraphs, lists and literal Markdown of the sheets.

Record text must use cards/markdown.py.
Tests: tests/docs/test_publications.py.
"""

import re
from dataclasses import dataclass
from itertools import groupby

_SPECIAL = re.compile(r"([\\`*_\[\]<|])")
DASH = "- "


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, or the items of one list."""

    lines: tuple[str, ...]
    listed: bool


def blocks(text: str) -> tuple[Block, ...]:
    """Return the paragraphs and lists of a text.

    Lines with a dash are items.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return tuple(
        Block(tuple(line.removeprefix(DASH) for line in group), listed)
        for listed, group in groupby(lines, key=lambda line: line.startswith(DASH))
    )


def markdown(text: object) -> str:
    """Return text as literal Markdown in one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))


def markdown_blocks(found: tuple[Block, ...]) -> str:
    """Return paragraphs and lists as Markdown."""
    return "\n\n".join(
        "\n".join(f"{DASH if block.listed else ''}{markdown(line)}" for line in block.lines) for block in found
    )
