"""Replay check of tokens across workers and restarts.

A token must not pass if the store fails.
Tests: tests/security/test_token_replay.py.
"""

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from math import ceil
from typing import Protocol

from cds_service.errors import StoreUnavailable
from cds_service.log import Event, log_event
from cds_service.security.jwt import LEEWAY_S, VerifiedClaims

MARGIN_S = 3600
KEPT_S = LEEWAY_S + MARGIN_S
"""Lifetime of a row beyond its token's `exp`, in seconds.

A token is accepted until `exp` plus the verifier's leeway, so a row may not go earlier; both read the same constant.
The margin is for a clock that ran ahead when rows were dropped and was corrected afterwards.
"""
PURGE_S = 300
PROBE_S = 1.0
"""Lifetime of a readiness result, in seconds."""
_SHORT = re.compile(r"[A-Za-z0-9._~:/+=-]{1,64}", re.ASCII)


class TokenTable(Protocol):
    """Storage of used tokens, shared by all workers. Each method raises StoreUnavailable if it fails."""

    async def prepare(self) -> None:
        """Make the table if it is missing."""
        ...

    async def add(self, issuer: str, jti: str, expires: int) -> bool:
        """Write the row, and return True if it is new."""
        ...

    async def remove_expired(self, before: int) -> None:
        """Drop the rows expired before this second."""
        ...


class UsedTokens:
    """Remembers used tokens."""

    def __init__(self, store: TokenTable, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._monotonic = monotonic
        self._purged = monotonic()
        self._heard = float("-inf")
        self._is_up = False
        self._probing = asyncio.Lock()

    async def first_use(self, claims: VerifiedClaims, now: float) -> bool:
        """Return True at the first use of a token.

        Raises StoreUnavailable.
        """
        expires = ceil(claims.expires) + KEPT_S
        is_new = await self._add(claims.issuer.iss, _stored(claims.jti), expires)
        if self._monotonic() - self._purged >= PURGE_S:
            await self._purge(now)
        return is_new

    async def is_up(self, now: float) -> bool:
        """Return True if the store accepts rows.

        The result is at most a second old, or an expiring row is written.
        """
        async with self._probing:
            if self._monotonic() - self._heard >= PROBE_S:
                with suppress(StoreUnavailable):
                    await self._add("", f"probe:{int(now)}", int(now))
        return self._is_up

    async def start(self) -> None:
        """Create the table if missing.

        Raises StoreUnavailable.
        """
        await self._store.prepare()

    async def _add(self, issuer: str, jti: str, expires: int) -> bool:
        try:
            is_new = await self._store.add(issuer, jti, expires)
        except StoreUnavailable as error:
            if self._is_up or self._heard < 0:
                log_event(Event.STORE, reason="unavailable", exception=type(error.__cause__).__name__)
            self._heard_of(is_up=False)
            raise
        self._heard_of(is_up=True)
        return is_new

    def _heard_of(self, *, is_up: bool) -> None:
        self._heard, self._is_up = self._monotonic(), is_up

    async def _purge(self, now: float) -> None:
        """Drop expired rows after the call's own row.

        After a failure the next call tries again.
        """
        self._purged = self._monotonic()
        try:
            await self._store.remove_expired(int(now))
        except StoreUnavailable:
            log_event(Event.STORE, reason="not-purged")


def _stored(jti: str) -> str:
    """Return an id in a bounded form. A digest has a prefix that makes it longer than any id that is kept as it is."""
    return jti if _SHORT.fullmatch(jti) else f"sha256:{sha256(jti.encode()).hexdigest()}"
