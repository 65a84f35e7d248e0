"""Every generated document by its path under docs/.

Other files must not be touched.
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
    """Return every document by path, with validated FHIR artefacts."""
    documents = {"rules.md": rules_md().encode(), "intended-use.md": intended_use_md().encode()}
    documents["quiet.md"] = quiet_md().encode()
    documents |= {f"{INTEGRATE}/{name}.md": integration_md(name).encode() for name in sorted(profile_names())}
    for kind, name in builders():
        content = artefact(kind, name) or b""
        validate(kind, content)
        documents[f"{FHIR}/{kind}-{name}.json"] = content
    return documents


def stale(folder: Path) -> tuple[Path, ...]:
    """Return the obsolete artefacts of a folder."""
    kinds, current = {kind for kind, _ in builders()}, publications()
    return tuple(
        path
        for path in sorted((folder / FHIR).glob("*.json"))
        if path.name.partition("-")[0] in kinds and f"{FHIR}/{path.name}" not in current
    )


def write(folder: Path) -> int:
    """Write every document, remove obsolete artefacts, return the number."""
    for path in stale(folder):
        path.unlink()
    documents = publications()
    for name, content in documents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return len(documents)
