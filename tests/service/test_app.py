"""The application as a whole: start, stop, pages, and what each profile shows.

It must not test the endpoints.
It tests cds_service/app.py and what api/middleware.py does at the borders of HTTP.
"""

from datetime import date
from pathlib import Path

import pytest
from starlette.types import Message
from structlog.testing import capture_logs

from cds_service.app import create_app, from_environment
from cds_service.config.settings import Profile, Settings
from cds_service.errors import SettingsError
from tests.service.small_service import PATH, calling, failing_with, small_app
from tests.tokens import a_registry

pytestmark = pytest.mark.anyio


async def test_start_and_stop_are_logged() -> None:
    """An operator sees which profile and which rules are serving."""
    app = small_app()

    with capture_logs() as lines:
        async with app.router.lifespan_context(app):
            pass

    assert [line["event"] for line in lines] == ["serving", "stopped"]
    assert lines[0]["profile"] == "development"
    assert lines[0]["ruleset"]


async def test_start_and_stop_follow_the_servers_protocol() -> None:
    """The server tells the application by messages, through every layer of it."""
    told: list[Message] = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    answered: list[Message] = []

    async def receive() -> Message:
        return told.pop(0)

    async def send(message: Message) -> None:
        answered.append(message)

    await small_app()({"type": "lifespan", "state": {}}, receive, send)

    assert [message["type"] for message in answered] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_a_fixed_day_is_logged_loudly() -> None:
    """Each worker says so before it serves."""
    app = small_app(Settings(as_of=date(2024, 2, 29)))

    with capture_logs() as lines:
        async with app.router.lifespan_context(app):
            pass

    assert (lines[0]["event"], lines[0]["as_of"]) == ("fixed-date", "2024-02-29")


@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
@pytest.mark.parametrize("profile, status", [(Profile.DEVELOPMENT, 200), (Profile.PRODUCTION, 404)])
async def test_documentation_pages_are_not_for_production(path: str, profile: Profile, status: int) -> None:
    """There they only tell strangers what runs."""
    async with calling(small_app(Settings(profile=profile))) as client:
        answer = await client.get(path)

    assert answer.status_code == status


@pytest.mark.parametrize(
    "profile, status", [(Profile.DEMO, 200), (Profile.DEVELOPMENT, 404), (Profile.PRODUCTION, 404)]
)
async def test_pages_and_sample_charts_are_for_the_demo_only(profile: Profile, status: int) -> None:
    """They would be an open FHIR server elsewhere."""
    async with calling(create_app(Settings(profile=profile))) as client:
        page, charts = await client.get("/"), await client.get("/demo/fhir/metadata")

    assert (page.status_code, charts.status_code) == (status, status)
    assert page.headers.get_list("x-content-type-options") == ["nosniff"]


async def test_the_environment_describes_the_service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Workers are processes of their own and have nothing else."""
    config = tmp_path / "settings.toml"
    config.write_text('profile = "production"\n', encoding="utf-8")
    monkeypatch.setenv("RECURRENCE_CDS_CONFIG", str(config))
    monkeypatch.setenv("RECURRENCE_CDS_CLIENTS", str(a_registry(tmp_path)))
    monkeypatch.setenv("RECURRENCE_CDS_DATABASE", f"sqlite:///{tmp_path}/store.sqlite3")

    async with calling(from_environment()) as client:
        assert (await client.get("/docs")).status_code == 404

    monkeypatch.delenv("RECURRENCE_CDS_CONFIG")
    monkeypatch.setenv("RECURRENCE_CDS_PROFILE", "production")
    async with calling(from_environment()) as client:
        assert (await client.get("/docs")).status_code == 404


@pytest.mark.parametrize("profile", ["prod", "production"])
def test_an_environment_that_can_not_be_used_starts_nothing(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Better no service than one with other settings, or one for production that knows no client."""
    monkeypatch.setenv("RECURRENCE_CDS_PROFILE", profile)

    with pytest.raises(SettingsError):
        from_environment()


async def test_an_answer_that_breaks_after_its_start_is_not_begun_again() -> None:
    """The server then closes the connection, and the client sees that the answer is cut off."""
    app = small_app()
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)
        if len(sent) == 2:
            raise OSError

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/cds-services",
        "headers": [],
        "query_string": b"",
        "root_path": "",
    }
    await app(scope, receive, send)

    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]


async def test_an_exception_does_not_get_out() -> None:
    """The server would print its text; the in-memory transport would raise it here."""
    async with calling(small_app(service=failing_with(RuntimeError("CANARY")))) as client:
        answer = await client.post(PATH, content=b"{}")

    assert answer.status_code == 500
