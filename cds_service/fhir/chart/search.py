"""A FHIR server's answer to one query, all pages of it, or the reason why it can't be used.

It must not read resources, and must not log or repeat a URL, a token or a body.
Tests: tests/fhir/test_search.py.
"""

from dataclasses import dataclass
from urllib.parse import urljoin

from cds_service.errors import CdsError, NotJson
from cds_service.fhir.pages.page import Page, read_page
from cds_service.security.egress import FetchFailure, FhirAccess, FhirClient
from cds_service.strict_json import BYTE_ORDER_MARK, check_utf8, refuse_duplicate_keys

__all__ = ["FetchFailure", "Fetched", "FhirAccess", "check_frame", "parse_page", "read_resource", "search"]

_RESOURCE, _LINK = b'"resource"', b'"link"'
_ESCAPE = b"\\"
_ESCAPED_LETTERS = (b"\\u006", b"\\u007")
"""How a small letter begins that is written as an escape: a key in such letters is another text and the same key."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Every page of an answer, in order."""

    pages: tuple[Page, ...]


async def read_resource(client: FhirClient, access: FhirAccess, path: str) -> Fetched | FetchFailure:
    """Return the resource at a path under the base, such as `Patient/123`, as the only page."""
    answer = parse_page(await client.get(access, f"{access.base}/{path}", client.max_bytes))
    return answer if isinstance(answer, FetchFailure) else Fetched((answer,))


async def search(
    client: FhirClient, access: FhirAccess, query: str, *, first_next: str | None = None
) -> Fetched | FetchFailure:
    """Return all pages of a search such as `Condition?patient=123`, or why they can't all be had.

    With `first_next` the search starts at that link: the first page came with the call. A page too many, a link that
    leaves the base or comes back, a page that fails: then nothing is returned, since half an answer reads as silence.
    """
    url: str | None = first_next or f"{access.base}/{query}"
    pages: list[Page] = []
    seen: set[str] = set()
    room = client.max_bytes
    while url is not None:
        if url in seen or not access.contains(url):
            return FetchFailure("repeated-next-link" if url in seen else "foreign-next-link")
        if len(pages) == client.max_pages:
            return FetchFailure("too-many-pages")
        seen.add(url)
        is_first = not pages and first_next is None
        asked = client.search(access, query, room) if is_first else client.get(access, url, room)
        answer = parse_page(await asked)
        if isinstance(answer, FetchFailure):
            return answer
        pages.append(answer)
        room -= len(memoryview(answer.source))
        url = _absolute(answer.next, url)
    return Fetched(tuple(pages))


def _absolute(link: str | None, page_url: str) -> str | None:
    if link is None or link.lower().startswith(("http://", "https://")):
        return link
    return urljoin(page_url, link)


def parse_page(body: bytes | FetchFailure) -> Page | FetchFailure:
    """Return an answer as a page, or why it is none."""
    if isinstance(body, FetchFailure):
        return body
    body = body.removeprefix(BYTE_ORDER_MARK)
    try:
        check_utf8(body)
    except NotJson:
        return FetchFailure("not-json")
    page = read_page(body)
    if not isinstance(page, Page):
        return FetchFailure(page.reason)
    try:
        check_frame(body, page)
    except CdsError as error:
        return FetchFailure(error.code)
    return page


def check_frame(body: bytes, page: Page) -> None:
    """Raise DuplicateKey where a part of a Bundle stands twice: readers keep the last, and lose the other in silence.

    Only a page that could name a part twice is looked through, since that takes longer than reading it; and a resource
    alone, which is small and may say twice whose it is.
    """
    if page.single_resource_type is not None or _may_name_twice(body, page):
        refuse_duplicate_keys(body)


def _may_name_twice(body: bytes, page: Page) -> bool:
    """Return whether a Bundle names its parts more often than it holds them, or in letters that are not plain.

    A doubled list of entries, or a doubled resource of one, names a resource that is not there. The links stand before
    the first resource or behind the beginning of the last.
    """
    if _ESCAPE in body and any(letter in body for letter in _ESCAPED_LETTERS):
        return True
    if body.count(_RESOURCE) > page.held:
        return True
    first, last = body.find(_RESOURCE), body.rfind(_RESOURCE)
    outside = body if first < 0 else body[:first] + body[last:]
    return outside.count(_LINK) > 1
