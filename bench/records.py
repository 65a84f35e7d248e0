"""A FHIR server that holds nothing but the bench's charts: `/{variant}/{size}/{type}` answers each query at once.

It must not be slow: what is measured is the service that asks it.
Tests: every run of `make bench` in fetch mode asks it.
"""

import sys
from functools import cache
from typing import Final

import orjson
import uvicorn

from bench import call, charts
from bench.charts import Variant
from bench.floor import Message, Receive, Send

JSON: Final = (b"content-type", b"application/fhir+json")


@cache
def answers(variant: Variant, size: int) -> charts.Chart:
    """The chart that is asked for, by type."""
    return charts.chart(size, variant)


@cache
def answer(path: str, query: str) -> bytes:
    """The Patient, or a complete searchset of a type."""
    _, variant, size, kind, *_ = path.split("/")
    found = answers(Variant(variant), int(size)).get(kind, [])
    return orjson.dumps(found[0] if kind == "Patient" else call.searchset(f"{kind}?{query}", found))


async def app(scope: Message, _: Receive, send: Send) -> None:
    """Answer a read or a search; whatever is no chart of the bench is empty."""
    path = scope["path"]
    body = answer(path, scope["query_string"].decode()) if path.count("/") > 2 else b"{}"  # noqa: PLR2004
    headers = [JSON, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), lifespan="off", access_log=False, log_level="warning")
