"""Keys of clients: which JWKs are taken, when a key set is fetched, and that good keys outlive a bad answer.

It must not reach beyond this machine, nor wait.
It tests cds_service/security/key_sets.py and the key sets' door of security/egress.py.
"""

import asyncio
import json
from collections.abc import Callable

import httpx
import pytest
import respx
from joserfc.jwk import ECKey, OctKey, OKPKey
from structlog.testing import capture_logs

from cds_service.security.egress import KEY_SET_BYTES, FetchFailure, KeySetClient
from cds_service.security.issuer import ALGORITHMS, DEFAULT_ALGORITHMS, Issuer, PublicKey
from cds_service.security.key_sets import (
    FRESH_S,
    INTERVAL_S,
    OLD_S,
    Fault,
    FetchedKeys,
    FixedKeys,
    public_key,
    usable_keys,
)
from tests.tokens import AUDIENCE, ISS, JKU, HandTimer, a_key, public

pytestmark = pytest.mark.anyio

ISSUER = Issuer("north", ISS, AUDIENCE, JKU)


def _set(*keys: object) -> bytes:
    return json.dumps({"keys": keys}).encode()


class _Owner:
    """The client's side: what it answers, and how often it was asked."""

    def __init__(self, answer: bytes | str) -> None:
        self.answer = answer
        self.asked = 0
        self.timer = HandTimer()
        self.keys = FetchedKeys(ISSUER, self._read, self.timer)
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def _read(self) -> bytes | str:
        self.asked += 1
        await self.may_answer.wait()
        return self.answer

    async def knows(self, kid: str) -> bool:
        return await self.keys.find(kid) is not None

    async def settled(self) -> None:
        """Let a question that nobody waits for come to its end."""
        for _ in range(5):
            await asyncio.sleep(0)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_public_key_is_taken_with_its_own_algorithm(algorithm: str) -> None:
    """And shows nothing of itself when it is printed."""
    key = public_key(public(algorithm), ALGORITHMS)

    assert isinstance(key, PublicKey)
    assert (key.kid, key.algorithm) == ("first", algorithm)
    assert repr(key) == f"PublicKey(kid='first', algorithm='{algorithm}')"


@pytest.mark.parametrize("kind, algorithms, algorithm", [
    ("ES384", DEFAULT_ALGORITHMS, "ES384"),
    ("RS384", DEFAULT_ALGORITHMS, "RS384"),
    ("RS384", ("RS256", "RS384"), "RS256"),
    ("RS256", ("RS256",), "RS256"),
])  # fmt: skip
def test_a_key_that_names_no_algorithm_gets_the_first_that_fits(
    kind: str, algorithms: tuple[str, ...], algorithm: str
) -> None:
    """Of those that the client is registered for: still ours to say."""
    jwk = {name: value for name, value in public(kind).items() if name not in {"alg", "use"}}

    key = public_key(jwk, algorithms)  # type: ignore[arg-type]

    assert isinstance(key, PublicKey)
    assert key.algorithm == algorithm


@pytest.mark.parametrize("jwk, fault", [
    (a_key().as_dict(private=True), Fault.PRIVATE),
    (a_key("RS384").as_dict(private=True), Fault.PRIVATE),
    (OctKey.generate_key(384).as_dict(), Fault.PRIVATE),
    ({"kty": "oct", "kid": "first", "alg": "ES384"}, Fault.PRIVATE),
    (OKPKey.generate_key("Ed25519", {"kid": "1"}).as_dict(private=False), Fault.TYPE),
    ({**public(), "kty": "ec"}, Fault.TYPE),
    ({**public(), "kty": ["EC"]}, Fault.TYPE),
    ({**public(), "kid": ""}, Fault.KID),
    ({**public(), "kid": 1}, Fault.KID),
    ({**public(), "kid": "x" * 257}, Fault.KID),
    ({**public(), "use": "enc"}, Fault.USE),
    ({**public(), "key_ops": ["encrypt"]}, Fault.USE),
    ({**public(), "key_ops": "verify"}, Fault.USE),
    (public("ES256"), Fault.ALGORITHM),
    (public("RS256"), Fault.ALGORITHM),
    ({**public(), "alg": "RS384"}, Fault.ALGORITHM),
    ({**public(), "alg": "none"}, Fault.ALGORITHM),
    ({**public(), "alg": "HS384"}, Fault.ALGORITHM),
    ({**public(), "alg": None}, Fault.ALGORITHM),
    ({**public("ES256"), "alg": "ES384"}, Fault.ALGORITHM),
    (ECKey.generate_key("P-521", {"kid": "1"}).as_dict(private=False), Fault.ALGORITHM),
    ({**public(), "crv": ["P-384"]}, Fault.ALGORITHM),
    ({**public(), "x": "AAAA"}, Fault.BROKEN),
    ({**public(), "x": 1}, Fault.BROKEN),
    ({**public("RS384"), "n": "!"}, Fault.BROKEN),
    ({**public("RS384"), "e": "AQ"}, Fault.BROKEN),
    ({**public("RS384"), "n": str(public("RS384")["n"])[:168]}, Fault.WEAK),
])  # fmt: skip
def test_a_key_that_is_not_fit_is_not_taken(jwk: dict[str, object], fault: Fault) -> None:
    """Each with its reason, which shows nothing of the key."""
    assert public_key(jwk, DEFAULT_ALGORITHMS) is fault


def test_the_keys_of_a_set_that_can_be_used_are_used() -> None:
    """Others beside them are passed over: sets hold keys for encryption too. Of two with one id the first counts."""
    body = _set(
        public(use="enc", kid="enc"),
        1,
        {},
        public(),
        public("RS384"),
        public("RS384", "second"),
        public("ES256", "third"),
    )

    keys = usable_keys(body, DEFAULT_ALGORITHMS)

    assert {kid: key.algorithm for kid, key in keys.items()} == {"first": "ES384", "second": "RS384"}


@pytest.mark.parametrize("body", [
    b"", b"[]", b"{}", b'{"keys":{}}', b'{"keys":[]}', b'{"keys":null}', b"<html>", b"\xff",
    b'{"keys":[],"keys":[]}', b"[" * 5000,
])  # fmt: skip
def test_what_is_no_key_set_has_no_keys(body: bytes) -> None:
    """Whatever it is."""
    assert usable_keys(body, DEFAULT_ALGORITHMS) == {}


async def test_keys_of_the_registry_are_found_by_their_id() -> None:
    """Exactly."""
    key = PublicKey("first", "ES384", None)
    keys = FixedKeys([key])

    assert (await keys.find("first"), await keys.find("First")) == (key, None)
    await keys.close()


async def test_a_key_set_is_fetched_when_it_is_needed_and_kept() -> None:
    """A hundred calls, one question."""
    owner = _Owner(_set(public()))

    assert all([await owner.knows("first") for _ in range(100)])
    assert owner.asked == 1


async def test_an_unknown_key_is_asked_for_once_a_minute_at_most() -> None:
    """Whoever makes up key ids does not make us ask."""
    owner = _Owner(_set(public()))
    await owner.knows("first")
    owner.timer.seconds += INTERVAL_S - 1

    assert not any([await owner.knows(f"made-up-{number}") for number in range(100)])
    assert owner.asked == 1

    owner.answer = _set(public(), public(name="second"))
    owner.timer.seconds += 1
    assert await owner.knows("second")
    assert not await owner.knows("third")
    assert owner.asked == 2


async def test_calls_at_the_same_time_wait_for_one_answer() -> None:
    """Also when the one that asked hangs up."""
    owner = _Owner(_set(public()))
    owner.may_answer.clear()
    first = asyncio.create_task(owner.knows("first"))
    others = [asyncio.create_task(owner.knows("first")) for _ in range(20)]
    await asyncio.sleep(0)

    first.cancel()
    owner.may_answer.set()

    assert await asyncio.gather(*others) == [True] * 20
    assert owner.asked == 1


@pytest.mark.parametrize(
    "answer", ["late", "unreachable", "redirect", b"", b"{}", _set(), _set(public(use="enc")), _set(public("ES256"))]
)
async def test_a_bad_answer_never_replaces_good_keys(answer: bytes | str) -> None:
    """The owner may be down for a day: its tokens are still verified, and it is asked every minute."""
    owner = _Owner(_set(public()))
    await owner.knows("first")
    owner.answer = answer

    for _ in range(60 * 24):
        owner.timer.seconds += INTERVAL_S
        assert await owner.knows("first")
        await owner.settled()

    assert 1000 < owner.asked <= 60 * 24 + 1


async def test_a_bad_answer_is_logged_by_client_and_reason() -> None:
    """An operator sees whose key set can't be had."""
    owner = _Owner("unreachable")

    with capture_logs() as lines:
        await owner.knows("first")
        owner.answer = b"{}"
        owner.timer.seconds += INTERVAL_S
        await owner.knows("first")

    assert [(line["event"], line["client"], line["reason"]) for line in lines] == [
        ("keys", "north", "unreachable"),
        ("keys", "north", "no-usable-key"),
    ]


async def test_a_key_that_was_withdrawn_is_soon_unknown() -> None:
    """After ten minutes a new set is asked for beside the call; after an hour the call waits for it."""
    owner = _Owner(_set(public(), public(name="second")))
    await owner.knows("first")
    owner.answer = _set(public(name="second"))

    owner.timer.seconds += FRESH_S - 1
    assert await owner.knows("first")
    owner.timer.seconds += 1
    assert await owner.knows("first")
    await owner.settled()
    assert not await owner.knows("first")
    assert owner.asked == 2

    owner.answer = _set(public(name="third"))
    owner.timer.seconds += OLD_S
    assert not await owner.knows("second")


async def test_a_question_under_way_ends_with_the_service() -> None:
    """Nothing is left running."""
    owner = _Owner(_set(public()))
    await owner.keys.close()
    owner.may_answer.clear()
    waiting = asyncio.create_task(owner.knows("first"))
    await owner.settled()

    await owner.keys.close()

    with pytest.raises(asyncio.CancelledError):
        await waiting


async def _fetched(url: str = JKU, mock: Callable[[respx.Route], object] | None = None) -> bytes | FetchFailure:
    client = KeySetClient(frozenset({JKU}))
    try:
        with respx.mock(assert_all_called=False) as owner:
            route = owner.get(JKU)
            if mock is not None:
                mock(route)
            return await client.get(url)
    finally:
        await client.close()


async def test_a_key_set_comes_from_the_registered_url() -> None:
    """In plain JSON, without a token and without cookies."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=_set(public()), headers={"Set-Cookie": "a=b"})

    assert await _fetched(mock=lambda route: route.mock(side_effect=answer)) == _set(public())
    assert seen[0].headers["accept-encoding"] == "identity"
    assert not {"authorization", "cookie"} & set(seen[0].headers)


@pytest.mark.parametrize(
    "url", [f"{JKU}?", f"{JKU}/", JKU.replace("https", "http"), "https://evil.example/jwks.json", ""]
)
async def test_no_other_url_is_asked(url: str) -> None:
    """The mock would fail on any request."""
    assert await _fetched(url) == FetchFailure("not-allowed")


@pytest.mark.parametrize("status, reason", [
    (301, "redirect"), (302, "redirect"), (401, "unauthorized"), (404, "not-found"), (500, "server-error"),
    (204, "status-204"),
])  # fmt: skip
async def test_an_answer_that_is_no_200_is_no_key_set(status: int, reason: str) -> None:
    """A redirect is not followed, not even to the same owner."""
    location = {"Location": JKU}

    assert await _fetched(mock=lambda route: route.respond(status, headers=location)) == FetchFailure(reason)


@pytest.mark.parametrize(
    "size, outcome", [(KEY_SET_BYTES, b"x" * KEY_SET_BYTES), (KEY_SET_BYTES + 1, FetchFailure("too-large"))]
)
async def test_a_key_set_is_cut_off_where_it_gets_too_long(size: int, outcome: object) -> None:
    """Sixty-four kilobytes hold hundreds of keys."""
    assert await _fetched(mock=lambda route: route.respond(content=b"x" * size)) == outcome


@pytest.mark.parametrize("error, reason", [
    (httpx.ConnectError(""), "unreachable"),
    (httpx.ReadTimeout(""), "late"),
    (httpx.RemoteProtocolError(""), "broken-answer"),
])  # fmt: skip
async def test_an_owner_that_can_not_be_reached_is_a_reason(error: Exception, reason: str) -> None:
    """Never an exception, and without its text."""
    assert await _fetched(mock=lambda route: route.mock(side_effect=error)) == FetchFailure(reason)
