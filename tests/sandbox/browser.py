"""The public CDS Hooks sandbox: its built page from a folder, opened on a patient of a FHIR server.

It must not fetch the sandbox or anything else; what is missing is named, and the tests fail.
Its tests are in public_sandbox.py.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

from tests.fhir_server.server import LOOPBACK

FOLDER = "SANDBOX"
"""The variable that names the folder; `make sandbox-test SANDBOX=...` sets it."""


class _Quiet(SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Say nothing."""


@contextmanager
def sandbox() -> Iterator[str]:
    """The sandbox's address, while its files are served from a free loopback port."""
    folder = Path(os.environ.get(FOLDER, ""))
    built = all((folder / name).is_file() for name in ("index.html", "app.bundle.js"))
    assert built, f"{FOLDER} must name the folder of a built CDS Hooks sandbox (`npm ci && npm run build`)"
    with ThreadingHTTPServer((LOOPBACK, 0), partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://{LOOPBACK}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def address(sandbox_url: str, service: str, fhir: str, patient: str) -> str:
    """The sandbox's page for a patient, with our service as the one it calls."""
    discovery = f"{service.rstrip('/')}/cds-services"
    parameters = {"fhirServiceUrl": fhir, "patientId": patient, "serviceDiscoveryURL": discovery}
    return f"{sandbox_url}/?{urlencode({**parameters, 'hook': 'patient-view'})}"
