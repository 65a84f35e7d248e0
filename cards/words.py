"""The words of the cards, read once from words.toml.

Must not make sentences of record text.
Tests: tests/cards/test_words.py.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    """Return every table of words by its name."""
    text = (files("cards") / "words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def heading(site: str) -> str:
    """Return a site as a heading names it."""
    return words()["heading"][site]


def urgency(indicator: str) -> str:
    """Return how soon a level asks for somebody to act."""
    return words()["urgency"][indicator]


def finding(concept: str) -> str:
    """Return the phrase for a finding."""
    return words()["finding"][concept]


def order(key: str) -> str:
    """Return the name of a work-up key."""
    return words()["order"][key]


def also(site: str, key: str) -> str:
    """Return the name of a work-up key that may follow at a site."""
    table = words()["also"]
    return table.get(f"{site}/{key}") or table.get(key) or order(key)


def reason(name: str) -> str:
    """Return the phrase for a reason to lower."""
    return words()["reason"][name]


def sentence(name: str, **parts: object) -> str:
    """Return a sentence of ours with its parts filled in."""
    return words()["sentence"][name].format(**parts)


def missing(reason_code: str) -> str:
    """Return why something could not be had, in words."""
    table = words()["missing"]
    return table.get(reason_code, table["other"])


def source(what: str) -> str:
    """Return what could not be had, in words; a single record is not named more closely."""
    table = words()["source"]
    if what.startswith("lab_"):
        return table["laboratory"]
    return table.get(what, table["record"])
