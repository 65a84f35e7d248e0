"""A FHIR server's answer to one query, all pages of it, or the reason why it can't be used.

It must not read resources, and must not log or repeat a URL, a token or a body.
Tests: tests/service/test_fetch.py.
"""

from dataclasses import dataclass
from urllib.parse import urljoin

from cds_service.errors import NotJson
from cds_service.fhir.bundle import Page, read_page
from cds_service.security.egress import Failed, FhirAccess, FhirClient
from cds_service.strict_json import BYTE_ORDER_MARK, check_utf8

__all__ = ["Failed", "Fetched", "FhirAccess", "read_resource", "search"]


@dataclass(frozen=True, slots=True)
class Fetched:
    """Every page of an answer, in order."""

    pages: tuple[Page, ...]


async def read_resource(client: FhirClient, access: FhirAccess, path: str) -> Fetched | Failed:
    """Return the resource at a path under the base, such as `Patient/123`, as the only page."""
    answer = await _page(client, access, f"{access.base}/{path}", client.max_bytes)
    return answer if isinstance(answer, Failed) else Fetched((answer,))


async def search(
    client: FhirClient, access: FhirAccess, query: str, *, first_next: str | None = None
) -> Fetched | Failed:
    """Return all pages of a search such as `Condition?patient=123`, or why they can't all be had.

    With `first_next` the search starts at that link: the first page came with the call. A page too many, a link that
    leaves the base or comes back, a page that fails: then nothing is returned, since half an answer reads as silence.
    """
    url: str | None = first_next or f"{access.base}/{query}"
    pages: list[Page] = []
    seen: set[str] = set()
    room = client.max_bytes
    while url is not None:
        if url in seen or not access.holds(url):
            return Failed("repeated-next-link" if url in seen else "foreign-next-link")
        if len(pages) == client.max_pages:
            return Failed("too-many-pages")
        seen.add(url)
        answer = await _page(client, access, url, room)
        if isinstance(answer, Failed):
            return answer
        pages.append(answer)
        room -= len(memoryview(answer.source))
        url = _absolute(answer.next, url)
    return Fetched(tuple(pages))


def _absolute(link: str | None, page_url: str) -> str | None:
    if link is None or link.lower().startswith(("http://", "https://")):
        return link
    return urljoin(page_url, link)


async def _page(client: FhirClient, access: FhirAccess, url: str, room: int) -> Page | Failed:
    body = await client.get(access, url, room)
    if isinstance(body, Failed):
        return body
    body = body.removeprefix(BYTE_ORDER_MARK)
    try:
        check_utf8(body)
    except NotJson:
        return Failed("not-json")
    page = read_page(body)
    return page if isinstance(page, Page) else Failed(page.reason)
