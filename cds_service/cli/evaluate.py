"""recurrence-cds evaluate, the cards for charts in a file.

Tests: tests/cli/test_cli_evaluate.py.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress

from cards.model import Form
from cards.words import Language, words_in
from cds_service.cli.card_view import card_view
from cds_service.cli.explain import explanation
from cds_service.clients.presentation import Presentation
from cds_service.clock import SystemClock
from cds_service.errors import CdsError, MissingData
from cds_service.evaluation.evaluate import Evaluation
from cds_service.evaluation.evaluate import evaluate as evaluate_chart
from cds_service.evaluation.response import ResponseContext, build_response
from cds_service.fhir.chart.file_patients import PatientFile
from cds_service.fhir.chart.files import FileError, files_in, read_file, read_patients
from cds_service.fhir.chart.local_chart import chart_of

STANDARD_INPUT = Path("-")
CLIENT = "command-line"
FAILED = 1


def evaluate(
    files: Annotated[
        list[Path],
        typer.Argument(help="Bundles, resources or NDJSON, .gz or not, and folders of them; - reads standard input."),
    ],
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day to look from.")] = None,
    *,
    language: Annotated[Language, typer.Option(help="The language of the cards and of --explain.")] = Language.ENGLISH,
    explain: Annotated[bool, typer.Option("--explain", help="Say rule by rule what fired and why not.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, one line a patient.")] = False,
    without_patient: Annotated[
        bool, typer.Option("--without-patient", help="Evaluate also records whose Patient resource is not there.")
    ] = False,
) -> None:
    """Print the cards for every patient in the files, as a clinician would read them or as JSON."""
    day = as_of.date() if as_of else SystemClock().today()
    errors = Console(stderr=True)
    try:
        found = read_patients(_texts(files))
    except FileError as error:
        errors.print(str(error), style="red", markup=False)
        raise typer.Exit(FAILED) from error
    for reference in found.unplaced:
        errors.print(f"{reference} names no patient of the files and was not read.", style="yellow", markup=False)
    terms, failed = Presentation(Form(language=language)), False
    for patient in _in_progress(found.patients, errors):
        try:
            evaluation = _evaluated(patient, day, terms, anyway=without_patient)
        except CdsError as error:
            errors.print(f"Patient {patient.patient_id}: {error.message}", style="red", markup=False)
            failed = True
            continue
        _print(patient, evaluation, terms, as_json=json, explain=explain)
    if failed:
        raise typer.Exit(FAILED)


def _texts(files: list[Path]) -> Iterator[bytes]:
    """Yield the text of each file, those of folders too."""
    for path in files_in(files):
        yield read_file(None if path == STANDARD_INPUT else path, sys.stdin.buffer)


def _evaluated(patient: PatientFile, day: date, terms: Presentation, *, anyway: bool) -> Evaluation:
    """Return the evaluation of a patient of the files.

    Raises PatientNotInFiles without a Patient resource, unless told otherwise.
    """
    if not (patient.is_present or anyway):
        raise PatientNotInFiles
    chart = chart_of(patient.resources, patient.patient_id, day, patient.urls, patient.gaps)
    return evaluate_chart(replace(chart, partial=patient.partial), day, terms.form)


class PatientNotInFiles(MissingData):
    """The files hold no Patient resource. The service answers 412 then."""

    def __init__(self) -> None:
        super().__init__(("Patient",))
        self.message = (
            "The files hold no Patient resource, so nothing can be said. --without-patient evaluates the records."
        )


def _in_progress(patients: tuple[PatientFile, ...], console: Console) -> Iterator[PatientFile]:
    """Yield the patients, with a progress bar on a terminal."""
    if len(patients) == 1 or not console.is_terminal:
        yield from patients
        return
    with Progress(console=console, transient=True) as progress:
        yield from progress.track(patients, description="Patients")


def _print(patient: PatientFile, evaluation: Evaluation, terms: Presentation, *, as_json: bool, explain: bool) -> None:
    caller = ResponseContext(CLIENT, patient.patient_id, patient.patient_id, presentation=terms)
    response = build_response(evaluation.cards, evaluation.assessment, caller, evaluation.flagged)
    rules = explanation(evaluation.assessment, words_in(terms.form.language)) if explain else ()
    if as_json:
        line: dict[str, Any] = {"patient": patient.patient_id, **response}
        if explain:
            line["rules"] = [rule.as_json() for rule in rules]
        typer.echo(msgspec.json.encode(line).decode())
        return
    console = Console()
    console.rule(f"Patient {patient.patient_id}, as of {evaluation.assessment.as_of.isoformat()}")
    for card in response["cards"]:
        console.print(card_view(card))
    if not response["cards"]:
        console.print(f"No card (state: {evaluation.assessment.state.value}).")
        for item in evaluation.assessment.missing:
            console.print(f"Not assessable: {item.what} ({item.reason})", markup=False)
    for rule in rules:
        console.print(rule.as_text(), markup=False, highlight=False, soft_wrap=True)
