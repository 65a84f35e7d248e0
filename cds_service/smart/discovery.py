"""Discovery of an EHR's authorization server, within the registry.

A link must not be followed, and a foreign endpoint is not trusted.
Tests: tests/smart/test_launch.py, tests/smart/test_refusals.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cds_service.clients.client import Client
from cds_service.errors import CdsError
from cds_service.log import note
from cds_service.security.egress import Allowed, AuthorizationClient, FetchFailure
from cds_service.security.issuer import ALGORITHMS, Algorithm
from cds_service.security.urls import LOOPBACK, BaseUrl, parse_link
from cds_service.smart.errors import EhrFailed
from cds_service.strict_json import read_strictly

PATH = ".well-known/smart-configuration"
OPENID = "sso-openid-connect"
SCOPES_V2 = "permission-v2"
S256 = "S256"


@dataclass(frozen=True, slots=True)
class Server:
    """FHIR server of a launch with allowed authorization origins."""

    base: BaseUrl
    allowed: Allowed
    production: bool

    @classmethod
    def of(cls, client: Client, base: BaseUrl, *, production: bool) -> "Server":
        """Return the server with its own and registered origins."""
        listed = client.smart.origins if client.smart else ()
        return cls(base, Allowed((replace(base, path=()), *listed), client.internal), production)

    def may_be(self, url: object) -> bool:
        """Return True for an allowed https endpoint.

        Outside production http on loopback passes.
        """
        target = parse_link(url) if isinstance(url, str) else None
        if target is None or not self.allowed.contains(str(url)):
            return False
        return target.scheme == "https" or (target.host in LOOPBACK and not self.production)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """A usable authorization server."""

    authorization: str
    token: str
    keys: str | None
    """Key set URL, None without a verifiable id token."""
    issuer: str
    algorithms: tuple[Algorithm, ...]
    knows_v2: bool
    """True for scopes such as `patient/Observation.rs`."""


async def discovered(server: Server, client: AuthorizationClient) -> Endpoints:
    """Return the endpoints of an EHR.

    Raises EhrFailed; the log has the reason.
    """
    answer = await client.ask(f"{server.base}/{PATH}", server.allowed)
    if isinstance(answer, FetchFailure):
        raise failed(answer.reason)
    try:
        document = read_strictly(answer)
    except CdsError as error:
        raise failed("discovery-not-json") from error
    return _endpoints(document if isinstance(document, dict) else {}, server)


def failed(reason: str) -> EhrFailed:
    """Return the error to raise, with its reason in the log."""
    note(reason=reason)
    return EhrFailed()


def _endpoints(document: Mapping[str, object], server: Server) -> Endpoints:
    authorization, token = document.get("authorization_endpoint"), document.get("token_endpoint")
    if not server.may_be(authorization) or not server.may_be(token):
        raise failed("foreign-endpoint")
    if S256 not in _texts(document.get("code_challenge_methods_supported", [S256])):
        raise failed("no-pkce")
    capabilities, keys = _texts(document.get("capabilities")), document.get("jwks_uri")
    issuer, listed = document.get("issuer"), document.get("id_token_signing_alg_values_supported")
    offered = OPENID in capabilities and isinstance(issuer, str)
    if offered and not server.may_be(keys):
        raise failed("foreign-key-set")
    return Endpoints(
        authorization=str(authorization),
        token=str(token),
        keys=str(keys) if offered else None,
        issuer=str(issuer) if offered else "",
        algorithms=tuple(name for name in ALGORITHMS if not isinstance(listed, list) or name in listed),
        knows_v2=SCOPES_V2 in capabilities,
    )


def _texts(value: object) -> frozenset[str]:
    return frozenset(each for each in value if isinstance(each, str)) if isinstance(value, list) else frozenset()
