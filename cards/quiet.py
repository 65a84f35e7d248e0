"""Which cards stay quiet because a clinician has overridden them, until when and why; new evidence ends it at once.

Must not read a clock nor decide what is evidence: cards.fingerprint does.
Tests: tests/cards/test_quiet.py with cards/quiet_cases.toml.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from cards.fingerprint import Concern
from cards.quiet_policy import Policy, Scope
from rules.outcome import Level


@dataclass(frozen=True, slots=True)
class Override:
    """A card that a clinician has overridden, as it was then."""

    topic: str
    level: Level
    evidence: frozenset[str]
    """Fingerprints, in the form in which those of the present card come."""
    reason: str | None
    """A code of ours; None and any other word count as `other`."""
    at: datetime
    user: str | None
    """Who was shown the card; None where nobody knows."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at the chart, on which day, in which zone days are counted."""

    user: str | None
    today: date
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class QuietCard:
    """A card that is not shown: until which day (shown again on it) and for what reason."""

    topic: str
    until: date
    reason: str


@dataclass(frozen=True, slots=True)
class QuietResult:
    """What is shown, and what stays quiet."""

    shown: tuple[Concern, ...]
    quiet: tuple[QuietCard, ...]


def apply_overrides(
    concerns: Iterable[Concern], overrides: Iterable[Override], policy: Policy, viewer: Viewer
) -> QuietResult:
    """Return which concerns are shown and which stay quiet; the order of the overrides makes no difference."""
    given, shown, quiet = tuple(overrides), [], []
    for concern in concerns:
        card = _quiet_card(concern, given, policy, viewer)
        if card is None:
            shown.append(concern)
        else:
            quiet.append(card)
    return QuietResult(tuple(shown), tuple(quiet))


def _quiet_card(concern: Concern, overrides: tuple[Override, ...], policy: Policy, viewer: Viewer) -> QuietCard | None:
    """Return how long a concern is quiet by the newest override that counts; None when it is shown.

    Of two of the same moment the one that ends first counts.
    """
    ends = [
        (override.at, _card(concern, override, policy, viewer))
        for override in overrides
        if _had_seen(override, concern) and _holds_for(override, concern, policy, viewer)
    ]
    newest = max((at for at, _ in ends), default=None)
    last = min((card for at, card in ends if at == newest), key=lambda card: (card.until, card.reason), default=None)
    return last if last is not None and viewer.today < last.until else None


def _had_seen(override: Override, concern: Concern) -> bool:
    """Return whether one person saw, on one card, all that the concern rests on, at no lower level.

    Evidence of several overrides is not added up: nobody has judged it together.
    """
    return override.topic == concern.topic and override.level >= concern.level and override.evidence >= concern.evidence


def _holds_for(override: Override, concern: Concern, policy: Policy, viewer: Viewer) -> bool:
    if _day(override, viewer) > viewer.today + policy.clock_ahead:
        return False
    if policy.scope is Scope.EVERYBODY and concern.level is not Level.CRITICAL:
        return True
    return override.user is not None and override.user == viewer.user


def _card(concern: Concern, override: Override, policy: Policy, viewer: Viewer) -> QuietCard:
    reason = policy.reason(override.reason)
    return QuietCard(concern.topic, _day(override, viewer) + policy.terms[reason].lasts(concern.level), reason)


def _day(override: Override, viewer: Viewer) -> date:
    return override.at.astimezone(viewer.zone).date()
