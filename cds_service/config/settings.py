"""Every setting, typed, documented and checked at start.

Secrets and clinical thresholds must not be settings.
Tests: tests/config/test_settings.py.
"""

import os
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from cards.words import Language
from cds_service.config.database_url import database_url, default_url
from cds_service.config.setting_types import (
    List,
    code_systems,
    empty_as_unset,
    origin_entries,
    public_base,
    readable,
    server_entries,
)
from cds_service.config.toml_file import TomlFile, read_toml
from cds_service.errors import SettingsError
from cds_service.security.fhir_access import BreakerOptions, EgressOptions
from cds_service.security.key_files import read_insights_key, read_key
from cds_service.security.urls import BaseUrl, parse_entry

PREFIX = "RECURRENCE_CDS_"
CONFIG_VARIABLE = f"{PREFIX}CONFIG"
MIB = 1024 * 1024
FOLLOWS = "default_factory_not_called"
"""Pydantic's message about a default with a faulty base.

The base is reported itself.
"""


class Profile(StrEnum):
    """Environment of the service.

    `demo` is development with pages and sample charts.
    """

    DEVELOPMENT = "development"
    DEMO = "demo"
    PRODUCTION = "production"


_LOOPBACK_SERVERS = tuple(
    f"{scheme}://{host}:*" for scheme in ("http", "https") for host in ("127.0.0.1", "localhost", "[::1]")
)
_TEST_SERVERS = (*_LOOPBACK_SERVERS, "https://r4.smarthealthit.org", "https://launch.smarthealthit.org")
_TEST_PAGES = ("https://sandbox.cds-hooks.org", *_LOOPBACK_SERVERS)


def _unless_production(values: tuple[str, ...]) -> Callable[[dict[str, Any]], tuple[str, ...]]:
    def default(data: dict[str, Any]) -> tuple[str, ...]:
        return () if data["profile"] is Profile.PRODUCTION else values

    return default


def _breaker_failures(data: dict[str, Any]) -> int:
    return 20 if data["profile"] is Profile.PRODUCTION else 100


class Settings(BaseSettings):
    """All settings. Environment variables (RECURRENCE_CDS_…) win over the TOML file, that over the defaults."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", validate_default=True, use_attribute_docstrings=True
    )

    profile: Profile = Profile.DEVELOPMENT
    """`development`, `demo` (adds the pages and sample charts) or `production`."""

    public_url: Annotated[Annotated[str, AfterValidator(public_base)] | None, BeforeValidator(empty_as_unset)] = None
    """Public https base of the service.

    Without it cards carry no link to the service.
    """

    fhir_servers: Annotated[List, AfterValidator(server_entries)] = Field(
        default_factory=_unless_production(_TEST_SERVERS)
    )
    """FHIR bases that calls may name as `fhirServer`.

    Replaces the profile's list: any loopback port and the public SMART test servers, in production none. `:*` is any
    port, on loopback only.
    """

    cors_origins: Annotated[List, AfterValidator(origin_entries)] = Field(
        default_factory=_unless_production(_TEST_PAGES)
    )
    """Origins of web pages that may call.

    Replaces the profile's list: the public CDS Hooks sandbox and any loopback port, in production none. Credentials are
    never allowed.
    """

    clients: Annotated[Annotated[Path, readable(read_toml)] | None, BeforeValidator(empty_as_unset)] = None
    """The clients registry (TOML) with callers and their keys.

    Production requires one. Elsewhere a call without a token is answered too, and one with a bad token is refused.
    """

    smart_key: Annotated[Annotated[Path, readable(read_key)] | None, BeforeValidator(empty_as_unset)] = None
    """File with the key that seals a launch of the evidence view.

    32 bytes as base64, equal for all workers. Production requires one if a client has a SMART app; elsewhere each
    worker makes its own.
    """

    database: Annotated[Annotated[str, AfterValidator(database_url)] | None, BeforeValidator(empty_as_unset)] = Field(
        default=None, repr=False
    )
    """Store of used tokens, decisions and feedback.

    A SQLite file shared by all workers of a machine, or a PostgreSQL database. Unset: a file in the user's state folder
    if there is a clients registry, else no store.
    """

    patient_key_file: Annotated[Path | None, BeforeValidator(empty_as_unset)] = None
    """File with the keys of patients' hashes, the current one first.

    One key a line. Unset: a file beside the SQLite file.
    """

    on_store_failure: Literal["answer", "refuse"] = "answer"
    """Answer to a call whose decision cannot be written.

    `answer` it and write the decision later, or `refuse` it with 503; then no answer leaves before its decision is
    written. Unreadable overrides count alike.
    """

    retention_days: Annotated[int | None, BeforeValidator(empty_as_unset)] = Field(default=None, ge=1)
    """Days until decisions and feedback are dropped.

    Unset: they stay until `prune` is run.
    """

    insights_key_file: Annotated[
        Annotated[Path, readable(read_insights_key)] | None, BeforeValidator(empty_as_unset)
    ] = None
    """File with the key of the page `/insights`.

    One line of at least 32 random characters. Unset: no such page. The key gives access to card outcomes of all
    clients.
    """

    icd10_systems: Annotated[List, AfterValidator(code_systems)] = ()
    """Comma-separated systems of other countries' ICD-10.

    Each is the URI in Coding.system. A code is read as its category of three characters if ICD-10-CM's is listed whole;
    other codes are not read.
    """

    as_of: Annotated[date | None, BeforeValidator(empty_as_unset)] = None
    """Fixed day for the rules.

    Refused in production.
    """

    on_missing: Literal["412", "card"] = "412"
    """Answer if Patient or Conditions are unknown.

    An error 412, or an incomplete card.
    """

    language: Language = Language.ENGLISH
    """Language of cards, `en` or `de`.

    It holds for anonymous callers and clients without their own.
    """

    hard_deadline_s: float = Field(default=8.0, gt=0, le=60)
    """Longest wait for FHIR servers during one call, in seconds."""

    budget_s: float = Field(default=0.4, gt=0, le=60)
    """Longest wait for other sources after Patient and Conditions, in seconds."""

    fhir_timeout_s: float = Field(default=8.0, gt=0, le=60)
    """Longest wait for one page of a FHIR server, in seconds."""

    fhir_in_flight: int = Field(default=20, ge=1, le=1000)
    """Maximum number of concurrent requests of a worker to one FHIR server.

    A request without a free slot in time ends as unknown.
    """

    breaker_failures: int = Field(default_factory=_breaker_failures, ge=1)
    """Failures in a row that open the circuit of a FHIR server.

    Late, unreachable, broken and 5xx answers count. Default: 20 in production, 100 elsewhere, where faults are made on
    purpose.
    """

    breaker_pause_s: float = Field(default=5.0, gt=0, le=600)
    """Pause of an open circuit, in seconds.

    Then one request tries, and its answer decides.
    """

    search: Literal["get", "post", "auto"] = "get"
    """Method of FHIR searches.

    `get` by URL; `post` by form at `Type/_search`, so that no URL in a log holds the patient's id; `auto` by form, and
    by URL if the server takes no forms.
    """

    internal: bool = False
    """Whether the servers of FHIR_SERVERS may have private addresses.

    A registered client's entry decides about its own.
    """

    max_source_bytes: int = Field(default=16 * MIB, ge=1024)
    """Maximum size of the answer to one query, all pages, in bytes."""

    max_pages: int = Field(default=50, ge=1)
    """Maximum number of pages of one query."""

    max_calls: int = Field(default=200, ge=1)
    """Maximum number of calls in a worker, waiting ones included.

    Further calls get 503 at once.
    """

    max_at_work: int = Field(default=160, ge=1)
    """Maximum number of calls that a worker may process or queue.

    Above this it answers 503. Under sustained load the limit is a fifth of it.
    """

    max_body_bytes: int = Field(default=32 * MIB, ge=1024)
    """Longest body of a request, in bytes."""

    body_deadline_s: float = Field(default=5.0, gt=0, le=60)
    """Longest wait for the body of a request, in seconds."""

    @model_validator(mode="after")
    def _no_fixed_day_in_production(self) -> Self:
        if self.as_of is not None and self.profile is Profile.PRODUCTION:
            raise ValueError("as_of is for demonstrations and tests; production counts from today")
        return self

    @model_validator(mode="after")
    def _insights_of_something(self) -> Self:
        if self.insights_key_file is not None and not self.keeps:
            raise ValueError("insights_key_file is for a service that remembers: set database, too")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - no such files
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - no secrets
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources of values by precedence."""
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls))

    @property
    def keeps(self) -> bool:
        """True if there is a store.

        A database is set, or clients whose tokens are used once.
        """
        return self.database is not None or self.clients is not None

    def database_url(self) -> str:
        """Return the database URL, by default in the user's state folder."""
        return self.database or default_url(os.environ)

    def allowed_servers(self) -> tuple[BaseUrl, ...]:
        """Return the list of FHIR servers, read."""
        return tuple(base for entry in self.fhir_servers if (base := parse_entry(entry)))

    def egress_options(self) -> EgressOptions:
        """Return the options of the FHIR client."""
        return EgressOptions(
            servers=self.allowed_servers(),
            internal=self.internal,
            search=self.search,
            timeout_s=self.fhir_timeout_s,
            max_bytes=self.max_source_bytes,
            max_pages=self.max_pages,
            in_flight=self.fhir_in_flight,
            breaker=BreakerOptions(self.breaker_failures, self.breaker_pause_s),
        )

    def allowed_origins(self) -> tuple[BaseUrl, ...]:
        """Return the list of pages' origins, read."""
        return tuple(base for entry in self.cors_origins if (base := parse_entry(entry)))


def load_settings(config: Path | None = None) -> Settings:
    """Return the settings from environment and TOML file.

    Raises SettingsError with every mistake.
    """
    if config is None:
        return _checked(Settings)
    try:
        file = read_toml(config)
    except ValueError as error:
        raise SettingsError(str(error)) from error

    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=config)

    return _checked(FromFile, file)


def unknown_variables(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return RECURRENCE_CDS_ variables without a setting."""
    known = {CONFIG_VARIABLE, *(f"{PREFIX}{name.upper()}" for name in Settings.model_fields)}
    return tuple(sorted(name for name in environment if name.startswith(PREFIX) and name not in known))


def _checked(kind: type[Settings], file: TomlFile | None = None) -> Settings:
    try:
        settings = kind()
    except ValidationError as error:
        faults = [each for each in error.errors(include_url=False) if each["type"] != FOLLOWS]
        raise SettingsError("\n".join(_said(each["loc"], each["msg"], file) for each in faults)) from error
    if settings.profile is Profile.PRODUCTION and settings.clients is None:
        raise SettingsError(_said(("clients",), "is missing: production serves registered clients only", file))
    return settings


def _said(keys: tuple[str | int, ...], message: str, file: TomlFile | None) -> str:
    """Return one mistake with its place."""
    name = str(keys[0]) if keys else "settings"
    variable = f"{PREFIX}{name.upper()}"
    in_file = file is not None and name in file.data and variable not in os.environ
    place = file.place(keys) if file and in_file else variable if name in Settings.model_fields else None
    return f"{name}: {message}" + (f" ({place})" if place else "")
