"""An authorization server of Authlib's classes, with what SMART adds to OAuth: `launch`, `aud`, and the patient.

It must not loosen a check of the library: it holds codes and tokens, and says who may have them.
Its tests are those that use tests/smart/ehr.py.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request, grants
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge
from starlette.responses import JSONResponse, RedirectResponse, Response

CLIENT_ID = "evidence-app"
SECRET = "s3cret/+"


@dataclass
class AppClient(ClientMixin):  # type: ignore[misc]  # the library has no types
    """The evidence view as the EHR registered it: one redirect address, public unless it has a secret."""

    redirect_uri: str
    secret: str | None = None

    def get_client_id(self) -> str:
        """Its id."""
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        """The address it is sent back to."""
        return self.redirect_uri

    def get_allowed_scope(self, scope: str) -> str:
        """Whatever it asks for."""
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Exactly the registered one."""
        return redirect_uri == self.redirect_uri

    def check_client_secret(self, client_secret: str) -> bool:
        """Exactly the registered one."""
        return client_secret == self.secret

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002 - the interface
        """By secret if it has one."""
        return method == ("client_secret_basic" if self.secret else "none")

    def check_response_type(self, response_type: str) -> bool:
        """By code alone."""
        return bool(response_type == "code")

    def check_grant_type(self, grant_type: str) -> bool:
        """By code alone."""
        return bool(grant_type == "authorization_code")


@dataclass
class Code:
    """A code and what it was given for."""

    code: str
    redirect_uri: str
    scope: str
    code_challenge: str | None
    code_challenge_method: str | None
    nonce: str | None

    def get_redirect_uri(self) -> str:
        """As asked."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """As asked."""
        return self.scope


@dataclass
class Books:
    """What the server keeps: codes that wait, tokens that were given, the nonce of the last launch."""

    codes: dict[str, Code] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    nonce: str | None = None


class _Grant(grants.AuthorizationCodeGrant):  # type: ignore[misc]  # as above
    TOKEN_ENDPOINT_AUTH_METHODS = ("none", "client_secret_basic")

    def save_authorization_code(self, code: str, request: Any) -> None:  # noqa: ANN401 - the library's request
        data = request.payload.data
        challenge, method = data.get("code_challenge"), data.get("code_challenge_method")
        kept = Code(code, data["redirect_uri"], data["scope"], challenge, method, data.get("nonce"))
        self.server.books.codes[code] = kept

    def query_authorization_code(self, code: str, client: object) -> Code | None:  # noqa: ARG002 - one client
        found: Code | None = self.server.books.codes.get(code)
        return found

    def delete_authorization_code(self, authorization_code: Code) -> None:
        self.server.books.nonce = authorization_code.nonce
        del self.server.books.codes[authorization_code.code]

    def authenticate_user(self, authorization_code: Code) -> object:  # noqa: ARG002 - one user
        return "clinician"


class _Request(OAuth2Request):  # type: ignore[misc]  # as above
    def __init__(self, method: str, data: Mapping[str, str], headers: Mapping[str, str]) -> None:
        super().__init__(method, "https://ehr.example/", headers=headers)
        self.payload = BasicOAuth2Payload(dict(data))

    @property
    def args(self) -> Mapping[str, str]:
        data: Mapping[str, str] = self.payload.data
        return data

    @property
    def form(self) -> Mapping[str, str]:
        return self.args


class Server(AuthorizationServer):  # type: ignore[misc]  # as above
    """The server; PKCE by S256 is required of everybody."""

    def __init__(self, client: AppClient) -> None:
        super().__init__()
        self.client = client
        self.books = Books()
        self.register_grant(_Grant, [CodeChallenge(required=True)])
        self.register_token_generator("default", self._token)

    def authorize(self, query: Mapping[str, str], *, consents: bool) -> Response:
        """The answer to the browser: back to the app with a code, or with a refusal."""
        request = self.create_oauth2_request(("GET", query, {}))
        grant = self.get_authorization_grant(request)
        user = "clinician" if consents else None
        answer: Response = self.create_authorization_response(request, grant_user=user, grant=grant)
        return answer

    def query_client(self, client_id: str) -> AppClient | None:
        """The one there is."""
        return self.client if client_id == CLIENT_ID else None

    def save_token(self, token: Mapping[str, str], request: object) -> None:  # noqa: ARG002 - the interface
        """Keep it, so that the FHIR server knows it."""
        self.books.tokens.add(token["access_token"])

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: Any) -> OAuth2Request:  # noqa: ANN401 - as the library has it
        """The library's request of method, values and headers."""
        return request if isinstance(request, OAuth2Request) else _Request(*request)

    def handle_response(self, status: int, body: Any, headers: Any) -> Response:  # noqa: ANN401 - as above
        """The framework's response."""
        if status in (301, 302, 303):
            return RedirectResponse(dict(headers)["Location"], status)
        return JSONResponse(body, status, dict(headers))

    @staticmethod
    def _token(**_of_grant: object) -> dict[str, object]:
        return {"token_type": "Bearer", "access_token": f"CANARY-token-{secrets.token_urlsafe(8)}", "expires_in": 300}
