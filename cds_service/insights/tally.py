"""Tally of card outcomes, exactly one for each card.

Tests: tests/insights/test_tally.py.
"""

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil

from cds_service.audit.overrides import OVERRIDE_SYSTEM
from cds_service.insights.queries import MONDAY_MS, WEEK_MS, CardOutcome
from cds_service.insights.sheet import insights_sheet

ACCEPTED, IGNORED, RECENT, SHOWN = "accepted", "ignored", "recent", "shown"
OTHER, NO_REASON = "other", "none"
REASONS = tuple(insights_sheet()["reasons"])
"""Reasons of an override.

Foreign reasons are `other`.
"""
ALL, NO_RULE = "", "no_rule"
Group = tuple[str, str]
"""Grouping of cards and its member."""
EVERYTHING: Group = ("all", ALL)


@dataclass(frozen=True, slots=True)
class Tally:
    """Outcomes of the cards of one group."""

    recent: int = 0
    accepted: int = 0
    ignored: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    """Overridden cards by occurring reason."""
    quieted: int = 0
    shadow: int = 0

    @property
    def overridden(self) -> int:
        """Return how many were overridden."""
        return sum(self.reasons.values())

    @property
    def due(self) -> int:
        """Return how many are judged."""
        return self.accepted + self.overridden + self.ignored

    @property
    def shown(self) -> int:
        """Return how many were shown."""
        return self.due + self.recent


class Counting:
    """Counts cards by week, client, level, rule and version."""

    def __init__(self, due_before: int) -> None:
        self.delays: array[int] = array("q")
        """Milliseconds to the first feedback, of judged cards."""
        self._due_before = due_before
        self._ends: dict[Group, Counter[str]] = {EVERYTHING: Counter()}

    def add(self, card: CardOutcome) -> None:
        """Count a card."""
        end = self._end(card)
        for group in _groups(card):
            self._ends.setdefault(group, Counter())[end] += 1
        if card.state == SHOWN and end not in {RECENT, IGNORED}:
            self.delays.append(max(0, card.answers[0].at - card.at))

    def names(self, by: str) -> tuple[str, ...]:
        """Return the groups of a kind by their names, in order."""
        return tuple(sorted(name for kind, name in self._ends if kind == by))

    def tally(self, by: str, name: str) -> Tally:
        """Return the outcomes of a group."""
        ends = self._ends.get((by, name), Counter())
        reasons = {reason: ends[reason] for reason in REASONS if ends[reason]}
        return Tally(ends[RECENT], ends[ACCEPTED], ends[IGNORED], reasons, ends["quiet"], ends["shadow"])

    def _end(self, card: CardOutcome) -> str:
        """Return the one outcome of a card.

        The last reason of an overridden one counts.
        """
        if card.state != SHOWN:
            return card.state
        if card.at > self._due_before:
            return RECENT
        if any(answer.outcome == ACCEPTED for answer in card.answers):
            return ACCEPTED
        if not card.answers:
            return IGNORED
        last = card.answers[-1]
        if last.reason is None:
            return NO_REASON
        is_ours = last.reason_system == OVERRIDE_SYSTEM and last.reason in REASONS
        return last.reason if is_ours else OTHER


def _groups(card: CardOutcome) -> Iterator[Group]:
    yield EVERYTHING
    yield "week", str(week_of(card.at))
    yield "client", card.client
    yield "level", card.level
    yield from (("version", rule) for rule in card.rules)
    yield from {("rule", rule.partition("@")[0]) for rule in card.rules} or {("rule", NO_RULE)}


def week_of(at: int) -> int:
    """Return the week of a moment."""
    return (at - MONDAY_MS) // WEEK_MS


def nearest_rank(ordered: list[int], part: float) -> int:
    """Return the nearest-rank percentile of non-empty values."""
    return ordered[max(0, ceil(part * len(ordered)) - 1)]
