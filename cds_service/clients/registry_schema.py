"""One `[[clients]]` table of the registry as the file has it: which keys there are and what each may say.

It must not look at other tables, nor at the settings.
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
    """The `[clients.quiet]` table: what a client wants otherwise than cards/quiet.toml has it."""

    on: Annotated[bool | None, Field(examples=["true"])] = None
    """Whether cards are quiet after an override. Default: unless the EHR remembers overrides itself (profile)."""
    scope: Annotated[Literal["everybody", "user"] | None, Field(examples=['"user"'])] = None
    """For whom an override counts. Critical cards are always the user's own."""
    days: Annotated[
        dict[str, Annotated[int, Field(ge=0)]], AfterValidator(_days), Field(examples=["{ not-now = 3 }"])
    ] = {}
    """Days by reason, each within its `most_days`."""


class SmartEntry(_Entry):
    """What can stand in the `smart` table of a client."""

    client_id: Annotated[Text, Field(examples=['"recurrence-evidence"'])]
    """The id under which the EHR registered the evidence view."""
    scopes: Annotated[
        Annotated[str, Field(min_length=1, max_length=2048)] | None, Field(examples=['"launch patient/*.rs"'])
    ] = None
    """The scopes to ask for. Default: what the rules read, in the form that the EHR says it knows."""
    origins: Annotated[
        list[Annotated[str, AfterValidator(_origin)]], Field(examples=['["https://login.example"]'])
    ] = []
    """Origins of its authorization server, where that is not the origin of the FHIR server."""
    client_secret_file: Annotated[Text | None, Field(examples=['"smart-secret.txt"'])] = None
    """File with the secret of a confidential client, from this file's folder. Default: a public client."""
    link: Annotated[bool, Field(examples=["false"])] = True
    """Whether cards link to the evidence view."""


class ClientEntry(_Entry):
    """What can stand in a `[[clients]]` table. The examples are what a mistake is answered with."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}\z", examples=['"north-hospital"'])]
    """Our name of the client, in log lines and in the ids of its cards: a-z, 0-9 and -, at most 40."""
    iss: Annotated[Text, Field(examples=['"https://ehr.example/fhir/r4"'])]
    """The `iss` of its tokens, exactly."""
    jku: Annotated[Annotated[str, AfterValidator(_url)] | None, Field(examples=['"https://ehr.example/jwks.json"'])] = (
        None
    )
    """Where its key set is, exactly as the `jku` of its tokens has it if they have one. Either this or keys."""
    keys: Annotated[
        Annotated[list[dict[str, Any]], Field(min_length=1)] | None, Field(examples=["[[clients.keys]] tables"])
    ] = None
    """Its public keys as JWKs, each with kid and alg. Either this or jku."""
    audience: Annotated[Annotated[str, AfterValidator(_audience)] | None, Field(examples=['"https://cds.example"'])] = (
        None
    )
    """The base URL under which it reaches this service: `aud` is that with the path. Default: PUBLIC_URL."""
    sub: Annotated[Text | None, Field(examples=['"a-subject"'])] = None
    """The `sub` that its tokens must have. Default: any."""
    tenants: Annotated[list[Text], Field(examples=['["a-tenant"]'])] = []
    """The `tenant` values of which its tokens must have one. Default: any."""
    fhir_servers: Annotated[
        list[Annotated[str, AfterValidator(_server)]] | None, Field(examples=['["https://ehr.example/fhir/r4"]'])
    ] = None
    """FHIR bases that its calls may name as `fhirServer`. Default: FHIR_SERVERS, for a lone client."""
    internal: Annotated[bool, Field(examples=["true"])] = False
    """Whether its servers may have private addresses."""
    profile: Annotated[str, AfterValidator(_profile), Field(examples=['"generic"'])] = "generic"
    """Kind of EHR."""
    origins: Annotated[list[Annotated[str, AfterValidator(_origin)]], Field(examples=['["https://ehr.example"]'])] = []
    """Origins of its web pages that may call, beside CORS_ORIGINS."""
    time_zone: Annotated[str, AfterValidator(_zone), Field(examples=['"Europe/Berlin"'])] = "UTC"
    """Where its patients are: `today` is the day there."""
    orders: Annotated[dict[str, list[OrderCode]], Field(examples=['"orders.toml" or a table'])] = {}
    """Its own order codes by work-up key, or the path of a TOML file with them, from this file's folder."""
    on_missing: Annotated[Literal["412", "card"] | None, Field(examples=['"card"'])] = None
    """As the setting ON_MISSING, which is its default; `card` where the profile wants one."""
    quiet: Annotated[QuietEntry, Field(examples=["a [clients.quiet] table"])] = QuietEntry()
    """How long a card stays quiet that was overridden."""
    shadow: Annotated[bool, Field(examples=["true"])] = False
    """Whether its charts are evaluated and no card is shown."""
    shadow_rules: Annotated[list[Annotated[str, AfterValidator(_rule)]], Field(examples=['["BONE-3"]'])] = []
    """Rules that are evaluated and make no card."""
    language: Annotated[Literal["en", "de"] | None, Field(examples=['"de"'])] = None
    """Of its cards, `en` or `de`. Default: the setting LANGUAGE."""
    deadline_s: Annotated[Annotated[float, Field(gt=0)] | None, Field(examples=["5.0"])] = None
    """How long its calls may wait for FHIR servers, in seconds: a little less than it waits itself. At most the setting
    HARD_DEADLINE_S, which is its default."""
    algorithms: Annotated[list[Algorithm], Field(min_length=1, examples=['["ES384", "RS384"]'])] = list(
        DEFAULT_ALGORITHMS
    )
    """What its tokens may be signed with. ES256 and RS256 only if they are listed here."""
