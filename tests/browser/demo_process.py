"""`recurrence-cds demo` as a process of its own, on a free port and a day that stands still.

It must not stay running afterwards.
Its tests are those that use it.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from cds_service.config.settings import PREFIX

DAY = "2026-06-15"
"""The day on which the demo stands still."""
STOP_SECONDS = 20
SLOW_MACHINE = {f"{PREFIX}BUDGET_S": "10"}
_ADDRESS = re.compile(r"The service is up at (http://127\.0\.0\.1:\d+)")


@contextmanager
def running_demo() -> Iterator[str]:
    """The address of the demo, as it prints it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    command = [sys.executable, "-m", "cds_service", "demo", "--port", "0", "--as-of", DAY]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, env={**kept, **SLOW_MACHINE}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        try:
            yield next(found[1] for line in process.stdout if (found := _ADDRESS.search(line)))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(STOP_SECONDS)
