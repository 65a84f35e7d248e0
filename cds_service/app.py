"""The application, put together from its parts.

It must not hold logic: each part stands in a module of its own.
Tests: tests/service/test_app.py.
"""

import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Route

from cds_service import hooks as shipped
from cds_service.api.about import about_routes
from cds_service.api.artefacts import artefact_route
from cds_service.api.cors import Cors
from cds_service.api.discovery import discovery_route
from cds_service.api.edge import Edge
from cds_service.api.errors import answer_error
from cds_service.api.feedback import feedback_route
from cds_service.api.health import Readiness, health_routes
from cds_service.api.invoke import direct_paths, invoke_route
from cds_service.api.openapi import describe
from cds_service.clients.gate import Gate, gate_of
from cds_service.clock import Clock, FixedClock, SystemClock
from cds_service.errors import CdsError
from cds_service.hooks import HookService
from cds_service.ledger.remembered import Remembered
from cds_service.log import Event, log_event
from cds_service.memory import keep_freed_memory
from cds_service.origins import Base
from cds_service.quiet import QuietState
from cds_service.runtime import Runtime
from cds_service.security.egress import FhirClient, Transport
from cds_service.settings import CONFIG_VARIABLE, Profile, Settings, load_settings
from cds_service.web.assets import asset_route

if TYPE_CHECKING:
    from cds_service.smart.app import Smart

if TYPE_CHECKING:
    from cds_service.store.opening import Store

Lifespan = Callable[[FastAPI], AsyncIterator[None]]


def create_app(
    settings: Settings,
    clock: Clock | None = None,
    transport: Transport | None = None,
    hooks: Iterable[HookService] = shipped.HOOKS,
    quiet: QuietState | None = None,
) -> FastAPI:
    """Return the service. Clock, transport of the FHIR client and hooks can be given; else they are the real ones.

    What is known of overrides comes from the store, if there is one, unless `quiet` is given.
    """
    real_time = clock or SystemClock()  # tokens end, and rows are dated, by the real time, whatever the rules see
    store = _store(settings, real_time)
    ledger = store.ledger if store else None
    fhir, known = FhirClient(settings, transport), quiet or (Remembered(ledger.pseudonyms) if ledger else None)
    runtime = Runtime.for_anybody(settings, clock or _clock(settings), fhir, known)
    gate = gate_of(settings, real_time, store.database if store else None, transport)
    readiness = Readiness(gate=gate.is_up, ledger=ledger)
    smart = _smart(runtime, gate, clock, transport)
    app = _bare_app(settings, _lifespan(runtime, readiness, gate, store, smart))
    services = {hook.id: hook for hook in hooks}
    app.router.redirect_slashes = False
    invoke = invoke_route(services, runtime, gate, ledger)
    feedback = feedback_route(services, settings, gate, ledger, real_time)
    app.router.routes[:0] = [
        invoke,
        feedback,
        discovery_route(services.values(), gate),
        *about_routes(runtime.clock),
        *_insights(settings, real_time),
        artefact_route(),
        asset_route(),
        *(smart.routes if smart else ()),
        *health_routes(readiness, runtime.clock),
    ]
    app.add_middleware(Edge, cors=Cors(_origins(settings, gate)), direct=direct_paths(invoke, services))
    if settings.profile is not Profile.PRODUCTION:
        describe(app, services.values())
    if settings.profile is Profile.DEMO:
        _add_demo(app, runtime, feedback)
    return app


def from_environment() -> FastAPI:
    """Return the service as the environment describes it: how each worker of `serve` makes its own."""
    config = os.environ.get(CONFIG_VARIABLE)
    return create_app(load_settings(Path(config) if config else None))


def _bare_app(settings: Settings, lifespan: Lifespan) -> FastAPI:
    documented = settings.profile is not Profile.PRODUCTION
    app = FastAPI(
        title="recurrence-cds",
        lifespan=asynccontextmanager(lifespan),
        openapi_url="/openapi.json" if documented else None,
        docs_url="/docs" if documented else None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    for kind in (CdsError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, answer_error)
    return app


def _smart(runtime: Runtime, gate: Gate, clock: Clock | None, transport: Transport | None) -> "Smart | None":
    """Return the evidence view as a SMART app, None where no client has one: then nothing of it is imported."""
    if all(client.smart is None for client in gate.clients):
        return None
    from cds_service.smart.app import smart_of  # noqa: PLC0415 - OAuth and templates are not small

    return smart_of(runtime, gate.clients, clock or SystemClock(), transport)


def _add_demo(app: FastAPI, runtime: Runtime, feedback: Route) -> None:
    from cds_service.demo import mount_demo  # noqa: PLC0415 - the pages and sample charts are for the demo only

    mount_demo(app, runtime.clock, feedback, runtime.settings.public_url)


def _insights(settings: Settings, clock: Clock) -> list[Route]:
    """Return the routes of the operators' page; none where no key is set."""
    if settings.insights_key_file is None:
        return []
    from cds_service.api.insights import insights_routes  # noqa: PLC0415 - the page is for few services

    return insights_routes(settings, settings.insights_key_file, clock)


def _origins(settings: Settings, gate: Gate) -> tuple[Base, ...]:
    """Return whose pages may call: a browser's preflight has no token, so that it can't be told whose it is."""
    return (*settings.allowed_origins(), *(origin for client in gate.clients for origin in client.origins))


def _store(settings: Settings, clock: Clock) -> "Store | None":
    """Return what rows are kept in, None where nothing is remembered."""
    if not settings.keeps:
        return None
    from cds_service.store.opening import Store  # noqa: PLC0415 - a database is not small

    return Store.of(settings, clock)


def _lifespan(
    runtime: Runtime, readiness: Readiness, gate: Gate, store: "Store | None", smart: "Smart | None"
) -> Lifespan:
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if runtime.settings.as_of:
            log_event(Event.FIXED_DATE, as_of=runtime.settings.as_of.isoformat())
        await gate.start()
        if store:
            await store.ledger.start()
        readiness.ruleset = shipped.warm_up()
        keep_freed_memory()
        log_event(Event.SERVING, profile=runtime.settings.profile.value, ruleset=readiness.ruleset)
        yield
        await gate.close()
        if smart:
            await smart.authorization.close()
        await runtime.fhir.close()
        if store:
            await store.ledger.close()
            await store.database.close()
        log_event(Event.STOPPED)

    return lifespan


def _clock(settings: Settings) -> Clock:
    return FixedClock(settings.as_of) if settings.as_of else SystemClock()
