"""The clients registry, from a TOML file to clients or all mistakes.

A value of the file must not be shown, because it may be a key.
Tests: tests/security/test_clients.py.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from cards.quiet_policy import default_policy
from cards.words import Language
from cds_service.clients.client import Client, LocalCode, SmartApp
from cds_service.clients.display_policy import DisplayPolicy
from cds_service.clients.registry_errors import describe_error
from cds_service.clients.registry_schema import ClientEntry, OrderCode, QuietEntry, SmartEntry
from cds_service.config.settings import Profile, Settings
from cds_service.config.toml_file import Keys, TomlFile, read_toml
from cds_service.errors import SettingsError
from cds_service.profiles.profile import profile_of
from cds_service.security.issuer import ALGORITHMS, DEFAULT_ALGORITHMS, Issuer, PublicKey
from cds_service.security.key_sets import PRIVATE, Fault, public_key
from cds_service.security.urls import LOOPBACK, BaseUrl, parse_base, parse_entry
from rules.codes import catalogue

CLIENTS = "clients"
APART = ("orders", "smart")
"""Keys of a client with their own readers."""
UNIQUE = ("id", "iss")
Table = Mapping[str, Any]
_ORDERS = TypeAdapter(dict[str, list[OrderCode]])


@dataclass(frozen=True, slots=True)
class RegistryDefaults:
    """Settings that complete the registry."""

    production: bool
    public_url: str | None
    fhir_servers: tuple[BaseUrl, ...]
    on_missing: str
    language: Language = Language.ENGLISH
    smart_key: bool = True
    """True if launches can be sealed by all workers."""
    deadline_s: float = 8.0

    @classmethod
    def of(cls, settings: Settings) -> "RegistryDefaults":
        """Return them."""
        production = settings.profile is Profile.PRODUCTION
        has_key = settings.smart_key is not None or not production
        return cls(
            production,
            settings.public_url,
            settings.allowed_servers(),
            settings.on_missing,
            settings.language,
            has_key,
            settings.hard_deadline_s,
        )


def load_registry(path: Path, terms: RegistryDefaults) -> tuple[Client, ...]:
    """Return the clients.

    Raises SettingsError with every mistake of the file.
    """
    try:
        file = read_toml(path)
    except ValueError as error:
        raise SettingsError(str(error)) from error
    reading = _Reading(file, terms)
    clients = tuple(reading.clients())
    if reading.mistakes:
        raise SettingsError("\n".join(text for _, _, text in sorted(reading.mistakes)))
    return clients


class _Reading:
    """One pass over the file that collects all mistakes."""

    def __init__(self, file: TomlFile, terms: RegistryDefaults) -> None:
        self._file = file
        self._terms = terms
        self._launched_from: dict[BaseUrl, str] = {}
        self.mistakes: set[tuple[str, int, str]] = set()
        """File, line and text of each."""

    def clients(self) -> Iterator[Client]:
        for name in self._file.data.keys() - {CLIENTS}:
            self._wrong((name,), f"{name} is not known here: write one [[clients]] table for each client")
        tables = self._file.data.get(CLIENTS)
        if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
            self._wrong((CLIENTS,), "there is no client: write one [[clients]] table for each client")
            return
        self._compare(tables)
        for number, table in enumerate(tables):
            client = self._client(table, (CLIENTS, number), alone=len(tables) == 1)
            if client is not None:
                self._check_launches(client, (CLIENTS, number))
                yield client

    def _compare(self, tables: list[Table]) -> None:
        """Find values that two clients must not share."""
        for name in UNIQUE:
            seen: dict[object, int] = {}
            for number, table in enumerate(tables):
                value = table.get(name)
                if isinstance(value, str) and seen.setdefault(value, number) != number:
                    place = self._file.place((CLIENTS, seen[value], name))
                    self._wrong(
                        (CLIENTS, number, name), f"{name} occurs twice, also in {place}: each client needs its own"
                    )

    def _client(self, table: Table, keys: Keys, *, alone: bool) -> Client | None:
        before = len(self.mistakes)
        self._check_presence(table, keys, alone=alone)
        orders = self._orders(table.get("orders", {}), (*keys, "orders"))
        public_keys = tuple(self._keys(table, (*keys, "keys")))
        smart = self._smart(table["smart"], (*keys, "smart")) if "smart" in table else None
        try:
            entry = ClientEntry.model_validate({name: table[name] for name in table if name not in APART})
        except ValidationError as error:
            for fault in error.errors(include_url=False, include_input=False):
                self._wrong((*keys, *fault["loc"]), _said(fault))
            return None
        made = self._made(entry, public_keys, orders) if len(self.mistakes) == before else None
        return made and replace(made, smart=smart)

    def _check_presence(self, table: Table, keys: Keys, *, alone: bool) -> None:
        """Find missing keys and contradictions in an entry."""
        if ("jku" in table) == ("keys" in table):
            self._wrong(keys, 'write either jku = "https://…" or [[clients.keys]] tables, one of the two')
        if "audience" not in table and self._terms.public_url is None:
            self._wrong(keys, 'audience is missing: write audience = "https://…", or set PUBLIC_URL')
        if "fhir_servers" not in table and not alone:
            self._wrong(keys, "fhir_servers is missing: of several clients each names its own, [] for none")
        deadline = table.get("deadline_s")
        if isinstance(deadline, int | float) and deadline > self._terms.deadline_s:
            most = f"{self._terms.deadline_s:g}"
            self._wrong((*keys, "deadline_s"), f"deadline_s is longer than HARD_DEADLINE_S: write at most {most}")
        jku = table.get("jku")
        base = parse_base(jku) if isinstance(jku, str) else None
        if base is not None and base.scheme != "https" and base.host in LOOPBACK and self._terms.production:
            self._wrong((*keys, "jku"), "jku must be https in production, also on loopback")

    def _keys(self, table: Table, keys: Keys) -> Iterator[PublicKey]:
        """Yield the usable keys of an entry."""
        jwks, listed = table.get("keys", ()), table.get("algorithms", DEFAULT_ALGORITHMS)
        algorithms = tuple(name for name in ALGORITHMS if isinstance(listed, list | tuple) and name in listed)
        seen: set[str] = set()
        for number, jwk in enumerate(jwks if isinstance(jwks, list) else ()):
            if not isinstance(jwk, dict):
                continue
            key = public_key(jwk, algorithms) if "alg" in jwk or PRIVATE & jwk.keys() else Fault.ALGORITHM
            if isinstance(key, Fault):
                self._wrong((*keys, number), f"the key {key.value}")
            elif key.kid in seen:
                self._wrong((*keys, number), "the key has the kid of another: each needs its own")
            else:
                seen.add(key.kid)
                yield key

    def _check_launches(self, client: Client, keys: Keys) -> None:
        """Find a FHIR server with SMART apps of two clients.

        A launch names only its server.
        """
        for base in client.fhir_servers if client.smart else ():
            other = self._launched_from.setdefault(base, client.id)
            if other != client.id:
                self._wrong((*keys, "smart"), f"smart: {other} has a smart table at the same FHIR server")

    def _smart(self, value: object, keys: Keys) -> SmartApp | None:
        """Return the SMART app of a client, or None."""
        if self._terms.public_url is None:
            self._wrong(keys, "smart needs the setting PUBLIC_URL: the EHR sends the browser back to it")
        if not self._terms.smart_key:
            self._wrong(keys, "smart needs the setting SMART_KEY in production")
        try:
            entry = SmartEntry.model_validate(value)
        except ValidationError as error:
            for fault in error.errors(include_url=False, include_input=False):
                self._wrong((*keys, *fault["loc"]), f"smart: {describe_error(SmartEntry, fault)}")
            return None
        secret = self._secret(entry.client_secret_file, keys) if entry.client_secret_file else None
        return SmartApp(entry.client_id, entry.scopes, _bases(entry.origins), secret, entry.link)

    def _secret(self, name: str, keys: Keys) -> str | None:
        try:
            secret = (self._file.path.parent / name).read_text(encoding="utf-8-sig").strip()
        except (OSError, UnicodeDecodeError):
            secret = ""
        if not secret:
            self._wrong((*keys, "client_secret_file"), "smart: client_secret_file can't be read, or is empty")
        return secret

    def _orders(self, value: object, keys: Keys) -> dict[str, list[OrderCode]]:
        """Return the order codes, from this file or another."""
        if not isinstance(value, str):
            return self._order_codes(self._file, value, keys)
        try:
            file = read_toml(self._file.path.parent / value)
        except ValueError as error:
            self._wrong(keys, f"orders: {error}")
            return {}
        return self._order_codes(file, file.data, ())

    def _order_codes(self, file: TomlFile, value: object, keys: Keys) -> dict[str, list[OrderCode]]:
        known = catalogue().concepts_in("workup")
        for name in value.keys() - known if isinstance(value, dict) else ():
            self._wrong((*keys, name), f"orders: {name} is no work-up key: {', '.join(sorted(known))}", file)
        try:
            return _ORDERS.validate_python(value)
        except ValidationError as error:
            for fault in error.errors(include_url=False, include_input=False):
                self._wrong((*keys, *fault["loc"]), f"orders: {describe_error(OrderCode, fault)}", file)
            return {}

    def _made(self, entry: ClientEntry, keys: tuple[PublicKey, ...], orders: Mapping[str, list[OrderCode]]) -> Client:
        named = entry.fhir_servers
        return Client(
            issuer=Issuer(
                client=entry.id,
                iss=entry.iss,
                audience=entry.audience or self._terms.public_url or "",
                jku=entry.jku,
                sub=entry.sub,
                tenants=tuple(entry.tenants),
                algorithms=tuple(entry.algorithms),
            ),
            keys=keys,
            fhir_servers=self._terms.fhir_servers if named is None else _bases(named),
            origins=_bases(entry.origins),
            zone=ZoneInfo(entry.time_zone),
            on_missing=entry.on_missing or _card_if_wanted(entry.profile) or self._terms.on_missing,
            language=Language(entry.language or self._terms.language),
            deadline_s=entry.deadline_s or self._terms.deadline_s,
            profile=entry.profile,
            internal=entry.internal,
            orders={
                key: tuple(LocalCode(code.system, code.code, code.display) for code in codes)
                for key, codes in orders.items()
            },
            display=_restraint(entry),
        )

    def _wrong(self, keys: Keys, message: str, file: TomlFile | None = None) -> None:
        file = file or self._file
        self.mistakes.add((str(file.path), file.line(keys), f"{file.place(keys)}: {message}"))


def _said(fault: ErrorDetails) -> str:
    """Return a mistake with its key.

    Inside the table of quiet it is that table's key.
    """
    name, *inner = fault["loc"] or ("",)
    if name != "quiet" or not inner:
        return describe_error(ClientEntry, fault)
    return f"quiet: {describe_error(QuietEntry, {**fault, 'loc': tuple(inner)})}"


def _bases(entries: list[str]) -> tuple[BaseUrl, ...]:
    return tuple(base for entry in entries if (base := parse_entry(entry)))


def _restraint(entry: ClientEntry) -> DisplayPolicy:
    """Return the display policy of a client.

    If the EHR remembers overrides, this service does not by default.
    """
    quiet = entry.quiet
    on = not profile_of(entry.profile).file.remembers_overrides if quiet.on is None else quiet.on
    policy = default_policy().changed(quiet.days, quiet.scope) if on else None
    return DisplayPolicy(policy, entry.shadow, frozenset(entry.shadow_rules))


def _card_if_wanted(profile: str) -> str | None:
    """Return "card" for a kind of EHR that shows errors as all clear."""
    wanted = profile_of(profile).file.on_missing
    return wanted if wanted == "card" else None
