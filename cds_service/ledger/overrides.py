"""What a patient's earlier cards were overridden with: all that a policy of quiet reads.

It must not decide anything, nor know how it is kept.
Tests: tests/ledger/test_overrides.py.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cds_service.ledger.pseudonyms import Hashes

OVERRIDE_SYSTEM = "urn:recurrence-cds:override-reason"
MOST = 100
"""So many overrides of a patient are told, the newest first."""


@dataclass(frozen=True, slots=True)
class Override:
    """One card that was overridden, as it was when it was shown."""

    topic: str
    level: str
    """`info`, `warning` or `critical`."""
    evidence: frozenset[str]
    """Fingerprints of its evidence. A reference is among it if any of `Pseudonyms.evidence(client, reference)` is:
    a fingerprint that was made under a former key is told by that key."""
    reason: str | None
    """Code of `urn:recurrence-cds:override-reason`; None for no reason, or one that is not from the card's list."""
    at: datetime
    """When it was overridden, by the EHR's clock; never later than when we heard of it."""
    user: str | None
    """Hash of whoever it was shown to; it is one of `Pseudonyms.user(client, user_id)` for the same user."""


class Overrides(Protocol):
    """Tells a patient's overrides."""

    async def overrides(self, client: str, patient: Hashes) -> tuple[Override, ...]:
        """Return them, the newest first; or raise StoreUnavailable, also where the answer takes too long."""
        ...
