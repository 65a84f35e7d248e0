"""Web server protocol with limits for headers, without upgrades.

It cuts off slowloris clients and must not look at a body.
Tests: tests/api/test_header_timeout.py.
"""

import asyncio
import re
from typing import ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEADER_BYTES: Final = 64 * 1024
_UPGRADE = re.compile(rb"^(?=(?:upgrade|http2-settings)[ \t]*:)", re.IGNORECASE | re.MULTILINE)
_HEAD_END = re.compile(rb"\n\r?\n")
_BLANK = re.compile(rb"\r?\n")
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\ncache-control: no-store\r\n"
    b"connection: close\r\n\r\n"
)


class HeaderTimeoutProtocol(HttpToolsProtocol):
    """Closes a connection with late or long headers.

    An offer to upgrade is renamed, because the parser would take the body for the other protocol.
    """

    header_seconds: ClassVar[float] = 5.0
    _in_head: bool
    _has_line: bool
    """True after the first whole line of a head."""
    _head_bytes: int
    _held: bytes
    """Beginning of a line without its end."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait for the first request."""
        super().connection_made(transport)
        self._deadline: asyncio.TimerHandle | None = None
        self._expect_head()
        self._begin()

    def data_received(self, data: bytes) -> None:
        """Pass data on, headers by whole lines and without upgrades."""
        if not self._in_head:
            super().data_received(data)
            return
        data, self._held = self._held + data, b""
        end = (_BLANK.match(data) if self._has_line else None) or _HEAD_END.search(data)
        head = len(data) if end is None else end.end()
        self._head_bytes += head
        if self._head_bytes > MOST_HEADER_BYTES:
            self.transport.write(_TOO_LARGE)
            self.transport.close()
            return
        if end is None and (self._has_line or b"\n" in data):
            head = data.rfind(b"\n") + 1
            data, self._held = data[:head], data[head:]
            self._head_bytes -= len(self._held)
            self._has_line = True
        if data:
            super().data_received(_UPGRADE.sub(b"x-", data[:head]) + data[head:])

    def on_message_begin(self) -> None:
        """Start the timeout for a further request."""
        super().on_message_begin()
        self._begin()

    def on_headers_complete(self) -> None:
        """Stop the timeout, since the body has its own."""
        self._end()
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Expect the headers of a further request."""
        super().on_message_complete()
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timeout of a closed connection."""
        self._end()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        self._in_head, self._has_line = True, False
        self._head_bytes, self._held = 0, b""

    def _begin(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.header_seconds, self.transport.abort)

    def _end(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
