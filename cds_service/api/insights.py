"""GET /insights, card outcomes for holders of the key.

It must not slow the calls. It has its own connection, a time limit, and reads once a minute.
Tests: tests/insights/test_insights_page.py, tests/browser/test_insights.py.
"""

import asyncio
from base64 import b64decode
from binascii import Error as NotBase64
from collections import deque
from datetime import datetime, timedelta
from hmac import compare_digest
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cds_service.audit.feedback_item import to_epoch_ms
from cds_service.clock import Clock
from cds_service.config.settings import Settings
from cds_service.errors import KeyNeeded, TooManyAttempts
from cds_service.insights.page import SERVED_POLICY, SPANS, asset, served_html
from cds_service.insights.queries import WEEK_MS, Span
from cds_service.insights.report import Report, report_of
from cds_service.insights.sheet import limit
from cds_service.log import note
from cds_service.security.key_files import read_insights_key
from cds_service.store.database import Database
from cds_service.store.insights_rows import InsightsRows

ROUTE = "insights"
HEADERS = {"Content-Security-Policy": SERVED_POLICY, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
TYPES = {"css": "text/css", "js": "text/javascript"}
MOST_FAILURES, FAILURES_WITHIN = 10, timedelta(minutes=1)
"""Wrong keys in this period lock the page for the rest of it."""


def insights_routes(settings: Settings, key_file: Path, clock: Clock) -> list[Route]:
    """Return the routes of the page and its files."""
    lock, pages = Lock(read_insights_key(key_file), clock), Pages(settings.database_url(), clock)

    async def page(request: Request) -> Response:
        note(route=ROUTE)
        lock.open(request.headers.get("authorization"))
        weeks = request.query_params.get("weeks", str(SPANS[1]))
        if weeks not in map(str, SPANS):
            raise HTTPException(400)
        return Response(await pages.get(int(weeks)), headers=HEADERS, media_type="text/html")

    async def file(request: Request) -> Response:
        note(route=ROUTE)
        name = request.path_params["name"]
        content = asset(name)
        if content is None:
            raise HTTPException(404)
        return Response(content, headers={"Cache-Control": "max-age=3600"}, media_type=TYPES[name.rpartition(".")[2]])

    return [Route("/insights", page, methods=["GET"]), Route("/insights/{name}", file, methods=["GET"])]


class Lock:
    """Lets in whoever has the key."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = key
        self._clock = clock
        self._failures: deque[datetime] = deque(maxlen=MOST_FAILURES)

    def open(self, authorization: str | None) -> None:
        """Return, or raise KeyNeeded or TooManyAttempts. A browser's first request, without any key, is no failure."""
        if authorization is None:
            raise KeyNeeded
        now = self._clock.now()
        if len(self._failures) == MOST_FAILURES and now - self._failures[0] < FAILURES_WITHIN:
            raise TooManyAttempts(int(FAILURES_WITHIN.total_seconds()))
        if not compare_digest(_password(authorization), self._key):
            self._failures.append(now)
            raise KeyNeeded


def _password(authorization: str) -> bytes:
    """Return the password of HTTP Basic, or b"".

    The user name is ignored.
    """
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return b64decode(credentials.encode(), validate=True).partition(b":")[2]
    except (NotBase64, UnicodeEncodeError):
        return b""


class Pages:
    """Pages by number of weeks, each renewed after a while.

    Only one is made at a time.
    """

    def __init__(self, database: str, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._made: dict[int, tuple[datetime, bytes]] = {}
        self._turn = asyncio.Lock()

    async def get(self, weeks: int) -> bytes:
        """Return a page.

        Raises StoreUnavailable, also after a timeout.
        """
        async with self._turn:
            now = self._clock.now()
            made, page = self._made.get(weeks, (None, b""))
            if made is None or now - made >= timedelta(seconds=limit("cache_seconds")):
                page = await asyncio.to_thread(served_html, await self._report(now, weeks), weeks)
                self._made[weeks] = (now, page)
            return page

    async def _report(self, now: datetime, weeks: int) -> Report:
        until = to_epoch_ms(now)
        database = Database(self._database, longest_s=limit("budget_seconds"))
        try:
            return await report_of(InsightsRows(database), Span(until - weeks * WEEK_MS, until), until)
        finally:
            await database.close()
