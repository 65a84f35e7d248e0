"""The demo EHR with fictional charts, a FHIR endpoint and a page.

It must not be mounted outside the demo profile.
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
    """Add the page at `/` and the FHIR endpoint at `/demo/fhir`.

    The charts follow the clock's day. Links start with `public_url` if set, else with the requested address. The route
    of feedback gets one before it that notes received feedback.
    """

    def charts() -> Charts:
        return load_charts(clock.today())

    charts()  # read the files now, so that no call has to
    received = ReceivedFeedback(feedback.app, clock)
    app.mount(FHIR_PATH, fhir_server(charts, public_url))
    app.router.routes.insert(0, Route(feedback.path, received))
    app.router.routes.extend(page_routes(charts, received, public_url))
    app.router.routes[:0] = [evidence_route(charts)]
