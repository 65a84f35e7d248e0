"""Assembly of the SMART app.

Tests: tests/smart/test_launch.py, tests/smart/test_refusals.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.routing import Route

from cds_service.clients.client import Client
from cds_service.clock import Clock
from cds_service.concurrency.admission import AdmissionControl
from cds_service.hooks.context import HookContext
from cds_service.security.egress import AuthorizationClient, Transport
from cds_service.security.key_files import read_key
from cds_service.security.seal import Seal
from cds_service.smart.pending_launch import Cookie
from cds_service.smart.routes import Launches


@dataclass(frozen=True, slots=True)
class Smart:
    """Routes, and the client to close at the end."""

    routes: tuple[Route, ...]
    authorization: AuthorizationClient


def smart_of(
    context: HookContext, clients: Iterable[Client], clock: Clock, transport: Transport | None
) -> Smart | None:
    """Return the SMART app, or None if no client has one."""
    having = tuple(client for client in clients if client.smart is not None)
    if not having:
        return None
    settings = context.settings
    seal = Seal(None if settings.smart_key is None else read_key(settings.smart_key))
    cookie = Cookie(seal, is_https=(settings.public_url or "").startswith("https:"))
    authorization = AuthorizationClient(transport)
    launches = Launches(
        context, having, authorization, cookie, clock, AdmissionControl(settings.max_calls, settings.max_at_work)
    )
    return Smart(tuple(launches.routes()), authorization)
