"""Cards withheld from one answer, quiet or in shadow.

Tests: tests/evaluation/test_suppression.py, tests/evaluation/test_shadow.py.
"""

from dataclasses import dataclass

from cards.quiet import QuietCard


@dataclass(frozen=True, slots=True)
class Withheld:
    """Topics with a withheld card and the reason."""

    quiet: tuple[QuietCard, ...] = ()
    shadow: frozenset[str] = frozenset()
    """Topics in shadow, evaluated and recorded only."""
    rules: frozenset[str] = frozenset()
    """Ids of the rules in shadow."""

    @property
    def topics(self) -> frozenset[str]:
        """Return every withheld topic."""
        return self.shadow | {card.topic for card in self.quiet}


NOTHING = Withheld()
