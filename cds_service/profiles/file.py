"""Schema of a profile's TOML file.

Tests: tests/profiles/test_profiles.py.
"""

import re
import tomllib
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from cards.model import DETAIL_LENGTH, SHORTEST_DETAIL
from cds_service.fhir.chart.sources import BY_KEY, PATIENT_TOKEN

_QUERY = re.compile(r"(?P<type>[A-Za-z]+)(?:/(?P<id>[^?]+)|\?(?P<search>.+))")
_PARAMETER = re.compile(r"(?P<name>[A-Za-z_-]+)=[A-Za-z0-9.,{}|:/_-]+")


def _template(text: str) -> str:
    parts = _QUERY.fullmatch(text)
    if parts is None or text.count(PATIENT_TOKEN) != 1 or text.replace(PATIENT_TOKEN, "").count("{"):
        raise ValueError(f"write Type/{PATIENT_TOKEN} or Type?patient={PATIENT_TOKEN}&…, with that token alone, once")
    if parts["id"] not in (None, PATIENT_TOKEN):
        raise ValueError(f"a read is of {PATIENT_TOKEN}")
    found = [_PARAMETER.fullmatch(each) for each in (parts["search"] or "").split("&") if each]
    names = [each["name"] for each in found if each]
    if len(names) < len(found) or len(set(names)) < len(names):
        raise ValueError("write each parameter as name=value, and no name twice: a client may join the two")
    return text


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", use_attribute_docstrings=True)


class QueryEntry(_Entry):
    """One read or search of a source."""

    key: Annotated[str, Field(pattern=r"^[a-z][A-Za-z]{0,39}\z")]
    """Prefetch key of its answer."""
    query: Annotated[str, AfterValidator(_template)]
    """The template, relative to the FHIR base."""


class Registration(_Entry):
    """Known content of the EHR's tokens."""

    iss: str
    jku: str
    algorithm: str
    sub: str
    """Empty if unknown."""
    fhir_server: str
    order_system: str
    """The system of the site's own order codes."""


class ProfileFile(_Entry):
    """A whole file."""

    title: str
    """Its common name."""
    hooks: str
    """Reported versions of CDS Hooks."""
    cards: Literal["per-site", "merged"]
    """One card for each site, or one in all."""
    detail_length: Annotated[int, Field(ge=SHORTEST_DETAIL, le=DETAIL_LENGTH)]
    """Most characters of a card's detail."""
    selection_behavior: Literal["any", "at-most-one", "none"]
    order_codes: Literal["site-first", "site-only"]
    """Codes of an order if the site has its own."""
    on_missing: Literal["412", "card"]
    """Recommended answer to missing data.

    A card, if the EHR shows an error as all clear.
    """
    remembers_overrides: bool
    """Whether the EHR itself hides an overridden card.

    This service then does not by default.
    """
    remembers_overrides_mark: Literal["ran", "code", "vendor", "2nd", "none"]
    """Reliability of that fact (the marks of docs/integrate)."""
    registration: Registration
    queries: dict[str, Annotated[list[QueryEntry], Field(min_length=1)]] = {}
    """Queries by source key.

    Several queries together make the source.
    """

    @model_validator(mode="after")
    def _keys_tell_queries_apart(self) -> Self:
        seen: set[str] = set()
        for source, queries in self.queries.items():
            if source not in BY_KEY:
                raise ValueError(f"{source} is no source: write one of {', '.join(BY_KEY)}")
            for each in queries:
                _check_key(source, each, alone=len(queries) == 1)
                if each.key in seen:
                    raise ValueError(f"{each.key} occurs twice: each query needs its own key")
                seen.add(each.key)
        return self


def _check_key(source: str, entry: QueryEntry, *, alone: bool) -> None:
    """Refuse an ambiguous key, or a query for another type."""
    if alone != (entry.key == source) or (entry.key in BY_KEY and entry.key != source):
        raise ValueError(f"{entry.key}: a lone query has the key {source}, several have keys of their own")
    if not re.match(rf"{BY_KEY[source].resource_type}[/?]", entry.query):
        raise ValueError(f"{entry.key}: {source} are of type {BY_KEY[source].resource_type}")


def read_profile_file(name: str, text: str) -> ProfileFile:
    """Return a parsed profile.

    Raises ValueError with its name and every mistake.
    """
    try:
        return ProfileFile.model_validate(tomllib.loads(text))
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise ValueError(f"profile {name}: {said}") from error
    except ValueError as error:
        raise ValueError(f"profile {name} is not valid TOML: {error}") from error
