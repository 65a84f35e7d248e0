"""OAuth 2 code exchange with PKCE, for one patient.

A code, a token or a patient must not be logged, kept or shown.
Tests: tests/smart/test_launch.py, tests/smart/test_refusals.py.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from oauthlib.common import add_params_to_uri
from oauthlib.oauth2 import OAuth2Error, WebApplicationClient

from cds_service.clients.client import SmartApp
from cds_service.errors import CdsError
from cds_service.fhir.chart.sources import SOURCES
from cds_service.hooks.request import bearer_token, is_fhir_id
from cds_service.log import note
from cds_service.security.egress import AccessToken, AuthorizationClient, FetchFailure
from cds_service.security.id_tokens import Expected, refusal_of
from cds_service.smart.discovery import Endpoints, Server, failed
from cds_service.smart.errors import AccessExpired, EhrFailed
from cds_service.smart.pending_launch import PendingLaunch
from cds_service.strict_json import read_strictly

VERIFIER_LENGTH = 64
S256 = "S256"
OPENID = "openid"
CLIENT_ERRORS = range(400, 500)


@dataclass(frozen=True, slots=True)
class Granted:
    """Patient and token of one launch, for its request only."""

    patient_id: str = field(repr=False)
    token: AccessToken


@dataclass(frozen=True, slots=True)
class TokenExchange:
    """One app at one EHR."""

    app: SmartApp
    server: Server
    endpoints: Endpoints
    redirect_uri: str

    def authorization_url(self, pending: PendingLaunch, launch: str) -> str:
        """Return the authorization URL.

        The library's own function refuses http, which loopback has outside production; discovery has checked the
        endpoint.
        """
        challenge = WebApplicationClient(self.app.client_id).create_code_challenge(pending.verifier, S256)
        parameters = {
            "response_type": "code",
            "client_id": self.app.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self.scopes,
            "state": pending.state,
            "aud": pending.iss,
            "launch": launch,
            "code_challenge": challenge,
            "code_challenge_method": S256,
            **({"nonce": pending.nonce} if self.asks_who else {}),
        }
        return str(add_params_to_uri(self.endpoints.authorization, parameters))

    @property
    def scopes(self) -> str:
        """The scopes to ask for."""
        return self.app.scopes or " ".join(_scopes(self.endpoints))

    @property
    def asks_who(self) -> bool:
        """True if an id token is requested."""
        return OPENID in self.scopes.split() and self.endpoints.keys is not None

    async def granted(self, pending: PendingLaunch, code: str, client: AuthorizationClient, now: float) -> Granted:
        """Return the grant for a code.

        Raises AccessExpired or EhrFailed; the log has the reason.
        """
        oauth = WebApplicationClient(self.app.client_id)
        form = oauth.prepare_request_body(code, self.redirect_uri, code_verifier=pending.verifier)
        answer = await client.ask(self.endpoints.token, self.server.allowed, form, self._authorization())
        if isinstance(answer, FetchFailure):
            note(reason=answer.reason)
            raise AccessExpired if answer.status in CLIENT_ERRORS else EhrFailed
        response = _parsed(oauth, answer)
        await self._check_id_token(response, pending, client, now)
        return _granted(response)

    def _authorization(self) -> dict[str, str]:
        if self.app.secret is None:
            return {}
        pair = f"{quote(self.app.client_id, safe='')}:{quote(self.app.secret, safe='')}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    async def _check_id_token(
        self, response: dict[str, object], pending: PendingLaunch, client: AuthorizationClient, now: float
    ) -> None:
        """Raise EhrFailed for an id token of another launch."""
        text, keys = response.get("id_token"), self.endpoints.keys
        if not self.asks_who or keys is None:
            return
        if not isinstance(text, str):
            raise failed("no-id-token")
        key_set = await client.ask(keys, self.server.allowed)
        if isinstance(key_set, FetchFailure):
            raise failed(key_set.reason)
        expected = Expected(self.endpoints.issuer, self.app.client_id, pending.nonce, self.endpoints.algorithms)
        refusal = refusal_of(text, key_set, expected, now)
        if refusal is not None:
            raise failed(f"id-token-{refusal.value}")


def new_verifier() -> str:
    """Return a PKCE verifier.

    It proves later that one party requested code and token.
    """
    return str(WebApplicationClient("").create_code_verifier(VERIFIER_LENGTH))


def _scopes(endpoints: Endpoints) -> Iterator[str]:
    """Yield the least scopes, launch, user and the types that rules read."""
    yield "launch"
    if endpoints.keys is not None:
        yield from (OPENID, "fhirUser")
    permission = "rs" if endpoints.knows_v2 else "read"
    yield from dict.fromkeys(f"patient/{source.resource_type}.{permission}" for source in SOURCES)


def _parsed(oauth: WebApplicationClient, body: bytes) -> dict[str, object]:
    try:
        read_strictly(body)
        return dict(oauth.parse_request_body_response(body.decode()))
    except CdsError as error:
        raise failed("token-not-json") from error
    except (OAuth2Error, AttributeError, TypeError, ValueError) as error:
        note(reason="no-token")
        raise AccessExpired from error


def _granted(response: dict[str, object]) -> Granted:
    value, kind, patient_id = (response.get(name) for name in ("access_token", "token_type", "patient"))
    token = bearer_token(value if isinstance(value, str) else None, str(kind))
    if token is None:
        note(reason="no-token")
        raise AccessExpired
    if not isinstance(patient_id, str) or not is_fhir_id(patient_id):
        raise failed("no-patient")
    return Granted(patient_id, token)
