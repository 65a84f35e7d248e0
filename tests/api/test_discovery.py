"""Discovery: what the service says that it offers.

It must not test what the real hook publishes: that is beside the hook.
It tests cds_service/api/discovery.py.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.service.small_service import SMALL, calling, error_code, small_app

pytestmark = pytest.mark.anyio


async def test_discovery_describes_a_service_as_the_standard_asks() -> None:
    """Every element of the standard is there, with the versions that are implemented."""
    async with calling(small_app()) as client:
        answer = await client.get("/cds-services")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "services": [
            {
                "hook": "patient-view",
                "title": "Small",
                "description": "Answers with no cards.",
                "id": "small",
                "prefetch": {"patient": "Patient/{{context.patientId}}"},
                "usageRequirements": "None.",
                "version": "2.0.1",
                "hookVersion": "1.0",
            }
        ]
    }


async def test_discovery_leaves_out_what_has_no_value() -> None:
    """The standard forbids null, empty texts, empty arrays and empty objects."""
    bare = replace(SMALL, title="", usage_requirements="", prefetch={})

    async with calling(small_app(service=bare)) as client:
        document = (await client.get("/cds-services")).json()

    assert set(document["services"][0]) == {"hook", "description", "id", "version", "hookVersion"}
    assert all(value not in (None, "", [], {}) for value in _values(document))


@pytest.mark.parametrize("path", ["/cds-services", "/cds-services/", "//cds-services", "/cds-services//"])
async def test_discovery_answers_however_its_slashes_are_written(path: str) -> None:
    """Clients join paths with one slash too many."""
    async with calling(small_app()) as client:
        answer = await client.get(f"http://service.test{path}")

    assert answer.status_code == 200


async def test_discovery_answers_head_like_get() -> None:
    """A monitor may ask with HEAD."""
    async with calling(small_app()) as client:
        answer = await client.head("/cds-services")

    assert answer.status_code == 200
    assert answer.content == b""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_discovery_takes_get_and_head_only(method: str) -> None:
    """Another method gets a 405 that names the right ones."""
    async with calling(small_app()) as client:
        answer = await client.request(method, "/cds-services")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"
    assert error_code(answer) == "method-not-allowed"


@pytest.mark.parametrize("path", ["/", "/nothing", "/cds-services/small/else", "/cds-services-of-others"])
async def test_an_unknown_path_is_not_found(path: str) -> None:
    """It gets a 404 with an OperationOutcome."""
    async with calling(small_app()) as client:
        answer = await client.get(path)

    assert answer.status_code == 404
    assert error_code(answer) == "not-found"


def _values(node: object) -> Iterator[object]:
    yield node
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        yield from _values(child)
