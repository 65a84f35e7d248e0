"""All pages of a FHIR search, or the reason for a failure.

A URL, a token or a body must not be logged or repeated.
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
"""Beginning of an escaped small letter.

An escaped key is another text with equal meaning.
"""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Every page of an answer, in order."""

    pages: tuple[Page, ...]


async def read_resource(client: FhirClient, access: FhirAccess, path: str) -> Fetched | FetchFailure:
    """Return the resource at a path such as `Patient/123`."""
    answer = parse_page(await client.get(access, f"{access.base}/{path}", client.max_bytes))
    return answer if isinstance(answer, FetchFailure) else Fetched((answer,))


async def search(
    client: FhirClient, access: FhirAccess, query: str, *, first_next: str | None = None
) -> Fetched | FetchFailure:
    """Return all pages of a search, or the reason for a failure.

    With `first_next` the search begins at that link, because the first page came with the call. Too many pages, a
    foreign or repeated link or a failed page return no pages, since half an answer reads as silence.
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
    """Return an answer as a page, or the reason against it."""
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
    """Raise DuplicateKey for a repeated part of a Bundle.

    Readers would keep the last and silently lose the other. Only a page with suspicious counts is checked, since the
    check takes longer than reading; and a single resource, which may name two patients.
    """
    if page.single_resource_type is not None or _may_name_twice(body, page):
        refuse_duplicate_keys(body)


def _may_name_twice(body: bytes, page: Page) -> bool:
    """Return True if a Bundle may repeat a part.

    It has more names than parts, or escaped names. A repeated list of entries, or a repeated resource, hides a
    resource. The links are before the first resource or after the last.
    """
    if _ESCAPE in body and any(letter in body for letter in _ESCAPED_LETTERS):
        return True
    if body.count(_RESOURCE) > page.held:
        return True
    first, last = body.find(_RESOURCE), body.rfind(_RESOURCE)
    outside = body if first < 0 else body[:first] + body[last:]
    return outside.count(_LINK) > 1
