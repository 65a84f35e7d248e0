"""A service with a registered SMART app, and a browser that an EHR launches it in.

It must not check an answer.
Its tests are those that use it.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import httpx

from cds_service.app import create_app
from cds_service.config.settings import Settings
from tests.smart.authorization import CLIENT_ID
from tests.smart.ehr import LAUNCH, Ehr
from tests.tokens import HandClock, a_registry, entry_of, toml_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PUBLIC = "https://cds.example"
CALLBACK = f"{PUBLIC}/smart/callback"
FRAME = "https://portal.ehr.example"


@dataclass
class Browser:
    """What the user sees, step by step."""

    service: httpx.AsyncClient
    ehr: Ehr
    clock: HandClock = field(default_factory=HandClock)

    async def launch(self, **more: str) -> httpx.Response:
        """The EHR opens the app."""
        return await self.service.get("/smart/launch", params={"iss": self.ehr.base, "launch": LAUNCH, **more})

    async def authorize(self, launched: httpx.Response) -> str:
        """The user is at the EHR, and is sent back: the address of that."""
        assert launched.status_code == 302, launched.text
        transport = httpx.ASGITransport(self.ehr.app)
        async with httpx.AsyncClient(transport=transport, base_url=self.ehr.origin) as there:
            answer = await there.get(launched.headers["location"])
        assert answer.status_code == 302, answer.text
        return str(answer.headers["location"])

    async def returned(self, **more: str) -> httpx.Response:
        """The whole launch up to its last answer; of `more` parameters replace those of the way back."""
        url = httpx.URL(await self.authorize(await self.launch()))
        return await self.service.get(url.copy_merge_params(more))


@cache
def _store() -> TemporaryDirectory[str]:
    """Where the store of all these services is: only the first makes its tables."""
    return TemporaryDirectory()


@asynccontextmanager
async def opening(folder: Path, ehr: Ehr, **more: Any) -> AsyncIterator[Browser]:  # noqa: ANN401 - whatever fits
    """A browser at a service that knows the EHR; `smart` and `entry` add to its table, all else to settings."""
    smart = {"client_id": CLIENT_ID, **more.pop("smart", {})}
    entry = entry_of(fhir_servers=[ehr.base], origins=[FRAME], **more.pop("entry", {}))
    registry = a_registry(folder, f"{entry}[clients.smart]\n{toml_of(smart)}")
    database = f"sqlite:///{_store().name}/store.sqlite3"
    settings = Settings(**{"clients": registry, "database": database, "public_url": PUBLIC, **more})
    clock = HandClock()
    app = create_app(settings, clock, httpx.ASGITransport(ehr.app))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=settings.public_url or PUBLIC) as service:
            yield Browser(service, ehr, clock)
