"""Settings: where they come from, what is refused, and that each is explained.

It must not depend on the environment it runs in.
It tests cds_service/config/settings.py.
"""

import os
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from cds_service.config.settings import Profile, Settings, load_settings, unknown_variables
from cds_service.errors import SettingsError

PREFIX = "RECURRENCE_CDS_"


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)


def _config(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_any_setting_it_is_development() -> None:
    """A newcomer starts it with no settings at all."""
    settings = load_settings()

    assert settings.profile is Profile.DEVELOPMENT
    assert "http://localhost:*" in settings.fhir_servers
    assert "https://r4.smarthealthit.org" in settings.fhir_servers
    assert "https://sandbox.cds-hooks.org" in settings.cors_origins
    assert (settings.public_url, settings.clients, settings.as_of, settings.on_missing) == (None, None, None, "412")
    assert (settings.hard_deadline_s, settings.budget_s, settings.body_deadline_s) == (8.0, 0.4, 5.0)
    assert (settings.max_body_bytes, settings.max_source_bytes, settings.max_pages) == (33_554_432, 16_777_216, 50)


def test_a_failing_fhir_server_is_left_alone_sooner_in_production() -> None:
    """Elsewhere faults are made on purpose."""
    development, production = Settings(), Settings(profile=Profile.PRODUCTION)

    assert (development.breaker_failures, production.breaker_failures) == (100, 20)
    assert (development.fhir_in_flight, development.breaker_pause_s) == (20, 5.0)
    assert (development.search, development.internal) == ("get", False)


@pytest.mark.parametrize("name, value", [
    ("SEARCH", "put"),
    ("FHIR_IN_FLIGHT", "0"),
    ("BREAKER_FAILURES", "0"),
    ("BREAKER_PAUSE_S", "0"),
    ("INTERNAL", "perhaps"),
    ("FHIR_SERVERS", "http://2130706433/fhir"),
    ("FHIR_SERVERS", "http://127.1/fhir"),
])  # fmt: skip
def test_what_would_not_work_outside_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At start, by the setting's name."""
    monkeypatch.setenv(f"{PREFIX}{name}", value)

    with pytest.raises(SettingsError, match=name.lower()):
        load_settings()


def test_the_demo_allows_what_development_allows() -> None:
    """It only adds pages and charts."""
    demo = Settings(profile=Profile.DEMO)

    assert (demo.fhir_servers, demo.cors_origins) == (Settings().fhir_servers, Settings().cors_origins)


def test_production_allows_nobody_until_it_is_told() -> None:
    """Neither a FHIR server nor a page."""
    production = Settings(profile=Profile.PRODUCTION)

    assert (production.fhir_servers, production.cors_origins) == ((), ())


@pytest.mark.parametrize("profile", list(Profile))
def test_a_list_in_the_environment_replaces_the_profiles(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is separated by commas; spaces and empty pieces don't count."""
    monkeypatch.setenv(f"{PREFIX}PROFILE", profile.value)
    monkeypatch.setenv(f"{PREFIX}CLIENTS", os.devnull)
    monkeypatch.setenv(f"{PREFIX}FHIR_SERVERS", "https://a.example/fhir, http://b.example:8080/fhir/R4 ,")
    monkeypatch.setenv(f"{PREFIX}CORS_ORIGINS", "https://c.example")

    settings = load_settings()

    assert settings.fhir_servers == ("https://a.example/fhir", "http://b.example:8080/fhir/R4")
    assert settings.cors_origins == ("https://c.example",)
    assert [str(base) for base in settings.allowed_servers()] == list(settings.fhir_servers)


def test_an_empty_list_means_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not the same as no list."""
    monkeypatch.setenv(f"{PREFIX}FHIR_SERVERS", "")

    assert load_settings().fhir_servers == ()


def test_the_icd_10_of_other_countries_is_named_by_its_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    """None is read unless it is named."""
    assert load_settings().icd10_systems == ()
    monkeypatch.setenv(f"{PREFIX}ICD10_SYSTEMS", "http://hl7.org/fhir/sid/icd-10, urn:oid:1.2.276.0.76.5.525 ,")

    assert load_settings().icd10_systems == ("http://hl7.org/fhir/sid/icd-10", "urn:oid:1.2.276.0.76.5.525")


@pytest.mark.parametrize(
    "system, problem",
    [
        ("icd-10", "is no system"),
        ("http://hl7.org/fhir/sid/icd-10|2019", "is no system"),
        ("http://hl7.org/fhir/sid/icd 10", "is no system"),
        ("http://hl7.org/fhir/sid/icd-10-cm", "is read already"),
        ("urn:oid:2.16.840.1.113883.6.96", "is read already"),
    ],
)
def test_a_system_that_can_not_be_one_of_another_country_is_refused(
    system: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says what to write."""
    monkeypatch.setenv(f"{PREFIX}ICD10_SYSTEMS", system)

    with pytest.raises(SettingsError, match=problem):
        load_settings()


@pytest.mark.parametrize("name", ["PUBLIC_URL", "CLIENTS", "DATABASE", "AS_OF"])
def test_an_empty_value_means_unset(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """That is how a container's environment unsets what its image set."""
    monkeypatch.setenv(f"{PREFIX}{name}", "")

    assert getattr(load_settings(), name.lower()) is None


def test_a_file_sets_and_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is the site's, the environment is this start's."""
    text = 'profile = "demo"\nbudget_s = 0.2\nas_of = 2024-02-29\nfhir_servers = ["https://a.example"]\n'
    monkeypatch.setenv(f"{PREFIX}BUDGET_S", "0.3")

    settings = load_settings(_config(tmp_path, text))

    assert settings.profile is Profile.DEMO
    assert settings.budget_s == 0.3
    assert settings.as_of == date(2024, 2, 29)
    assert settings.fhir_servers == ("https://a.example",)


def test_settings_do_not_change() -> None:
    """A call sees what the start saw."""
    with pytest.raises(ValidationError):
        Settings().budget_s = 1.0  # type: ignore[misc]


@pytest.mark.parametrize(
    "name, value, said",
    [
        ("PROFILE", "prod", "profile"),
        ("FHIR_SERVERS", "ehr.example/fhir", "'ehr.example/fhir' is no FHIR base"),
        ("FHIR_SERVERS", "https://a.example,https://u:p@b.example", "is no FHIR base"),
        ("FHIR_SERVERS", "https://a.example?x=1", "is no FHIR base"),
        ("FHIR_SERVERS", "https://a.example/../x", "is no FHIR base"),
        ("FHIR_SERVERS", "https://a.example:*", "is no FHIR base"),
        ("CORS_ORIGINS", "*", "'*' is no origin"),
        ("CORS_ORIGINS", "https://a.example/path", "is no origin"),
        ("PUBLIC_URL", "http://cds.example", "write https://"),
        ("PUBLIC_URL", "cds.example", "write https://"),
        ("AS_OF", "2024-02-30", "as_of"),
        ("ON_MISSING", "nothing", "on_missing"),
        ("BUDGET_S", "0", "budget_s"),
        ("HARD_DEADLINE_S", "61", "hard_deadline_s"),
        ("MAX_BODY_BYTES", "1", "max_body_bytes"),
        ("MAX_PAGES", "none", "max_pages"),
        ("CLIENTS", "no/such/file.toml", "no/such/file.toml can't be read: No such file or directory"),
        ("DATABASE", "store.sqlite3", "write sqlite:////absolute/path/of/a/file"),
        ("DATABASE", "sqlite://", "write sqlite:////absolute/path/of/a/file"),
        ("DATABASE", "sqlite:///:memory:", "write sqlite:////absolute/path/of/a/file"),
        ("DATABASE", "mysql://u:p@host/db", "write sqlite:////absolute/path/of/a/file"),
        ("ON_STORE_FAILURE", "wait", "Input should be 'answer' or 'refuse'"),
        ("RETENTION_DAYS", "0", "greater than or equal to 1"),
    ],
)
def test_a_setting_that_can_not_be_used_is_refused(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the setting and says how to write it."""
    monkeypatch.setenv(f"{PREFIX}{name}", value)

    with pytest.raises(SettingsError) as refused:
        load_settings()

    assert name.lower() in str(refused.value)
    assert said in str(refused.value)


def test_every_mistake_is_listed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody should have to start the service once per mistake."""
    monkeypatch.setenv(f"{PREFIX}PROFILE", "prod")
    monkeypatch.setenv(f"{PREFIX}MAX_PAGES", "0")

    with pytest.raises(SettingsError) as refused:
        load_settings()

    profile, pages = str(refused.value).splitlines()
    assert profile.startswith("profile: ")
    assert pages.startswith("max_pages: ")


def test_a_mistake_is_named_with_the_place_where_it_can_be_put_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line of the file, or the variable that wins over it."""
    config = _config(tmp_path, 'max_pages = 0\n\nbudget_s = "x"\nprofle = "demo"\n')
    monkeypatch.setenv(f"{PREFIX}MAX_PAGES", "-1")

    with pytest.raises(SettingsError) as refused:
        load_settings(config)

    places = {line.partition(":")[0]: line.rpartition(" (")[2] for line in str(refused.value).splitlines()}
    assert places == {
        "max_pages": f"{PREFIX}MAX_PAGES)",
        "budget_s": f"{config}, line 3)",
        "profle": f"{config}, line 4)",
    }


def test_production_without_a_registry_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It would answer nobody, or everybody."""
    monkeypatch.setenv(f"{PREFIX}PROFILE", "production")

    with pytest.raises(SettingsError, match="clients: is missing: production serves registered clients only"):
        load_settings()

    monkeypatch.setenv(f"{PREFIX}CLIENTS", str(_config(tmp_path, "")))
    assert load_settings().profile is Profile.PRODUCTION


def test_the_store_is_a_file_of_the_settings_or_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever way SQLAlchemy's URL is written."""
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert Settings().database_url() == "sqlite:////state/recurrence-cds/store.sqlite3"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", "/users/me")
    assert Settings().database_url() == "sqlite:////users/me/.local/state/recurrence-cds/store.sqlite3"
    for url in ("sqlite:////data/a.db", "sqlite+aiosqlite:////data/a.db"):
        assert Settings(database=url).database_url() == "sqlite:////data/a.db"


def test_a_user_without_a_home_needs_a_store_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container."""
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)

    def no_home() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", no_home)

    with pytest.raises(SettingsError, match="set RECURRENCE_CDS_DATABASE"):
        Settings().database_url()


def test_a_fixed_day_is_refused_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    """There it would hide every new finding."""
    monkeypatch.setenv(f"{PREFIX}PROFILE", "production")
    monkeypatch.setenv(f"{PREFIX}AS_OF", "2024-01-01")

    with pytest.raises(SettingsError, match="as_of is for demonstrations and tests"):
        load_settings()


@pytest.mark.parametrize(
    "text, said",
    [
        ("profile = ", "is not valid TOML"),
        ("profle = 'demo'", "profle"),
        ("[profile]\nx = 1", "profile"),
        ("\u00a7", "TOML"),
    ],
)
def test_a_file_that_can_not_be_used_is_refused(text: str, said: str, tmp_path: Path) -> None:
    """A misspelt name is a mistake, not a default."""
    with pytest.raises(SettingsError, match=said):
        load_settings(_config(tmp_path, text))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """The site's settings would be missing in silence."""
    with pytest.raises(SettingsError, match="can't be read"):
        load_settings(tmp_path / "none.toml")


def test_a_clients_registry_is_read_at_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry that can't be read is found before the first call."""
    registry = tmp_path / "clients.toml"
    monkeypatch.setenv(f"{PREFIX}CLIENTS", str(registry))

    registry.write_text('[client.a]\niss = "https://ehr.example"\n', encoding="utf-8")
    assert load_settings().clients == registry

    registry.write_text("[client.a\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="line 1"):
        load_settings()


@pytest.mark.parametrize(
    "url, normal",
    [
        ("https://CDS.example/", "https://cds.example"),
        ("https://cds.example:8443/base/", "https://cds.example:8443/base"),
        ("http://localhost:8000", "http://localhost:8000"),
    ],
)
def test_the_public_url_has_one_form(url: str, normal: str) -> None:
    """Audience and links are made from it, byte for byte."""
    assert Settings(public_url=url).public_url == normal


def test_each_setting_is_explained() -> None:
    """The documentation is made from these sentences."""
    unexplained = [name for name, field in Settings.model_fields.items() if not (field.description or "").endswith(".")]

    assert unexplained == []


def test_a_misspelt_variable_is_noticed() -> None:
    """It would otherwise be a default in silence."""
    environment = {f"{PREFIX}FHIR_SERVER": "x", f"{PREFIX}PROFILE": "demo", f"{PREFIX}CONFIG": "x", "PATH": "x"}

    assert unknown_variables(environment) == (f"{PREFIX}FHIR_SERVER",)
