"""The ledger as a policy of quiet asks it: a patient's overrides, within the call that they matter to.

It must not decide what is quiet, nor fail a call that may be answered without it.
Tests: tests/service/test_quiet_from_store.py.
"""

from cards.quiet import Override
from cds_service.ledger.draft import present
from cds_service.ledger.pseudonyms import Pseudonyms


class Remembered:
    """What is kept of overrides, for the present call."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self.pseudonyms = pseudonyms

    async def overrides(self, _client: str, _patient_id: str) -> tuple[Override, ...]:
        """Return those of the patient whom the call's draft names; none when they can't be told in time."""
        draft = present()
        found = await draft.overrides() if draft is not None else None
        return found or ()
