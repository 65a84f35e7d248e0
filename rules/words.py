"""Word tests on record text (EV-7, EV-10).

Whole words in lower case; a negation close before a hit cancels it. Text is never shown and alone makes no finding.
Tests: tests/rules/test_words.py.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from rules.sheet import sheet

_TOKEN = re.compile(r"(?:[^\W_]|/)+")


def names(texts: Iterable[str], word_list: str) -> bool:
    """Return True for a listed word without a negation before it."""
    return any(_holds(_TOKEN.findall(text.lower()), _phrases(word_list)) for text in texts)


@cache
def _phrases(word_list: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(_TOKEN.findall(phrase)) for phrase in sheet("evidence").words[word_list])


def is_negative(text: str) -> bool:
    """Return True for a denial, by its first word or as a whole (EV-1)."""
    tokens = _TOKEN.findall(text.lower())
    return bool(tokens) and (
        tokens[0] in sheet("evidence").words["negative_value"] or is_equal(text, "negative_answer")
    )


def is_no_answer(text: str) -> bool:
    """Return True for a text that only avoids an answer.

    "severe, cause unknown" is an answer, "not examined today" is none.
    """
    tokens = tuple(_TOKEN.findall(text.lower()))
    return is_equal(text, "no_answer") or any(tokens[: len(each)] == each for each in _phrases("not_done"))


def mentions(text: str, word_list: str) -> bool:
    """Return True for a listed phrase anywhere in a text."""
    tokens = _TOKEN.findall(text.lower())
    return any(True for phrase in _phrases(word_list) for _ in _positions(tokens, phrase))


def is_equal(text: str, word_list: str) -> bool:
    """Return True for a text that is one of the listed phrases."""
    return tuple(_TOKEN.findall(text.lower())) in _phrases(word_list)


def _holds(tokens: list[str], phrases: tuple[tuple[str, ...], ...]) -> bool:
    return any(not _negated(tokens, at) for phrase in phrases for at in _positions(tokens, phrase))


def _positions(tokens: list[str], phrase: tuple[str, ...]) -> Iterator[int]:
    length = len(phrase)
    for at in range(len(tokens) - length + 1):
        if tuple(tokens[at : at + length]) == phrase:
            yield at


def _negated(tokens: list[str], at: int) -> bool:
    reach = int(sheet("evidence").constant("negation_reach"))
    return any(token in sheet("evidence").words["negation"] for token in tokens[max(0, at - reach) : at])
