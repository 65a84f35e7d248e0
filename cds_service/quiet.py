"""What of an answer is withheld from one user: cards that were overridden, and what a client evaluates in shadow.

It must not decide how long a card is quiet: cards.quiet does. Users and evidence are compared as keyed hashes only.
Tests: tests/service/test_quiet.py, tests/service/test_shadow.py.
"""

from dataclasses import dataclass, field, replace
from datetime import date, tzinfo
from typing import Protocol

from cards.fingerprint import Concern, unchecked_concern
from cards.incomplete import TOPIC
from cards.quiet import Override, QuietCard, Viewer, hushed
from cards.quiet_policy import Policy, default_policy
from cards.withheld import NOTHING, Withheld
from cds_service.ledger.pseudonyms import Pseudonyms
from rules.outcome import Missing


class QuietState(Protocol):
    """What is kept of overrides."""

    async def overrides(self, client: str, patient_id: str) -> tuple[Override, ...]:
        """Return the overrides of a patient's cards; none when the store is late or down: then cards are shown."""
        ...

    @property
    def pseudonyms(self) -> Pseudonyms:
        """Return what makes the keyed hashes by which a client's users and pieces of evidence are known again."""
        ...


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks at whose chart, for which client, on which day, in which zone."""

    client: str
    patient_id: str
    user_id: str | None
    today: date
    zone: tzinfo


def sealed_concern(concern: Concern, client: str, pseudonyms: Pseudonyms) -> Concern:
    """Return a concern whose evidence can be kept: keyed hashes in place of fingerprints."""
    return replace(concern, evidence=frozenset(pseudonyms.evidence(client, text)[0] for text in concern.evidence))


def sealed_user(user_id: str | None, client: str, pseudonyms: Pseudonyms) -> str | None:
    """Return a user as kept; None stays nobody."""
    return None if user_id is None else pseudonyms.user(client, user_id)[0]


class Raised(Protocol):
    """What cards would be made of."""

    @property
    def topics(self) -> frozenset[str]:
        """Return the topics of its cards."""
        ...

    @property
    def shadowed(self) -> frozenset[str]:
        """Return the topics that have no card because their rules are in shadow."""
        ...

    @property
    def concerns(self) -> tuple[Concern, ...]:
        """Return what its cards raise."""
        ...


@dataclass(frozen=True, slots=True)
class UnknownChart:
    """A chart of which nothing can be told: what its one card raises."""

    missing: tuple[Missing, ...]
    topics: frozenset[str] = frozenset({TOPIC})
    shadowed: frozenset[str] = frozenset()

    @property
    def concerns(self) -> tuple[Concern, ...]:
        """Return what was not seen."""
        return (unchecked_concern(self.missing),)


@dataclass(frozen=True, slots=True)
class Restraint:
    """What holds for all answers to one client: how long overrides last, what is in shadow."""

    policy: Policy | None = field(default_factory=default_policy)
    """None where this service keeps no card quiet."""
    shadow: bool = False
    """Whether its users are shown nothing at all."""
    rules: frozenset[str] = frozenset()
    """Ids of the rules that make no card."""

    async def withheld(self, raised: Raised, look: Look, state: QuietState | None) -> Withheld:
        """Return what the answer to one call does not show."""
        if self.shadow:
            return Withheld(shadow=raised.topics | raised.shadowed, rules=self.rules)
        quiet = await self._quiet(raised, look, state) if state is not None and raised.topics else ()
        return Withheld(quiet, raised.shadowed, self.rules) if quiet or self.rules else NOTHING

    async def _quiet(self, raised: Raised, look: Look, state: QuietState) -> tuple[QuietCard, ...]:
        if self.policy is None:
            return ()
        overrides = await state.overrides(look.client, look.patient_id)
        if not overrides:
            return ()
        concerns, pseudonyms = raised.concerns, state.pseudonyms
        viewer = Viewer(sealed_user(look.user_id, look.client, pseudonyms), look.today, look.zone)
        kept = (sealed_concern(concern, look.client, pseudonyms) for concern in concerns)
        return hushed(kept, _known_again(overrides, concerns, look, pseudonyms), self.policy, viewer).quiet


def _known_again(
    overrides: tuple[Override, ...], concerns: tuple[Concern, ...], look: Look, pseudonyms: Pseudonyms
) -> tuple[Override, ...]:
    """Return overrides that were kept under a former key as they would be under the present one."""
    hashes = [pseudonyms.evidence(look.client, text) for concern in concerns for text in concern.evidence]
    if look.user_id is not None:
        hashes.append(pseudonyms.user(look.client, look.user_id))
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


ANYBODY = Restraint()
"""For callers that nobody registered."""
