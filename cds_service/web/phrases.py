"""The words of the page, read once from words/<language>.toml; what the cards say too comes from the cards.

Must not make sentences of record text.
Tests: tests/web/test_page.py.
"""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from cards.words import reason

LANGUAGE = "en"
Table = Mapping[str, str]


@cache
def phrases(language: str = LANGUAGE) -> Mapping[str, Table]:
    """Return every table of words by its name."""
    text = (files("cds_service.web") / "words" / f"{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def said(table: str, name: str, **parts: object) -> str:
    """Return a phrase with its parts filled in."""
    return phrases()[table][name].format(**parts)


def reasons(names: Iterable[str]) -> str:
    """Return reasons to lower or to explain as a list in words."""
    return "; ".join(dict.fromkeys(map(reason, names)))
