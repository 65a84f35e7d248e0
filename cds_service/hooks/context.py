"""Hook context with settings, clock, FHIR client and client.

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
    """Context of a hook.

    Each client has its own, and a stored call a copy with its record.
    """

    settings: Settings
    clock: Clock
    fhir: FhirClient
    client: Client | None = None
    vocabulary: Vocabulary = STANDARD
    """Code systems of its charts."""
    quiet: QuietState | None = None
    """Overrides from elsewhere.

    None uses the call record.
    """
    recorded_sources: RecordedSources | None = None
    """Recorded sources of a replayed call, else None."""
    record: CallRecord | None = None
    """Audit data of the call, None without a store."""
    decided: Withheld | None = None
    """Withheld cards of a replayed call, else None."""

    @classmethod
    def for_anonymous(cls, settings: Settings, clock: Clock, fhir: FhirClient, quiet: QuietState | None = None) -> Self:
        """Return the context of anonymous calls."""
        return cls(settings, clock, fhir, vocabulary=Vocabulary(frozenset(settings.icd10_systems)), quiet=quiet)

    def for_client(self, client: Client) -> Self:
        """Return the context of a client.

        Its FHIR client may ask the client's own servers only.
        """
        fhir = self.fhir.limited_to(client.fhir_servers, client=client.id, internal=client.internal)
        orders = {(code.system, code.code): key for key, codes in client.orders.items() for code in codes}
        return replace(self, client=client, fhir=fhir, vocabulary=replace(self.vocabulary, orders=orders))

    def for_call(self, record: CallRecord) -> Self:
        """Return the context of one call with its record."""
        return replace(self, record=record)

    @property
    def overrides(self) -> QuietState | None:
        """Return earlier overrides, None without a store."""
        return self.quiet or self.record

    @property
    def caller(self) -> str:
        """Return our id of the client."""
        return self.client.id if self.client else ANONYMOUS

    @property
    def profile(self) -> Profile:
        """Return the client's kind of EHR."""
        return profile_of(self.client.profile if self.client else DEFAULT)

    @property
    def on_missing(self) -> str:
        """Return the client's answer to missing data."""
        return self.client.on_missing if self.client else self.settings.on_missing

    @property
    def display(self) -> DisplayPolicy:
        """Return the client's display policy."""
        return self.client.display if self.client else DEFAULT_DISPLAY

    @property
    def zone(self) -> tzinfo:
        """Return the time zone of the client's patients."""
        return self.client.zone if self.client else UTC

    def language(self, asked: Language | None) -> Language:
        """Return the language of the cards.

        It is the client's own, else the requested one, else the setting.
        """
        return self.client.language if self.client else asked or self.settings.language

    @property
    def deadline_s(self) -> float:
        """Return how long a call may wait for its FHIR server."""
        return self.client.deadline_s if self.client else self.settings.hard_deadline_s

    def today(self) -> date:
        """Return the day of evaluation.

        It is the fixed day, else today in the zone of the client's patients.
        """
        return self.settings.as_of or self.clock.now().astimezone(self.zone).date()
