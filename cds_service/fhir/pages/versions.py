"""Versions of resources, and which of them is the newest.

Tests: tests/fhir/test_versions.py.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from msgspec import Raw

from cds_service.fhir.pages.page import Entry, Page
from cds_service.fhir.pages.summary import ABSENT, Lenient

_KINDS_WITH_DELETIONS = (b"history", b"transaction", b"batch")


class _Meta(msgspec.Struct, gc=False):
    versionId: str | None = None  # noqa: N815 - FHIR's own spelling
    lastUpdated: str | None = None  # noqa: N815 - FHIR's own spelling


class _Versioned(msgspec.Struct, gc=False):
    meta: _Meta | None = None


class _Request(msgspec.Struct, gc=False):
    method: str | None = None
    url: str | None = None


class _Response(msgspec.Struct, gc=False):
    etag: str | None = None
    lastModified: str | None = None  # noqa: N815 - FHIR's own spelling


_VERSIONED = Lenient(_Versioned)
_REQUEST = Lenient(_Request)
_RESPONSE = Lenient(_Response)


@dataclass(frozen=True, slots=True)
class Version:
    """Number and time of one version, as far as known."""

    number: int | None = None
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class Deletion:
    """The removal of a resource at a position of its Bundle."""

    type: str
    id: str
    version: Version
    index: int


def version_of(raw: Raw) -> Version:
    """Return the version of a resource."""
    found = _VERSIONED.read(raw)
    meta = found.meta if found is not None and found.meta is not None else _Meta()
    return Version(_number(meta.versionId), _instant(meta.lastUpdated))


def newest(versions: Sequence[Version]) -> set[int]:
    """Return the positions of the newest versions.

    The number decides, else the time. Versions without an order are all newest.
    """
    numbers = [version.number for version in versions if version.number is not None]
    times = [version.updated for version in versions if version.updated is not None]
    if len(numbers) == len(versions):
        latest = [version.number == max(numbers) for version in versions]
    elif len(times) == len(versions):
        latest = [version.updated == max(times) for version in versions]
    else:
        return set(range(len(versions)))
    return {index for index, is_latest in enumerate(latest) if is_latest}


def is_later(one: Version, other: Version) -> bool | None:
    """Return True for the later version, None without an order."""
    if one.number is not None and other.number is not None and one.number != other.number:
        return one.number > other.number
    if one.updated is not None and other.updated is not None:
        return one.updated > other.updated
    return None


def deletions(page: Page) -> Iterable[Deletion]:
    """Yield the removed resources of a history or transaction."""
    if page.frame is None or bytes(page.frame.type).strip(b'"') not in _KINDS_WITH_DELETIONS:
        return
    for index, entry in enumerate(page.slices):
        found = _deleted(entry)
        if found is not None:
            response = (None if entry.response is ABSENT else _RESPONSE.read(entry.response)) or _Response()
            number = _number((response.etag or "").removeprefix("W/").strip('"'))
            yield Deletion(*found, Version(number, _instant(response.lastModified)), index)


def _deleted(entry: Entry) -> tuple[str, str] | None:
    """Return type and id of a removed resource."""
    request = None if entry.request is ABSENT else _REQUEST.read(entry.request)
    if request is None or request.method != "DELETE":
        return None
    parts = (request.url or entry.full_url or "").partition("?")[0].split("/_history")[0].split("/")
    return (parts[-2], parts[-1]) if len(parts) > 1 else None


_MOST_DIGITS = 18


def _number(version: str | None) -> int | None:
    if not version or not version.isascii() or not version.isdigit() or len(version) > _MOST_DIGITS:
        return None
    return int(version)


def _instant(written: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(written or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
