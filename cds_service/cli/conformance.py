"""`recurrence-cds conformance`, a check of any CDS Hooks service.

Its calls and feedback are about invented patients.
Tests: tests/conformance/test_command.py.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cds_service.conformance.patients import Patient

FAILED, UNREACHABLE = 1, 2
SANDBOX = "https://sandbox.cds-hooks.org"


def conformance(
    url: Annotated[str, typer.Argument(help="Base URL of the service; discovery is at URL/cds-services.")],
    service: Annotated[str | None, typer.Option(help="Id of the service to call, if there are several.")] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Take warnings as failures.")] = False,
    token_file: Annotated[Path | None, typer.Option(help="JWTs to call with, one a line, used in turn.")] = None,
    patient: Annotated[Path | None, typer.Option(help="A Bundle with a patient who gets cards.")] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Longest wait for one answer, in seconds.")] = 10,
    origin: Annotated[str, typer.Option(help="Origin of the web page that is tried as a client.")] = SANDBOX,
) -> None:
    """Call a CDS Hooks service as clients of all versions do, and report departures from the standard."""
    from msgspec.json import encode
    from rich.console import Console

    from cds_service.conformance.model import Outcome
    from cds_service.conformance.report import as_json, show
    from cds_service.conformance.run import Options, Unreachable, conformance_report

    tokens = _lines(token_file)
    options = Options(url, _patient(patient), service, tokens, timeout, origin, strict)
    try:
        report = asyncio.run(conformance_report(options))
    except Unreachable as error:
        raise _stop(str(error)) from error
    if json:
        typer.echo(encode(as_json(report)).decode())
    else:
        show(report, Console(highlight=False))
    if report.count(Outcome.FAIL):
        raise typer.Exit(FAILED)


def _patient(path: Path | None) -> "Patient":
    from cds_service.clock import SystemClock
    from cds_service.conformance.patients import NoPatient, patient_from, provoking_patient

    if path is None:
        return provoking_patient(SystemClock().today())
    try:
        return patient_from(_bytes(path))
    except NoPatient as error:
        raise _stop(str(error)) from error


def _lines(path: Path | None) -> tuple[str, ...]:
    if path is None:
        return ()
    lines = tuple(line.strip() for line in _bytes(path).decode("ascii", "replace").splitlines() if line.strip())
    if not lines or not all(line.isascii() and line.isprintable() and " " not in line for line in lines):
        raise _stop(f"{path} holds no tokens: write one a line, without `Bearer`.")
    return lines


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _stop(f"{path} can't be read: {error.strerror}") from error


def _stop(message: str) -> typer.Exit:
    typer.secho(message, fg="red", err=True)
    return typer.Exit(UNREACHABLE)
