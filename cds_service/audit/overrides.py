"""What a patient's earlier cards were overridden with: all that a policy of quiet reads.

It must not decide anything, nor know how it is kept.
Tests: tests/evaluation/test_suppression_from_store.py.
"""

from typing import Protocol

from cards.quiet import Override
from cds_service.audit.pseudonyms import Hashes

OVERRIDE_SYSTEM = "urn:recurrence-cds:override-reason"
MOST = 100
"""So many overrides of a patient are told, the newest first."""


class Overrides(Protocol):
    """Tells a patient's overrides."""

    async def overrides(self, client: str, patient: Hashes) -> tuple[Override, ...]:
        """Return them, the newest first, each as its card was when it was shown: evidence and user as keyed hashes.

        Or raise StoreUnavailable, also where the answer takes too long.
        """
        ...
