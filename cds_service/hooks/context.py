"""What a hook may use of the world while it answers a call: the settings, the clock, the FHIR client.

It must not hold anything of one call.
Tests: tests/api/test_invoke.py, tests/clients/test_registered_clients.py.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, tzinfo
from typing import Self

from cards.withheld import Withheld
from cards.words import Language
from cds_service.audit.call_record import CallRecord
from cds_service.clients.client import Client
from cds_service.clients.display_policy import DEFAULT_DISPLAY, DisplayPolicy
from cds_service.clock import Clock
from cds_service.config.settings import Settings
from cds_service.evaluation.suppression import QuietState
from cds_service.fhir.chart.recorded_sources import RecordedSources
from cds_service.fhir.elements.vocabulary import STANDARD, Vocabulary
from cds_service.profiles.profile import DEFAULT, Profile, profile_of
from cds_service.security.egress import FhirClient

ANONYMOUS = "anonymous"
"""The client of a call without authentication."""


@dataclass(frozen=True, slots=True)
class HookContext:
    """Passed to every call of a hook; the same for all of one client."""

    settings: Settings
    clock: Clock
    fhir: FhirClient
    client: Client | None = None
    vocabulary: Vocabulary = STANDARD
    """What its charts are read by."""
    quiet: QuietState | None = None
    """Overrides from elsewhere than the store; None reads those of the call record."""
    recorded_sources: RecordedSources | None = None
    """Sources as recorded, for a replayed call; None for a live call."""
    record: CallRecord | None = None
    """Audit data of the present call; None where no store is set."""
    decided: Withheld | None = None
    """Cards that were withheld then, for a replayed call; None for a live call."""

    @classmethod
    def for_anonymous(cls, settings: Settings, clock: Clock, fhir: FhirClient, quiet: QuietState | None = None) -> Self:
        """Return what the calls of nobody in particular may use."""
        return cls(settings, clock, fhir, vocabulary=Vocabulary(frozenset(settings.icd10_systems)), quiet=quiet)

    def for_client(self, client: Client) -> Self:
        """Return what a client's calls may use: the FHIR servers of its own list only."""
        fhir = self.fhir.limited_to(client.fhir_servers, client=client.id, internal=client.internal)
        orders = {(code.system, code.code): key for key, codes in client.orders.items() for code in codes}
        return replace(self, client=client, fhir=fhir, vocabulary=replace(self.vocabulary, orders=orders))

    def for_call(self, record: CallRecord) -> Self:
        """Return the context of one call whose audit data is collected."""
        return replace(self, record=record)

    @property
    def overrides(self) -> QuietState | None:
        """Return the source of earlier overrides; None where nothing is stored, so that no card is quiet."""
        return self.quiet or self.record

    @property
    def caller(self) -> str:
        """Return our id of the client."""
        return self.client.id if self.client else ANONYMOUS

    @property
    def profile(self) -> Profile:
        """Return the kind of EHR that the client is."""
        return profile_of(self.client.profile if self.client else DEFAULT)

    @property
    def on_missing(self) -> str:
        """Return what the client gets when Patient or Conditions are unknown."""
        return self.client.on_missing if self.client else self.settings.on_missing

    @property
    def display(self) -> DisplayPolicy:
        """Return what the client's users are not shown."""
        return self.client.display if self.client else DEFAULT_DISPLAY

    @property
    def zone(self) -> tzinfo:
        """Return where the client's patients are."""
        return self.client.zone if self.client else UTC

    def language(self, asked: Language | None) -> Language:
        """Return the language of the cards: a client's own, else the one that the call asks for, else the setting."""
        return self.client.language if self.client else asked or self.settings.language

    @property
    def deadline_s(self) -> float:
        """Return how long a call may wait for its FHIR server."""
        return self.client.deadline_s if self.client else self.settings.hard_deadline_s

    def today(self) -> date:
        """Return the day that the rules count from: the fixed one, else the day where the client's patients are."""
        return self.settings.as_of or self.clock.now().astimezone(self.zone).date()
