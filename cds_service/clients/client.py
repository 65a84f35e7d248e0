"""One registered client: what its calls are checked against and what holds for them.

It must not hold anything of one call.
Tests: tests/security/test_clients.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from cds_service.origins import Base
from cds_service.security.issuer import Issuer, PublicKey

PROFILES = frozenset({"generic", "epic", "oracle-health", "athenahealth", "sandbox"})
"""Kinds of EHR. What each needs comes with a later version; the name can be registered already."""


@dataclass(frozen=True, slots=True)
class LocalCode:
    """What a site orders under: a code of its own, or a standard one that it prefers."""

    system: str
    code: str
    display: str


@dataclass(frozen=True, slots=True)
class Client:
    """An EHR of one organisation, as the registry has it, with the settings' values where it says nothing."""

    issuer: Issuer
    keys: tuple[PublicKey, ...] = field(repr=False)
    """Empty where they are fetched."""
    fhir_servers: tuple[Base, ...]
    """The only ones that its calls may name."""
    origins: tuple[Base, ...]
    zone: ZoneInfo
    """Where its patients' day begins."""
    on_missing: str
    profile: str
    internal: bool
    """Whether its addresses may be private ones."""
    orders: Mapping[str, tuple[LocalCode, ...]] = field(repr=False)

    @property
    def id(self) -> str:
        """Return our own id of it."""
        return self.issuer.client
