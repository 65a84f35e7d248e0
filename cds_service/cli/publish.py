"""recurrence-cds publish, the knowledge as documents and FHIR artefacts.

Tests: tests/cli/test_cli_publish.py.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

FAILED = 1


def publish(
    folder: Annotated[Path, typer.Argument(help="Where to write rules.md, intended-use.md, integrate/ and fhir/.")],
    readme: Annotated[Path | None, typer.Option(help="A README whose table of rules to make anew.")] = None,
) -> None:
    """Write the rules for people and as FHIR R4 artefacts, and the set-up of each kind of EHR."""
    from cds_service.publication.documents import write
    from cds_service.publication.pages import readme_with_table

    try:
        written = write(folder)
        if readme is not None:
            readme.write_text(readme_with_table(readme.read_text(encoding="utf-8")), encoding="utf-8")
    except (OSError, ValueError) as error:
        Console(stderr=True).print(str(error), style="red", markup=False, highlight=False)
        raise typer.Exit(FAILED) from error
    typer.echo(f"{written} documents written to {folder}.")
