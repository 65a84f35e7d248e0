"""What was found and is not shown in one answer: cards that are quiet, and what a site evaluates in shadow.

Must not decide what is withheld: cards.quiet and the clients registry do.
Tests: tests/evaluation/test_suppression.py, tests/evaluation/test_shadow.py.
"""

from dataclasses import dataclass

from cards.quiet import QuietCard


@dataclass(frozen=True, slots=True)
class Withheld:
    """Topics without a card although there is something to say, each with why."""

    quiet: tuple[QuietCard, ...] = ()
    shadow: frozenset[str] = frozenset()
    """Topics that are evaluated and recorded only."""
    rules: frozenset[str] = frozenset()
    """Ids of rules that are evaluated and recorded only."""

    @property
    def topics(self) -> frozenset[str]:
        """Return every topic that gets no card."""
        return self.shadow | {card.topic for card in self.quiet}


NOTHING = Withheld()
