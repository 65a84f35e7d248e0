"""Checks of discovery and its services, without templates.

Tests: tests/conformance/test_broken_services.py.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cds_service.conformance.checks.elements import REVERSE_DOMAIN, missing_texts, mistyped, unknown, valueless
from cds_service.conformance.model import Check, Finding, Judge, Level, NotApplicable, NotChecked, Right, Wrong, judged
from cds_service.conformance.record import OK, Record
from cds_service.conformance.text import quoted

KNOWN = frozenset(
    "hook title description id prefetch usageRequirements version hookVersion extension".split()  # noqa: SIM905 - a list of names
)
SEMVER = re.compile(r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
URL_SAFE = re.compile(r"[A-Za-z0-9._~-]+")
HOOK_VERSIONS = {"patient-view": ("1.0", "1.1"), "problem-list-item-create": ("0.1.0",), "encounter-start": ("1.0",)}
"""Published versions of hooks.

The first page of patient-view has 1.1, its library 1.0.
"""
NOT_FOUND = 404
Service = Mapping[str, Any]


def of_each(problems: Callable[[Service, str], Iterator[str]]) -> Judge:
    """Return a judge of every service of discovery."""

    def judge(record: Record) -> Finding:
        if not record.services:
            return NotApplicable("discovery lists no service")
        found = [
            problem
            for place, service in enumerate(record.services)
            for problem in problems(service, f"services[{place}]")
        ]
        return judged(found)

    return judge


def listing(record: Record) -> Finding:
    """Judge that discovery answers 200 with an array of services."""
    answer = record.exchanges["discovery"]
    if answer.status != OK:
        return Wrong(f"GET /cds-services: {answer.shown}")
    document = answer.json
    if not isinstance(document, dict) or not isinstance(document.get("services"), list):
        return Wrong("the answer is no object with an array `services`")
    strangers = [each for each in document["services"] if not isinstance(each, dict)]
    if strangers:
        return Wrong(f"services holds {quoted(strangers[0])}")
    return Right(f"{len(document['services'])} listed")


def with_values(record: Record) -> Finding:
    """Judge that discovery has no null or empty value.

    An empty array of services is allowed.
    """
    document = record.exchanges["discovery"].json
    if document is None:
        return NotChecked("discovery gave no JSON")
    return judged(list(valueless(document, "discovery", frozenset({"discovery.services"}))))


def pairs(record: Record) -> Finding:
    """Judge that no two entries share id and hook.

    One id under several hooks is legal.
    """
    counted = Counter((str(each.get("id")), str(each.get("hook"))) for each in record.services)
    return judged([f"{quoted(name)} occurs {times} times" for (name, _), times in counted.items() if times > 1])


def reachable(record: Record) -> Finding:
    """Judge that the service answers under its id."""
    call = record.get("call.provoking")
    if call is None:
        return NotChecked(record.uncalled)
    return Wrong(f"POST {call.ask.path}: {call.shown}") if call.status in (0, NOT_FOUND) else Right()


def _required(service: Service, path: str) -> Iterator[str]:
    return missing_texts(service, ("hook", "description", "id"), path)


def _title(service: Service, path: str) -> Iterator[str]:
    return missing_texts(service, ("title",), path)


def _usage(service: Service, path: str) -> Iterator[str]:
    return mistyped(service, "usageRequirements", str, path)


def _version(service: Service, path: str) -> Iterator[str]:
    version = service.get("version")
    if not isinstance(version, str) or not SEMVER.fullmatch(version):
        yield f"{path}.version is {quoted(version) if 'version' in service else 'missing'}"


def _hook_version(service: Service, path: str) -> Iterator[str]:
    version = service.get("hookVersion")
    published = HOOK_VERSIONS.get(str(service.get("hook")))
    if version is not None and (not isinstance(version, str) or (published and version not in published)):
        yield f"{path}.hookVersion is {quoted(version)}, published: {', '.join(published or ('as a text',))}"


def _url_safe(service: Service, path: str) -> Iterator[str]:
    name = service.get("id")
    if isinstance(name, str) and name.strip() and not URL_SAFE.fullmatch(name):
        yield f"{path}.id is {quoted(name)}, which can't stand in a path as it is"


def _names(service: Service, path: str) -> Iterator[str]:
    return unknown(service, KNOWN, path)


def _extension(service: Service, path: str) -> Iterator[str]:
    yield from mistyped(service, "extension", dict, path)
    extension = service.get("extension")
    for key in extension if isinstance(extension, dict) else ():
        if not REVERSE_DOMAIN.fullmatch(key):
            yield f"{path}.extension has the key {quoted(key)}"


SHALL, OURS, RECOMMENDED = Level.SHALL, Level.OURS, Level.RECOMMENDED
CHECKS = (
    Check("D01", (8, 9, 20), SHALL, "1.0", "GET {base}/cds-services gives 200 and an array `services`.", listing),
    Check("D03", (4, 11), SHALL, "1.0", "Each service has hook, description and id, none blank.", of_each(_required)),
    Check("D04", (12,), RECOMMENDED, "1.0", "Each service has a title.", of_each(_title)),
    Check("D05", (2, 3), SHALL, "1.0", "Nothing in discovery is null or empty but `services`.", with_values),
    Check("D06", (16,), SHALL, "2.0", "usageRequirements, where given, is text.", of_each(_usage)),
    Check("D06.hook", (18,), SHALL, "3.0b", "hookVersion, where given, is a published one.", of_each(_hook_version)),
    Check("D06.names", (82,), SHALL, "1.0", "Discovery has no elements of its own making.", of_each(_names)),
    Check("D06.extension", (82, 84), SHALL, "1.0", "Extensions: objects, reverse-domain keys.", of_each(_extension)),
    Check("D07", (17,), RECOMMENDED, "3.0b", "version is the semantic version implemented.", of_each(_version)),
    Check("D08", (19,), OURS, "2.0", "No two entries have the same id and the same hook.", pairs),
    Check("D10", (14,), SHALL, "1.0", "The service answers at {base}/cds-services/{id}.", reachable),
    Check("D10.path", (14,), SHALL, "1.0", "The id can stand in a path as it is.", of_each(_url_safe)),
)
