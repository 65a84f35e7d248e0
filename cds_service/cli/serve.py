"""`recurrence-cds serve`, the service on a port with several workers.

Each worker builds the service from the environment.
Tests: tests/cli/test_cli_serve.py.
"""

import asyncio
import os
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cards.check import check_knowledge
from cds_service.config.settings import CONFIG_VARIABLE, PREFIX, Settings, load_settings, unknown_variables
from cds_service.errors import SettingsError

FACTORY = "cds_service.app:from_environment"
USAGE_ERROR = 2
GRACE_SECONDS = 15


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Fixed day for the rules; not in production."),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings; RECURRENCE_CDS_* wins over it.")] = None,
    workers: Annotated[int, typer.Option(help="Processes that answer.", min=1)] = 1,
) -> None:
    """Start the service."""
    _check_rules()
    _hand_over(as_of, config)
    settings = _settings(config)
    _announce(settings, host, port, clients=_registered(settings))
    # The web server, once it has stopped in good order, passes the signal on: that is no failure.
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        _run(host, port, workers)
    except SystemExit as stop:
        if stop.code:
            typer.secho(f"Could not serve on port {port}. Is it in use? The log says more.", fg="red", err=True)
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


def _check_rules() -> None:
    """Stop with all mistakes of the knowledge files.

    No worker would become ready.
    """
    mistakes = check_knowledge()
    if mistakes:
        listed = "\n".join(map(str, mistakes))
        typer.secho(f"The rules can't be used; run recurrence-cds check-rules:\n{listed}", fg="red", err=True)
        raise typer.Exit(USAGE_ERROR)


def _hand_over(as_of: datetime | None, config: Path | None) -> None:
    """Put the options into the environment for every worker."""
    if as_of is not None:
        os.environ[f"{PREFIX}AS_OF"] = as_of.date().isoformat()
    if config is not None:
        os.environ[CONFIG_VARIABLE] = str(config.resolve())


def _settings(config: Path | None) -> Settings:
    config = config or (Path(os.environ[CONFIG_VARIABLE]) if os.environ.get(CONFIG_VARIABLE) else None)
    try:
        return load_settings(config)
    except SettingsError as error:
        raise _refused(error) from error


def _registered(settings: Settings) -> int:
    """Return the number of clients after preparing the store."""
    if not settings.keeps:
        return 0
    from cds_service.clients.registry import RegistryDefaults, load_registry
    from cds_service.store.store import check_store

    try:
        clients = load_registry(settings.clients, RegistryDefaults.of(settings)) if settings.clients else ()
        asyncio.run(check_store(settings))
    except SettingsError as error:
        raise _refused(error) from error
    return len(clients)


def _refused(error: SettingsError) -> typer.Exit:
    typer.secho(f"The settings can't be used:\n{error}", fg="red", err=True)
    return typer.Exit(USAGE_ERROR)


def _announce(settings: Settings, host: str, port: int, *, clients: int) -> None:
    for name in unknown_variables(os.environ):
        typer.secho(f"{name} is no setting of this version and is ignored.", fg="yellow", err=True)
    if not clients:
        typer.secho("No clients registry: callers are not authenticated.", fg="yellow", err=True)
    if settings.as_of is not None:
        typer.secho(f"FIXED DATE: the rules see {settings.as_of}, not today.", fg="red", bold=True, err=True)
    shown = f"[{host}]" if ":" in host else host
    known = f", {clients} registered client{'s' if clients > 1 else ''}" if clients else ""
    typer.secho(f"Serving http://{shown}:{port}/cds-services ({settings.profile.value}{known})", err=True)


def _run(host: str, port: int, workers: int) -> None:
    import uvicorn

    uvicorn.run(
        FACTORY,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        http="cds_service.api.header_timeout:HeaderTimeoutProtocol",
        ws="none",
        lifespan="on",
        log_config=LOGGING,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"ours": {"class": "cds_service.log.ServerLog", "level": "WARNING"}},
    "loggers": {"uvicorn": {"handlers": ["ours"], "level": "WARNING", "propagate": False}},
}
