"""A service with registered clients, and the calls of two of them.

It must not check an answer.
Its tests are those that import it.
"""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx

from cds_service.app import create_app
from cds_service.config.settings import Profile, Settings
from cds_service.hooks import HookService
from cds_service.hooks.context import HookContext
from cds_service.hooks.request import parse_request
from cds_service.strict_json import Body
from tests.service.small_service import PATH, calling
from tests.tokens import AUDIENCE, HandClock, a_key, a_registry, a_token, claims_of, entry_of, public

SOUTH_ISS = "https://south.example"
NORTH_SERVER, SOUTH_SERVER = "https://north.example/fhir", "https://south.example/fhir"


async def _told(body: Body, context: HookContext) -> bytes:
    """Answer what the hook was given to work with."""
    envelope = parse_request(body, "patient-view")
    if envelope.fhir_server:
        context.fhir.access(envelope.fhir_server, envelope.access_token)
    await asyncio.sleep(0)
    return json.dumps([context.caller, context.today().isoformat(), context.on_missing]).encode()


TELLING = HookService("small", "patient-view", "Telling", "Tells.", "", {}, _told)


def registered(folder: Path, *entries: str, **more: Any) -> Settings:  # noqa: ANN401 - what Settings takes
    """Settings of a production with these clients, or with one, and a store beside the registry."""
    registry = a_registry(folder, *entries)
    database = f"sqlite:///{folder}/store.sqlite3"
    return Settings(**{"profile": Profile.PRODUCTION, "clients": registry, "database": database, **more})


@asynccontextmanager
async def serving(settings: Settings, clock: HandClock | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service that was started with these settings, and answers what its hook was given."""
    app = create_app(settings, clock or HandClock(), hooks=(TELLING,))
    async with app.router.lifespan_context(app), calling(app) as client:
        yield client


def bearer(path: str = PATH, jti: str = "token-1", **claims: object) -> dict[str, str]:
    """The header of a good call of the first client."""
    return {"Authorization": f"Bearer {a_token(claims_of(aud=f'{AUDIENCE}{path}', jti=jti, **claims))}"}


def two_clients() -> tuple[str, str]:
    """Registry entries of two clients that have nothing in common."""
    north = entry_of(fhir_servers=[NORTH_SERVER], origins=["https://north.example"], time_zone="Pacific/Auckland")
    south = entry_of(
        "south",
        (public(name="second"),),
        iss=SOUTH_ISS,
        fhir_servers=[SOUTH_SERVER],
        origins=["https://south.example"],
        time_zone="America/Los_Angeles",
        on_missing="card",
    )
    return north, south


def of_south(jti: str, **more: object) -> dict[str, str]:
    """The header of a good call of the second client."""
    claims = claims_of(iss=SOUTH_ISS, jti=jti, **more)
    return {"Authorization": f"Bearer {a_token(claims, {'kid': 'second'}, a_key(name='second'))}"}


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Another process holds the store's lock meanwhile."""
    connection = sqlite3.connect(f"{folder}/store.sqlite3", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("ROLLBACK")
    connection.close()
