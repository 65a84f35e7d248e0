"""`recurrence-cds demo`, the service with sample charts and a first card.

Real charts must not be used, because the demo authenticates no caller.
Tests: tests/demo/test_demo_command.py.
"""

import asyncio
import socket
from contextlib import suppress
from datetime import date, datetime
from http.client import HTTPException
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from uvicorn import Server

    from cds_service.config.settings import Settings
    from cds_service.demo.first_call import FirstAnswer

USAGE_ERROR = 2
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - listening there is the caller's choice


def demo(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 finds a free one.")] = 8000,
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day to show instead of today.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Stop after the card is printed.")] = False,
) -> None:
    """Start the service with sample charts, make one call, print its card and the links to open."""
    from uvicorn import Config, Server

    from cds_service.app import create_app
    from cds_service.cli.serve import LOGGING

    settings = _settings(as_of.date() if as_of else None)
    listening = _listening(host, port)
    base = _base(listening)
    config = Config(create_app(settings), ws="none", lifespan="on", log_config=LOGGING, access_log=False)
    try:
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            answered = runner.run(show_and_serve(Server(config), listening, base, once=once))
    except KeyboardInterrupt:
        return
    if not answered:
        raise typer.Exit(1)


def _listening(host: str, port: int) -> socket.socket:
    """Return a listening socket, so that the first call can connect."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        typer.echo(
            f"Can't listen on {host} port {port}: {str(error.strerror).partition(' (')[0]}. "
            "Choose another port with --port, or let --port 0 find a free one.",
            err=True,
        )
        raise typer.Exit(1) from error


def _base(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    host = ANY_ADDRESS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _settings(as_of: date | None) -> "Settings":
    """Return the demo's settings.

    Its client gets cards for missing data, as the public sandbox does.
    """
    from pydantic import ValidationError

    from cds_service.config.settings import Profile, Settings

    try:
        settings = Settings(profile=Profile.DEMO, as_of=as_of) if as_of else Settings(profile=Profile.DEMO)
    except ValidationError as error:
        lines = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        typer.echo("\n".join(("The settings can't be used:", *lines)), err=True)
        raise typer.Exit(USAGE_ERROR) from error
    return settings if "on_missing" in settings.model_fields_set else settings.model_copy(update={"on_missing": "card"})


async def show_and_serve(server: "Server", listening: socket.socket, base: str, *, once: bool) -> bool:
    """Serve and print the first answer, True if it had a card."""
    from cds_service.cli.demo_view import show
    from cds_service.demo.first_call import first_answer

    serving = asyncio.create_task(_served(server, listening))
    calling = asyncio.create_task(asyncio.to_thread(first_answer, base))
    await asyncio.wait({serving, calling}, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        listening.close()  # it could not start: whoever waits for an answer is told so
    answered = show(await _answer_or_reason(calling), base)
    server.should_exit = once or not answered
    await serving
    return answered


async def _served(server: "Server", listening: socket.socket) -> None:
    """Return when the server has ended, also after a failed start."""
    with suppress(SystemExit):
        await server.serve(sockets=[listening])


async def _answer_or_reason(calling: "asyncio.Task[FirstAnswer]") -> "FirstAnswer | str":
    try:
        return await calling
    except (OSError, HTTPException, ValueError) as error:
        return f"{type(error).__name__}: {error}"
