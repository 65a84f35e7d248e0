"""Authentication by bearer token, each token once.

The caller must not learn the reason of a refusal; log line and counter have it.
Tests: tests/clients/test_authentication.py, tests/clients/test_registered_clients.py.
"""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from starlette.types import Scope

from cds_service.clients.client import Client
from cds_service.clients.registry import RegistryDefaults, load_registry
from cds_service.clock import Clock
from cds_service.config.settings import Profile, Settings
from cds_service.errors import Unauthorized
from cds_service.log import note
from cds_service.security.egress import FetchFailure, KeySetClient, Transport
from cds_service.security.issuer import KeySource
from cds_service.security.jwt import Refusal, Verifier
from cds_service.security.key_sets import FetchedKeys, FixedKeys, Read
from cds_service.security.token_replay import TokenTable, UsedTokens

_BEARER = re.compile(rb"bearer +([!-~]+) *", re.IGNORECASE)


class TokenAuthenticator:
    """Authenticates registered clients.

    With optional tokens it accepts calls without one.
    """

    def __init__(
        self, clients: Iterable[Client], key_sets: KeySetClient, replay: UsedTokens, clock: Clock, *, is_required: bool
    ) -> None:
        self.clients = tuple(clients)
        self.refusals: Counter[Refusal] = Counter()
        """How many calls were refused, by reason."""
        self._is_required = is_required
        self._by_iss = {client.issuer.iss: client for client in self.clients}
        self._key_sets = key_sets
        self._replay = replay
        self._clock = clock
        self._verifier = Verifier((client.issuer, _keys(client, key_sets)) for client in self.clients)

    async def authenticate(self, scope: Scope) -> Client | None:
        """Return the client, or None for an allowed call without a token."""
        headers = [value for name, value in scope["headers"] if name == b"authorization"]
        if not headers and not self._is_required:
            return None
        outcome = await self._client(headers, scope["path"])
        if isinstance(outcome, Refusal):
            self.refusals[outcome] += 1
            note(reason=outcome.value)
            raise Unauthorized
        note(client=outcome.id)
        return outcome

    async def is_up(self) -> bool:
        """Return True if used tokens can be stored."""
        return await self._replay.is_up(self._now())

    async def start(self) -> None:
        """Make the store ready."""
        await self._replay.start()

    async def close(self) -> None:
        """Close the connections to key sets."""
        await self._verifier.close()
        await self._key_sets.close()

    async def _client(self, headers: list[bytes], path: str) -> Client | Refusal:
        if not headers:
            return Refusal.NO_TOKEN
        bearer = _BEARER.fullmatch(headers[0]) if len(headers) == 1 else None
        if bearer is None:
            return Refusal.MALFORMED
        claims = await self._verifier.verify(bearer[1], path, self._now())
        if isinstance(claims, Refusal):
            return claims
        if not await self._replay.first_use(claims, self._now()):
            return Refusal.REPLAYED
        return self._by_iss[claims.issuer.iss]

    def _now(self) -> float:
        return self._clock.now().timestamp()


def token_authenticator_for(
    settings: Settings, clock: Clock, store: TokenTable, transport: Transport | None = None
) -> TokenAuthenticator:
    """Return the authenticator of the registry.

    Raises SettingsError with its mistakes.
    """
    clients = load_registry(settings.clients or Path(), RegistryDefaults.of(settings))
    urls = frozenset(client.issuer.jku for client in clients if client.issuer.jku is not None)
    internal = frozenset(client.issuer.jku for client in clients if client.internal and client.issuer.jku is not None)
    is_required = settings.profile is Profile.PRODUCTION
    key_sets = KeySetClient(urls, transport, internal=internal)
    return TokenAuthenticator(clients, key_sets, UsedTokens(store), clock, is_required=is_required)


def _keys(client: Client, key_sets: KeySetClient) -> KeySource:
    url = client.issuer.jku
    return FixedKeys(client.keys) if url is None else FetchedKeys(client.issuer, _reading(key_sets, url))


def _reading(key_sets: KeySetClient, url: str) -> Read:
    async def read() -> bytes | str:
        answer = await key_sets.get(url)
        return answer.reason if isinstance(answer, FetchFailure) else answer

    return read
