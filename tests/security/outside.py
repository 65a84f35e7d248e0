"""What stands for the world outside: names that lead where a test says, and a network that writes down its connections.

It must not reach beyond this machine.
Its tests are those that use it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress

import httpcore

BODY = b'{"resourceType":"Patient"}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(BODY), BODY)
Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Option = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


class Names:
    """Leads each lookup of any name to the next list of addresses, and stays with the last."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:  # noqa: ARG002 - the port decides nothing
        """The addresses of this lookup."""
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


class _Stream(httpcore.AsyncMockStream):
    def __init__(self, network: "Network") -> None:
        super().__init__([ANSWER])
        self._network = network

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109
        self._network.heard += buffer

    async def start_tls(  # the test looks at the name only
        self,
        ssl_context: object,  # noqa: ARG002
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        self._network.tls_names.append(server_hostname)
        return self

    async def aclose(self) -> None:
        self._network.closed += 1


class Network(httpcore.AsyncNetworkBackend):
    """Answers every connection with a Patient; `refuses` and `hangs` are addresses that behave so."""

    def __init__(self, *, refuses: Iterable[str] = (), hangs: Iterable[str] = ()) -> None:
        self._refuses = frozenset(refuses)
        self._hangs = frozenset(hangs)
        self.connected: list[str] = []
        self.tls_names: list[str | None] = []
        self.heard = b""
        self.closed = 0

    async def connect_tcp(
        self,
        host: str,
        port: int,  # noqa: ARG002 - the address is what counts
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Option] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """A connection, written down before it stands."""
        self.connected.append(host)
        if host in self._refuses:
            raise httpcore.ConnectError("CANARY")
        if host in self._hangs:
            await asyncio.Event().wait()
        return _Stream(self)


@asynccontextmanager
async def listening(handle: Handle) -> AsyncIterator[int]:
    """The port of a server on loopback. Its connections are closed when the test is over, whatever they were doing."""
    handling: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await handle(reader, writer)
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handling.add(asyncio.create_task(serve(reader, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for task in handling:
            task.cancel()
        await asyncio.gather(*handling)
