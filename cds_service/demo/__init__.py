"""The demo: fictional charts, a FHIR endpoint that serves them, and the page that calls the service like an EHR.

Must not be mounted outside the demo profile; nothing but `app` and the `demo` command may import from here.
Tests: tests/demo, tests/service/test_sandbox_replay.py.
"""

from fastapi import FastAPI
from starlette.routing import Route

from cds_service.clock import Clock
from cds_service.demo.charts import Charts, load_charts
from cds_service.demo.evidence import evidence_route
from cds_service.demo.fhir_server import fhir_server
from cds_service.demo.links import FHIR_PATH
from cds_service.demo.page import page_routes
from cds_service.demo.received_feedback import ReceivedFeedback

__all__ = ["mount_demo"]


def mount_demo(app: FastAPI, clock: Clock, feedback: Route, public_url: str | None = None) -> None:
    """Add the page at `/` and the charts' FHIR endpoint at `/demo/fhir`; the charts follow the clock's day.

    Links start with `public_url` where the demo stands behind another address, else with the address that was asked.
    The route of feedback gets one before it that notes what arrives and hands it on.
    """

    def charts() -> Charts:
        return load_charts(clock.today())

    charts()  # read the files now, so that no call has to
    received = ReceivedFeedback(feedback.app, clock)
    app.mount(FHIR_PATH, fhir_server(charts, public_url))
    app.router.routes.insert(0, Route(feedback.path, received))
    app.router.routes.extend(page_routes(charts, received, public_url))
    app.router.routes[:0] = [evidence_route(charts)]
