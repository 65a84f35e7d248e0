"""A FHIR server that answers every query with one page after a fixed time, and one query perhaps never.

It shares no code with the service and is no example of a server: it looks at the resource type in the path alone.
Tests: `make load` measures calls that are answered from it.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Final

import uvicorn

from bench import charts
from bench.charts import Variant

Message = dict[str, Any]
SIZE: Final = 500
HANG_S: Final = 60.0


class Slow:
    """The application: a chart, how long each answer takes, and the type that is not answered."""

    def __init__(self, answer_s: float, hangs: str) -> None:
        chart = charts.chart(SIZE, Variant.CARD)
        self._answer_s = answer_s
        self._hangs = hangs
        self._empty = _page([])
        self._pages = {kind: _page(found) for kind, found in chart.items() if kind != "Patient"}
        self._pages["Patient"] = json.dumps(chart["Patient"][0]).encode()

    async def __call__(
        self, scope: Message, _: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """Answer a query by its resource type."""
        kind = scope["path"].split("/")[2] if scope["path"].startswith("/fhir/") else None
        if kind is not None:
            await asyncio.sleep(HANG_S if kind == self._hangs else self._answer_s)
        body = self._pages.get(kind or "", self._empty)
        headers = [(b"content-type", b"application/fhir+json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _page(found: list[dict[str, Any]]) -> bytes:
    entries = [{"resource": resource, "search": {"mode": "match"}} for resource in found]
    return json.dumps({"resourceType": "Bundle", "type": "searchset", "total": len(found), "entry": entries}).encode()


if __name__ == "__main__":
    uvicorn.run(
        Slow(float(sys.argv[2]), sys.argv[3]),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
