"""Endpoint with a stored decision for every call.

It must not change an answer, except to 503 if a setting wants the decision stored first.
Tests: tests/api/test_audited_endpoint.py.
"""

from collections.abc import Mapping
from time import perf_counter

from starlette.types import Message, Receive, Scope, Send

from cds_service.api.error_responses import error_response
from cds_service.api.service_endpoint import ServiceEndpoint, service_id
from cds_service.audit.audit_log import AuditLog
from cds_service.audit.call_record import SUCCESS, CallRecord, CallResult
from cds_service.audit.decision import Decision
from cds_service.hooks import HookService

UNKNOWN_HOOK = "unknown"
"""Hook of a call to an unknown service."""
GONE = 499
"""Status of a call cut off before its answer."""


class AuditedEndpoint:
    """Passes calls on and their decisions to the audit log."""

    def __init__(self, endpoint: ServiceEndpoint, audit_log: AuditLog, services: Mapping[str, HookService]) -> None:
        self._endpoint = endpoint
        self._services = services
        self._audit_log = audit_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call.

        Its decision is written soon after, or before if the audit log refuses unwritten calls.
        """
        draft = self._audit_log.draft()
        service = self._services.get(service_id(scope))
        answer = _AuditedSend(send, draft, self._audit_log, service.hook if service else UNKNOWN_HOOK)
        try:
            await self._endpoint.answer(scope, receive, answer.send, draft)
        except Exception as exception:
            if answer.is_sent:
                raise
            await error_response(exception)(scope, receive, answer.send)
        finally:
            answer.record()


class _AuditedSend:
    """Outgoing answer with its status, bytes and write state."""

    __slots__ = (
        "_audit_log",
        "_began",
        "_body",
        "_draft",
        "_hook",
        "_is_written",
        "_send",
        "_start",
        "_status",
        "is_sent",
    )

    def __init__(self, send: Send, draft: CallRecord, audit_log: AuditLog, hook: str) -> None:
        self._send = send
        self._draft = draft
        self._audit_log = audit_log
        self._hook = hook
        self._began = perf_counter()
        self._start: Message = {}
        self._status = GONE
        self._body = b""
        self._is_written = False
        self.is_sent = False

    async def send(self, message: Message) -> None:
        """Pass on an answer in one piece.

        If the audit log refuses unwritten calls, the decision comes first.
        """
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._status, self._body = self._start["status"], message["body"]
        if self._audit_log.refuses and self._status == SUCCESS:
            await self._audit_log.write(self._decision())
            self._is_written = True
        self.is_sent = True
        await self._send(self._start)
        await self._send(message)

    def record(self) -> None:
        """Leave the row to be written, unless it is."""
        if not self._is_written:
            self._audit_log.add(self._decision())

    def _decision(self) -> Decision:
        sent = CallResult(self._status, self._body, round((perf_counter() - self._began) * 1000, 3))
        return self._draft.decision(self._hook, sent)
