"""Connections to checked addresses, each name resolved once.

Certificate and Host header must remain those of the URL.
Tests: tests/security/test_pinned_network.py.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence

import httpcore

from cds_service.security.addresses import is_address, is_allowed, reach_of

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns all addresses of a name, or raises OSError."""
Option = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
Attempt = asyncio.Task[httpcore.AsyncNetworkStream]
HEAD_START_S = 0.25
"""Head start in seconds of an address before the next."""
MAX_ADDRESSES = 8


class AddressRefused(Exception):
    """A name with a forbidden address.

    It has no text, because the caller gets a code.
    """


class SystemResolver:
    """Resolver of the system, one request for a name at a time.

    A slow answer holds one of its threads only.
    """

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
    """Connects only after all addresses of a name are allowed."""

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
        """Return a connection to an allowed address.

        Raises AddressRefused or an error of httpcore.
        """

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
        """Return the addresses of a host if all are allowed."""
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
        """Return the first connection, with a head start for each address."""
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
    """End unneeded attempts and close their connections."""
    for attempt in attempts:
        attempt.cancel()
    for outcome in await asyncio.gather(*attempts, return_exceptions=True):
        if isinstance(outcome, httpcore.AsyncNetworkStream):
            await outcome.aclose()
