"""recurrence-cds orders, a client's order codes by work-up key.

Tests: tests/cli/test_cli_orders.py.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from cds_service.clients.client import Client

FAILED = 1
UNBROKEN = 200
"""Width of a table in a file."""


def orders(
    client: Annotated[str, typer.Argument(help="The id of a client in the registry.")],
    config: Annotated[Path | None, typer.Option(help="TOML file with settings; RECURRENCE_CDS_* wins over it.")] = None,
) -> None:
    """List the work-up keys with the client's own order codes, and the keys with ours."""
    from cds_service.errors import SettingsError

    try:
        found = _client(client, config)
    except SettingsError as error:
        for mistake in str(error).splitlines():
            typer.secho(mistake, fg="red", err=True)
        raise typer.Exit(FAILED) from error
    console = Console() if sys.stdout.isatty() else Console(width=UNBROKEN)
    console.print(_table(found))
    typer.echo(_counted(found))


def _client(name: str, config: Path | None) -> "Client":
    """Return the client.

    Raises SettingsError.
    """
    from cds_service.clients.registry import RegistryDefaults, load_registry
    from cds_service.config.settings import CONFIG_VARIABLE, load_settings
    from cds_service.errors import SettingsError

    config = config or (Path(os.environ[CONFIG_VARIABLE]) if os.environ.get(CONFIG_VARIABLE) else None)
    settings = load_settings(config)
    if settings.clients is None:
        raise SettingsError("clients: there is no registry: set clients to its path")
    known = {each.id: each for each in load_registry(settings.clients, RegistryDefaults.of(settings))}
    if name not in known:
        raise SettingsError(f"{name} is no client of {settings.clients}: it has {', '.join(known)}")
    return known[name]


def _table(client: "Client") -> Table:
    """Return a line for each work-up key with its order codes."""
    from cards.words import english

    words = english()
    table = Table("work-up key", "name", "codes of the site", title=f"{client.id}, profile {client.profile}")
    for key in words.tables["order"]:
        codes = client.orders.get(key, ())
        said = [
            f"{code.display} ({code.system}|{code.code})" + ("" if code.is_fhir else ", no code that FHIR can hold")
            for code in codes
        ]
        table.add_row(key, words.order(key), escape("\n".join(said)) if said else "not mapped: our codes and the name")
    return table


def _counted(client: "Client") -> str:
    """Return the number of mapped keys and the other keys."""
    from cards.words import english

    keys = english().tables["order"]
    usable = {key for key, codes in client.orders.items() if any(code.is_fhir for code in codes)}
    left = [key for key in keys if key not in usable]
    total = len(keys)
    return f"{total - len(left)} of {total} work-up keys are mapped." + (
        f" Not mapped: {', '.join(left)}." if left else ""
    )
