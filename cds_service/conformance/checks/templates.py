"""Checks of prefetch templates for clients of every version.

Tests: tests/conformance/test_broken_services.py.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cds_service.conformance.checks.discovery import of_each
from cds_service.conformance.model import Check, Level
from cds_service.conformance.text import quoted

TOKEN = re.compile(r"\{\{(.*?)\}\}")
SIMPLE = re.compile(
    r"context\.(?P<field>[A-Za-z]\w*)|userPractitionerId|userPractitionerRoleId|userPatientId|userRelatedPersonId"
)
STEP = r"\.[A-Za-z]\w*(?:\((?:[A-Z][A-Za-z]*)?\))?"
NEWER = re.compile(rf"today\(\)(?:\s*[+-]\s*\d+\s*\w+)?|(?:context|%[\w-]+)(?:{STEP})+")
FIELDS = frozenset({"userId", "patientId", "encounterId"})
HOOKS = frozenset(
    {"patient-view", "order-select", "order-sign", "appointment-book", "encounter-start", "encounter-discharge"}
    | {"problem-list-item-create"}
)
"""Hooks whose only prefetch tokens are those fields."""
READ = re.compile(r"[A-Z][A-Za-z]*/[A-Za-z0-9.-]{1,64}")
SEARCH = re.compile(r"[A-Z][A-Za-z]*\?[^\s?#{}]+")
PLAIN_PARAMETERS = frozenset({"_count", "_sort", "_id", "_maxresults"})
PREFIX = re.compile(r"(?:ne|sa|eb|ap)\d{4}")
Service = Mapping[str, Any]
Problems = Callable[[Service, str], Iterator[str]]


def _of_templates(problems: Callable[[str, Service], Iterator[str]]) -> Problems:
    """Return the faults of each textual template."""

    def found(service: Service, path: str) -> Iterator[str]:
        prefetch = service.get("prefetch")
        for key, template in prefetch.items() if isinstance(prefetch, Mapping) else ():
            if isinstance(template, str) and template:
                yield from (f"{path}.prefetch.{key} {problem}" for problem in problems(template, service))

    return found


def _shape(service: Service, path: str) -> Iterator[str]:
    prefetch = service.get("prefetch")
    if prefetch is not None and not isinstance(prefetch, Mapping):
        yield f"{path}.prefetch is {quoted(prefetch)}"
        return
    for key, template in (prefetch or {}).items():
        if template is not None and (not isinstance(template, str) or template.isspace()):
            yield f"{path}.prefetch.{key} is {quoted(template)}"


def _query(template: str, _service: Service) -> Iterator[str]:
    filled = TOKEN.sub("x", template)
    if not (READ.fullmatch(filled) or SEARCH.fullmatch(filled)) and not {"{", "}"} & set(filled):
        yield f"is {quoted(template)}: neither Type/id nor Type?parameter=value"


def _tokens(template: str, service: Service) -> Iterator[str]:
    if {"{", "}"} & set(TOKEN.sub("", template)):
        yield f"has a token that is not closed: {quoted(template)}"
    for token in TOKEN.findall(template):
        simple = SIMPLE.fullmatch(token)
        if simple is None and not _is_newer(token):
            yield f"has the token {quoted(token)}"
        field = simple["field"] if simple else None
        if field is not None and service.get("hook") in HOOKS and field not in FIELDS:
            yield f"has the token {quoted(token)}, which the hook does not give to templates"


def _newer_tokens(template: str, _service: Service) -> Iterator[str]:
    for token in TOKEN.findall(template):
        if SIMPLE.fullmatch(token) is None and _is_newer(token):
            yield f"has the token {quoted(token)}, which clients of 1.0 and 2.0 do not know"


def _is_newer(token: str) -> bool:
    return all(NEWER.fullmatch(part.strip()) for part in token.split("|"))


def _subset(template: str, _service: Service) -> Iterator[str]:
    for name, value in _parameters(template):
        base, _, modifier = name.partition(":")
        if "." in base or (modifier and modifier != "in") or (base.startswith("_") and base not in PLAIN_PARAMETERS):
            yield f"uses {quoted(name)}, which the recommended subset leaves out"
        elif PREFIX.match(value):
            yield f"uses {quoted(f'{name}={value}')}: the subset compares dates by eq, lt, gt, ge and le"


def _repeats(template: str, _service: Service) -> Iterator[str]:
    counted = Counter(name for name, _ in _parameters(template))
    yield from (f"repeats {quoted(name)}, which some clients join into one" for name in counted if counted[name] > 1)


def _parameters(template: str) -> Iterator[tuple[str, str]]:
    query = TOKEN.sub("x", template).partition("?")[2]
    for part in query.split("&") if query else ():
        name, _, value = part.partition("=")
        yield name, value


SHALL, OURS, RECOMMENDED = Level.SHALL, Level.OURS, Level.RECOMMENDED
EACH = {name: of_each(_of_templates(each)) for name, each in (("query", _query), ("tokens", _tokens))}
CHECKS = (
    Check("D11", (15,), SHALL, "1.0", "prefetch is an object of keys with texts.", of_each(_shape)),
    Check("D12", (33,), SHALL, "1.0", "A template reads or searches one type, relative to the base.", EACH["query"]),
    Check("D13", (34, 35), SHALL, "1.0", "Tokens are context fields or user ids.", EACH["tokens"]),
    Check("D14", (37, 38, 39), OURS, "1.0", "No token needs version 3.", of_each(_of_templates(_newer_tokens))),
    Check("D15", (36,), RECOMMENDED, "1.0", "Searches keep to the subset.", of_each(_of_templates(_subset))),
    Check("D15.repeat", (36,), OURS, "1.0", "No parameter occurs twice.", of_each(_of_templates(_repeats))),
)
