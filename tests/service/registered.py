"""The real service with one registered client of a profile, and calls that carry its token.

It must not test who may call: tests/clients/test_authentication.py does.
Its tests are those that import it.
"""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import respx

from cds_service.app import create_app
from cds_service.clock import FixedClock
from cds_service.config.settings import Settings
from cds_service.evaluation.suppression import QuietState
from tests.builders import DAY, FHIR, URL, Chart, Resource, call_of, serving
from tests.tokens import AUDIENCE, a_registry, a_token, claims_of, entry_of

Server = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]


class Site:
    """A registered client with its registry in a folder of its own."""

    def __init__(self, folder: Path, profile: str = "generic", orders: str = "", **entry: Any) -> None:  # noqa: ANN401 - what a registry holds
        """Register it; `orders` is the text of its file of order codes."""
        (folder / "orders.toml").write_text(orders, encoding="utf-8")
        more: dict[str, Any] = {"profile": profile, "fhir_servers": [FHIR], "orders": "orders.toml", **entry}
        self.registry = a_registry(folder, entry_of(**more))
        self._settings = Settings(clients=self.registry, database=f"sqlite:///{folder}/store.sqlite3")
        self._calls = 0
        self.kept: QuietState | None = None
        """Overrides that the service knows."""

    async def post(self, body: Resource, path: str = URL) -> httpx.Response:
        """The answer to a call of the client."""
        self._calls += 1
        app, clock = create_app(self._settings, FixedClock(DAY), quiet=self.kept), FixedClock(DAY)
        now = int(clock.now().timestamp())
        claims = claims_of(aud=f"{AUDIENCE}{path}", iat=now, exp=now + 300, jti=f"call-{self._calls}")
        headers = {"content-type": "application/json", "authorization": f"Bearer {a_token(claims)}"}
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
                return await client.post(path, content=json.dumps(body).encode(), headers=headers)

    async def answer(self, chart: Chart, **values: object) -> Resource:
        """The parsed answer to a call with a whole prefetch but for `values`."""
        response = await self.post(call_of(chart.prefetch(**values)))
        assert response.status_code == 200, response.text
        found: Resource = response.json()
        return found

    async def asking(
        self, chart: Chart, prefetch: Resource | None = None, server: Server | None = None
    ) -> tuple[httpx.Response, list[str]]:
        """The answer to a call that names our FHIR server, and what that was asked, in order of the alphabet."""
        with respx.mock(assert_all_called=False) as mock:
            mock.route(url__startswith=FHIR).mock(side_effect=server or serving(chart))
            response = await self.post(call_of(prefetch, fhirServer=FHIR))
            return response, sorted(_asked(call.request) for call in mock.calls)


def a_site(folder: Path, profile: str = "generic", **entry: Any) -> Site:  # noqa: ANN401 - what a registry holds
    """A registered client in a new folder below this one, for tests that compare several."""
    own = folder / str(len(list(folder.iterdir())))
    own.mkdir()
    return Site(own, profile, **entry)


def _asked(request: httpx.Request) -> str:
    """A search as it stands in a URL, also when it was sent by POST."""
    path = str(request.url).removeprefix(f"{FHIR}/")
    return f"{path.removesuffix('/_search')}?{request.content.decode()}" if request.method == "POST" else path
