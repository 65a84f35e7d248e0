"""The application, put together from its parts.

It must not hold logic: each part stands in a module of its own.
Tests: tests/service/test_app.py.
"""

import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from cds_service import hooks as shipped
from cds_service.apart import take_turns
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
from cds_service.log import Event, log_event
from cds_service.memory import keep_freed_memory, leave_what_is_loaded
from cds_service.origins import Base
from cds_service.runtime import Runtime
from cds_service.security.egress import FhirClient, Transport
from cds_service.settings import CONFIG_VARIABLE, Profile, Settings, load_settings

Lifespan = Callable[[FastAPI], AsyncIterator[None]]


def create_app(
    settings: Settings,
    clock: Clock | None = None,
    transport: Transport | None = None,
    hooks: Iterable[HookService] = shipped.HOOKS,
) -> FastAPI:
    """Return the service. Clock, transport of the FHIR client and hooks can be given; else they are the real ones."""
    runtime = Runtime.for_anybody(settings, clock or _clock(settings), FhirClient(settings, transport))
    gate = gate_of(settings, clock or SystemClock(), transport)  # tokens end by the real time, whatever the rules see
    readiness = Readiness(store=gate.is_up)
    app = _bare_app(settings, _lifespan(runtime, readiness, gate))
    services = {hook.id: hook for hook in hooks}
    app.router.redirect_slashes = False
    invoke = invoke_route(services, runtime, gate)
    app.router.routes[:0] = [
        invoke,
        feedback_route(services, settings, gate),
        discovery_route(services.values(), gate),
        *about_routes(runtime.clock),
        artefact_route(),
        *health_routes(readiness, runtime.clock),
    ]
    app.add_middleware(Edge, cors=Cors(_origins(settings, gate)), direct=direct_paths(invoke, services))
    if settings.profile is not Profile.PRODUCTION:
        describe(app, services.values())
    if settings.profile is Profile.DEMO:
        _add_demo(app, runtime)
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


def _add_demo(app: FastAPI, runtime: Runtime) -> None:
    from cds_service.demo import mount_demo  # noqa: PLC0415 - the pages and sample charts are for the demo only

    mount_demo(app, runtime.clock, runtime.settings.public_url)


def _origins(settings: Settings, gate: Gate) -> tuple[Base, ...]:
    """Return whose pages may call: a browser's preflight has no token, so that it can't be told whose it is."""
    return (*settings.allowed_origins(), *(origin for client in gate.clients for origin in client.origins))


def _lifespan(runtime: Runtime, readiness: Readiness, gate: Gate) -> Lifespan:
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if runtime.settings.as_of:
            log_event(Event.FIXED_DATE, as_of=runtime.settings.as_of.isoformat())
        await gate.start()
        readiness.ruleset = shipped.warm_up()
        keep_freed_memory()
        leave_what_is_loaded()
        take_turns()
        log_event(Event.SERVING, profile=runtime.settings.profile.value, ruleset=readiness.ruleset)
        yield
        await gate.close()
        await runtime.fhir.close()
        log_event(Event.STOPPED)

    return lifespan


def _clock(settings: Settings) -> Clock:
    return FixedClock(settings.as_of) if settings.as_of else SystemClock()
