"""Feedback as one EHR sends it: another spelling, a category of the site in an extension, card ids of its own.

It must not test what every client sends: tests/api/test_feedback.py does.
It tests cds_service/api/feedback.py.
"""

import json

import pytest

from cds_service.api.feedback import SITE_SYSTEM, Feedback, read_feedback

NAME = "com.epic.cdshooks.feedback.overrideReason"
SITES = {f"{NAME}.reasonCategory": "45", f"{NAME}.reasonDisplay": "CANARY", f"{NAME}.reasonTitle": "CANARY"}
OURS = {"code": "not-now", "system": "urn:recurrence-cds:override-reason", "display": "Not now"}


def _read(**more: object) -> Feedback:
    item = {"card": "123456", "outcome": "overridden", "outcomeTimestamp": "2022-05-19T19:44:04Z", **more}
    (found,) = read_feedback(json.dumps({"feedback": [item]}).encode())
    return found


def test_a_reason_of_the_site_is_read_from_the_extension() -> None:
    """By its category; the text beside it is not shown."""
    found = _read(overrideReasons={"extension": SITES, "userComment": "CANARY"})

    assert found.picked is not None
    assert (found.picked.system, found.picked.code) == (SITE_SYSTEM, "45")
    assert "CANARY" not in repr(found)


def test_a_reason_of_ours_counts_more_than_an_extension() -> None:
    """The site has mapped it."""
    found = _read(overrideReasons={"reason": OURS, "extension": SITES})

    assert found.picked is not None
    assert found.picked.code == "not-now"


@pytest.mark.parametrize(
    "extension",
    [None, "text", 5, [], {}, {"com.example": "1"}, {f"{NAME}.reasonCategory": 45}, {f"{NAME}.reasonCategory": "a b"}],
)
def test_an_extension_that_says_nothing_is_no_reason_and_no_mistake(extension: object) -> None:
    """Overriding without a reason is legal."""
    assert _read(overrideReasons={"extension": extension}).picked is None
    assert _read().picked is None
