"""An EHR of one origin: FHIR server, SMART configuration, authorization server and key set, with faults on demand.

It must not know our service.
Its tests are those that use it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.builders import PATIENT, Chart, Resource, searchset
from tests.smart.authorization import CLIENT_ID, AppClient, Server
from tests.tokens import NOW, a_key, a_token, public

LAUNCH = "launch-42"
ORIGIN = "https://ehr.example"
FHIR_PATH = "/fhir/r4"


@dataclass
class Ehr:
    """The EHR; what its fields say can be changed before a launch."""

    chart: Chart
    redirect_uri: str
    origin: str = ORIGIN
    secret: str | None = None
    consents: bool = True
    patient: object = PATIENT
    """The `patient` of the token's answer; None for none."""
    refuses_tokens: bool = False
    """Whether its FHIR server takes every token for an expired one."""
    document: Mapping[str, object] = field(default_factory=dict)
    """What replaces parts of the SMART configuration; LEFT_OUT takes one out."""
    id_token: Mapping[str, object] = field(default_factory=dict)
    """What replaces claims of the id token."""
    id_key: str = "first"
    """The name of the key that signs it."""
    answers: dict[str, Callable[[], Response]] = field(default_factory=dict)
    """Answers in place of its own, by path."""
    asked: list[str] = field(default_factory=list)
    """The paths that were asked."""
    scopes: list[str] = field(default_factory=list)
    now: Callable[[], float] = lambda: NOW

    def __post_init__(self) -> None:
        """Make its authorization server."""
        self.server = Server(AppClient(self.redirect_uri, self.secret))
        routes = {
            f"{FHIR_PATH}/.well-known/smart-configuration": (self._configuration, ["GET"]),
            "/auth/authorize": (self._authorize, ["GET"]),
            "/auth/token": (self._token, ["POST"]),
            "/auth/keys": (self._keys, ["GET"]),
            f"{FHIR_PATH}/{{kind}}": (self._search, ["GET"]),
            f"{FHIR_PATH}/{{kind}}/{{id}}": (self._read, ["GET"]),
        }
        self.app = Starlette(
            routes=[Route(path, self._watched(handle), methods=how) for path, (handle, how) in routes.items()]
        )

    @property
    def base(self) -> str:
        """Its FHIR base."""
        return f"{self.origin}{FHIR_PATH}"

    def _watched(self, handle: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            self.asked.append(request.url.path)
            instead = self.answers.get(request.url.path)
            found: Response = instead() if instead else await handle(request)
            return found

        return answer

    async def _configuration(self, _request: Request) -> Response:
        document = {
            "issuer": self.base,
            "authorization_endpoint": f"{self.origin}/auth/authorize",
            "token_endpoint": f"{self.origin}/auth/token",
            "jwks_uri": f"{self.origin}/auth/keys",
            "code_challenge_methods_supported": ["S256"],
            "capabilities": ["launch-ehr", "client-public", "sso-openid-connect", "permission-v2"],
            **self.document,
        }
        return JSONResponse({name: value for name, value in document.items() if value is not LEFT_OUT})

    async def _authorize(self, request: Request) -> Response:
        query = dict(request.query_params)
        assert (query["aud"], query["launch"]) == (self.base, LAUNCH), "SMART's own parameters are wrong"
        self.scopes = query["scope"].split()
        return self.server.authorize(query, consents=self.consents)

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        answer = self.server.create_token_response(("POST", form, request.headers))
        if answer.status_code != 200:
            return Response(answer.body, answer.status_code, media_type="application/json")
        content = {**json.loads(answer.body), "scope": " ".join(self.scopes)}
        if self.patient is not None:
            content["patient"] = self.patient
        if "openid" in self.scopes:
            content["id_token"] = self._id_token()
        return JSONResponse({name: value for name, value in content.items() if value is not LEFT_OUT})

    def _id_token(self) -> object:
        now = int(self.now())
        claims: dict[str, object] = {
            "iss": self.base,
            "aud": CLIENT_ID,
            "sub": "clinician",
            "nonce": self.server.books.nonce,
        }
        claims |= {"iat": now, "exp": now + 300, **self.id_token}
        if "id_token" in self.id_token:
            return LEFT_OUT
        return a_token(claims, {"kid": "first"}, a_key(name=self.id_key))

    async def _keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [public()]})

    async def _search(self, request: Request) -> Response:
        kind = request.path_params["kind"]
        return self._answer(request, lambda: searchset(self.chart.of_type(kind)))

    async def _read(self, request: Request) -> Response:
        kind = request.path_params["kind"]
        return self._answer(request, lambda: self.chart.of_type(kind)[0])

    def _answer(self, request: Request, found: Callable[[], Resource]) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.refuses_tokens or token not in self.server.books.tokens:
            return Response(status_code=401)
        return JSONResponse(found(), media_type="application/fhir+json")


LEFT_OUT = object()
