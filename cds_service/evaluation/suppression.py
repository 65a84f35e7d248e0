"""Alert suppression of quiet and shadow cards.

Users and evidence must be compared as keyed hashes only.
Tests: tests/evaluation/test_suppression.py, tests/evaluation/test_shadow.py.
"""

from dataclasses import dataclass, replace
from datetime import date, tzinfo
from typing import Protocol

from cards.fingerprint import Concern, unchecked_concern
from cards.incomplete import TOPIC
from cards.quiet import Override, QuietCard, Viewer, apply_overrides
from cards.withheld import NOTHING, Withheld
from cds_service.audit.pseudonyms import Pseudonyms
from cds_service.clients.display_policy import DisplayPolicy
from rules.outcome import Missing


class QuietState(Protocol):
    """Stored overrides."""

    async def overrides(self, client: str, patient_id: str) -> tuple[Override, ...]:
        """Return the overrides of a patient's cards.

        A late or failed store returns none, and cards are shown.
        """
        ...

    @property
    def pseudonyms(self) -> Pseudonyms:
        """Return the maker of keyed hashes of users and evidence."""
        ...


@dataclass(frozen=True, slots=True)
class ViewContext:
    """Client, patient, user, day and zone of one view."""

    client: str
    patient_id: str
    user_id: str | None
    today: date
    zone: tzinfo


def sealed_concern(concern: Concern, client: str, pseudonyms: Pseudonyms) -> Concern:
    """Return a stored concern, with keyed hashes as evidence."""
    return replace(concern, evidence=frozenset(pseudonyms.evidence(client, text)[0] for text in concern.evidence))


def sealed_user(user_id: str | None, client: str, pseudonyms: Pseudonyms) -> str | None:
    """Return the keyed hash of a user, None if unknown."""
    return None if user_id is None else pseudonyms.user(client, user_id)[0]


class Suppressible(Protocol):
    """An assessment as suppression needs it."""

    @property
    def topics(self) -> frozenset[str]:
        """Return the topics of its cards."""
        ...

    @property
    def shadowed(self) -> frozenset[str]:
        """Return the topics without a card because of shadow."""
        ...

    @property
    def concerns(self) -> tuple[Concern, ...]:
        """Return the concerns of its cards."""
        ...


@dataclass(frozen=True, slots=True)
class UnknownChart:
    """A chart without its required sources, as suppression needs it."""

    missing: tuple[Missing, ...]
    topics: frozenset[str] = frozenset({TOPIC})
    shadowed: frozenset[str] = frozenset()

    @property
    def concerns(self) -> tuple[Concern, ...]:
        """Return the concern of its one card."""
        return (unchecked_concern(self.missing),)


async def withheld_cards(
    display: DisplayPolicy, raised: Suppressible, view: ViewContext, state: QuietState | None
) -> Withheld:
    """Return the withheld cards of one answer."""
    if display.shadow:
        return Withheld(shadow=raised.topics | raised.shadowed, rules=display.rules)
    quiet = await _quiet(display, raised, view, state) if state is not None and raised.topics else ()
    return Withheld(quiet, raised.shadowed, display.rules) if quiet or display.rules else NOTHING


async def _quiet(
    display: DisplayPolicy, raised: Suppressible, view: ViewContext, state: QuietState
) -> tuple[QuietCard, ...]:
    if display.policy is None:
        return ()
    overrides = await state.overrides(view.client, view.patient_id)
    if not overrides:
        return ()
    concerns, pseudonyms = raised.concerns, state.pseudonyms
    viewer = Viewer(sealed_user(view.user_id, view.client, pseudonyms), view.today, view.zone)
    kept = (sealed_concern(concern, view.client, pseudonyms) for concern in concerns)
    return apply_overrides(kept, _rekeyed(overrides, concerns, view, pseudonyms), display.policy, viewer).quiet


def _rekeyed(
    overrides: tuple[Override, ...], concerns: tuple[Concern, ...], view: ViewContext, pseudonyms: Pseudonyms
) -> tuple[Override, ...]:
    """Return the overrides under the present key's hashes."""
    hashes = [pseudonyms.evidence(view.client, text) for concern in concerns for text in concern.evidence]
    if view.user_id is not None:
        hashes.append(pseudonyms.user(view.client, view.user_id))
    present = {former: each[0] for each in hashes for former in each[1:]}
    if not present:
        return overrides
    return tuple(
        replace(
            override,
            evidence=frozenset(present.get(text, text) for text in override.evidence),
            user=present.get(override.user, override.user) if override.user is not None else None,
        )
        for override in overrides
    )
