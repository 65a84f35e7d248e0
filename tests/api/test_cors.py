"""Calls from web pages: the listed ones may, the others may not.

It must not test Chromium: that is in the slow tests.
It tests cds_service/api/cors.py and api/middleware.py.
"""

import httpx
import pytest

from cds_service.config.settings import Profile, Settings
from tests.service.small_service import CALL, PATH, calling, failing_with, small_app

pytestmark = pytest.mark.anyio

SANDBOX = "https://sandbox.cds-hooks.org"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}


@pytest.mark.parametrize("path", ["/cds-services", PATH, f"{PATH}/feedback", "/cds-services//small", "/health/ready"])
@pytest.mark.parametrize("origin", [SANDBOX, "http://localhost:3000", "http://127.0.0.1:8080", "https://[::1]:8443"])
async def test_a_listed_page_may_call_every_endpoint(path: str, origin: str) -> None:
    """The preflight names the page's own origin and the headers that clients send."""
    async with calling(small_app()) as client:
        answer = await client.options(path, headers={"Origin": origin, **PREFLIGHT})

    allowed = {each.strip().lower() for each in answer.headers["access-control-allow-headers"].split(",")}
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == origin
    assert {"GET", "POST"} <= {each.strip() for each in answer.headers["access-control-allow-methods"].split(",")}
    assert {"accept", "authorization", "cache-control", "content-type"} <= allowed
    assert answer.headers["access-control-max-age"] == "600"


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("GET", "/cds-services", 200),
        ("POST", PATH, 400),
        ("GET", PATH, 405),
        ("POST", "/cds-services/other", 404),
        ("GET", "/nothing", 404),
        ("GET", "/health/ready", 503),
    ],
)
async def test_a_listed_page_can_read_every_answer(method: str, path: str, status: int) -> None:
    """Without the header on an error the page would see a network failure instead of the reason."""
    async with calling(small_app()) as client:
        answer = await client.request(method, path, headers={"Origin": SANDBOX})

    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == SANDBOX
    assert answer.headers["vary"] == "Origin"


async def test_a_listed_page_can_read_a_crash_and_a_body_too_large() -> None:
    """Those answers are made further out than the others."""
    async with calling(small_app(service=failing_with(RuntimeError("broken")))) as client:
        crash = await client.post(PATH, json=CALL, headers={"Origin": SANDBOX})
    async with calling(small_app(Settings(max_body_bytes=1024))) as client:
        large = await client.post(PATH, content=b" " * 2000, headers={"Origin": SANDBOX})

    assert (crash.status_code, crash.headers["access-control-allow-origin"]) == (500, SANDBOX)
    assert (large.status_code, large.headers["access-control-allow-origin"]) == (413, SANDBOX)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://sandbox.cds-hooks.org",
        "https://sandbox.cds-hooks.org.evil.example",
        "https://sandbox.cds-hooks.org:8443",
        "https://localhost.evil.example",
        "https://sandbox.cds-hooks.org/path",
        "null",
        "*",
        "",
        "\u00e9",
    ],
)
async def test_a_page_that_is_not_listed_gets_no_cors_header(origin: str) -> None:
    """Neither to its preflight nor to its call; the browser then keeps the answer from it."""
    async with calling(small_app()) as client:
        client.headers = httpx.Headers([(b"Origin", origin.encode("latin-1"))])
        preflight = await client.options(PATH, headers=PREFLIGHT)
        call = await client.post(PATH, json=CALL)

    assert not [name for name in (*preflight.headers, *call.headers) if name.startswith("access-control-")]
    assert preflight.headers["vary"] == call.headers["vary"] == "Origin"


async def test_credentials_are_never_allowed() -> None:
    """The service knows no cookies."""
    async with calling(small_app()) as client:
        preflight = await client.options(PATH, headers={"Origin": SANDBOX, **PREFLIGHT})

    assert "access-control-allow-credentials" not in preflight.headers


@pytest.mark.parametrize("asked, granted", [({"Access-Control-Request-Private-Network": "true"}, "true"), ({}, None)])
async def test_a_public_page_may_call_into_a_private_network_when_it_asks(
    asked: dict[str, str], granted: str | None
) -> None:
    """Browsers ask for that when the sandbox calls a service on localhost."""
    async with calling(small_app()) as client:
        answer = await client.options(PATH, headers={"Origin": SANDBOX, **PREFLIGHT, **asked})

    assert answer.headers.get("access-control-allow-private-network") == granted


async def test_production_lets_no_page_call_unless_it_is_listed() -> None:
    """There the list is empty until the operator fills it."""
    listed = Settings(profile=Profile.PRODUCTION, cors_origins=("https://ehr.example",))
    async with calling(small_app(Settings(profile=Profile.PRODUCTION))) as client:
        bare = await client.options(PATH, headers={"Origin": SANDBOX, **PREFLIGHT})
    async with calling(small_app(listed)) as client:
        own = await client.options(PATH, headers={"Origin": "https://ehr.example", **PREFLIGHT})
        sandbox = await client.options(PATH, headers={"Origin": SANDBOX, **PREFLIGHT})

    assert "access-control-allow-origin" not in bare.headers
    assert own.headers["access-control-allow-origin"] == "https://ehr.example"
    assert "access-control-allow-origin" not in sandbox.headers
