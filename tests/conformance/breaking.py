"""Ways to break the good service in a single thing: an element, the answer to some requests, a header.

It must not hold the services that are broken: broken_services.py does.
Its tests are those that import it.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.conformance.good_service import PATH, Answer, GoodService, Json, Request, refusal

FEEDBACK = f"{PATH}/feedback"
Change = Callable[[Json], object]


def entry(change: Change) -> GoodService:
    """Return a service with a change in its entry of discovery."""
    return GoodService(discovery=lambda document: _changed(document, change, document["services"][0]))


def card(change: Change) -> GoodService:
    """Return a service with a change in its card."""
    return GoodService(card=lambda one: _changed(one, change, one))


def suggestion(change: Change) -> GoodService:
    """Return a service with a change in its first suggestion."""
    return card(lambda one: change(one["suggestions"][0]))


def action(change: Change) -> GoodService:
    """Return a service with a change in its first action."""
    return suggestion(lambda one: change(one["actions"][0]))


def link(change: Change) -> GoodService:
    """Return a service with a change in its first link, an absolute one."""
    return card(lambda one: change(one["links"][0]))


def response(change: Change) -> GoodService:
    """Return a service with a change in its response."""
    return GoodService(response=lambda one: _changed(one, change, one))


def template(text: str) -> GoodService:
    """Return a service with one more template."""
    return entry(lambda one: one["prefetch"].update(more=text))


def answering(when: Callable[[Request], bool], change: Callable[[Answer], Answer]) -> GoodService:
    """Return a service that changes its answer to some requests."""
    return GoodService(answer=lambda request, answer: change(answer) if when(request) else answer)


def calls(when: Callable[[Json], object], change: Callable[[Answer], Answer]) -> GoodService:
    """Return a service that changes its answer to some calls."""
    return answering(lambda r: r.path == PATH and isinstance(r.body, dict) and bool(when(r.body)), change)


def feedbacks(when: Callable[[Json], object], change: Callable[[Answer], Answer]) -> GoodService:
    """Return a service that changes its answer to some feedback."""
    return answering(lambda r: r.path == FEEDBACK and isinstance(r.body, dict) and bool(when(r.body)), change)


def gives(status: int) -> Callable[[Answer], Answer]:
    """Return a change to an error."""
    return lambda _answer: refusal(status)


def no_cards(_answer: Answer) -> Answer:
    """Return a change to an empty success."""
    return Answer(200, {"cards": []})


def sets(**elements: object) -> Change:
    """Return a change of elements."""
    return lambda part: part.update(elements)


def drops(name: str) -> Change:
    """Return a change that takes an element away."""
    return lambda part: part.pop(name)


def _changed(whole: Json, change: Change, part: Json) -> Json:
    change(part)
    return whole


def prefetch(body: Json) -> Json:
    """Return the prefetch of a call; empty where it is none."""
    found = body.get("prefetch")
    return found if isinstance(found, dict) else {}


def conditions(body: Json) -> Any:  # noqa: ANN401 - JSON
    """Return what came under the key of the conditions, or that nothing did."""
    return prefetch(body).get("conditions", "missing")


def item(body: Json) -> Json:
    """Return the first item of feedback."""
    items = body.get("feedback")
    return items[0] if isinstance(items, list) else {}


def user(body: Json) -> str:
    """Return who looks, in a call."""
    context = body.get("context")
    return str(context.get("userId")) if isinstance(context, dict) else ""


def has_context(body: Json, name: str) -> bool:
    """Return whether the context of a call names something."""
    return isinstance(body.get("context"), dict) and name in body["context"]


def twice(answer: Answer) -> Answer:
    """Return an answer whose text names an element twice."""
    return Answer(answer.status, content=b'{"extension": {"com.example.a": 1}, ' + answer.sent()[1:])


def with_nan(answer: Answer) -> Answer:
    """Return an answer with a value that JSON does not have."""
    return Answer(answer.status, content=answer.sent().replace(b'"looked": true', b'"looked": NaN'))


def same_uuids(one: Json) -> None:
    """Give two suggestions the same uuid."""
    one["suggestions"][1]["uuid"] = one["suggestions"][0]["uuid"]


def constant_uuid(one: Json) -> None:
    """Give every card the same uuid."""
    one["uuid"] = "b8d2f1a4-0c5e-4f6b-8a7d-9e1c3b5a7f20"


def second(document: Json, change: Change) -> Json:
    """Return a discovery with a second entry that differs a little from the first."""
    second = dict(document["services"][0])
    change(second)
    return {"services": [*document["services"], second]}


def two_chosen(one: Json) -> None:
    """Recommend two suggestions of which one can be chosen."""
    one["selectionBehavior"] = "at-most-one"
    one["suggestions"][1]["isRecommended"] = True


def refuses_repeats(seen: set[bytes], request: Request, answer: Answer) -> Answer:
    """Return the answer of a service that takes each body of feedback once."""
    if request.path != FEEDBACK or answer.status != 200 or "authorization" in request.headers:
        return answer
    repeated = request.content in seen
    seen.add(request.content)
    return refusal(409) if repeated else answer


def plain_feedback(body: Json) -> bool:
    """Return whether feedback is on one card, without a reason."""
    items = body.get("feedback")
    named = set(item(body)) == {"card", "outcome", "outcomeTimestamp"}
    return named and isinstance(items, list) and len(items) == 1 and item(body)["outcomeTimestamp"].endswith(":30Z")


def echoes(request: Request, answer: Answer) -> Answer:
    """Return the answer of a service that repeats a call with a token."""
    named = isinstance(request.body, dict) and "fhirAuthorization" in request.body
    return Answer(400, {**refusal(400).body, "text": str(request.body)}) if named else answer


def without_cors(method: str, path: str, status: int) -> GoodService:
    """Return a service that tells no page that it may read one of its answers."""

    def change(request: Request, answer: Answer) -> Answer:
        if (request.method, request.path, answer.status) != (method, path, status):
            return answer
        return replace(answer, headers={**(answer.headers or {}), "access-control-allow-origin": "null"})

    return GoodService(answer=change)


def trusting(word: str, path: str = PATH) -> GoodService:
    """Return a service with authentication that lets one wrong token pass."""

    def change(request: Request, answer: Answer) -> Answer:
        sent = request.headers.get("authorization", "nobody")
        return Answer(200, {"cards": []}) if request.path == path and word in sent else answer

    return GoodService(answer=change, token="good.good.good")


def chatty(request: Request, answer: Answer) -> Answer:
    """Return the answer of a service that says more about one token than about others."""
    return Answer(401, {"error": "no such token"}) if "made.up" in request.headers.get("authorization", "") else answer
