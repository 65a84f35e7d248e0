"""One page of a FHIR search, or one resource, as raw slices that nobody has looked into yet.

Must not judge resources: that is `cds_service.fhir.read`.
Tests: tests/service/test_bundle.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
from msgspec import Raw

OUTCOME_MODE = "outcome"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a prefetched or fetched value is no FHIR answer; `reason` is a stable code."""

    reason: str


_ABSENT = Raw(b"")


class _Search(msgspec.Struct, gc=False):
    mode: str | None = None


class Entry(msgspec.Struct, gc=False):
    """One resource of a page: its raw JSON, and the fullUrl that references may use for it."""

    raw: Raw = msgspec.field(name="resource", default=_ABSENT)
    full_url: str | None = msgspec.field(name="fullUrl", default=None)
    search: _Search | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The entries of one page in their order, with the page's own links."""

    entries: tuple[Entry, ...] = ()
    next: str | None = None
    self_link: str | None = None


class _Link(msgspec.Struct, gc=False):
    relation: str | None = None
    url: str | None = None


class _Bundle(msgspec.Struct, gc=False):
    resourceType: str | None = None  # noqa: N815 - FHIR's own spelling
    entry: list[Entry] | None = None
    link: list[_Link] | None = None


_BUNDLE = msgspec.json.Decoder(_Bundle)


def read_page(raw: bytes | Raw) -> Page | Unreadable:
    """Return the entries of a Bundle, the resource itself as the only entry, or why it is neither.

    An OperationOutcome says that the client looked and failed; entries with `search.mode` outcome are left out,
    as the standard asks. Nothing is decoded beyond the Bundle's own frame.
    """
    try:
        bundle = _BUNDLE.decode(raw)
    except msgspec.ValidationError:
        return Unreadable("not-fhir")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Unreadable("not-json")
    if bundle.resourceType == "OperationOutcome":
        return Unreadable("operation-outcome")
    if bundle.resourceType is None:
        return Unreadable("not-fhir")
    if bundle.resourceType != "Bundle":
        return Page(entries=(Entry(Raw(bytes(raw))),))
    return Page(
        entries=tuple(_matches(bundle.entry or ())),
        next=_link(bundle.link, "next"),
        self_link=_link(bundle.link, "self"),
    )


def _matches(entries: Iterable[Entry]) -> Iterable[Entry]:
    return [
        entry
        for entry in entries
        if entry.raw is not _ABSENT and (entry.search is None or entry.search.mode != OUTCOME_MODE)
    ]


def _link(links: list[_Link] | None, relation: str) -> str | None:
    return next((link.url for link in links or () if link.relation == relation and link.url), None)
