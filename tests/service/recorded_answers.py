"""Purpose: digests of the answers to every case, which a refactoring has to keep; `make recorded` writes them anew.

It must not judge an answer: rules/*/cases.yaml says what has to come out.
Its tests are in tests/service/test_recorded_answers.py.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, redirect_stderr
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5
from zlib import crc32

import httpx

from cards.words import Language
from cds_service.app import create_app
from cds_service.clock import NOON
from cds_service.config.settings import Settings
from cds_service.evaluation.response import override_reasons
from cds_service.fhir.chart.sources import BY_KEY, TEMPLATES
from tests.builders import DAY, FHIR, URL, Resource, call_of
from tests.evaluating import CASES
from tests.vignettes import Vignette, prefetch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Mapping

    from fastapi import FastAPI

Digests = dict[str, str]
"""Digests of one case, by column."""
RECORD = Path(__file__).with_name("recorded_answers.tsv")
PREFETCH, FETCH, QUIET = MODES = ("prefetch", "fetch", "quiet")
"""By prefetch, from a FHIR server, and after every card was overridden."""
TOKEN = {"access_token": "secret", "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.read"}
FROM_SERVER = {"fhirServer": FHIR, "fhirAuthorization": TOKEN | {"subject": "service"}}
CLINICIAN = "Practitioner/example"
VIEWERS = {Language.ENGLISH: CLINICIAN, Language.GERMAN: "Practitioner/colleague"}
"""Who calls after the feedback: a colleague sees critical cards again, and so their German text."""
WAITS = dict.fromkeys(("hard_deadline_s", "budget_s", "fhir_timeout_s"), 60.0)
"""Longest waits, in seconds: a busy machine changes no answer."""
ATTEMPTS = 5
"""Calls before a store that is late counts as an error."""
LATE = 503


@dataclass
class _Clock:
    """Clock at noon of the present case's day."""

    day: date = DAY

    def now(self) -> datetime:
        """Noon of the day."""
        return datetime.combine(self.day, NOON)

    def today(self) -> date:
        """The day."""
        return self.day


class _Server(httpx.AsyncBaseTransport):
    """FHIR server in memory with the present case's chart."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}

    def hold(self, sent: Mapping[str, Resource]) -> None:
        """Bodies by type of resource, as prefetch has them."""
        self.bodies = {BY_KEY[key].resource_type: json.dumps(body).encode() for key, body in sent.items()}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to a read or search; respx and a check of the query would take as long as the service."""
        kind = request.url.path.removeprefix("/fhir/").partition("/")[0]
        return httpx.Response(200, stream=httpx.ByteStream(self.bodies[kind]))


@dataclass(frozen=True)
class _World:
    """Clock and FHIR server that all services share."""

    clock: _Clock = field(default_factory=_Clock)
    server: _Server = field(default_factory=_Server)


@dataclass(frozen=True)
class _Services:
    """Services by language: those that forget, and those that share a store of overrides."""

    forgetful: Mapping[Language, httpx.AsyncClient]
    remembering: Mapping[Language, httpx.AsyncClient]

    async def answers(self, mode: str, case: Vignette, sent: Resource) -> list[bytes]:
        """Answers to a case in a mode, one for each language."""
        if mode == QUIET:
            await self._override(case, sent)
            calls = {language: _call(case, sent, viewer, "again") for language, viewer in VIEWERS.items()}
            return [await _answer(self.remembering[language], call) for language, call in calls.items()]
        call = _call(case, sent) if mode == PREFETCH else _call(case, None) | FROM_SERVER
        return [await _answer(http, call) for http in self.forgetful.values()]

    async def _override(self, case: Vignette, sent: Resource) -> None:
        """Overrides of every card: an override counts in every language."""
        http = self.remembering[Language.ENGLISH]
        first = json.loads(await _answer(http, _call(case, sent)))
        if first["cards"]:
            await _answer(http, {"feedback": _overrides(case, first["cards"])}, f"{URL}/feedback")


async def recorded(wanted: Mapping[str, Iterable[str]]) -> dict[str, Digests]:
    """Digests by case, in the modes wanted of each, in every language."""
    world, found = _World(), {}
    async with AsyncExitStack() as stack:
        stack.enter_context(_without_log())
        services = await stack.enter_async_context(_services(world))
        for case_id, modes in wanted.items():
            case = CASES[case_id]
            sent = prefetch(case, TEMPLATES)
            world.clock.day = case.as_of
            world.server.hold(sent)
            found[case_id] = {
                column(mode, language): _digest(answer)
                for mode in modes
                for language, answer in zip(Language, await services.answers(mode, case, sent), strict=True)
            }
    return found


def column(mode: str, language: Language) -> str:
    """Column of a mode and language."""
    return f"{mode}-{language.value}"


COLUMNS = tuple(column(mode, language) for mode in MODES for language in Language)


def written(found: Mapping[str, Digests]) -> str:
    """The record: a header, then a line for each case."""
    lines = (("case", *COLUMNS), *((case, *(found[case][name] for name in COLUMNS)) for case in sorted(found)))
    return "".join("\t".join(line) + "\n" for line in lines)


def kept() -> dict[str, Digests]:
    """Digests of the record by case."""
    header, *lines = (line.split("\t") for line in RECORD.read_text(encoding="utf-8").splitlines())
    return {case: dict(zip(header[1:], digests, strict=True)) for case, *digests in lines}


@asynccontextmanager
async def _services(world: _World) -> AsyncIterator[_Services]:
    """The services, their store in a folder that goes at the end."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())

        async def clients(**settings: Any) -> dict[Language, httpx.AsyncClient]:  # noqa: ANN401 - what Settings takes
            apps = {
                language: create_app(Settings(language=language, **settings), world.clock, world.server)
                for language in Language
            }
            return {language: await stack.enter_async_context(_running(app)) for language, app in apps.items()}

        # A call whose overrides come too late is refused, never answered without them.
        store = {"database": f"sqlite:///{folder}/store.sqlite3", "on_store_failure": "refuse"}
        yield _Services(await clients(**WAITS), await clients(**store))


@contextmanager
def _without_log() -> Iterator[None]:
    """Silence: a log line for each of thousands of calls would hide a difference."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stderr(nowhere):
        yield


@asynccontextmanager
async def _running(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Client of a service that was started."""
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service")
    async with app.router.lifespan_context(app), http:
        yield http


def _call(case: Vignette, sent: Resource | None, user: str = CLINICIAN, turn: str = "first") -> Resource:
    """The request of an EHR that opens a case's chart, in a hook instance of its own: cards are known by it."""
    context = {"userId": user, "patientId": case.id.lower()}
    return call_of(sent, context=context, hookInstance=str(uuid5(NAMESPACE_URL, f"{case.id} {turn}")))


def _overrides(case: Vignette, cards: Iterable[Resource]) -> list[Resource]:
    """Feedback that overrides each card, by reasons in turn; cases begin with different ones."""
    reasons = override_reasons(Language.ENGLISH)
    begin = crc32(case.id.encode())
    return [
        {
            "card": card["uuid"],
            "outcome": "overridden",
            "outcomeTimestamp": f"{case.as_of.isoformat()}T11:59:00Z",
            "overrideReason": {"reason": {key: reasons[turn % len(reasons)][key] for key in ("code", "system")}},
        }
        for turn, card in enumerate(cards, start=begin)
    ]


async def _answer(http: httpx.AsyncClient, body: Resource, url: str = URL) -> bytes:
    """Bytes of a 200 answer; a store that is late is asked again."""
    content = json.dumps(body).encode()
    for _ in range(ATTEMPTS):
        response = await http.post(url, content=content, headers={"content-type": "application/json"})
        if response.status_code != LATE:
            break
    assert response.status_code == 200, response.text
    return response.content


def _digest(answer: bytes) -> str:
    """SHA-256 of an answer, its first 16 hex digits."""
    return sha256(answer).hexdigest()[:16]


if __name__ == "__main__":
    RECORD.write_text(written(asyncio.run(recorded(dict.fromkeys(CASES, MODES)))), encoding="utf-8")
    sys.stdout.write(f"{RECORD.name} written.\n")
