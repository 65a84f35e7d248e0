"""An endpoint whose every call becomes a row: answered, refused or failed.

It must not change an answer, except to 503 where no answer may leave before its row is written.
Tests: tests/service/test_recorded_calls.py.
"""

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cds_service.api.errors import error_response
from cds_service.ledger.decision import Decision
from cds_service.ledger.draft import SUCCESS, Draft, Sent, begin
from cds_service.ledger.ledger import Ledger
from cds_service.log import noted

HOOK = "patient-view"
"""What is called where a call ends before its service is known."""
GONE = 499
"""The status of a call that was cut off before it had an answer."""


class RecordedEndpoint:
    """Passes a call on, and what came of it to the ledger."""

    def __init__(self, endpoint: ASGIApp, ledger: Ledger) -> None:
        self._endpoint = endpoint
        self._ledger = ledger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call; its row is written soon after, or before it, as the ledger wants it."""
        draft = self._ledger.draft()
        begin(draft)
        answer = _Answer(send, draft, self._ledger)
        try:
            await self._endpoint(scope, receive, answer.send)
        except Exception as exception:
            if answer.is_sent:
                raise
            await error_response(exception)(scope, receive, answer.send)
        finally:
            answer.record()


class _Answer:
    """The answer on its way out: its status and bytes, and whether its row is written."""

    __slots__ = ("_began", "_body", "_draft", "_is_written", "_ledger", "_send", "_start", "_status", "is_sent")

    def __init__(self, send: Send, draft: Draft, ledger: Ledger) -> None:
        self._send = send
        self._draft = draft
        self._ledger = ledger
        self._began = perf_counter()
        self._start: Message = {}
        self._status = GONE
        self._body = b""
        self._is_written = False
        self.is_sent = False

    async def send(self, message: Message) -> None:
        """Pass on an answer in one piece; one with cards leaves after its row where the ledger wants it so."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._status, self._body = self._start["status"], message["body"]
        if self._ledger.refuses and self._status == SUCCESS:
            await self._ledger.write(self._decision())
            self._is_written = True
        self.is_sent = True
        await self._send(self._start)
        await self._send(message)

    def record(self) -> None:
        """Leave the row to be written, unless it is."""
        if not self._is_written:
            self._ledger.add(self._decision())

    def _decision(self) -> Decision:
        sent = Sent(self._status, self._body, round((perf_counter() - self._began) * 1000, 3))
        return self._draft.decision(noted().get("hook", HOOK), sent)
