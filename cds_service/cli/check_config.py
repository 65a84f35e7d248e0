"""recurrence-cds check-config, every mistake of settings and registry.

No key may be printed.
Tests: tests/cli/test_cli_check_config.py.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from cds_service.clients.client import Client
    from cds_service.clients.display_policy import DisplayPolicy
    from cds_service.clients.registry import RegistryDefaults
    from cds_service.config.settings import Settings

FAILED = 1


def check_config(
    config: Annotated[Path | None, typer.Option(help="TOML file with settings; RECURRENCE_CDS_* wins over it.")] = None,
) -> None:
    """Check the settings and the clients registry, and list every mistake."""
    from cds_service.config.settings import CONFIG_VARIABLE, load_settings, unknown_variables
    from cds_service.errors import SettingsError

    config = config or (Path(os.environ[CONFIG_VARIABLE]) if os.environ.get(CONFIG_VARIABLE) else None)
    mistakes = [f"{name} is no setting of this version" for name in unknown_variables(os.environ)]
    settings = None
    try:
        settings = load_settings(config)
    except SettingsError as error:
        mistakes += str(error).splitlines()
    try:
        clients = _clients(settings, config)
    except SettingsError as error:
        mistakes += str(error).splitlines()
    for mistake in mistakes:
        typer.secho(mistake, fg="red", err=True)
    if mistakes or settings is None:
        raise typer.Exit(FAILED)
    typer.echo(f"ok: {settings.profile.value}, {len(clients)} registered client{'' if len(clients) == 1 else 's'}")
    for client in clients:
        Console().print(_table(client))


def _clients(settings: "Settings | None", config: Path | None) -> "tuple[Client, ...]":
    """Return the clients of the registry, also beside faulty settings."""
    from cds_service.clients.registry import RegistryDefaults, load_registry

    if settings is not None:
        return load_registry(settings.clients, RegistryDefaults.of(settings)) if settings.clients else ()
    path = _named("clients", config)
    return load_registry(Path(path), _lenient()) if path and Path(path).is_file() else ()


def _lenient() -> "RegistryDefaults":
    """Return lenient defaults for unknown settings."""
    from cds_service.clients.registry import RegistryDefaults

    return RegistryDefaults(production=False, public_url="https://unknown.invalid", fhir_servers=(), on_missing="412")


def _named(setting: str, config: Path | None) -> str | None:
    """Return a setting as written in environment or file."""
    from cds_service.config.settings import PREFIX
    from cds_service.config.toml_file import read_toml

    try:
        in_file = read_toml(config).data.get(setting) if config else None
    except ValueError:
        in_file = None
    value = os.environ.get(f"{PREFIX}{setting.upper()}", in_file)
    return value if isinstance(value, str) else None


def _table(client: "Client") -> Table:
    issuer = client.issuer
    table = Table("client", client.id)
    table.add_row("iss", issuer.iss)
    table.add_row("aud begins with", issuer.audience)
    table.add_row("sub, tenants", ", ".join((issuer.sub or "any", " or ".join(issuer.tenants) or "any")))
    table.add_row("keys", f"from {issuer.jku}" if issuer.jku else f"{len(client.keys)} in the registry")
    table.add_row("algorithms", ", ".join(issuer.algorithms))
    table.add_row("FHIR servers", "\n".join(map(str, client.fhir_servers)) or "none")
    table.add_row("origins", "\n".join(map(str, client.origins)) or "those of the settings")
    table.add_row("profile", client.profile + (", internal" if client.internal else ""))
    table.add_row("time zone", client.zone.key)
    table.add_row("on missing", client.on_missing)
    table.add_row("overrides", _overrides(client.display))
    table.add_row("in shadow", "everything" if client.display.shadow else ", ".join(sorted(client.display.rules)))
    table.add_row("order codes", f"{len(client.orders)} work-up keys")
    return table


def _overrides(display: "DisplayPolicy") -> str:
    """Return quiet days by reason and the scope."""
    if display.policy is None:
        return "not kept here"
    days = ", ".join(f"{name} {term.days}" for name, term in display.policy.terms.items())
    return f"{display.policy.scope}; days: {days}"
