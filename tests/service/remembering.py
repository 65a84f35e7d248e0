"""The real service with a store in a folder, and what is in the store once a call was answered.

It must not check an answer.
Its tests are those that import it.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import Table, select

from cds_service.app import create_app
from cds_service.audit.decision import Decision
from cds_service.clock import FixedClock
from cds_service.config.settings import Settings
from cds_service.store.database import Database
from cds_service.store.decision_rows import DecisionRows
from tests.builders import DAY, URL, Resource

FEEDBACK = f"{URL}/feedback"
JSON = {"content-type": "application/json"}
AFTER = 10**14


class Remembering:
    """A running service and a second look into its database."""

    def __init__(self, app: FastAPI, http: httpx.AsyncClient, settings: Settings) -> None:
        self.app = app
        self.http = http
        self.settings = settings

    async def call(self, body: object, headers: dict[str, str] | None = None) -> httpx.Response:
        """The answer to a call."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.http.post(URL, content=content, headers=JSON | (headers or {}))

    async def reply(self, *items: Resource) -> httpx.Response:
        """The answer to feedback."""
        return await self.http.post(FEEDBACK, content=json.dumps({"feedback": items}).encode(), headers=JSON)

    async def ready(self) -> httpx.Response:
        """The answer to whoever asks whether it is ready."""
        return await self.http.get("/health/ready")


@asynccontextmanager
async def remembering(folder: Path, **settings: Any) -> AsyncIterator[Remembering]:  # noqa: ANN401 - what Settings takes
    """A service on a fixed day with a SQLite file in the folder, unless another database is set; stopped at the end."""
    known = Settings(**{"database": f"sqlite:///{folder}/store.sqlite3", **settings})
    app = create_app(known, FixedClock(DAY))
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service")
    async with app.router.lifespan_context(app), http:
        yield Remembering(app, http, known)


async def decisions_in(settings: Settings) -> list[Decision]:
    """Every decision in the database of the settings."""
    database = Database(settings.database_url())
    found = [decision async for decision in DecisionRows(database).between(0, AFTER)]
    await database.close()
    return found


async def rows_in(settings: Settings, table: Table) -> list[dict[str, Any]]:
    """Every row of a table."""
    database = Database(settings.database_url())
    async with database.reading() as connection:
        found = [row._asdict() for row in await connection.execute(select(table))]
    await database.close()
    return found


def a_reply_to(card: Resource, **more: object) -> Resource:
    """Feedback that overrides a card."""
    return {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": "2026-06-15T11:59:00Z", **more}
