"""Feedback in the demo: it goes the way of all feedback, and the page can show that it arrived.

It must not test what feedback has to look like: test_feedback.py does.
It is itself a test.
"""

from typing import Any

import pytest

from cds_service.api.feedback import MAX_BODY_BYTES
from cds_service.demo.received_feedback import KEPT
from tests.demo.demo_service import SERVICE, demo_client

pytestmark = pytest.mark.anyio
CARD = "9a1d0e53-7c55-5f0c-a3a9-5f3a0b6a1c11"
ACCEPTED: dict[str, Any] = {
    "card": CARD,
    "outcome": "accepted",
    "outcomeTimestamp": "2026-06-15T12:00:00.000Z",
    "acceptedSuggestions": [{"id": "s1"}],
}
OVERRIDDEN: dict[str, Any] = {
    "card": CARD,
    "outcome": "overridden",
    "outcomeTimestamp": "2026-06-15T12:01:00Z",
    "overrideReason": {
        "reason": {"code": "not-now", "system": "urn:recurrence-cds:override-reason"},
        "userComment": "Seen tomorrow",
    },
}


async def test_feedback_that_arrived_is_listed_newest_first() -> None:
    """With everything that was said, and when the service heard it."""
    async with demo_client() as client:
        empty = await client.get("/demo/feedback")
        for item in (ACCEPTED, OVERRIDDEN):
            assert (await client.post(f"{SERVICE}/feedback", json={"feedback": [item]})).status_code == 200
        listed = await client.get("/demo/feedback")

    assert empty.json() == []
    assert listed.json() == [{"received": "2026-06-15T12:00:00+00:00"} | item for item in (OVERRIDDEN, ACCEPTED)]


@pytest.mark.parametrize(
    "body", [b"{}", b'{"feedback": [{"card": "x"}]}', b"not json", b" " * (MAX_BODY_BYTES + 10)], ids=range(4)
)
async def test_feedback_that_is_refused_is_not_listed(body: bytes) -> None:
    """The answer is the service's own."""
    async with demo_client() as client:
        refused = await client.post(f"{SERVICE}/feedback", content=body, headers={"Content-Type": "application/json"})
        listed = await client.get("/demo/feedback")

    assert refused.status_code in {400, 413}
    assert refused.json()["resourceType"] == "OperationOutcome"
    assert listed.json() == []


async def test_only_the_newest_feedback_is_kept() -> None:
    """However long the demo runs."""
    async with demo_client() as client:
        for number in range(KEPT + 2):
            item = {**ACCEPTED, "card": f"card-{number}"}
            await client.post(f"{SERVICE}/feedback", json={"feedback": [item]})
        listed = (await client.get("/demo/feedback")).json()

    assert [item["card"] for item in listed] == [f"card-{number}" for number in range(KEPT + 1, 1, -1)]
