"""What a hook may use of the world while it answers a call: the settings, the clock, the FHIR client.

It must not hold anything of one call.
Tests: tests/service/test_invoke.py, tests/service/test_registered_clients.py.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date
from typing import Self

from cds_service.clients.client import Client
from cds_service.clock import Clock
from cds_service.fhir.vocabulary import STANDARD, Vocabulary
from cds_service.security.egress import FhirClient
from cds_service.settings import Settings

ANONYMOUS = "anonymous"
"""The client of a call without authentication."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """Passed to every call of a hook; the same for all of one client."""

    settings: Settings
    clock: Clock
    fhir: FhirClient
    client: Client | None = None
    vocabulary: Vocabulary = STANDARD
    """What its charts are read by."""

    @classmethod
    def for_anybody(cls, settings: Settings, clock: Clock, fhir: FhirClient) -> Self:
        """Return what the calls of nobody in particular may use."""
        return cls(settings, clock, fhir, vocabulary=Vocabulary(frozenset(settings.icd10_systems)))

    def of(self, client: Client) -> Self:
        """Return what a client's calls may use: the FHIR servers of its own list only."""
        fhir = self.fhir.limited_to(client.fhir_servers, client=client.id, internal=client.internal)
        orders = {(code.system, code.code): key for key, codes in client.orders.items() for code in codes}
        return replace(self, client=client, fhir=fhir, vocabulary=replace(self.vocabulary, orders=orders))

    @property
    def caller(self) -> str:
        """Return our id of the client."""
        return self.client.id if self.client else ANONYMOUS

    @property
    def on_missing(self) -> str:
        """Return what the client gets when Patient or Conditions are unknown."""
        return self.client.on_missing if self.client else self.settings.on_missing

    @property
    def deadline_s(self) -> float:
        """Return how long a call may wait for its FHIR server."""
        return self.client.deadline_s if self.client else self.settings.hard_deadline_s

    def today(self) -> date:
        """Return the day that the rules count from: the fixed one, else the day where the client's patients are."""
        zone = self.client.zone if self.client else UTC
        return self.settings.as_of or self.clock.now().astimezone(zone).date()
