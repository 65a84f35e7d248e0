"""Card and order without FHIR, within the standard's limits.

Tests: tests/cards/test_model.py.
"""

from dataclasses import dataclass
from typing import Final

from cards.words import Language
from rules.facts import Code
from rules.outcome import Level

SUMMARY_LENGTH: Final = 120
DETAIL_LENGTH: Final = 900
SHORTEST_DETAIL: Final = 600
"""Smallest limit for a detail, one line for each of six sites."""
PRIORITY: Final = {Level.INFO: "routine", Level.WARNING: "urgent", Level.CRITICAL: "stat"}
"""FHIR request priorities of the levels."""


@dataclass(frozen=True, slots=True)
class Form:
    """Form of a client's cards, such as merging, length and language."""

    merged: bool = False
    detail_length: int = DETAIL_LENGTH
    language: Language = Language.ENGLISH


PER_SITE = Form()


class CardError(ValueError):
    """A card that breaks a limit because of its words."""


@dataclass(frozen=True, slots=True)
class Coding:
    """A code with its own display, or with "" if we have none."""

    code: Code
    display: str
    text: str = ""
    """What the code stands for here, in our words."""


@dataclass(frozen=True, slots=True)
class Order:
    """One proposed work-up with key, codes, urgency and evidence."""

    key: str
    text: str
    codings: tuple[Coding, ...]
    level: Level
    reasons: tuple[Coding, ...] = ()
    evidence: tuple[str, ...] = ()
    """Relative references of the resources behind the order."""
    place: Coding | None = None
    """Body site with the side of the findings."""

    @property
    def priority(self) -> str:
        """The FHIR request priority."""
        return PRIORITY[self.level]


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """A rule behind a card."""

    id: str
    version: str


@dataclass(frozen=True, slots=True)
class Card:
    """One card with text, orders, rules and evidence."""

    topic: str
    level: Level
    summary: str
    detail: str
    orders: tuple[Order, ...] = ()
    rules: tuple[RuleVersion, ...] = ()
    evidence: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a card that a client would cut."""
        if not 0 < len(self.summary) <= SUMMARY_LENGTH or "\n" in self.summary:
            message = f"summary of {len(self.summary)} characters, or with a line break: {self.summary!r}"
            raise CardError(message)
        if len(self.detail) > DETAIL_LENGTH:
            message = f"detail of {len(self.detail)} characters; at most {DETAIL_LENGTH}"
            raise CardError(message)
