"""One registered client with its checks and options.

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
    """Order code of a site, its own or a preferred standard one."""

    system: str
    code: str
    display: str

    @property
    def is_fhir(self) -> bool:
        """True for a code that FHIR can hold.

        An order with another one would be invalid.
        """
        return bool(_URI.fullmatch(self.system) and _CODE.fullmatch(self.code) and self.display.strip())


@dataclass(frozen=True, slots=True)
class SmartApp:
    """The evidence view as an app of the client's EHR."""

    client_id: str
    scopes: str | None = None
    """Scopes to request.

    None requests the EHR's own kind, as narrow as the rules read.
    """
    origins: tuple[BaseUrl, ...] = ()
    """Further origins of its authorization server."""
    secret: str | None = field(default=None, repr=False)
    link: bool = True
    """True if cards link to the app."""


@dataclass(frozen=True, slots=True)
class Client:
    """An EHR of one organisation, completed by the settings."""

    issuer: Issuer
    keys: tuple[PublicKey, ...] = field(repr=False)
    """Public keys, () if fetched."""
    fhir_servers: tuple[BaseUrl, ...]
    """FHIR bases that its calls may name."""
    origins: tuple[BaseUrl, ...]
    zone: ZoneInfo
    """Time zone of its patients."""
    on_missing: str
    language: Language
    """Of its cards."""
    deadline_s: float
    """Longest wait of a call for FHIR servers, in seconds."""
    profile: str
    internal: bool
    """True if its servers may have private addresses."""
    orders: Mapping[str, tuple[LocalCode, ...]] = field(repr=False)
    display: DisplayPolicy
    """Display policy of its users."""
    smart: SmartApp | None = None

    @property
    def id(self) -> str:
        """Return our own id of it."""
        return self.issuer.client
