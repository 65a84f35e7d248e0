"""Schema of one `[[clients]]` table.

Tests: tests/security/test_clients.py.
"""

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from cards.quiet_policy import default_policy
from cds_service.clients.client import PROFILES
from cds_service.security.issuer import DEFAULT_ALGORITHMS, Algorithm
from cds_service.security.urls import LOOPBACK, parse_base, parse_entry
from rules.registry import RULES

MAX_TEXT = 256
"""As long as the store keeps an issuer."""
RULE_IDS = tuple(dict.fromkeys(rule.id for rule in RULES))


def _url(url: str) -> str:
    base = parse_base(url)
    if base is None or (base.scheme != "https" and base.host not in LOOPBACK):
        raise ValueError("write https://host[:port][/path]; http is for loopback only")
    return url


def _audience(url: str) -> str:
    return _url(url).rstrip("/")


def _server(url: str) -> str:
    base = parse_entry(url)
    if base is None or (base.scheme != "https" and base.host not in LOOPBACK):
        raise ValueError(
            "write https://host[:port][/path] without user, query, fragment or dots; http on loopback only"
        )
    return url


def _origin(url: str) -> str:
    base = parse_entry(url)
    if base is None or base.path:
        raise ValueError("write https://host[:port], one for each page that may call")
    return url


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("write a name of the IANA time zones, as Europe/Berlin or America/Chicago") from error
    return name


def _profile(name: str) -> str:
    if name not in PROFILES:
        raise ValueError(f"write one of {', '.join(sorted(PROFILES))}")
    return name


def _days(days: dict[str, int]) -> dict[str, int]:
    terms = default_policy().terms
    for name in days.keys() - terms.keys():
        raise ValueError(f"{name} is no reason: write one of {', '.join(terms)}")
    for name, wanted in days.items():
        if wanted > terms[name].most_days:
            raise ValueError(f"write {name} = 0 to {terms[name].most_days}")
    return days


def _rule(rule: str) -> str:
    if rule not in RULE_IDS:
        raise ValueError(f"write ids of rules that make cards: {', '.join(RULE_IDS)}")
    return rule


Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", use_attribute_docstrings=True)


class OrderCode(_Entry):
    """A local code for an order."""

    system: Text
    code: Text
    display: Text


class QuietEntry(_Entry):
    """`[clients.quiet]`, changes to cards/quiet.toml."""

    on: Annotated[bool | None, Field(examples=["true"])] = None
    """Whether cards are quiet after an override.

    Default: unless the EHR remembers overrides itself (profile).
    """
    scope: Annotated[Literal["everybody", "user"] | None, Field(examples=['"user"'])] = None
    """Users for whom an override counts.

    Critical cards are always the user's own.
    """
    days: Annotated[
        dict[str, Annotated[int, Field(ge=0)]], AfterValidator(_days), Field(examples=["{ not-now = 3 }"])
    ] = {}
    """Days by reason, each within its `most_days`."""


class SmartEntry(_Entry):
    """The `smart` table of a client."""

    client_id: Annotated[Text, Field(examples=['"recurrence-evidence"'])]
    """Client id of the evidence view at the EHR."""
    scopes: Annotated[
        Annotated[str, Field(min_length=1, max_length=2048)] | None, Field(examples=['"launch patient/*.rs"'])
    ] = None
    """The scopes to ask for. Default: what the rules read, in the form that the EHR says it knows."""
    origins: Annotated[
        list[Annotated[str, AfterValidator(_origin)]], Field(examples=['["https://login.example"]'])
    ] = []
    """Origins of its authorization server.

    Default: the origin of the FHIR server.
    """
    client_secret_file: Annotated[Text | None, Field(examples=['"smart-secret.txt"'])] = None
    """File with the secret of a confidential client, relative to this file.

    Default: a public client.
    """
    link: Annotated[bool, Field(examples=["false"])] = True
    """Whether cards link to the evidence view."""


class ClientEntry(_Entry):
    """Keys of a `[[clients]]` table, with examples for mistakes."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}\z", examples=['"north-hospital"'])]
    """Our id of the client in log lines and card ids.

    a-z, 0-9 and -, at most 40 characters.
    """
    iss: Annotated[Text, Field(examples=['"https://ehr.example/fhir/r4"'])]
    """The `iss` of its tokens, exactly."""
    jku: Annotated[Annotated[str, AfterValidator(_url)] | None, Field(examples=['"https://ehr.example/jwks.json"'])] = (
        None
    )
    """URL of its key set, exactly as in `jku` of its tokens.

    Either this or keys.
    """
    keys: Annotated[
        Annotated[list[dict[str, Any]], Field(min_length=1)] | None, Field(examples=["[[clients.keys]] tables"])
    ] = None
    """Its public keys as JWKs, each with kid and alg. Either this or jku."""
    audience: Annotated[Annotated[str, AfterValidator(_audience)] | None, Field(examples=['"https://cds.example"'])] = (
        None
    )
    """Base URL under which it reaches this service.

    `aud` is this with the path. Default: PUBLIC_URL.
    """
    sub: Annotated[Text | None, Field(examples=['"a-subject"'])] = None
    """Required `sub` of its tokens.

    Default: any.
    """
    tenants: Annotated[list[Text], Field(examples=['["a-tenant"]'])] = []
    """Accepted `tenant` values of its tokens.

    Default: any.
    """
    fhir_servers: Annotated[
        list[Annotated[str, AfterValidator(_server)]] | None, Field(examples=['["https://ehr.example/fhir/r4"]'])
    ] = None
    """FHIR bases that its calls may name as `fhirServer`.

    Default: FHIR_SERVERS, for a lone client.
    """
    internal: Annotated[bool, Field(examples=["true"])] = False
    """Whether its servers may have private addresses."""
    profile: Annotated[str, AfterValidator(_profile), Field(examples=['"generic"'])] = "generic"
    """Kind of EHR."""
    origins: Annotated[list[Annotated[str, AfterValidator(_origin)]], Field(examples=['["https://ehr.example"]'])] = []
    """Origins of its web pages, in addition to CORS_ORIGINS."""
    time_zone: Annotated[str, AfterValidator(_zone), Field(examples=['"Europe/Berlin"'])] = "UTC"
    """Time zone of its patients, for `today`."""
    orders: Annotated[dict[str, list[OrderCode]], Field(examples=['"orders.toml" or a table'])] = {}
    """Order codes by work-up key, or a TOML file with them.

    The path is relative to this file.
    """
    on_missing: Annotated[Literal["412", "card"] | None, Field(examples=['"card"'])] = None
    """Answer to missing data.

    Default: ON_MISSING, or `card` if the profile wants one.
    """
    quiet: Annotated[QuietEntry, Field(examples=["a [clients.quiet] table"])] = QuietEntry()
    """Quiet period of an overridden card."""
    shadow: Annotated[bool, Field(examples=["true"])] = False
    """Whether charts are evaluated without showing any card."""
    shadow_rules: Annotated[list[Annotated[str, AfterValidator(_rule)]], Field(examples=['["BONE-3"]'])] = []
    """Rules in shadow, evaluated without a card."""
    language: Annotated[Literal["en", "de"] | None, Field(examples=['"de"'])] = None
    """Of its cards, `en` or `de`. Default: the setting LANGUAGE."""
    deadline_s: Annotated[Annotated[float, Field(gt=0)] | None, Field(examples=["5.0"])] = None
    """Longest wait of its calls for FHIR servers, in seconds.

    Set a little less than the client waits itself. At most HARD_DEADLINE_S, the default.
    """
    algorithms: Annotated[list[Algorithm], Field(min_length=1, examples=['["ES384", "RS384"]'])] = list(
        DEFAULT_ALGORITHMS
    )
    """Accepted signature algorithms.

    ES256 and RS256 only if listed.
    """
