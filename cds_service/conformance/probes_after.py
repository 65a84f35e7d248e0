"""Planned requests after a call, such as feedback and preflights.

Tests: tests/conformance/test_probes.py.
"""

import base64
from collections.abc import Iterator
from typing import Any

from cds_service.conformance.patients import Resource
from cds_service.conformance.probes import MALFORMED, Plan, as_json
from cds_service.conformance.record import Ask, Exchange, listed

MADE_UP = "3f2c1b7e-8d4a-4b59-9c0e-7a6d5e4f3c2b"
"""Replacement for a missing uuid of a card or suggestion."""
MOMENT = "2026-01-31T10:20:30Z"
REASON = {"code": "not-now", "system": "urn:conformance:reason"}
PREFLIGHT = "content-type,authorization"


def feedback_asks(plan: Plan, call: Exchange) -> dict[str, Ask]:
    """Return feedback on the cards of a call in legal and illegal shapes."""
    path = f"{plan.path}/feedback"
    cards = _cards(call)
    bodies = {name: {"feedback": items} for name, items in _legal(cards)} | dict(_illegal(cards[0]))
    asks = {f"feedback.{name}": Ask("POST", path, as_json(body)) for name, body in bodies.items()}
    asks["feedback.bad-cut"] = Ask("POST", path, MALFORMED["cut"])
    asks["feedback.method"] = Ask("GET", path)
    asks["feedback.anonymous"] = Ask("POST", path, asks["feedback.overridden"].body, anonymous=True)
    return asks


def trust_asks(plan: Plan) -> dict[str, Ask]:
    """Return the call without a token and with forged tokens."""
    body = plan.body("trust")
    tokens = {"garbage": "conformance.made.up", "alg-none": _jwt("none", ""), "alg-hmac": _jwt("HS256", "c2lnbmF0dXJl")}
    forged = {
        f"trust.{name}": plan.post(body, headers={"Authorization": f"Bearer {token}"}, anonymous=True)
        for name, token in tokens.items()
    }
    return {"trust.anonymous": plan.post(body, anonymous=True), **forged}


def cors_asks(plan: Plan, origin: str) -> dict[str, Ask]:
    """Return a browser's requests for a page of this origin."""
    paths = {"discovery": ("GET", "/cds-services"), "service": ("POST", plan.path)}
    paths["feedback"] = ("POST", f"{plan.path}/feedback")
    preflights = {
        f"cors.preflight-{name}": Ask("OPTIONS", path, headers=_preflight(origin, method), anonymous=True)
        for name, (method, path) in paths.items()
    }
    from_page = {"Origin": origin}
    return preflights | {
        "cors.discovery": Ask("GET", "/cds-services", headers=from_page),
        "cors.call": plan.post(plan.body("cors"), headers=from_page),
        "cors.error": Ask("POST", plan.path, MALFORMED["cut"], headers=from_page),
    }


def _cards(call: Exchange) -> list[Resource]:
    """Return two cards for feedback, invented if missing."""
    answer = call.json if isinstance(call.json, dict) else {}
    found = [card for card in listed(answer.get("cards")) if isinstance(card, dict)]
    return [*found, {}, {}][:2]


def _legal(cards: list[Resource]) -> Iterator[tuple[str, list[Resource]]]:
    first = cards[0]
    reason = next((each for each in listed(first.get("overrideReasons")) if isinstance(each, dict)), REASON)
    picked = {"reason": {name: reason.get(name, REASON[name]) for name in ("code", "system")}}
    accepted = _item(first, outcome="accepted", acceptedSuggestions=[{"id": _suggestion(first)}])
    overridden = _item(first)
    yield "accepted", [accepted]
    yield "overridden", [overridden]
    yield "reason", [_item(first, overrideReason=picked)]
    yield "comment", [_item(first, overrideReason={"userComment": "Made up by a conformance check."})]
    yield "reason-comment", [_item(first, overrideReason={**picked, "userComment": "Made up."})]
    yield "batch", [overridden, _item(cards[1])]
    yield "repeated", [overridden]
    yield "fraction", [_item(first, outcomeTimestamp="2026-01-31T10:20:30.123Z")]
    yield "offset", [_item(first, outcomeTimestamp="2026-01-31T12:20:30+02:00")]
    yield "extension", [_item(first, extension={"com.example.conformance": {"note": "made up"}})]


def _illegal(card: Resource) -> Iterator[tuple[str, Any]]:
    item = _item(card)
    yield "bad-object", {"feedback": item}
    yield "bad-element", {"feedbacks": [item]}
    yield "bad-card", {"feedback": [{**item, "card": 7}]}
    yield "bad-outcome", {"feedback": [{**item, "outcome": "ignored"}]}
    yield "bad-missing", {"feedback": [{"outcome": "overridden"}]}


def _item(card: Resource, **more: object) -> Resource:
    uuid = card.get("uuid")
    named = uuid if isinstance(uuid, str) and uuid else MADE_UP
    return {"card": named, "outcome": "overridden", "outcomeTimestamp": MOMENT, **more}


def _suggestion(card: Resource) -> str:
    uuids = [each.get("uuid") for each in listed(card.get("suggestions")) if isinstance(each, dict)]
    return next((uuid for uuid in uuids if isinstance(uuid, str) and uuid), MADE_UP)


def _preflight(origin: str, method: str) -> dict[str, str]:
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": PREFLIGHT}
    return {"Origin": origin, **asked}


def _jwt(algorithm: str, signature: str) -> str:
    """Return a forged token, unacceptable to every service."""
    header = {"alg": algorithm, "typ": "JWT", "kid": "conformance"}
    claims = {"iss": "https://conformance.example", "aud": "https://conformance.example", "jti": "conformance"}
    parts = (base64.urlsafe_b64encode(as_json(part)).rstrip(b"=").decode() for part in (header, claims))
    return ".".join((*parts, signature))
