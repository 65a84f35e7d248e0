"""The floor: the least that a service in Python does with a call, which is to parse it and answer a constant card.

It shares no code with the service and reads nothing out of the chart.
Tests: every run of `make bench` calls it.
"""

import sys
from collections.abc import Awaitable, Callable
from typing import Any, Final

import orjson
import uvicorn

Message = dict[str, Any]

CARD: Final[dict[str, Any]] = {
    "summary": "New finding after breast cancer: consider a work-up",
    "indicator": "warning",
    "source": {"label": "Floor", "topic": {"code": "floor"}},
}


async def app(
    _: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Answer every request with the constant card, once its body has been read and parsed."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    if body:
        orjson.loads(body)
    answer = orjson.dumps({"cards": [CARD]})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


if __name__ == "__main__":
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
