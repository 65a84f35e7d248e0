"""Every generated document by its path under docs/, and the writing of them into a folder.

It must not touch a file that it did not make.
Tests: tests/docs/test_publications.py, tests/docs/test_integration.py, tests/cli/test_cli_publish.py.
"""

from collections.abc import Mapping
from pathlib import Path

from cds_service.fhir.writing.artefact_validation import validate
from cds_service.profiles.profile import profile_names
from cds_service.publication.artefacts.library import artefact, builders
from cds_service.publication.integration import integration_md
from cds_service.publication.pages import intended_use_md, rules_md
from cds_service.publication.quiet import quiet_md

FHIR = "fhir"
INTEGRATE = "integrate"


def publications() -> Mapping[str, bytes]:
    """Return every document by its path; the FHIR artefacts are validated first."""
    documents = {"rules.md": rules_md().encode(), "intended-use.md": intended_use_md().encode()}
    documents["quiet.md"] = quiet_md().encode()
    documents |= {f"{INTEGRATE}/{name}.md": integration_md(name).encode() for name in sorted(profile_names())}
    for kind, name in builders():
        content = artefact(kind, name) or b""
        validate(kind, content)
        documents[f"{FHIR}/{kind}-{name}.json"] = content
    return documents


def stale(folder: Path) -> tuple[Path, ...]:
    """Return the artefacts in a folder that are made no longer."""
    kinds, current = {kind for kind, _ in builders()}, publications()
    return tuple(
        path
        for path in sorted((folder / FHIR).glob("*.json"))
        if path.name.partition("-")[0] in kinds and f"{FHIR}/{path.name}" not in current
    )


def write(folder: Path) -> int:
    """Write every document, remove artefacts that are made no longer, and return how many were written."""
    for path in stale(folder):
        path.unlink()
    documents = publications()
    for name, content in documents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return len(documents)
