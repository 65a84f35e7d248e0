"""recurrence-cds erase, all rows about one patient.

The patient's id must not be repeated.
Tests: tests/cli/test_cli_store.py.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from cds_service.cli.store_access import Config, with_store

if TYPE_CHECKING:
    from cds_service.config.settings import Settings
    from cds_service.store.database import Database


def erase(
    client: Annotated[str, typer.Option(help="The id of the client in the registry; `anonymous` where there is none.")],
    patient: Annotated[str, typer.Option(help="The patient's FHIR id at that client, as in context.patientId.")],
    config: Config = None,
) -> None:
    """Drop every decision about a patient, with its cards and their feedback, under all keys."""

    async def drop(settings: "Settings", database: "Database") -> int:
        from cds_service.audit.pseudonym_keys import read_pseudonyms
        from cds_service.store.retention import erase
        from cds_service.store.store import key_file_of

        pseudonyms = read_pseudonyms(key_file_of(settings, database))
        return await erase(database, client, pseudonyms.patient(client, patient))

    count = with_store(config, drop)
    typer.echo(f"{count} decision{'' if count == 1 else 's'} erased")
