"""Authentication of callers, registered or anonymous.

Token code must not be imported unless a client is registered.
Tests: tests/clients/test_authentication.py.
"""

from typing import TYPE_CHECKING, Protocol

from starlette.types import Scope

from cds_service.clients.client import Client
from cds_service.clock import Clock
from cds_service.config.settings import Profile, Settings
from cds_service.errors import Unauthorized
from cds_service.log import note
from cds_service.security.egress import Transport

if TYPE_CHECKING:
    from cds_service.store.database import Database

NO_REGISTRY = "no-registry"


class Authenticator(Protocol):
    """Authenticates a call before its body is read."""

    @property
    def clients(self) -> tuple[Client, ...]:
        """Return all registered clients."""
        ...

    async def authenticate(self, scope: Scope) -> Client | None:
        """Return the client, or None for an anonymous call.

        Raises Unauthorized or StoreUnavailable.
        """
        ...

    async def is_up(self) -> bool:
        """Return True if authentication works now."""
        ...

    async def start(self) -> None:
        """Prepare.

        Raises StoreUnavailable.
        """
        ...

    async def close(self) -> None:
        """Close connections."""
        ...


class AnonymousAuthenticator:
    """Authenticator without a registry.

    Production refuses every call, other profiles accept all.
    """

    clients: tuple[Client, ...] = ()

    def __init__(self, *, is_open: bool) -> None:
        self._is_open = is_open

    async def authenticate(self, _scope: Scope) -> Client | None:
        """Return None.

        Raises Unauthorized in production.
        """
        if not self._is_open:
            note(reason=NO_REGISTRY)
            raise Unauthorized
        return None

    async def is_up(self) -> bool:
        """Return True."""
        return True

    async def start(self) -> None:
        """Prepare nothing."""

    async def close(self) -> None:
        """Close nothing."""


def authenticator_for(
    settings: Settings, clock: Clock, database: "Database | None", transport: Transport | None = None
) -> Authenticator:
    """Return the authenticator of the settings.

    Raises SettingsError with the mistakes of the registry.
    """
    if settings.clients is None or database is None:
        return AnonymousAuthenticator(is_open=settings.profile is not Profile.PRODUCTION)
    from cds_service.clients.token_authentication import token_authenticator_for  # noqa: PLC0415 - what reads tokens and keeps a store is not small
    from cds_service.store.token_store import TokenStore  # noqa: PLC0415 - as above

    return token_authenticator_for(settings, clock, TokenStore(database), transport)
