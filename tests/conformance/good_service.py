"""A small service that keeps to the whole standard, with places where a test breaks exactly one thing.

It must not know the checks, and must not share code with the service of this repository.
Its tests are those that import it.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from starlette.types import Receive, Scope, Send

ID = "good"
PATH = f"/cds-services/{ID}"
ALLOW = {"/cds-services": "GET", PATH: "POST", f"{PATH}/feedback": "POST"}
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
RAW_KEY = "com.example.trace"

Json = dict[str, Any]


@dataclass
class Request:
    """What was asked."""

    method: str
    path: str
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> Any:  # noqa: ANN401 - JSON
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.content)
        except ValueError:
            return None


@dataclass
class Answer:
    """What is answered; `content` is sent as it is, `body` as JSON."""

    status: int
    body: Any = None
    content: bytes | None = None
    type: str = "application/json"
    headers: dict[str, str] | None = None

    def sent(self) -> bytes:
        """Return the bytes of the answer."""
        return json.dumps(self.body).encode() if self.content is None else self.content


def kept(value: Any) -> Any:  # noqa: ANN401 - anything
    """Return a value as it is: nothing is broken."""
    return value


@dataclass
class GoodService:
    """An ASGI application. Each field is a place to break: a document, a card, or the whole answer to a request."""

    discovery: Callable[[Json], Any] = kept
    card: Callable[[Json], Any] = kept
    response: Callable[[Json], Any] = kept
    answer: Callable[[Request, Answer], Answer] = lambda _request, answer: answer
    token: str | None = None
    """Where given, every request needs it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = await _read(scope, receive)
        answer = self.answer(request, self._answer(request))
        headers = {"content-type": answer.type, **_cors(request), **(answer.headers or {})}
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
        await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else answer.sent()})

    def _answer(self, request: Request) -> Answer:
        if request.path not in ALLOW:
            return refusal(404)
        if request.method == "OPTIONS":
            return Answer(204, content=b"")
        if request.method != ALLOW[request.path]:
            return refusal(405, allow=ALLOW[request.path])
        if self.token is not None and request.headers.get("authorization") != f"Bearer {self.token}":
            return refusal(401)
        if request.path == "/cds-services":
            return Answer(200, self.discovery({"services": [entry()]}))
        return _feedback(request.body) if request.path.endswith("/feedback") else self._call(request.body)

    def _call(self, body: Any) -> Answer:  # noqa: ANN401 - JSON
        status = _status(body)
        if status:
            return refusal(status)
        found = body["prefetch"]["conditions"]
        cards = [self.card(a_card(body))] if isinstance(found, dict) and found.get("entry") else []
        return Answer(200, self.response({"cards": cards, "extension": {RAW_KEY: {"looked": True}}}))


def entry() -> Json:
    """Return the entry of discovery."""
    prefetch = {"patient": "Patient/{{context.patientId}}"}
    prefetch["conditions"] = "Condition?patient={{context.patientId}}&_count=100"
    return {
        "hook": "patient-view",
        "title": "Good",
        "description": "Keeps to the standard.",
        "id": ID,
        "prefetch": prefetch,
        "usageRequirements": "Needs conditions.",
        "version": "2.0.1",
        "hookVersion": "1.0",
    }


def a_card(body: Json) -> Json:
    """Return a card that has every kind of part."""
    patient, instance = body["context"]["patientId"], body["hookInstance"]
    resource = {"resourceType": "ServiceRequest", "status": "draft", "intent": "proposal"}
    resource["subject"] = {"reference": f"Patient/{patient}"}  # type: ignore[assignment]
    actions = [{"type": "create", "description": "Order a scan", "resource": resource}]
    deletion = {"type": "delete", "description": "Stop it", "resourceId": "MedicationRequest/1"}
    topic = {"system": "urn:good:topic", "code": "good", "display": "Good"}
    return {
        "uuid": str(uuid5(NAMESPACE_URL, f"{instance}/card")),
        "summary": "Something was found",
        "detail": "- one\n- two < three",
        "indicator": "warning",
        "source": {"label": "Good rules", "url": "https://good.example", "topic": topic},
        "suggestions": [
            {"label": "Scan", "uuid": str(uuid5(NAMESPACE_URL, f"{instance}/1")), "isRecommended": True}
            | {"actions": actions},
            {"label": "Stop", "uuid": str(uuid5(NAMESPACE_URL, f"{instance}/2")), "isRecommended": False}
            | {"actions": [deletion]},
        ],
        "selectionBehavior": "any",
        "overrideReasons": [{"system": "urn:good:reason", "code": "no", "display": "Not now"}],
        "links": [
            {"label": "Guideline", "url": "https://good.example/guideline", "type": "absolute"},
            {"label": "App", "url": "https://good.example/launch", "type": "smart", "appContext": "{}"}
            | {"autolaunchable": False},
        ],
        "extension": {RAW_KEY: {"rules": ["A-1"]}},
    }


def refusal(status: int, allow: str | None = None) -> Answer:
    """Return an error as an OperationOutcome."""
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid"}]}
    return Answer(status, outcome, type="application/fhir+json", headers={"allow": allow} if allow else None)


def _status(body: Any) -> int:  # noqa: ANN401 - JSON
    """Return the status with which a call is refused; 0 if it isn't."""
    if not isinstance(body, dict) or body.get("hook") != "patient-view":
        return 400
    context, instance = body.get("context"), body.get("hookInstance")
    if not isinstance(context, dict) or not isinstance(context.get("patientId"), str):
        return 400
    if not isinstance(instance, str) or not UUID.fullmatch(instance):
        return 400
    prefetch = body.get("prefetch", {})
    if not isinstance(prefetch, dict):
        return 400
    known = {name: prefetch.get(name, "missing") for name in ("patient", "conditions")}
    usable = all(each is None or (isinstance(each, dict) and "issue" not in each) for each in known.values())
    return 0 if usable else 412


def _feedback(body: Any) -> Answer:  # noqa: ANN401 - JSON
    items = body.get("feedback") if isinstance(body, dict) else None
    if not isinstance(items, list) or not items:
        return refusal(400)
    good = all(
        isinstance(each.get("card"), str) and each.get("outcome") in ("accepted", "overridden") for each in items
    )
    return Answer(200, {}) if good else refusal(400)


async def _read(scope: Scope, receive: Receive) -> Request:
    content, more = b"", True
    while more:
        message = await receive()
        content += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    return Request(scope["method"], scope["path"], headers, content)


def _cors(request: Request) -> dict[str, str]:
    if "origin" not in request.headers:
        return {}
    allowed = {"access-control-allow-origin": request.headers["origin"]}
    return allowed | {"access-control-allow-headers": "content-type, authorization"}
