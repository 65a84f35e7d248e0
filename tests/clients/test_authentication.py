"""Who may call: which endpoints want a token, and what a caller is told who has no good one.

It must not test what makes a token good: tests/security/test_jwt.py does.
It tests cds_service/clients/authentication.py and token_authentication.py, and how the endpoints use them.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.types import Message
from structlog.testing import capture_logs

from cds_service.app import create_app
from cds_service.clients.token_authentication import token_authenticator_for
from cds_service.config.settings import Profile, Settings
from cds_service.errors import Unauthorized
from cds_service.security.jwt import Refusal
from cds_service.store.database import Database
from cds_service.store.token_store import TokenStore
from tests.service.registered_service import TELLING, bearer, registered, serving, two_clients
from tests.service.small_service import CALL, PATH, calling, error_code, small_app
from tests.tokens import AUDIENCE, ISS, NOW, HandClock, a_key, a_token, claims_of, entry_of, with_signature

pytestmark = pytest.mark.anyio

FEEDBACK = {"card": "1", "outcome": "overridden", "outcomeTimestamp": "2026-01-15T12:00:00Z"}
ENDPOINTS = [
    ("GET", "/cds-services", None),
    ("POST", PATH, CALL),
    ("POST", f"{PATH}/feedback", {"feedback": [FEEDBACK]}),
]


@pytest.mark.parametrize("method, path, body", ENDPOINTS)
async def test_production_wants_a_token_on_every_endpoint_of_the_standard(
    method: str, path: str, body: object, tmp_path: Path
) -> None:
    """Each for its own URL, however the slashes of the call are written."""
    async with serving(registered(tmp_path)) as client:
        bare = await client.request(method, path, json=body)
        good = await client.request(method, path, json=body, headers=bearer(path))
        sloppy = await client.request(method, f"{path}//?x=1", json=body, headers=bearer(path, "token-2"))
        other = await client.request(method, path, json=body, headers=bearer(f"{path}/x", "token-3"))

    assert [answer.status_code for answer in (bare, good, sloppy, other)] == [401, 200, 200, 401]


@pytest.mark.parametrize("method, path, body", ENDPOINTS)
async def test_production_without_a_registry_lets_nobody_in(method: str, path: str, body: object) -> None:
    """`serve` does not start like that; an application made like that stays shut."""
    with capture_logs() as lines:
        async with calling(small_app(Settings(profile=Profile.PRODUCTION))) as client:
            answers = [await client.request(method, path, json=body, headers=h) for h in ({}, bearer(path))]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert [line["reason"] for line in lines] == ["no-registry", "no-registry"]


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/about"])
async def test_health_and_the_page_about_the_rules_want_no_token(path: str, tmp_path: Path) -> None:
    """A balancer and a reader have none."""
    async with serving(registered(tmp_path)) as client:
        assert (await client.get(path)).status_code == 200


@pytest.mark.parametrize("profile", [Profile.DEVELOPMENT, Profile.DEMO])
@pytest.mark.parametrize("method, path, body", ENDPOINTS)
async def test_elsewhere_a_token_is_optional_but_verified(
    method: str, path: str, body: object, profile: Profile, tmp_path: Path
) -> None:
    """A bad one is refused: its sender would think that it is checked."""
    async with serving(registered(tmp_path, profile=profile)) as client:
        bare = await client.request(method, path, json=body)
        good = await client.request(method, path, json=body, headers=bearer(path))
        bad = await client.request(method, path, json=body, headers={"Authorization": "Bearer x.y.z"})

    assert [answer.status_code for answer in (bare, good, bad)] == [200, 200, 401]


async def test_without_a_registry_a_token_is_not_looked_at_in_development() -> None:
    """The public sandbox always sends one, signed with a key of its own."""
    async with calling(small_app()) as client:
        answer = await client.post(PATH, json=CALL, headers={"Authorization": "Bearer x.y.z"})

    assert answer.status_code == 200


def _bad_headers() -> Iterator[tuple[Refusal, list[tuple[str, str]]]]:
    def with_token(token: str) -> list[tuple[str, str]]:
        return [("Authorization", f"Bearer {token}")]

    yield Refusal.NO_TOKEN, []
    yield Refusal.MALFORMED, [("Authorization", "")]
    yield Refusal.MALFORMED, [("Authorization", "Bearer")]
    yield Refusal.MALFORMED, [("Authorization", f"Basic {a_token()}")]
    yield Refusal.MALFORMED, [("Authorization", a_token())]
    yield Refusal.MALFORMED, with_token(f"{a_token()} x")
    yield Refusal.MALFORMED, with_token(a_token()) * 2
    yield Refusal.MALFORMED, with_token("x" * 9000)
    yield Refusal.HEADER, with_token(a_token(header={"crit": ["exp"]}))
    yield Refusal.ISSUER, with_token(a_token(claims_of(iss="https://stranger.example")))
    yield Refusal.KEY_SET, with_token(a_token(header={"jku": "https://evil.example"}))
    yield Refusal.KEY, with_token(a_token(header={"kid": "other"}))
    yield Refusal.ALGORITHM, with_token(a_token(header={"alg": "none"}, algorithm="ES384"))
    yield Refusal.SIGNATURE, with_token(with_signature(a_token(), bytes(96)))
    yield Refusal.SIGNATURE, with_token(a_token(key=a_key(name="evil")))
    wrong: dict[Refusal, dict[str, object]] = {
        Refusal.CLAIMS: {"jti": 1},
        Refusal.AUDIENCE: {"aud": AUDIENCE},
        Refusal.EXPIRED: {"iat": NOW - 900, "exp": NOW - 600},
        Refusal.NOT_YET: {"nbf": NOW + 600},
        Refusal.LIFETIME: {"exp": NOW + 1e9},
        Refusal.SUBJECT: {"sub": "you"},
        Refusal.TENANT: {"tenant": "z"},
        Refusal.REPLAYED: {},
    }
    for reason, changes in wrong.items():
        yield reason, with_token(a_token(claims_of(**{"sub": "me", "tenant": "a", **changes})))


async def test_whatever_the_reason_the_answer_is_the_same(tmp_path: Path) -> None:
    """Byte for byte but for the error id, headers included; the reason stands in the log line and in the counter."""
    settings = registered(tmp_path, entry_of(sub="me", tenants=["a"]))
    answers, reasons = [], []
    with capture_logs() as lines:
        async with serving(settings) as client:
            good = {"Authorization": f"Bearer {a_token(claims_of(sub='me', tenant='a'))}"}
            assert (await client.post(PATH, json=CALL, headers=good)).status_code == 200
            for reason, headers in _bad_headers():
                answers.append(await client.post(PATH, json=CALL, headers=httpx.Headers(headers)))
                reasons.append(reason.value)

    bodies = {answer.text.replace(answer.json()["id"], "ID") for answer in answers}
    heads = {tuple(sorted(answer.headers.multi_items())) for answer in answers}
    assert (len(bodies), len(heads), {answer.status_code for answer in answers}) == (1, 1, {401})
    assert {error_code(answer) for answer in answers} == {"unauthorized"}
    assert answers[0].headers["www-authenticate"] == "Bearer"
    assert answers[0].headers["cache-control"] == "no-store"
    refused = [line for line in lines if line.get("status") == 401]
    assert [line["reason"] for line in refused] == reasons
    assert {line.get("client") for line in refused} == {None}
    assert set(reasons) == {reason.value for reason in Refusal}


async def test_each_refusal_is_counted_by_its_reason(tmp_path: Path) -> None:
    """For whoever watches the service."""
    settings = registered(tmp_path)
    guard = token_authenticator_for(settings, HandClock(), TokenStore(Database(settings.database_url())))
    for headers in ([], [], [(b"authorization", b"x")]):
        with pytest.raises(Unauthorized):
            await guard.authenticate({"type": "http", "path": PATH, "headers": headers})
    await guard.close()

    assert guard.refusals == {Refusal.NO_TOKEN: 2, Refusal.MALFORMED: 1}


async def test_nothing_of_a_token_reaches_the_log(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither a good one's nor a bad one's."""
    async with serving(registered(tmp_path)) as client:
        for headers in (bearer(jti="CANARY"), bearer(jti="CANARY", iss="CANARY"), {"Authorization": "CANARY"}):
            await client.post(PATH, json=CALL, headers=headers)

    out, err = capfd.readouterr()
    assert '"client":"north"' in err
    assert not [word for word in ("CANARY", ISS, "eyJ", "Bearer") if word in out + err]


async def test_a_call_is_refused_before_its_body_is_read(tmp_path: Path) -> None:
    """A stranger costs us no bytes."""
    app = create_app(registered(tmp_path), HandClock(), hooks=(TELLING,))
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("the body was read")

    async def send(message: Message) -> None:
        sent.append(message)

    for path in (PATH, f"{PATH}/feedback", "/cds-services/none"):
        headers = [(b"content-length", b"99999999999"), (b"content-type", b"text/plain")]
        scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "headers": headers,
            "root_path": "",
            "query_string": b"",
        }
        await app(scope, receive, send)

    assert [message["status"] for message in sent if message["type"] == "http.response.start"] == [401] * 3


@pytest.mark.parametrize("headers", [
    {"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}, {"Forwarded": "host=evil.example"},
])  # fmt: skip
async def test_the_host_header_is_no_audience(headers: dict[str, str], tmp_path: Path) -> None:
    """A token that was stolen elsewhere would fit, if its thief could choose the name under which we are called."""
    async with serving(registered(tmp_path)) as client:
        for scheme in ("http", "https"):
            token = a_token(claims_of(aud=f"{scheme}://evil.example{PATH}"))
            stolen = {"Authorization": f"Bearer {token}", **headers}
            assert (await client.post(PATH, json=CALL, headers=stolen)).status_code == 401
        assert (await client.post(PATH, json=CALL, headers={**bearer(), **headers})).status_code == 200


async def test_a_token_is_used_once_also_at_the_same_time_and_after_a_restart(tmp_path: Path) -> None:
    """By whichever worker."""
    settings = registered(tmp_path)
    async with serving(settings) as one, serving(settings) as two:
        posts = (client.post(PATH, json=CALL, headers=bearer()) for _ in range(10) for client in (one, two))
        at_once = [answer.status_code for answer in await asyncio.gather(*posts)]
    async with serving(settings) as again:
        after = await again.post(PATH, json=CALL, headers=bearer())

    assert sorted(at_once) == [200] + [401] * 19
    assert after.status_code == 401


async def test_a_token_that_is_refused_is_not_used_up(tmp_path: Path) -> None:
    """Else a stranger could use up an id that a client is going to send."""
    async with serving(registered(tmp_path)) as client:
        forged = {"Authorization": f"Bearer {with_signature(a_token(), bytes(96))}"}
        assert (await client.post(PATH, json=CALL, headers=forged)).status_code == 401
        assert (await client.post(PATH, json=CALL, headers=bearer())).status_code == 200


async def test_a_page_can_read_a_refusal_if_it_may_call(tmp_path: Path) -> None:
    """Pages of every client may, and those of the settings; no other page."""
    settings = registered(tmp_path, *two_clients(), cors_origins=("https://own.example",))
    allowed = ["https://own.example", "https://north.example", "https://south.example"]
    async with serving(settings) as client:
        for origin in (*allowed, "https://evil.example"):
            asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
            preflight = await client.options(PATH, headers=asked)
            refused = await client.post(PATH, json=CALL, headers={"Origin": origin})
            seen = {answer.headers.get("access-control-allow-origin") for answer in (preflight, refused)}
            assert (refused.status_code, seen) == (401, {origin if origin in allowed else None})
