"""The command `recurrence-cds` and its list of subcommands.

A subcommand is imported at its call only, so that `--help` is quick.
Tests: tests/cli/test_cli_serve.py.
"""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

COMMANDS = {
    "serve": "Start the service.",
    "demo": "Start the service with sample charts, make one call and print the card.",
    "evaluate": "Print the cards for the charts in a file.",
    "conformance": "Check a CDS Hooks service, this or any other, against the standard.",
    "check-rules": "Check rules, codes, words and versions after an edit, and list every mistake.",
    "check-config": "Say what is wrong with the settings and the clients registry, line by line.",
    "orders": "List the order codes that a client has, work-up key by work-up key.",
    "report": "Count what the cards did: shown, accepted, overridden, ignored.",
    "audit": "Write the decisions of a time as FHIR AuditEvents.",
    "erase": "Drop all that is kept about one patient.",
    "replay": "Answer an archived call again and say what differs from then.",
    "prune": "Drop what is kept for longer than so many days.",
    "publish": "Write the rules as documents and FHIR artefacts.",
}


class _Command(TyperCommand):
    """A subcommand with a line of help, imported at its call."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:  # noqa: ANN401 - as the base class types them
        module = str(self.name).replace("-", "_")
        function = getattr(import_module(f"cds_service.cli.{module}"), module)
        one = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        one.command(name=self.name)(function)
        return typer.main.get_command(one).make_context(info_name, args, parent, **extra)


class _Commands(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - as the base class types it
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:  # noqa: ANN401, ARG002 - as the base class
        return _Command(cmd_name, help=COMMANDS[cmd_name]) if cmd_name in COMMANDS else None


app = typer.Typer(cls=_Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def recurrence_cds() -> None:
    """A CDS Hooks service that proposes a work-up when findings after breast cancer suggest recurrence."""


def main() -> None:
    """Run the command line."""
    app(prog_name="recurrence-cds")
