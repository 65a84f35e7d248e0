"""The TOML file of a profile: which keys there are, what each may say, and what a query may look like.

It must not give a key a meaning: cds_service.profiles.profile does.
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
    """The prefetch key that its answer may stand under."""
    query: Annotated[str, AfterValidator(_template)]
    """The template, relative to the FHIR base."""


class Registration(_Entry):
    """What the EHR's tokens carry, as far as it is known for the kind of EHR."""

    iss: str
    jku: str
    algorithm: str
    sub: str
    """Empty where it is not known that there is one."""
    fhir_server: str
    order_system: str
    """The system of the site's own order codes."""


class ProfileFile(_Entry):
    """A whole file."""

    title: str
    """What people call it."""
    hooks: str
    """Versions of CDS Hooks that it is said to speak."""
    cards: Literal["per-site", "merged"]
    """One card for each site, or one in all."""
    detail_length: Annotated[int, Field(ge=SHORTEST_DETAIL, le=DETAIL_LENGTH)]
    """Most characters of a card's detail."""
    selection_behavior: Literal["any", "at-most-one", "none"]
    order_codes: Literal["site-first", "site-only"]
    """What an order carries where the site has codes of its own."""
    on_missing: Literal["412", "card"]
    """What the registry should have: a card where the EHR shows an error as if nothing were to be said."""
    remembers_overrides: bool
    """Whether the EHR itself hides a card that a user has overridden: then this service does not, by default."""
    remembers_overrides_mark: Literal["ran", "code", "vendor", "2nd", "none"]
    """How far that is known (the marks of docs/integrate)."""
    registration: Registration
    queries: dict[str, Annotated[list[QueryEntry], Field(min_length=1)]] = {}
    """By the key of the source; several queries together make the source."""

    @model_validator(mode="after")
    def _keys_tell_queries_apart(self) -> Self:
        seen: set[str] = set()
        for source, queries in self.queries.items():
            if source not in BY_KEY:
                raise ValueError(f"{source} is no source: write one of {', '.join(BY_KEY)}")
            for each in queries:
                _check_key(source, each, alone=len(queries) == 1)
                if each.key in seen:
                    raise ValueError(f"{each.key} stands twice: each query needs its own key")
                seen.add(each.key)
        return self


def _check_key(source: str, entry: QueryEntry, *, alone: bool) -> None:
    """Refuse a key that would be taken for the whole of a source, and a query that asks for something else."""
    if alone != (entry.key == source) or (entry.key in BY_KEY and entry.key != source):
        raise ValueError(f"{entry.key}: a lone query has the key {source}, several have keys of their own")
    if not re.match(rf"{BY_KEY[source].resource_type}[/?]", entry.query):
        raise ValueError(f"{entry.key}: {source} are of type {BY_KEY[source].resource_type}")


def read_profile_file(name: str, text: str) -> ProfileFile:
    """Return what a file says, or raise ValueError with its name and every mistake."""
    try:
        return ProfileFile.model_validate(tomllib.loads(text))
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise ValueError(f"profile {name}: {said}") from error
    except ValueError as error:
        raise ValueError(f"profile {name} is not valid TOML: {error}") from error
