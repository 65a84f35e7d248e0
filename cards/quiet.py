"""Quiet cards after an override, until a day or new evidence.

cards.fingerprint decides about evidence.
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
    """An override with the state of its card."""

    topic: str
    level: Level
    evidence: frozenset[str]
    """Fingerprints in the form of the present card's."""
    reason: str | None
    """Code of the reason.

    None and unknown codes count as `other`.
    """
    at: datetime
    user: str | None
    """Viewer of the overridden card, None if unknown."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """The present viewer, day and time zone."""

    user: str | None
    today: date
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class QuietCard:
    """A quiet card with its last day and reason.

    It is shown again on that day.
    """

    topic: str
    until: date
    reason: str


@dataclass(frozen=True, slots=True)
class QuietResult:
    """Shown and quiet concerns."""

    shown: tuple[Concern, ...]
    quiet: tuple[QuietCard, ...]


def apply_overrides(
    concerns: Iterable[Concern], overrides: Iterable[Override], policy: Policy, viewer: Viewer
) -> QuietResult:
    """Return shown and quiet concerns.

    The order of the overrides makes no difference.
    """
    given, shown, quiet = tuple(overrides), [], []
    for concern in concerns:
        card = _quiet_card(concern, given, policy, viewer)
        if card is None:
            shown.append(concern)
        else:
            quiet.append(card)
    return QuietResult(tuple(shown), tuple(quiet))


def _quiet_card(concern: Concern, overrides: tuple[Override, ...], policy: Policy, viewer: Viewer) -> QuietCard | None:
    """Return the quiet period of a concern, or None.

    The newest valid override decides. Of two at one moment the shorter one counts.
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
    """Return True if one person saw all this evidence on one card.

    Its level must not be lower than today's. Evidence of several overrides is not added up, because it was never judged
    together.
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
