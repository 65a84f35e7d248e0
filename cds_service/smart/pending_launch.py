"""A pending launch in a sealed cookie, for ten minutes.

It must not hold anything of a patient or a token.
Tests: tests/smart/test_launch.py, tests/smart/test_refusals.py.
"""

import hmac
import secrets
from dataclasses import dataclass

import msgspec
from starlette.responses import Response

from cds_service.security.seal import Seal
from cds_service.smart.errors import LaunchStale

LIFETIME_S = 600
NAME = "recurrence-cds-launch"
NONCE_BYTES = 32


@dataclass(frozen=True, slots=True)
class PendingLaunch:
    """State of a launch for its second half."""

    state: str
    verifier: str
    nonce: str
    iss: str
    began: float

    @classmethod
    def new(cls, iss: str, verifier: str, now: float) -> "PendingLaunch":
        """Return a new launch."""
        state, nonce = secrets.token_urlsafe(NONCE_BYTES), secrets.token_urlsafe(NONCE_BYTES)
        return cls(state, verifier, nonce, iss, now)


class Cookie:
    """The cookie of a launch. Under https it also goes along inside another site's frame, and then in no other."""

    def __init__(self, seal: Seal, *, is_https: bool) -> None:
        self._seal = seal
        self.name = f"__Host-{NAME}" if is_https else NAME
        self._terms = "HttpOnly; SameSite=None; Secure; Partitioned" if is_https else "HttpOnly; SameSite=Lax"

    def put(self, response: Response, pending: PendingLaunch) -> None:
        """Give a launch to the browser."""
        self._set(response, self._seal.sealed(msgspec.json.encode(pending)), LIFETIME_S)

    def clear(self, response: Response) -> None:
        """Remove the cookie, because a launch is answered once."""
        self._set(response, "", 0)

    def taken(self, text: str | None, state: str | None, now: float) -> PendingLaunch:
        """Return the launch of an answer.

        Raises LaunchStale.
        """
        content = self._seal.opened(text) if text else None
        if content is None or not state:
            raise LaunchStale
        pending = msgspec.json.decode(content, type=PendingLaunch)
        is_same = hmac.compare_digest(pending.state.encode(), state.encode())
        if not is_same or not 0 <= now - pending.began <= LIFETIME_S:
            raise LaunchStale
        return pending

    def _set(self, response: Response, value: str, seconds: int) -> None:
        response.headers.append("set-cookie", f"{self.name}={value}; Path=/; Max-Age={seconds}; {self._terms}")
