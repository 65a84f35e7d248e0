"""Registered clients at work: whose settings hold for a call, where keys come from, and what a broken store does.

It must not test what makes a token good: tests/security/test_jwt.py does.
It tests cds_service/clients/token_authentication.py, hooks/context.py, and the start in app.py.
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import respx
from structlog.testing import capture_logs

from cds_service.app import create_app
from cds_service.config.settings import Profile, Settings
from cds_service.errors import MissingData, SettingsError, StoreUnavailable
from tests.service.registered_service import (
    NORTH_SERVER,
    SOUTH_SERVER,
    TELLING,
    bearer,
    locked,
    of_south,
    registered,
    serving,
    two_clients,
)
from tests.service.small_service import CALL, PATH, calling, error_code
from tests.tokens import AUDIENCE, JKU, NOON, HandClock, a_key, a_token, entry_of, public

pytestmark = pytest.mark.anyio


async def test_a_client_gets_its_own_day_and_its_own_answer_to_what_is_missing(tmp_path: Path) -> None:
    """At noon in Greenwich it is tomorrow in Auckland; at two at night it is yesterday in Los Angeles."""
    clock = HandClock(datetime(2026, 1, 15, 2, tzinfo=UTC))
    two = int(clock.time.timestamp())
    async with serving(registered(tmp_path, *two_clients()), clock) as client:
        early = await client.post(PATH, json=CALL, headers=of_south("a", iat=two, exp=two + 60))
        clock.time = NOON
        late = await client.post(PATH, json=CALL, headers=bearer())

    assert early.json() == ["south", "2026-01-14", "card"]
    assert late.json() == ["north", "2026-01-16", "412"]


async def test_a_fixed_day_wins_over_the_clients_zone_and_tokens_keep_the_real_time(tmp_path: Path) -> None:
    """In a demonstration the rules see another day; a token's end is no matter of the rules."""
    north, south = two_clients()
    settings = registered(tmp_path, north, south, profile=Profile.DEVELOPMENT, as_of="2020-02-29")
    async with serving(settings) as client:
        answer = await client.post(PATH, json=CALL, headers=bearer())

    assert answer.json() == ["north", "2020-02-29", "412"]


async def test_two_clients_in_parallel_never_get_each_others_settings(tmp_path: Path) -> None:
    """Two hundred calls at once, each with its own server and each also with the other's."""
    servers = {"north": (NORTH_SERVER, SOUTH_SERVER), "south": (SOUTH_SERVER, NORTH_SERVER)}

    async def call(client: httpx.AsyncClient, name: str, number: int) -> tuple[object, str]:
        headers = [bearer(jti=f"{name}-{number}-{i}") if name == "north" else of_south(f"{number}-{i}") for i in (0, 1)]
        own, foreign = [
            await client.post(PATH, json={**CALL, "fhirServer": server}, headers=header)
            for server, header in zip(servers[name], headers, strict=True)
        ]
        return own.json(), error_code(foreign)

    async with serving(registered(tmp_path, *two_clients(), max_at_work=1000)) as client:
        names = ["north", "south"] * 50
        answers = await asyncio.gather(*(call(client, name, number) for number, name in enumerate(names)))

    expected = {"north": ["north", "2026-01-16", "412"], "south": ["south", "2026-01-15", "card"]}
    assert answers == [(expected[name], "server-not-allowed") for name in names]


async def test_the_real_hook_uses_the_clients_name_day_and_answer(tmp_path: Path) -> None:
    """Ids of cards are the client's own, so that those of two clients differ."""
    north, south = two_clients()
    settings = registered(tmp_path, north, south)
    path = "/cds-services/breast-cancer-recurrence"
    app = create_app(settings, HandClock())
    async with app.router.lifespan_context(app), calling(app) as client:
        refused = await client.post(path, json=CALL, headers=bearer(path))
        taken = await client.post(path, json=CALL, headers=of_south("token-1", aud=f"{AUDIENCE}{path}"))

    assert (refused.status_code, error_code(refused)) == (412, MissingData.code)
    assert taken.json()["cards"][0]["source"]["topic"]["code"] == "incomplete"
    assert taken.json()["extension"]["org.recurrence-cds.assessment"]["asOf"] == "2026-01-15"


async def test_keys_are_fetched_from_the_registered_url_and_from_no_other(tmp_path: Path) -> None:
    """Whatever a token names; the mock would fail on any other request."""
    settings = registered(tmp_path, entry_of(jku=JKU))
    with respx.mock() as owner:
        route = owner.get(JKU).respond(json={"keys": [public()]})
        async with serving(settings) as client:
            for name, value in (("jku", "https://evil.example/jwks"), ("x5u", "https://evil.example/cert")):
                token = a_token(header={name: value}, key=a_key(name="evil"))
                assert (
                    await client.post(PATH, json=CALL, headers={"Authorization": f"Bearer {token}"})
                ).status_code == 401
            good = {"Authorization": f"Bearer {a_token(header={'jku': JKU})}"}
            assert (await client.post(PATH, json=CALL, headers=good)).status_code == 200

    assert route.call_count == 1


async def test_a_key_set_that_can_not_be_had_is_a_refusal_like_any_other(tmp_path: Path) -> None:
    """The log says whose it is."""
    with respx.mock() as owner, capture_logs() as lines:
        owner.get(JKU).mock(side_effect=httpx.ConnectError(""))
        async with serving(registered(tmp_path, entry_of(jku=JKU))) as client:
            answer = await client.post(PATH, json=CALL, headers=bearer())

    assert answer.status_code == 401
    assert [line.get("reason") for line in lines if line["event"] in {"keys", "call"}] == ["unreachable", "key"]


async def test_a_store_that_fails_answers_503_to_whoever_has_a_token(tmp_path: Path) -> None:
    """Never 500 and never accepted; a balancer is told, nobody restarts anything, and it works again by itself."""
    async with serving(registered(tmp_path, profile=Profile.DEVELOPMENT)) as client:
        with locked(tmp_path):
            down = await client.post(PATH, json=CALL, headers=bearer())
            ready, live = await client.get("/health/ready"), await client.get("/health/live")
            bare = await client.post(PATH, json=CALL)
        back = await client.post(PATH, json=CALL, headers=bearer())
        ready_again = await client.get("/health/ready")

    assert (down.status_code, error_code(down)) == (503, "store")
    assert down.headers["retry-after"] == "1"
    assert (ready.status_code, error_code(ready), ready.headers["retry-after"]) == (503, "store", "1")
    assert (live.status_code, bare.status_code) == (200, 200)
    assert (back.status_code, ready_again.status_code) == (200, 200)


async def test_a_store_that_can_not_be_used_stops_the_start(tmp_path: Path) -> None:
    """Better no service than one that answers 503 to everybody."""
    with pytest.raises(SettingsError, match=r"database: .* can't be used: its folder is not there"):
        create_app(registered(tmp_path, database=f"sqlite:///{tmp_path}/nowhere/store.sqlite3"))

    (tmp_path / "store.sqlite3").write_bytes(b"not a database, but long enough to look like a file of one" * 20)
    app = create_app(registered(tmp_path), HandClock(), hooks=(TELLING,))
    with pytest.raises(StoreUnavailable):
        async with app.router.lifespan_context(app):
            pass


def test_a_registry_that_can_not_be_used_makes_no_application(tmp_path: Path) -> None:
    """Each worker sees the mistakes."""
    with pytest.raises(SettingsError, match="line 2: id must be of a-z"):
        create_app(registered(tmp_path, entry_of("North")))


async def test_the_default_store_is_made_in_the_users_state_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder is the user's alone."""
    monkeypatch.setenv("XDG_STATE_HOME", f"{tmp_path}/state")
    async with serving(registered(tmp_path, database=None)) as client:
        assert (await client.post(PATH, json=CALL, headers=bearer())).status_code == 200

    assert (tmp_path / "state/recurrence-cds/store.sqlite3").exists()
    assert (tmp_path / "state/recurrence-cds").stat().st_mode & 0o077 == 0


async def test_without_a_registry_no_store_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written that is not used."""
    monkeypatch.setenv("XDG_STATE_HOME", f"{tmp_path}/state")
    async with serving(Settings()) as client:
        assert (await client.get("/health/ready")).status_code == 200

    assert not (tmp_path / "state").exists()
