"""Applications on ports of this machine, for a browser.

It must not reach beyond this machine.
Its tests are those that use it.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

import uvicorn
from starlette.types import ASGIApp

PATIENCE_S = 20


def a_socket() -> tuple[socket.socket, str]:
    """A socket that listens on a free port, and its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    return listening, f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def serving(app: ASGIApp, listening: socket.socket) -> Iterator[None]:
    """The application answers there, in a thread of its own, with its start and its end."""
    server = uvicorn.Server(uvicorn.Config(app, lifespan="auto", log_config=None, access_log=False, ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        ends = monotonic() + PATIENCE_S
        while not server.started:
            assert monotonic() < ends, "the server did not start"
            sleep(0.02)
        yield
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)
