"""Display policy of a client, for quiet and shadow cards.

Tests: tests/evaluation/test_suppression.py, tests/evaluation/test_shadow.py.
"""

from dataclasses import dataclass, field

from cards.quiet_policy import Policy, default_policy


@dataclass(frozen=True, slots=True)
class DisplayPolicy:
    """Options for the cards that users see."""

    policy: Policy | None = field(default_factory=default_policy)
    """Policy for overridden cards.

    None shows every card.
    """
    shadow: bool = False
    """True if every card is in shadow, evaluated and never shown."""
    rules: frozenset[str] = frozenset()
    """Ids of the rules in shadow."""


DEFAULT_DISPLAY = DisplayPolicy()
"""Display policy of anonymous callers."""
