"""Recorded exchanges, the material of every check.

The caller's token must not be recorded; it is added to planned requests later.
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
    """One planned request.

    `path` follows the base URL. An anonymous one is sent without the caller's token.
    """

    method: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    anonymous: bool = False


@dataclass(frozen=True)
class Exchange:
    """One request with its answer or failure."""

    ask: Ask
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    milliseconds: float = 0.0
    failure: str | None = None

    @property
    def shown(self) -> str:
        """The status, or the failure."""
        return self.failure or str(self.status)

    @property
    def is_client_error(self) -> bool:
        """True for a refusal as the caller's mistake."""
        return 400 <= self.status < 500  # noqa: PLR2004 - the class of HTTP statuses

    @property
    def is_success(self) -> bool:
        """True for a 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the class of HTTP statuses

    @cached_property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        """The body as most clients read it, None if it is no JSON."""
        try:
            return json.loads(self.body.decode("utf-8-sig", "replace"))
        except (ValueError, RecursionError):
            return None

    @cached_property
    def json_problem(self) -> str | None:
        """Reason of a strict reader against the body.

        `not-json` or `duplicate-key`.
        """
        try:
            read_strictly(self.body)
        except (NotJson, DuplicateKey) as error:
            return error.code
        return None

    @property
    def is_operation_outcome(self) -> bool:
        """True for an OperationOutcome with at least one issue."""
        body = self.json
        return isinstance(body, dict) and body.get("resourceType") == "OperationOutcome" and bool(body.get("issue"))


@dataclass(frozen=True)
class Record:
    """All exchanges of a run with discovered services and the called one."""

    base: str
    exchanges: Mapping[str, Exchange]
    service: Mapping[str, Any] | None = None
    uncalled: str = ""
    origin: str = ""

    @cached_property
    def services(self) -> tuple[Mapping[str, Any], ...]:
        """Entries of discovery that are objects."""
        return services_of(self.exchanges["discovery"])

    def get(self, name: str) -> Exchange | None:
        """Return an exchange, or None."""
        return self.exchanges.get(name)

    def named(self, *prefixes: str) -> dict[str, Exchange]:
        """Return the exchanges with these prefixes."""
        return {name: each for name, each in self.exchanges.items() if name.startswith(prefixes)}

    @cached_property
    def answers(self) -> dict[str, Mapping[str, Any]]:
        """JSON objects of calls answered 200, by probe."""
        found = self.named("call.").items()
        return {name: each.json for name, each in found if each.status == OK and isinstance(each.json, dict)}

    @cached_property
    def cards(self) -> dict[str, Mapping[str, Any]]:
        """Every card by probe and place.

        Cards that are no objects belong to another check.
        """
        return {
            f"{name} cards[{place}]": card
            for name, answer in self.answers.items()
            for place, card in enumerate(listed(answer.get("cards")))
            if isinstance(card, dict)
        }


def services_of(discovery: Exchange) -> tuple[Mapping[str, Any], ...]:
    """Return the entries of discovery that are objects."""
    document = discovery.json if isinstance(discovery.json, dict) else {}
    return tuple(entry for entry in listed(document.get("services")) if isinstance(entry, dict))


def listed(value: object) -> list[Any]:
    """Return an array, () for other types."""
    return value if isinstance(value, list) else []
