"""The web server's protocol with a deadline for the headers: who sends them drop by drop is cut off.

It must not look at a request.
Tests: tests/api/test_header_timeout.py.
"""

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class HeaderTimeoutProtocol(HttpToolsProtocol):
    """Closes a connection whose request line and headers are not all there in time; the web server itself waits."""

    header_seconds: ClassVar[float] = 5.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait for the first request."""
        super().connection_made(transport)
        self._deadline: asyncio.TimerHandle | None = None
        self._begin()

    def on_message_begin(self) -> None:
        """Start to wait for the headers of a further request on the same connection."""
        super().on_message_begin()
        self._begin()

    def on_headers_complete(self) -> None:
        """Stop waiting: from here on the body has a deadline of its own."""
        self._end()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting for what can't come any more."""
        self._end()
        super().connection_lost(exc)

    def _begin(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.header_seconds, self.transport.abort)

    def _end(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
