"""A profile, one kind of EHR, read once from its file.

Tests: tests/profiles/test_profiles.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from cards.model import Form
from cds_service.fhir.chart.sources import Query
from cds_service.profiles.file import ProfileFile, read_profile_file

DEFAULT = "generic"
"""Profile of anonymous callers and of discovery."""
_SUFFIX = ".toml"


class Selection(StrEnum):
    """The `selectionBehavior` of a card with suggestions."""

    ANY = "any"
    AT_MOST_ONE = "at-most-one"
    NONE = "none"
    """The element is left out."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Queries, form and documentation of one kind of EHR."""

    name: str
    queries: Mapping[str, tuple[Query, ...]]
    """Queries by source key.

    Missing sources use the published query.
    """
    form: Form
    selection: Selection
    site_codes_only: bool
    """Whether an order with a site code omits our codes."""
    file: ProfileFile
    """The file itself, for the documentation."""


@cache
def profile_names() -> frozenset[str]:
    """Return the names of all profiles."""
    folder = files("cds_service.profiles")
    return frozenset(each.name.removesuffix(_SUFFIX) for each in folder.iterdir() if each.name.endswith(_SUFFIX))


@cache
def profile_of(name: str) -> Profile:
    """Return a profile.

    Raises ValueError with the fault of its file.
    """
    file = read_profile_file(name, (files("cds_service.profiles") / f"{name}{_SUFFIX}").read_text(encoding="utf-8"))
    return Profile(
        name=name,
        queries={key: tuple(Query(q.key, q.query) for q in queries) for key, queries in file.queries.items()},
        form=Form(merged=file.cards == "merged", detail_length=file.detail_length),
        selection=Selection(file.selection_behavior),
        site_codes_only=file.order_codes == "site-only",
        file=file,
    )
