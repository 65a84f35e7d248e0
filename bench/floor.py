"""The floors: the least that a service in Python does with a call, each under a path of its own.

They share no code with the service and read nothing out of the chart.
Tests: every run of `make bench` calls them.
"""

import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import orjson
import uvicorn

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

READ: Final = "/read"
PARSE: Final = "/parse"
VALIDATE: Final = "/validate"
NEWLINE: Final = b"\n"

CARD: Final[dict[str, Any]] = {
    "summary": "New finding after breast cancer: consider a work-up",
    "indicator": "warning",
    "source": {"label": "Floor", "topic": {"code": "floor"}},
}


def read(body: bytes | bytearray) -> None:
    """Pass once over the bytes."""
    body.count(NEWLINE)


def parse(body: bytes | bytearray) -> None:
    """Parse the body, as any service has to."""
    orjson.loads(body)


def validate(body: bytes | bytearray) -> None:
    """Make a model of every resource, as a service does that takes its parts as they come."""
    from fhir.resources.R4B import get_fhir_model_class  # noqa: PLC0415 - the other floors must not load it

    for value in orjson.loads(body)["prefetch"].values():
        get_fhir_model_class(value["resourceType"]).model_validate(value)


FLOORS: Final[Mapping[str, Callable[[bytes | bytearray], None]]] = {READ: read, PARSE: parse, VALIDATE: validate}


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Answer every request with the constant card, once its body has been read and the floor's work is done."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    if body:
        FLOORS[scope["path"]](body)
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
