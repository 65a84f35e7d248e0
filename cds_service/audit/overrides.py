"""Protocol for the overrides of a patient's earlier cards.

Tests: tests/evaluation/test_suppression_from_store.py.
"""

from typing import Protocol

from cards.quiet import Override
from cds_service.audit.pseudonyms import Hashes

OVERRIDE_SYSTEM = "urn:recurrence-cds:override-reason"
MOST = 100
"""Maximum number of overrides of a patient, the newest first."""


class Overrides(Protocol):
    """Tells a patient's overrides."""

    async def overrides(self, client: str, patient: Hashes) -> tuple[Override, ...]:
        """Return the overrides, newest first, with each card's evidence.

        Evidence and user are keyed hashes. Raises StoreUnavailable, also after a timeout.
        """
        ...
