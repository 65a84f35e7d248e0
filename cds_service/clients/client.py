"""One registered client: what its calls are checked against and what holds for them.

It must not hold anything of one call.
Tests: tests/security/test_clients.py.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from cards.words import Language
from cds_service.clients.display_policy import DisplayPolicy
from cds_service.profiles.profile import profile_names
from cds_service.security.issuer import Issuer, PublicKey
from cds_service.security.urls import BaseUrl

_URI = re.compile(r"\S+")
_CODE = re.compile(r"\S+( \S+)*")
PROFILES = profile_names()
"""Kinds of EHR."""


@dataclass(frozen=True, slots=True)
class LocalCode:
    """What a site orders under: a code of its own, or a standard one that it prefers."""

    system: str
    code: str
    display: str

    @property
    def is_fhir(self) -> bool:
        """Whether FHIR can hold it: an order with any other would not be valid."""
        return bool(_URI.fullmatch(self.system) and _CODE.fullmatch(self.code) and self.display.strip())


@dataclass(frozen=True, slots=True)
class SmartApp:
    """The evidence view as an app of the client's EHR."""

    client_id: str
    scopes: str | None = None
    """None where the EHR's own kind of scopes is asked for, as narrow as the rules read."""
    origins: tuple[BaseUrl, ...] = ()
    """Where its authorization server may stand, beside the origin of the FHIR server."""
    secret: str | None = field(default=None, repr=False)
    link: bool = True
    """Whether cards link to it."""


@dataclass(frozen=True, slots=True)
class Client:
    """An EHR of one organisation, as the registry has it, with the settings' values where it says nothing."""

    issuer: Issuer
    keys: tuple[PublicKey, ...] = field(repr=False)
    """Empty where they are fetched."""
    fhir_servers: tuple[BaseUrl, ...]
    """The only ones that its calls may name."""
    origins: tuple[BaseUrl, ...]
    zone: ZoneInfo
    """Where its patients' day begins."""
    on_missing: str
    language: Language
    """Of its cards."""
    deadline_s: float
    """The longest wait for a FHIR server during one of its calls."""
    profile: str
    internal: bool
    """Whether its addresses may be private ones."""
    orders: Mapping[str, tuple[LocalCode, ...]] = field(repr=False)
    display: DisplayPolicy
    """What its users are not shown."""
    smart: SmartApp | None = None

    @property
    def id(self) -> str:
        """Return our own id of it."""
        return self.issuer.client
