"""Feedback: which bodies are taken, and what is counted.

It must not test what is stored: nothing is, in this version.
It tests cds_service/api/feedback.py.
"""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from cds_service.api.feedback import read_feedback
from tests.service.small_service import PATH, calling, error_code, small_app

pytestmark = pytest.mark.anyio

ACCEPTED = {
    "card": "4e0a3a1e-3283-4575-ab82-028d55fe2719",
    "outcome": "accepted",
    "acceptedSuggestions": [{"id": "e56e1945-20b3-4393-8503-a1a20fd73152"}],
    "outcomeTimestamp": "2024-05-31T23:59:59.123Z",
}
OVERRIDDEN = {
    "card": "4e0a3a1e-3283-4575-ab82-028d55fe2719",
    "outcome": "overridden",
    "outcomeTimestamp": "2024-05-31T23:59:59Z",
}
REASON = {"reason": {"code": "not-now", "system": "urn:recurrence-cds:override-reason"}}


async def _post(body: object) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with calling(small_app()) as client:
        return await client.post(f"{PATH}/feedback", content=content, headers={"Content-Type": "application/json"})


def _one(item: Mapping[str, object], **changes: object) -> dict[str, Any]:
    changed = {**item, **changes}
    return {"feedback": [{name: value for name, value in changed.items() if value != "ABSENT"}]}


@pytest.mark.parametrize(
    "item",
    [
        ACCEPTED,
        OVERRIDDEN,
        {**OVERRIDDEN, "overrideReason": REASON},
        {**OVERRIDDEN, "overrideReason": {**REASON, "userComment": "seen last week"}},
        {**OVERRIDDEN, "overrideReason": {"userComment": "x" * 4096}},
        {**OVERRIDDEN, "overrideReason": {}},
        {**OVERRIDDEN, "overrideReason": None},
        {**OVERRIDDEN, "overrideReasons": REASON},
        {**OVERRIDDEN, "overrideReasons": {"extension": {"com.example.reason": "1"}}, "extension": {"a": 1}},
        {**OVERRIDDEN, "card": "123456"},
        {**OVERRIDDEN, "card": "A-z.9" * 12},
        {**OVERRIDDEN, "outcomeTimestamp": "2024-02-29T23:59:59+05:30"},
        {**OVERRIDDEN, "outcomeTimestamp": "2024-02-29t23:59:59.123456z"},
        {**OVERRIDDEN, "unknown": {"deep": [1, None]}},
        {**ACCEPTED, "acceptedSuggestions": [{"id": "1"}, {"id": "2", "extension": {}}]},
    ],
)
async def test_feedback_as_clients_send_it_is_taken(item: dict[str, object]) -> None:
    """Each dialect that is known, with unknown elements passed over, and any card."""
    answer = await _post({"feedback": [item], "extension": {"x": 1}})

    assert answer.status_code == 200
    assert answer.json() == {}
    assert answer.headers["cache-control"] == "no-store"


async def test_a_batch_of_a_hundred_is_taken() -> None:
    """Some clients send a day's feedback at once."""
    assert (await _post({"feedback": [OVERRIDDEN] * 100})).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "text",
        None,
        {"feedback": None},
        {"feedback": {}},
        {"feedback": []},
        {"feedback": [None]},
        {"feedback": ["text"]},
        {"feedback": [OVERRIDDEN] * 101},
        _one(OVERRIDDEN, card="ABSENT"),
        _one(OVERRIDDEN, card=""),
        _one(OVERRIDDEN, card="a" * 65),
        _one(OVERRIDDEN, card="a b"),
        _one(OVERRIDDEN, card="a\n"),
        _one(OVERRIDDEN, card="../a"),
        _one(OVERRIDDEN, card="\u0661"),
        _one(OVERRIDDEN, card=5),
        _one(OVERRIDDEN, outcome="ABSENT"),
        _one(OVERRIDDEN, outcome="ignored"),
        _one(OVERRIDDEN, outcomeTimestamp="ABSENT"),
        _one(OVERRIDDEN, outcomeTimestamp="yesterday"),
        _one(OVERRIDDEN, outcomeTimestamp="2024-05-31"),
        _one(OVERRIDDEN, outcomeTimestamp="2024-05-31T10:00:00"),
        _one(OVERRIDDEN, outcomeTimestamp="2024-13-01T10:00:00Z"),
        _one(OVERRIDDEN, outcomeTimestamp=1717200000),
        _one(ACCEPTED, acceptedSuggestions="ABSENT"),
        _one(ACCEPTED, acceptedSuggestions=[]),
        _one(ACCEPTED, acceptedSuggestions=[{}]),
        _one(ACCEPTED, acceptedSuggestions=["1"]),
        _one(ACCEPTED, acceptedSuggestions=[{"id": ""}]),
        _one(ACCEPTED, acceptedSuggestions=[{"id": "1"}] * 101),
        _one(OVERRIDDEN, overrideReason="not-now"),
        _one(OVERRIDDEN, overrideReason={"reason": "not-now"}),
        _one(OVERRIDDEN, overrideReason={"reason": {"code": "not-now"}}),
        _one(OVERRIDDEN, overrideReason={"userComment": "x" * 4097}),
        _one(OVERRIDDEN, overrideReason={"userComment": "\u00e9" * 2049}),
        _one(OVERRIDDEN, overrideReasons=[REASON]),
    ],
)
async def test_feedback_that_is_ill_formed_is_refused(body: object) -> None:
    """It gets a 400 that names the element and repeats nothing."""
    answer = await _post(body)

    assert answer.status_code == 400
    assert error_code(answer) == "invalid-request"


@pytest.mark.parametrize(
    "body, text",
    [
        (_one(OVERRIDDEN, card="a b"), "`feedback[0].card` is not as CDS Hooks 2.0 describes it."),
        (_one(OVERRIDDEN, outcome="ABSENT"), "`feedback[0].outcome` is required."),
        (_one(ACCEPTED, acceptedSuggestions=[]), "`feedback[0]` needs acceptedSuggestions"),
        ({}, "`feedback` is required."),
        ([], "`body` is not as CDS Hooks 2.0 describes it."),
    ],
)  # fmt: skip
async def test_a_refusal_names_the_element(body: object, text: str) -> None:
    """A developer sees what to repair."""
    assert (await _post(body)).json()["issue"][0]["details"]["text"].startswith(text)


@pytest.mark.parametrize(
    "body, code",
    [
        (b"", "not-json"),
        (b"{", "not-json"),
        (b'{"feedback": [NaN]}', "not-json"),
        (b'{"feedback": ["\\ud800"]}', "not-json"),
        (b'{"feedback": ["\xff"]}', "not-json"),
        (b"[" * 10_000, "not-json"),
        (b'{"feedback": [{"card": "1", "card": "2"}]}', "duplicate-key"),
    ],
)
async def test_feedback_that_is_no_strict_json_is_refused(body: bytes, code: str) -> None:
    """The same strictness as for a call."""
    answer = await _post(body)

    assert answer.status_code == 400
    assert error_code(answer) == code


async def test_feedback_of_more_than_a_mebibyte_is_refused() -> None:
    """A hundred items with full comments are less."""
    assert (await _post(b" " * (1024 * 1024 + 1))).status_code == 413


async def test_feedback_takes_post_only() -> None:
    """Another method gets a 405."""
    async with calling(small_app()) as client:
        answer = await client.get(f"{PATH}/feedback")

    assert answer.status_code == 405


async def test_feedback_is_counted_in_the_log_without_its_text() -> None:
    """Neither comment nor card stands in the line."""
    commented = {**OVERRIDDEN, "overrideReason": {"userComment": "CANARY"}}

    with capture_logs() as lines:
        await _post({"feedback": [ACCEPTED, commented, commented]})

    (line,) = lines
    assert (line["route"], line["accepted"], line["overridden"]) == ("feedback", 1, 2)
    assert "CANARY" not in str(line)
    assert str(OVERRIDDEN["card"]) not in str(line)


@pytest.mark.parametrize("name", ["overrideReason", "overrideReasons"])
def test_both_spellings_of_the_reason_are_read_alike(name: str) -> None:
    """Storage will not have to know the dialect."""
    (item,) = read_feedback(json.dumps(_one(OVERRIDDEN, **{name: REASON})).encode())

    assert item.reason is not None
    assert item.reason.reason is not None
    assert item.reason.reason.code == "not-now"


def test_a_comment_is_not_shown_when_feedback_is_printed() -> None:
    """A comment may name the patient."""
    (item,) = read_feedback(json.dumps(_one(OVERRIDDEN, overrideReason={"userComment": "CANARY"})).encode())

    assert "CANARY" not in repr(item)
