"""Feedback received while the demo runs.

It must not be used with real charts, because it keeps comments.
Tests: tests/demo/test_demo_feedback.py.
"""

from collections import deque
from typing import Any

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cds_service.api.feedback import MAX_BODY_BYTES, Feedback, read_feedback
from cds_service.clock import Clock

KEPT = 50
"""How many of the newest items are kept."""
ACCEPTED = 200


class ReceivedFeedback:
    """ASGI endpoint that notes accepted feedback, newest first."""

    def __init__(self, endpoint: ASGIApp, clock: Clock) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._items: deque[dict[str, Any]] = deque(maxlen=KEPT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, and note its body after a 200."""
        body = bytearray()

        async def listening() -> Message:
            message = await receive()
            if len(body) <= MAX_BODY_BYTES:
                body.extend(message.get("body", b""))
            return message

        async def answering(message: Message) -> None:
            if message.get("status") == ACCEPTED:
                for item in read_feedback(body):
                    self._items.appendleft(self._noted(item))
            await send(message)

        await self._endpoint(scope, listening, answering)

    def as_json(self) -> bytes:
        """Return the items as JSON."""
        return msgspec.json.encode(tuple(self._items))

    def _noted(self, item: Feedback) -> dict[str, Any]:
        received = self._clock.now().isoformat(timespec="seconds")
        return {"received": received} | item.model_dump(mode="json", exclude_defaults=True)
