"""The application, put together from its parts.

Tests: tests/service/test_app.py.
"""

import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Route

from cards.check import Mistake, check_knowledge
from cds_service import hooks as shipped
from cds_service.api.about import about_routes
from cds_service.api.artefacts import artefact_route
from cds_service.api.cors import Cors
from cds_service.api.discovery import discovery_route
from cds_service.api.error_responses import answer_error
from cds_service.api.feedback import feedback_route
from cds_service.api.health import Readiness, health_routes
from cds_service.api.invoke import direct_paths, invoke_route
from cds_service.api.middleware import OuterMiddleware
from cds_service.api.openapi import describe
from cds_service.clients.authentication import Authenticator, authenticator_for
from cds_service.clock import Clock, FixedClock, SystemClock
from cds_service.concurrency.offload import shorten_switch_interval
from cds_service.concurrency.process import freeze_startup_objects, retain_freed_heap
from cds_service.config.settings import CONFIG_VARIABLE, Profile, Settings, load_settings
from cds_service.errors import CdsError
from cds_service.evaluation.suppression import QuietState
from cds_service.evidence_view.assets import asset_route
from cds_service.hooks import HookService
from cds_service.hooks.context import HookContext
from cds_service.log import Event, log_event
from cds_service.security.egress import FhirClient, Transport
from cds_service.security.urls import BaseUrl
from rules.codes import KnowledgeError

if TYPE_CHECKING:
    from cds_service.smart.app import Smart
    from cds_service.store.store import Store

Lifespan = Callable[[FastAPI], AsyncIterator[None]]


def create_app(
    settings: Settings,
    clock: Clock | None = None,
    transport: Transport | None = None,
    hooks: Iterable[HookService] = shipped.HOOKS,
    quiet: QuietState | None = None,
) -> FastAPI:
    """Return the service.

    Clock, transport of the FHIR client, hooks and `quiet` replace the real ones. Overrides come from the store unless
    `quiet` is given.
    """
    real_time = clock or SystemClock()  # tokens end, and rows are dated, by the real time, whatever the rules see
    store = _store(settings, real_time)
    audit_log = store.audit_log if store else None
    fhir = FhirClient(settings.egress_options(), transport)
    context = HookContext.for_anonymous(settings, clock or _clock(settings), fhir, quiet)
    authenticator = authenticator_for(settings, real_time, store.database if store else None, transport)
    readiness = Readiness(authenticator=authenticator.is_up, audit_log=audit_log)
    smart = _smart(context, authenticator, clock, transport)
    app = _bare_app(settings, _lifespan(context, readiness, authenticator, store, smart))
    services = {hook.id: hook for hook in hooks}
    app.router.redirect_slashes = False
    invoke = invoke_route(services, context, authenticator, audit_log)
    feedback = feedback_route(services, settings, authenticator, audit_log, real_time)
    app.router.routes[:0] = [
        invoke,
        feedback,
        discovery_route(services.values(), authenticator),
        *about_routes(context.clock),
        *_insights(settings, real_time),
        artefact_route(),
        asset_route(),
        *(smart.routes if smart else ()),
        *health_routes(readiness, context.clock),
    ]
    app.add_middleware(
        OuterMiddleware, cors=Cors(_origins(settings, authenticator)), direct=direct_paths(invoke, services)
    )
    if settings.profile is not Profile.PRODUCTION:
        describe(app, services.values())
    if settings.profile is Profile.DEMO:
        _add_demo(app, context, feedback)
    return app


def from_environment() -> FastAPI:
    """Return the service of the environment, for a worker of `serve`."""
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


def _smart(
    context: HookContext, authenticator: Authenticator, clock: Clock | None, transport: Transport | None
) -> "Smart | None":
    """Return the SMART app, or None if no client has one.

    Its modules are imported only then.
    """
    if all(client.smart is None for client in authenticator.clients):
        return None
    from cds_service.smart.app import smart_of  # noqa: PLC0415 - OAuth and templates are not small

    return smart_of(context, authenticator.clients, clock or SystemClock(), transport)


def _add_demo(app: FastAPI, context: HookContext, feedback: Route) -> None:
    from cds_service.demo import mount_demo  # noqa: PLC0415 - the pages and sample charts are for the demo only

    mount_demo(app, context.clock, feedback, context.settings.public_url)


def _insights(settings: Settings, clock: Clock) -> list[Route]:
    """Return the routes of the operators' page, () without a key."""
    if settings.insights_key_file is None:
        return []
    from cds_service.api.insights import insights_routes  # noqa: PLC0415 - the page is for few services

    return insights_routes(settings, settings.insights_key_file, clock)


def _origins(settings: Settings, authenticator: Authenticator) -> tuple[BaseUrl, ...]:
    """Return the origins that may call.

    A preflight has no token, so it names no client.
    """
    return (*settings.allowed_origins(), *(origin for client in authenticator.clients for origin in client.origins))


def _store(settings: Settings, clock: Clock) -> "Store | None":
    """Return the store, or None if there is none."""
    if not settings.keeps:
        return None
    from cds_service.store.store import Store  # noqa: PLC0415 - a database is not small

    return Store.of(settings, clock)


def _lifespan(
    context: HookContext,
    readiness: Readiness,
    authenticator: Authenticator,
    store: "Store | None",
    smart: "Smart | None",
) -> Lifespan:
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if context.settings.as_of:
            log_event(Event.FIXED_DATE, as_of=context.settings.as_of.isoformat())
        _check_knowledge()
        await authenticator.start()
        if store:
            await store.audit_log.start()
        readiness.ruleset = shipped.warm_up()
        retain_freed_heap()
        freeze_startup_objects()
        shorten_switch_interval()
        log_event(Event.SERVING, profile=context.settings.profile.value, ruleset=readiness.ruleset)
        yield
        await authenticator.close()
        if smart:
            await smart.authorization.close()
        await context.fhir.close()
        if store:
            await store.audit_log.close()
            await store.database.close()
        log_event(Event.STOPPED)

    return lifespan


@cache
def _mistakes() -> tuple[Mistake, ...]:
    """Return the mistakes of the knowledge files, checked once a process."""
    return check_knowledge()


def _check_knowledge() -> None:
    """Raise KnowledgeError for a faulty knowledge file.

    The service does not become ready then.
    """
    mistakes = _mistakes()
    for mistake in mistakes:
        log_event(Event.KNOWLEDGE, reason="mistake", where=f"{mistake.file.replace('/', '.')}:{mistake.line}")
    if mistakes:
        raise KnowledgeError("\n".join(map(str, mistakes)))


def _clock(settings: Settings) -> Clock:
    return FixedClock(settings.as_of) if settings.as_of else SystemClock()
