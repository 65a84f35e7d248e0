"""One run from discovery to the results of all checks.

The day is passed in.
Tests: tests/conformance/test_run.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cds_service.conformance.client import ServiceClient, Transport
from cds_service.conformance.model import Check, Outcome
from cds_service.conformance.patients import Patient, quiet_patient
from cds_service.conformance.probes import HOOK, Plan
from cds_service.conformance.probes_after import cors_asks, feedback_asks, trust_asks
from cds_service.conformance.record import UNAUTHORISED, Ask, Exchange, Record, services_of
from cds_service.conformance.registry import CHECKS
from cds_service.conformance.text import plain
from cds_service.security.urls import parse_base

DISCOVERY = Ask("GET", "/cds-services")
SANDBOX = "https://sandbox.cds-hooks.org"
"""Origin of the public sandbox."""


class Unreachable(Exception):
    """No service to check. The message says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a run."""

    url: str
    provoking: Patient
    service: str | None = None
    tokens: Sequence[str] = ()
    timeout_s: float = 10
    origin: str = SANDBOX
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """Result of a check for display."""

    check: Check
    outcome: Outcome
    seen: str


@dataclass(frozen=True, slots=True)
class Report:
    """All results of a run."""

    base: str
    service: str | None
    hook: str | None
    exchanges: int
    results: tuple[Result, ...]

    def count(self, outcome: Outcome) -> int:
        """Return how many checks came out like this."""
        return sum(result.outcome is outcome for result in self.results)


async def conformance_report(options: Options, transport: Transport | None = None) -> Report:
    """Return the results of all checks.

    Raises Unreachable.
    """
    base = base_of(options.url)
    async with ServiceClient(base, options.tokens, options.timeout_s, transport) as client:
        record = await _record(client, base, options)
    results = tuple(_result(check, record, options) for check in CHECKS)
    service = record.service or {}
    name, hook = (plain(str(service[element])) if element in service else None for element in ("id", "hook"))
    return Report(base, name, hook, len(record.exchanges), results)


def base_of(url: str) -> str:
    """Return the base before `/cds-services`.

    Raises Unreachable.
    """
    base = parse_base(url.rstrip("/").removesuffix("/cds-services"))
    if base is None:
        raise Unreachable("Give the base URL as http(s)://host[:port][/path], without query, user or fragment.")
    return str(base)


def _result(check: Check, record: Record, options: Options) -> Result:
    finding = check.judge(record)
    return Result(check, check.outcome(finding, strict=options.strict), plain(finding.seen, options.tokens))


async def _record(client: ServiceClient, base: str, options: Options) -> Record:
    discovery = await client.exchange(DISCOVERY)
    _refuse_unreachable(discovery)
    service = _chosen(services_of(discovery), options.service)
    reason = _why_not_called(service)
    made = {"discovery": discovery}
    if service is None or reason:
        return Record(base, made, service, reason, options.origin)
    plan = Plan(service, quiet_patient(), options.provoking)
    made |= await client.make(plan.calls())
    made |= await client.make(feedback_asks(plan, made["call.provoking"]))
    made |= await client.make(trust_asks(plan) | cors_asks(plan, options.origin))
    return Record(base, made, service, origin=options.origin)


def _refuse_unreachable(discovery: Exchange) -> None:
    if discovery.failure is not None:
        raise Unreachable(f"GET /cds-services: {discovery.failure}. Is this the base URL, and is the service up?")
    if discovery.status in UNAUTHORISED:
        raise Unreachable(f"GET /cds-services: {discovery.status}. Give a token with --token-file.")


def _chosen(services: Sequence[Mapping[str, Any]], wanted: str | None) -> Mapping[str, Any] | None:
    """Return the named service, else the first of our hook, else the first."""
    named = [each for each in services if wanted is None or each.get("id") == wanted]
    if wanted is not None and not named:
        known = ", ".join(plain(str(each.get("id"))) for each in services) or "none"
        raise Unreachable(f"Discovery lists no service {plain(wanted)}. It lists: {known}.")
    return next((each for each in named if each.get("hook") == HOOK), named[0] if named else None)


def _why_not_called(service: Mapping[str, Any] | None) -> str:
    if service is None:
        return "discovery lists no service that could be called"
    if service.get("hook") != HOOK:
        return f"only services for {HOOK} are called; this one is for {plain(str(service.get('hook')))}"
    if not isinstance(service.get("id"), str) or not service["id"]:
        return "the service has no id under which it could be called"
    return ""
