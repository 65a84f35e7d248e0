"""Replay of one call, compared with its decision.

It must not write to the store or ask a FHIR server.
Tests: tests/replay/test_replay.py, tests/replay/test_replay_fetched.py.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from hashlib import sha256

import msgspec
from msgspec import Raw

from cds_service.api.error_responses import log_error
from cds_service.audit.call_record import SUCCESS, CallRecord, CallResult
from cds_service.audit.decision import Decision
from cds_service.audit.overrides import Overrides
from cds_service.audit.pseudonyms import Pseudonyms, key_of
from cds_service.config.settings import Settings
from cds_service.fhir.chart.recorded_sources import SourceNotRecorded
from cds_service.hooks import HOOKS, HookService
from cds_service.hooks.context import HookContext
from cds_service.log import begin_call
from cds_service.replay.differences import Difference, differences, kept
from cds_service.replay.recorded_context import CannotReplay, rebuild_context
from rules.registry import RULESET


class Result(StrEnum):
    """Comparison of the replayed answer with the sent one."""

    SAME = "same"
    """Byte for byte."""
    SAME_BUT_RULESET = "same-but-ruleset"
    """Equal bytes except for the ruleset version."""
    SAME_ERROR = "same-error"
    """An error of equal code, with its own id."""
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Archived:
    """Archived parts of a call."""

    request: bytes = field(repr=False)
    answer: bytes | None = field(default=None, repr=False)
    fetched: Mapping[str, Raw] = field(default_factory=dict, repr=False)
    """Recorded answers of the FHIR server by prefetch key."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Result of a replay."""

    result: Result
    day: date
    """Day of evaluation of both answers."""
    differences: tuple[Difference, ...] = ()
    """Differences of the archived answer, else of the decision."""
    missing: tuple[str, ...] = ()
    """Missing parts as possible causes, in sentences."""
    has_answer: bool = False
    """True if whole answers were compared."""


async def replay(
    archived: Archived,
    decision: Decision,
    settings: Settings,
    store: Overrides,
    services: Iterable[HookService] = HOOKS,
) -> Replay:
    """Replay a call and return the comparison.

    Raises CannotReplay or SettingsError.
    """
    _check(archived, decision)
    then = rebuild_context(decision, settings, archived.fetched)
    try:
        body, now = await _answered(archived.request, then.context, _service(decision, services), store)
    except SourceNotRecorded as error:
        raise CannotReplay(
            f"The FHIR server was asked for {', '.join(error.keys)}, and what it answered is not in the request: "
            "this call can't be answered as it was. --fetched takes what it answered then."
        ) from error
    finally:
        await then.context.fhir.close()
    result = _result(decision, now, body)
    if result is not Result.DIFFERS:
        return Replay(result, then.day)
    if archived.answer is not None and now.status == decision.status == SUCCESS:
        return Replay(result, then.day, _between(archived.answer, body), then.missing, has_answer=True)
    return Replay(result, then.day, differences(kept(decision), kept(now)), then.missing)


def _service(decision: Decision, services: Iterable[HookService]) -> HookService:
    """Return the service of the decision's hook, or raise CannotReplay."""
    for service in services:
        if service.hook == decision.hook:
            return service
    raise CannotReplay(f"This version has no service for the hook {decision.hook}.")


def _check(archived: Archived, decision: Decision) -> None:
    """Raise CannotReplay for other bytes or a call without an answer."""
    if decision.request_digest is None:
        raise CannotReplay(
            f"This call was refused before its body was read (status {decision.status}, code {decision.code}): "
            "there is nothing to answer again."
        )
    if _digest(archived.request) != decision.request_digest:
        raise CannotReplay("This is another request: its SHA-256 is not the one that the decision keeps.")
    if decision.answer_digest is None:
        raise CannotReplay(f"This call ended without an answer (status {decision.status}).")
    if archived.answer is not None and _digest(archived.answer) != decision.answer_digest:
        raise CannotReplay("This is another answer: its SHA-256 is not the one that the decision keeps.")


async def _answered(
    body: bytes, context: HookContext, service: HookService, store: Overrides
) -> tuple[bytes, Decision]:
    """Return answer and decision of the replayed call.

    Its hashes are under a throwaway key.
    """
    begin_call()
    record = CallRecord(
        context.clock.now(), Pseudonyms((key_of(b"replay"),)), store, overrides_required=False, body=body
    )
    try:
        answer, status = await service.call(body, context.for_call(record)), SUCCESS
    except SourceNotRecorded:
        raise
    except Exception as exception:  # noqa: BLE001 - whatever the service would make an error of
        answer, status = b"", log_error(exception)[0].status
    return answer, record.decision(service.hook, CallResult(status, answer, 0.0))


def _result(decision: Decision, now: Decision, body: bytes) -> Result:
    if (decision.status, decision.code) != (now.status, now.code):
        return Result.DIFFERS
    if now.status != SUCCESS:
        return Result.SAME_ERROR
    if _digest(body) == decision.answer_digest:
        return Result.SAME
    named = body.replace(_naming(RULESET), _naming(decision.ruleset or RULESET))
    return Result.SAME_BUT_RULESET if _digest(named) == decision.answer_digest else Result.DIFFERS


def _naming(ruleset: str) -> bytes:
    """Return the JSON that names a ruleset in an answer.

    Quotes inside a text would be escaped.
    """
    return b'"ruleset":' + msgspec.json.encode(ruleset)


def _between(then: bytes, now: bytes) -> tuple[Difference, ...]:
    return differences(msgspec.json.decode(then), msgspec.json.decode(now))


def _digest(body: bytes) -> str:
    return sha256(body).hexdigest()
