"""Who is calling: a registered client, nobody in particular, or nobody who may call.

It must not read a token itself, nor import what does where no client is registered.
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
    """What a call passes before its body is read."""

    @property
    def clients(self) -> tuple[Client, ...]:
        """Return all who are registered."""
        ...

    async def authenticate(self, scope: Scope) -> Client | None:
        """Return who calls, None if it is nobody in particular; or raise Unauthorized or StoreUnavailable."""
        ...

    async def is_up(self) -> bool:
        """Return whether it can tell at the moment."""
        ...

    async def start(self) -> None:
        """Make ready; or raise StoreUnavailable."""
        ...

    async def close(self) -> None:
        """Close connections."""
        ...


class AnonymousAuthenticator:
    """The gate where no client is registered: in production it lets nobody in, elsewhere it looks at no token."""

    clients: tuple[Client, ...] = ()

    def __init__(self, *, is_open: bool) -> None:
        self._is_open = is_open

    async def authenticate(self, _scope: Scope) -> Client | None:
        """Return None, or raise Unauthorized."""
        if not self._is_open:
            note(reason=NO_REGISTRY)
            raise Unauthorized
        return None

    async def is_up(self) -> bool:
        """Return True: it needs nothing."""
        return True

    async def start(self) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Do nothing."""


def authenticator_for(
    settings: Settings, clock: Clock, database: "Database | None", transport: Transport | None = None
) -> Authenticator:
    """Return the gate that the settings describe, or raise SettingsError with the mistakes of the registry."""
    if settings.clients is None or database is None:
        return AnonymousAuthenticator(is_open=settings.profile is not Profile.PRODUCTION)
    from cds_service.clients.token_authentication import token_authenticator_for  # noqa: PLC0415 - what reads tokens and keeps a store is not small
    from cds_service.store.token_store import TokenStore  # noqa: PLC0415 - as above

    return token_authenticator_for(settings, clock, TokenStore(database), transport)
