"""What a value says about the finding it belongs to (EV-1).

A value that is not understood is neither yes nor no.
Tests: tests/rules/test_answer.py.
"""

from collections.abc import Iterable, Mapping
from enum import Enum

from rules.codes import catalogue
from rules.facts import Code, Quantity, System, Value
from rules.words import is_negative, is_no_answer, names

QUALIFIERS = ("value_", "severity_")
"""Beginnings of concepts that qualify a finding."""
ABSENT = "value_absent"
UNKNOWN = "value_unknown"
_DENIAL = "neg_"
_POSITIVE = "positive_value"
_QUALITIES = (_POSITIVE, "severe", "moderate", "mild", "worsening", "nocturnal", "blood", "pus", "milky", "bilateral")
"""Word lists of values that say yes and more."""
_NORMAL = "N"
_NORMAL_WORD = "normal"


class Answer(Enum):
    """Statement of one value."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    """The value says that nothing is known."""
    UNCLEAR = "unclear"
    """The value is not understood, or contradicts another."""


def coded_answer(concepts: frozenset[str], displays: Iterable[str], *, has_code: bool) -> Answer | None:
    """Return the answer of a coded value by its listed concepts, else by its words."""
    said = {_MEANT.get(concept, Answer.YES) for concept in concepts}
    if said:
        return said.pop() if len(said) == 1 else Answer.UNCLEAR
    texts = tuple(displays)
    if not has_code:
        return written_answer(texts[0]) if texts else None
    worded = {text: written_answer(text) for text in texts}
    if Answer.UNKNOWN in worded.values():
        return Answer.UNKNOWN
    affirmed = [text for text, said in worded.items() if said is Answer.YES]
    is_yes = any(names(affirmed, words) for words in _QUALITIES)
    if Answer.NO in worded.values():
        return Answer.UNCLEAR if is_yes else Answer.NO
    return Answer.YES if is_yes else Answer.UNCLEAR


def written_answer(text: str) -> Answer:
    """Return the answer of a text. Any text but a denial or a non-answer is a yes."""
    if is_no_answer(text):
        return Answer.UNKNOWN
    return Answer.NO if is_negative(text) else Answer.YES


def flagged_answer(codes: Iterable[str], texts: Iterable[str], *, has_value: bool) -> Answer | None:
    """Return the answer of an interpretation, or None.

    A text counts where it is a denial. Normal, by flag or word, is unclear alone and says nothing beside a value.
    """
    flags, words = frozenset(codes), tuple(texts)
    normal = [text for text in words if text.lower().lstrip().startswith(_NORMAL_WORD)]
    concepts = (concept for flag in flags for concept in catalogue().concepts(Code(System.INTERPRETATION, flag)))
    said = {_MEANT.get(concept, Answer.YES) for concept in concepts}
    said |= {Answer.NO for text in words if text not in normal and is_negative(text)}
    if len(said) > 1:
        return Answer.UNCLEAR
    if said:
        return said.pop()
    return Answer.UNCLEAR if (_NORMAL in flags or normal) and not has_value else None


def value_answer(value: Value) -> Answer | None:
    """Return the answer of a value that is no code, or None."""
    if value.boolean is not None:
        return Answer.YES if value.boolean else Answer.NO
    if value.quantity is not None:
        return _counted(value.quantity)
    return None if value.text is None else written_answer(value.text)


def _counted(quantity: Quantity) -> Answer:
    """Return the answer of a number. More than 0 is a yes, and "0 or more" says nothing."""
    if quantity.value == 0:
        return _OF_ZERO.get(quantity.comparator, Answer.NO)
    return Answer.YES if quantity.value > 0 else Answer.UNCLEAR


def common_answer(answers: Iterable[Answer | None]) -> Answer | None:
    """Return the answer that all of them give, or None without any."""
    said = {answer for answer in answers if answer is not None}
    return next(iter(said), None) if len(said) < 2 else Answer.UNCLEAR  # noqa: PLR2004 - one answer or several


def denied(concepts: frozenset[str]) -> frozenset[str]:
    """Return the findings that codes such as "No headache" deny."""
    return frozenset(concept.removeprefix(_DENIAL) for concept in concepts if concept.startswith(_DENIAL))


def qualifiers(concepts: frozenset[str]) -> frozenset[str]:
    """Return the concepts that qualify a finding."""
    return frozenset(concept for concept in concepts if concept.startswith(QUALIFIERS))


_OF_ZERO: Mapping[str | None, Answer] = {">": Answer.YES, ">=": Answer.UNCLEAR}
"""Answers of 0 behind a comparator."""
_MEANT = {ABSENT: Answer.NO, UNKNOWN: Answer.UNKNOWN}
"""Answers of concepts that are no yes."""
