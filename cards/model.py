"""A card as the standard knows it, without FHIR: text within its limits, orders as keys and codes.

Must not know how a card is sent: cds_service.evaluation.response does.
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
"""No client asks for less: one line for each of six sites has to fit in."""
PRIORITY: Final = {Level.INFO: "routine", Level.WARNING: "urgent", Level.CRITICAL: "stat"}
"""FHIR request priorities of the levels."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a client wants its cards: one for each site or one in all, how long a detail may be, in which language."""

    merged: bool = False
    detail_length: int = DETAIL_LENGTH
    language: Language = Language.ENGLISH


PER_SITE = Form()


class CardError(ValueError):
    """A card breaks a limit of the standard or of ours: a mistake in the words, found by tests."""


@dataclass(frozen=True, slots=True)
class Coding:
    """A code with our own display."""

    code: Code
    display: str


@dataclass(frozen=True, slots=True)
class Order:
    """One proposed work-up: its key, name, codes, urgency, and the evidence it answers."""

    key: str
    text: str
    codings: tuple[Coding, ...]
    level: Level
    reasons: tuple[Coding, ...] = ()
    evidence: tuple[str, ...] = ()
    """Relative references of the resources that are the reason."""

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
    """One card: what the clinician reads, what may be ordered, and what it rests on."""

    topic: str
    level: Level
    summary: str
    detail: str
    orders: tuple[Order, ...] = ()
    rules: tuple[RuleVersion, ...] = ()
    evidence: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a card that a client would cut or that could not be read alone."""
        if not 0 < len(self.summary) <= SUMMARY_LENGTH or "\n" in self.summary:
            message = f"summary of {len(self.summary)} characters, or with a line break: {self.summary!r}"
            raise CardError(message)
        if len(self.detail) > DETAIL_LENGTH:
            message = f"detail of {len(self.detail)} characters; at most {DETAIL_LENGTH}"
            raise CardError(message)
