"""Connections to addresses that were checked: a name is resolved once for each, and nothing else is connected to.

It must not change the name that the server sees: certificate and Host header are the URL's.
Tests: tests/security/test_pinned_network.py.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence

import httpcore

from cds_service.security.addresses import is_address, is_allowed, reach_of

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns all addresses of a name, the preferred ones first; or raises OSError."""
Option = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
Attempt = asyncio.Task[httpcore.AsyncNetworkStream]
HEAD_START_S = 0.25
"""So long an address is tried alone before the next one is tried beside it."""
MAX_ADDRESSES = 8


class AddressRefused(Exception):
    """A name leads to an address that may not be connected to. No text: the caller is told a code."""


class SystemResolver:
    """Asks the system, for each name once at a time: a slow answer holds one of its threads, not all of them."""

    def __init__(self) -> None:
        self._asking: dict[tuple[str, int], asyncio.Task[Sequence[str]]] = {}

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return all addresses of a name, or raise OSError."""
        key = (host, port)
        asking = self._asking.get(key)
        if asking is None:
            asking = self._asking[key] = asyncio.create_task(_of_system(host, port))
            asking.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(asking)

    def _forget(self, key: tuple[str, int], done: "asyncio.Task[Sequence[str]]") -> None:
        self._asking.pop(key, None)
        if not done.cancelled():
            done.exception()  # looked at, so that nothing is printed where all who asked have gone


class PinnedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to an address of a name only after all of the name's addresses were found to be allowed."""

    def __init__(
        self,
        *,
        internal: bool,
        resolve: Resolve | None = None,
        inner: httpcore.AsyncNetworkBackend | None = None,
        head_start_s: float = HEAD_START_S,
    ) -> None:
        self._internal = internal
        self._head_start_s = head_start_s
        self._resolve = resolve or SystemResolver()
        self._inner = inner or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface that the HTTP client calls
        local_address: str | None = None,
        socket_options: Iterable[Option] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Return a connection to an allowed address of the host, or raise AddressRefused or an error of httpcore."""

        async def connect(address: str) -> httpcore.AsyncNetworkStream:
            return await self._inner.connect_tcp(address, port, None, local_address, socket_options)

        try:
            async with asyncio.timeout(timeout):
                addresses = await self._checked(host, port)
                return await self._first(addresses, connect)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._inner.sleep(seconds)

    async def _checked(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of a host, all of them allowed; none that is not."""
        found = (host,) if is_address(host) else await self._asked(host, port)
        reach = reach_of(host, internal=self._internal)
        if not all(is_allowed(address, reach) for address in found):
            raise AddressRefused
        return tuple(dict.fromkeys(found))[:MAX_ADDRESSES]

    async def _asked(self, host: str, port: int) -> Sequence[str]:
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError from error
        if not found:
            raise httpcore.ConnectError
        return found

    async def _first(
        self, addresses: Sequence[str], connect: Callable[[str], Awaitable[httpcore.AsyncNetworkStream]]
    ) -> httpcore.AsyncNetworkStream:
        """Return the connection that stands first; each address has a head start before the next."""
        if len(addresses) == 1:
            return await connect(addresses[0])
        waiting = list(addresses)
        attempts: set[Attempt] = set()
        failure: BaseException | None = None
        try:
            while waiting or attempts:
                if waiting:
                    attempts.add(asyncio.ensure_future(connect(waiting.pop(0))))
                head_start = self._head_start_s if waiting else None
                done, attempts = await asyncio.wait(attempts, timeout=head_start, return_when=asyncio.FIRST_COMPLETED)
                for attempt in done:
                    failure = attempt.exception()
                    if failure is None:
                        attempts |= done - {attempt}
                        return attempt.result()
        finally:
            await _abandon(attempts)
        raise failure or httpcore.ConnectError


async def _of_system(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(str(address[0]) for *_, address in found)


async def _abandon(attempts: Iterable[Attempt]) -> None:
    """End attempts that are not needed, and close what stands of them all the same."""
    for attempt in attempts:
        attempt.cancel()
    for outcome in await asyncio.gather(*attempts, return_exceptions=True):
        if isinstance(outcome, httpcore.AsyncNetworkStream):
            await outcome.aclose()
