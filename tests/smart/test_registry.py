"""The `smart` table of a client: its mistakes are said by line, and a start without what it needs is none."""

from pathlib import Path

import pytest

from cds_service.clients.registry import RegistryDefaults, load_registry
from cds_service.config.settings import Profile, Settings
from cds_service.errors import SettingsError
from tests.smart.authorization import CLIENT_ID
from tests.smart.ehr import Ehr
from tests.smart.launching import CALLBACK, opening
from tests.smart.test_launch import a_chart
from tests.tokens import a_registry, entry_of

TERMS = RegistryDefaults(production=True, public_url="https://cds.example", fhir_servers=(), on_missing="412")


def _registry(folder: Path, table: str) -> Path:
    return a_registry(folder, f"{entry_of(fhir_servers=['https://ehr.example/fhir/r4'])}[clients.smart]\n{table}")


@pytest.mark.parametrize(
    "table, said",
    [
        ("", "smart: client_id is missing"),
        ('client_id = "a"\nscope = "launch"', "smart: scope is not known here"),
        ('client_id = "a"\norigins = ["https://login.example/path"]', "smart: origins can't be used"),
        ('client_id = "a"\nclient_secret_file = "nowhere.txt"', "smart: client_secret_file can't be read, or is empty"),
        ('client_id = "a"\nlink = "no"', "smart: link must be true or false"),
    ],
    ids=["empty", "unknown", "origin", "secret", "link"],
)
def test_a_mistake_is_said_with_its_line(tmp_path: Path, table: str, said: str) -> None:
    """In words for whoever wrote it."""
    with pytest.raises(SettingsError, match=rf"clients\.toml.*line \d+.*: {said}"):
        load_registry(_registry(tmp_path, table), TERMS)


@pytest.mark.parametrize(
    "terms, said",
    [
        (RegistryDefaults(production=True, public_url=None, fhir_servers=(), on_missing="412"), "PUBLIC_URL"),
        (
            RegistryDefaults(
                production=True, public_url="https://a.example", fhir_servers=(), on_missing="412", smart_key=False
            ),
            "SMART_KEY in production",
        ),
    ],
    ids=["public-url", "key"],
)
def test_an_app_needs_an_address_and_in_production_a_key(tmp_path: Path, terms: RegistryDefaults, said: str) -> None:
    """Where the browser is sent back to, and what all workers seal with."""
    with pytest.raises(SettingsError, match=f"smart needs the setting {said}"):
        load_registry(_registry(tmp_path, f'client_id = "{CLIENT_ID}"'), terms)


def test_two_clients_may_not_have_the_app_at_one_fhir_server(tmp_path: Path) -> None:
    """Nobody could tell which of them a launch is of."""
    first = f"{entry_of(fhir_servers=['https://ehr.example/fhir/r4'])}[clients.smart]\nclient_id = 'a'\n"
    second = first.replace('id = "north"', 'id = "south"').replace('iss = "https://ehr', 'iss = "https://other')
    with pytest.raises(SettingsError, match="smart: north has a smart table at the same FHIR server"):
        load_registry(a_registry(tmp_path, first, second), TERMS)


def test_a_secret_is_not_shown(tmp_path: Path) -> None:
    """Neither by the client nor by its app."""
    (tmp_path / "secret.txt").write_text("CANARY-secret", encoding="utf-8")
    table = f'client_id = "{CLIENT_ID}"\nclient_secret_file = "secret.txt"'
    (client,) = load_registry(_registry(tmp_path, table), TERMS)

    assert client.smart is not None
    assert client.smart.secret == "CANARY-secret"
    assert "CANARY" not in repr(client)


@pytest.mark.parametrize(
    "content", [None, b"", b"c2hvcnQ=", b"\xff\xfe", b"A" * 44], ids=["none", "empty", "short", "bytes", "text"]
)
def test_a_key_that_is_none_stops_the_start(tmp_path: Path, content: bytes | None) -> None:
    """And the message says how to make one."""
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match="openssl rand -base64 32"):
        Settings(smart_key=path)


@pytest.mark.anyio
async def test_workers_that_share_a_key_share_launches(tmp_path: Path) -> None:
    """In production the browser may come back to another one."""
    key = tmp_path / "key"
    key.write_bytes(b"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n")
    ehr = Ehr(a_chart(), CALLBACK)
    more = {"profile": Profile.PRODUCTION, "smart_key": key}
    async with opening(tmp_path, ehr, **more) as one, opening(tmp_path, ehr, **more) as other:
        url = await one.authorize(await one.launch())
        other.service.cookies.update(one.service.cookies)
        page = await other.service.get(url)

    assert page.status_code == 200
