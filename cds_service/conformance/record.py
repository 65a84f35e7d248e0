"""What was asked and what came back: the material that every check judges.

Must not hold the caller's token: requests are kept as they were planned, before it is added.
Tests: tests/conformance/test_record.py.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cds_service.errors import DuplicateKey, NotJson
from cds_service.strict_json import read_strictly

OK = 200
UNAUTHORISED = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Ask:
    """One planned request; `path` follows the base URL. An anonymous one is sent without the caller's token."""

    method: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    anonymous: bool = False


@dataclass(frozen=True)
class Exchange:
    """One request with its answer, or with the reason why there was none."""

    ask: Ask
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    milliseconds: float = 0.0
    failure: str | None = None

    @property
    def shown(self) -> str:
        """The status, or why there is none."""
        return self.failure or str(self.status)

    @property
    def is_client_error(self) -> bool:
        """Whether the request was refused as the caller's mistake."""
        return 400 <= self.status < 500  # noqa: PLR2004 - the class of HTTP statuses

    @property
    def is_success(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the class of HTTP statuses

    @cached_property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        """The body read with patience: what most clients would make of it; None when it is no JSON at all."""
        try:
            return json.loads(self.body.decode("utf-8-sig", "replace"))
        except (ValueError, RecursionError):
            return None

    @cached_property
    def json_problem(self) -> str | None:
        """Why a strict reader refuses the body: `not-json` or `duplicate-key`."""
        try:
            read_strictly(self.body)
        except (NotJson, DuplicateKey) as error:
            return error.code
        return None

    @property
    def is_operation_outcome(self) -> bool:
        """Whether the body is a FHIR OperationOutcome with at least one issue."""
        body = self.json
        return isinstance(body, dict) and body.get("resourceType") == "OperationOutcome" and bool(body.get("issue"))


@dataclass(frozen=True)
class Record:
    """All exchanges of a run by the name of the probe, the services discovered, and the one that was called."""

    base: str
    exchanges: Mapping[str, Exchange]
    service: Mapping[str, Any] | None = None
    uncalled: str = ""
    origin: str = ""

    @cached_property
    def services(self) -> tuple[Mapping[str, Any], ...]:
        """The entries of discovery that are objects."""
        return services_of(self.exchanges["discovery"])

    def get(self, name: str) -> Exchange | None:
        """Return an exchange, or None if it wasn't made."""
        return self.exchanges.get(name)

    def named(self, *prefixes: str) -> dict[str, Exchange]:
        """Return the exchanges whose names begin with one of the prefixes."""
        return {name: each for name, each in self.exchanges.items() if name.startswith(prefixes)}

    @cached_property
    def answers(self) -> dict[str, Mapping[str, Any]]:
        """The JSON objects of all calls that were answered 200, by the name of the probe."""
        found = self.named("call.").items()
        return {name: each.json for name, each in found if each.status == OK and isinstance(each.json, dict)}

    @cached_property
    def cards(self) -> dict[str, Mapping[str, Any]]:
        """Every card that was seen, by probe and place; those that are no objects are left to another check."""
        return {
            f"{name} cards[{place}]": card
            for name, answer in self.answers.items()
            for place, card in enumerate(listed(answer.get("cards")))
            if isinstance(card, dict)
        }


def services_of(discovery: Exchange) -> tuple[Mapping[str, Any], ...]:
    """Return the entries of a discovery answer that are objects."""
    document = discovery.json if isinstance(discovery.json, dict) else {}
    return tuple(entry for entry in listed(document.get("services")) if isinstance(entry, dict))


def listed(value: object) -> list[Any]:
    """Return an array as it is, and no items for anything else: its type is another check's affair."""
    return value if isinstance(value, list) else []
