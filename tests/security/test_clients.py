"""The clients registry: what it says, and what is said about each mistake in it.

It must not test what a client may then do.
It tests cds_service/clients: registry.py, registry_schema.py, registry_errors.py and client.py.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from cards.quiet_policy import default_policy
from cds_service.clients.client import PROFILES, Client, LocalCode
from cds_service.clients.display_policy import DisplayPolicy
from cds_service.clients.registry import RegistryDefaults, load_registry
from cds_service.clients.registry_schema import ClientEntry
from cds_service.config.settings import Profile, Settings
from cds_service.errors import SettingsError
from cds_service.profiles.profile import profile_of
from cds_service.security.urls import BaseUrl, parse_entry
from tests.tokens import AUDIENCE, ISS, JKU, a_key, a_registry, entry_of, public, toml_of

DEVELOPMENT = RegistryDefaults(production=False, public_url=None, fhir_servers=(), on_missing="412")
PRODUCTION = RegistryDefaults(production=True, public_url=None, fhir_servers=(), on_missing="412")
SOUTH: dict[str, Any] = {"iss": "https://south.example", "fhir_servers": []}


def _one(folder: Path, terms: RegistryDefaults = DEVELOPMENT, **entry: Any) -> Client:  # noqa: ANN401 - what an entry may say
    (client,) = load_registry(a_registry(folder, entry_of(**entry)), terms)
    return client


def _mistakes(folder: Path, *entries: str, terms: RegistryDefaults = DEVELOPMENT) -> list[str]:
    path = a_registry(folder, *entries)
    with pytest.raises(SettingsError) as refused:
        load_registry(path, terms)
    return [line.replace(f"{path}", "clients.toml") for line in str(refused.value).splitlines()]


def _base(url: str) -> BaseUrl:
    base = parse_entry(url)
    assert base is not None
    return base


def test_a_client_needs_few_words(tmp_path: Path) -> None:
    """The rest has a default, or follows the settings."""
    server = _base("https://ehr.example/fhir")
    client = _one(
        tmp_path, RegistryDefaults(production=False, public_url=None, fhir_servers=(server,), on_missing="card")
    )

    assert (client.id, client.issuer.iss, client.issuer.audience) == ("north", ISS, AUDIENCE)
    assert (client.issuer.jku, client.issuer.sub, client.issuer.tenants) == (None, None, ())
    assert client.issuer.algorithms == ("ES384", "RS384")
    assert [key.kid for key in client.keys] == ["first"]
    assert (client.fhir_servers, client.on_missing) == ((server,), "card")
    assert (client.profile, client.internal, client.origins, client.orders) == ("generic", False, (), {})
    assert client.zone.key == "UTC"


def test_a_client_can_say_all_of_it(tmp_path: Path) -> None:
    """And then the settings don't count."""
    client = _one(
        tmp_path,
        jku=JKU,
        sub="me",
        tenants=["a", "b"],
        fhir_servers=["https://EHR.example/fhir/", "http://127.0.0.1:*"],
        internal=True,
        profile="epic",
        origins=["https://ehr.example"],
        time_zone="America/Chicago",
        on_missing="card",
        algorithms=["RS256"],
    )

    assert (client.issuer.jku, client.issuer.sub, client.issuer.tenants) == (JKU, "me", ("a", "b"))
    assert (client.keys, client.issuer.algorithms) == ((), ("RS256",))
    assert client.fhir_servers == (_base("https://ehr.example/fhir"), _base("http://127.0.0.1:*"))
    assert (client.internal, client.profile, client.on_missing) == (True, "epic", "card")
    assert client.origins == (_base("https://ehr.example"),)
    assert client.zone.key == "America/Chicago"


def test_the_audience_is_the_public_url_if_nothing_else_is_said(tmp_path: Path) -> None:
    """A slash at the end makes no difference."""
    terms = RegistryDefaults.of(Settings(profile=Profile.PRODUCTION, public_url="https://cds.example/base/"))
    registry = a_registry(tmp_path, entry_of().replace(f'audience = "{AUDIENCE}"\n', ""))

    assert load_registry(registry, terms)[0].issuer.audience == "https://cds.example/base"
    assert _one(tmp_path, audience="https://cds.example/x/").issuer.audience == "https://cds.example/x"


def test_what_a_clients_users_are_not_shown_stands_in_its_entry(tmp_path: Path) -> None:
    """Days and scope of overrides, everything in shadow, or single rules; without a word the file's days."""
    quiet = {"scope": "user", "days": {"not-now": 14, "other": 0}}
    said = _one(tmp_path, jku=JKU, quiet=quiet, shadow=True, shadow_rules=["BONE-3", "LOC-1"]).display

    assert said.policy == default_policy().changed(quiet["days"], "user")  # type: ignore[arg-type]
    assert (said.shadow, said.rules) == (True, frozenset({"BONE-3", "LOC-1"}))
    assert _one(tmp_path, jku=JKU).display == DisplayPolicy(default_policy())


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_an_ehr_that_remembers_overrides_is_left_to_itself_unless_the_entry_says_otherwise(
    profile: str, tmp_path: Path
) -> None:
    """Where both remembered, a card would be quiet for the longer of two times."""
    remembers = profile_of(profile).file.remembers_overrides

    assert (_one(tmp_path, jku=JKU, profile=profile).display.policy is None) is remembers
    for on in (True, False):
        assert (_one(tmp_path, jku=JKU, profile=profile, quiet={"on": on}).display.policy is not None) is on


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_every_kind_of_ehr_can_be_named(profile: str, tmp_path: Path) -> None:
    """What each needs comes later."""
    assert _one(tmp_path, profile=profile).profile == profile


def test_order_codes_stand_in_the_registry_or_in_a_file_beside_it(tmp_path: Path) -> None:
    """By work-up key."""
    code = {"system": "urn:local", "code": "MRI1", "display": "MRI head"}
    (tmp_path / "orders.toml").write_text(f"[[brain_mri]]\n{toml_of(code)}", encoding="utf-8")
    inline = f"[[clients]]\n{toml_of({'id': 'north', 'iss': ISS, 'audience': AUDIENCE, 'jku': JKU})}"
    inline += f"[[clients.orders.brain_mri]]\n{toml_of(code)}"

    expected = {"brain_mri": (LocalCode("urn:local", "MRI1", "MRI head"),)}
    assert _one(tmp_path, orders="orders.toml").orders == expected
    assert load_registry(a_registry(tmp_path, inline), DEVELOPMENT)[0].orders == expected


def test_a_key_set_over_plain_http_is_for_loopback_in_development(tmp_path: Path) -> None:
    """Not even there in production."""
    jku = "http://localhost:8080/jwks.json"

    assert _one(tmp_path, jku=jku).issuer.jku == jku
    (mistake,) = _mistakes(tmp_path, entry_of(jku=jku), terms=PRODUCTION)
    assert mistake == "clients.toml, line 5: jku must be https in production, also on loopback"


@pytest.mark.parametrize("entry, line, said", [
    ({"id": "North"}, 2, 'id must be of a-z, 0-9 and -: write id = "north-hospital"'),
    ({"id": ""}, 2, "id must be of a-z"),
    ({"id": 1}, 2, "id must be a text"),
    ({"id": "x" * 41}, 2, "id must be of a-z"),
    ({"iss": ""}, 3, 'iss must not be empty: write iss = "https://ehr.example/fhir/r4"'),
    ({"iss": "x" * 257}, 3, "iss is too long"),
    ({"iss": ["https://a.example"]}, 3, "iss must be a text"),
    ({"audience": "cds.example"}, 4, "audience can't be used: write https://host[:port][/path]"),
    ({"audience": "http://cds.example"}, 4, "http is for loopback only"),
    ({"audience": "https://u:p@cds.example"}, 4, "audience can't be used"),
    ({"jku": "http://ehr.example/jwks"}, 5, "jku can't be used: write https://host"),
    ({"jku": "file:///etc/passwd"}, 5, "jku can't be used"),
    ({"jku": ""}, 5, "jku can't be used"),
    ({"sub": ""}, 5, "sub must not be empty"),
    ({"tenants": "a"}, 5, 'tenants must be a list: write tenants = ["a-tenant"]'),
    ({"tenants": [1]}, 5, "tenants must be a text"),
    ({"fhir_servers": ["http://ehr.example/fhir"]}, 5, "fhir_servers can't be used: write https://host"),
    ({"fhir_servers": ["https://ehr.example/../x"]}, 5, "fhir_servers can't be used"),
    ({"fhir_servers": ["https://ehr.example:*"]}, 5, "fhir_servers can't be used"),
    ({"internal": "yes"}, 5, "internal must be true or false: write internal = true"),
    ({"internal": 1}, 5, "internal must be true or false"),
    ({"profile": "epick"}, 5, "profile can't be used: write one of athenahealth, epic, generic, oracle-health, "),
    ({"origins": ["*"]}, 5, "origins can't be used: write https://host[:port]"),
    ({"origins": ["https://ehr.example/path"]}, 5, "origins can't be used"),
    ({"time_zone": "Mars/Base"}, 5, "time_zone can't be used: write a name of the IANA time zones"),
    ({"time_zone": "../../etc/passwd"}, 5, "time_zone can't be used"),
    ({"time_zone": ""}, 5, "time_zone can't be used"),
    ({"orders": "nowhere.toml"}, 5, "nowhere.toml can't be read: No such file or directory"),
    ({"orders": 1}, 5, "orders: the entry must be a table"),
    ({"on_missing": "422"}, 5, "on_missing can't be used: write '412' or 'card'"),
    ({"quiet": {"on": 1}}, 5, "quiet: on must be true or false: write on = true"),
    ({"quiet": {"scope": "team"}}, 5, "quiet: scope can't be used: write 'everybody' or 'user'"),
    ({"quiet": {"for": 7}}, 5, "quiet: for is not known here; known are on, scope, days"),
    ({"quiet": {"days": {"not-now": 15}}}, 5, "quiet: days can't be used: write not-now = 0 to 14"),
    ({"quiet": {"days": {"not-now": -1}}}, 5, "quiet: days can't be used"),
    ({"quiet": {"days": {"never-again": 1}}}, 5, "never-again is no reason: write one of already-worked-up, explained"),
    ({"quiet": {"days": 7}}, 5, "quiet: days must be a table: write days = { not-now = 3 }"),
    ({"quiet": 7}, 5, "quiet must be a table: write quiet = a [clients.quiet] table"),
    ({"shadow": "yes"}, 5, "shadow must be true or false: write shadow = true"),
    ({"shadow_rules": "BONE-3"}, 5, 'shadow_rules must be a list: write shadow_rules = ["BONE-3"]'),
    ({"shadow_rules": ["BONE-99"]}, 5, "shadow_rules can't be used: write ids of rules that make cards: BRAIN-1, "),
    ({"shadow_rules": ["GATE-1"]}, 5, "shadow_rules can't be used: write ids of rules"),
    ({"deadline_s": 8.5}, 5, "deadline_s is longer than HARD_DEADLINE_S: write at most 8"),
    ({"deadline_s": 0}, 5, "deadline_s can't be used: write deadline_s = 5.0"),
    ({"deadline_s": "5"}, 5, "deadline_s can't be used: write deadline_s = 5.0"),
    ({"algorithms": ["HS256"]}, 5, "algorithms can't be used: write 'ES384', 'RS384', 'ES256' or 'RS256'"),
    ({"algorithms": ["none"]}, 5, "algorithms can't be used"),
    ({"algorithms": []}, 5, 'algorithms must not be empty: write algorithms = ["ES384", "RS384"]'),
    ({"algorithms": "RS256"}, 5, "algorithms must be a list"),
    ({"jku": JKU, "keys": [1]}, 6, "keys must be a table: write keys = [[clients.keys]] tables"),
    ({"jku": JKU, "keys": []}, 6, "keys must not be empty"),
    ({"jku": JKU, "keys": "x"}, 6, "keys must be a list"),
    ({"isss": "x"}, 5, "isss is not known here; known are id, iss, jku, keys, audience"),
])  # fmt: skip
def test_each_mistake_has_its_line_and_what_to_write(
    entry: dict[str, Any], line: int, said: str, tmp_path: Path
) -> None:
    """Nobody should have to read our code."""
    said_of_it = {"id": "north", "iss": ISS, "audience": AUDIENCE, **entry}
    keys = "" if "jku" in entry else f"[[clients.keys]]\n{toml_of(public())}"
    mistakes = _mistakes(tmp_path, f"[[clients]]\n{toml_of(said_of_it)}{keys}")

    assert any(mistake.startswith(f"clients.toml, line {line}: ") and said in mistake for mistake in mistakes), mistakes


@pytest.mark.parametrize("key, said", [
    (a_key().as_dict(private=True) | {"alg": "ES384"}, "is a private or symmetric key"),
    (a_key("RS384").as_dict(private=True), "is a private or symmetric key"),
    ({"kty": "oct", "k": "c2VjcmV0", "kid": "1", "alg": "HS384"}, "is a private or symmetric key"),
    ({name: value for name, value in public().items() if name != "alg"}, "needs an alg"),
    ({name: value for name, value in public().items() if name != "kid"}, "needs kid"),
    (public("RS256"), "needs an alg that fits its kty and crv and is one of the client's algorithms"),
    (public(use="enc"), "is not meant for signatures"),
    (public(x="AAAA"), "can't be read"),
])  # fmt: skip
def test_a_key_that_can_not_be_used_is_a_mistake_that_shows_nothing_of_it(
    key: dict[str, Any], said: str, tmp_path: Path
) -> None:
    """Whoever reads the message must not learn a key by it."""
    (mistake,) = _mistakes(tmp_path, entry_of(keys=(key,)))

    assert mistake.startswith("clients.toml, line 5: the key ")
    assert said in mistake
    assert not [value for value in key.values() if len(str(value)) > 6 and str(value) in mistake]


def test_two_keys_need_two_ids(tmp_path: Path) -> None:
    """A token names one of them."""
    (mistake,) = _mistakes(tmp_path, entry_of(keys=(public(), public("RS384"))))

    assert re.fullmatch(r"clients.toml, line 1\d: the key has the kid of another: each needs its own", mistake)


@pytest.mark.parametrize("entry", [entry_of(jku=JKU) + "[[clients.keys]]\n" + toml_of(public()), toml_of({})])
def test_keys_are_in_the_registry_or_fetched(entry: str, tmp_path: Path) -> None:
    """One of the two; both would leave open which counts."""
    entry = entry or "[[clients]]\n" + toml_of({"id": "north", "iss": ISS, "audience": AUDIENCE})

    assert _mistakes(tmp_path, entry) == [
        'clients.toml, line 1: write either jku = "https://…" or [[clients.keys]] tables, one of the two'
    ]


def test_an_audience_is_needed_from_somewhere(tmp_path: Path) -> None:
    """It is never taken from a call."""
    entry = entry_of().replace(f'audience = "{AUDIENCE}"\n', "")

    assert _mistakes(tmp_path, entry) == [
        'clients.toml, line 1: audience is missing: write audience = "https://…", or set PUBLIC_URL'
    ]


def test_two_clients_need_two_names_two_issuers_and_lists_of_their_own(tmp_path: Path) -> None:
    """Else the token of one would open the FHIR server of the other."""
    mistakes = _mistakes(tmp_path, entry_of(jku=JKU), entry_of(jku=JKU))

    assert mistakes == [
        "clients.toml, line 1: fhir_servers is missing: of several clients each names its own, [] for none",
        "clients.toml, line 7: fhir_servers is missing: of several clients each names its own, [] for none",
        "clients.toml, line 8: id occurs twice, also in clients.toml, line 2: each client needs its own",
        "clients.toml, line 9: iss occurs twice, also in clients.toml, line 3: each client needs its own",
    ]
    north, south = entry_of(jku=JKU, fhir_servers=[]), entry_of("south", jku=JKU, **SOUTH)
    clients = load_registry(a_registry(tmp_path, north, south), DEVELOPMENT)
    assert [(client.id, client.fhir_servers) for client in clients] == [("north", ()), ("south", ())]


@pytest.mark.parametrize("orders, said", [
    ("[orders]\nx = 1\n", "clients.toml, line 5: orders: orders is no work-up key: axilla_us, "),
    ("brain_mri = [1]\n", "clients.toml, line 5: orders: 0 must be a table"),
    ('\n\n[[brain_mri]]\nsystem = "x"\ncode = "y"\n', "orders.toml, line 3: orders: display is missing"),
    ('[[brain_mri]]\nsystem = "x"\ncode = 1\ndisplay = "z"\n', "orders.toml, line 3: orders: code must be a text"),
    ('[[brain]]\nsystem = "x"\ncode = "y"\ndisplay = "z"\n', "orders.toml, line 1: orders: brain is no work-up key"),
    ("[[brain_mri]\n", "is not valid TOML"),
])  # fmt: skip
def test_a_mistake_in_the_order_codes_has_the_line_of_its_file(orders: str, said: str, tmp_path: Path) -> None:
    """Wherever they stand."""
    (tmp_path / "orders.toml").write_text(orders, encoding="utf-8")

    mistakes = "\n".join(_mistakes(tmp_path, entry_of(jku=JKU, orders="orders.toml")))

    assert said.partition(": ")[2] in mistakes
    assert "orders.toml" in mistakes


@pytest.mark.parametrize("text, said", [
    ("", "there is no client: write one [[clients]] table for each client"),
    ("clients = []", "line 1: there is no client"),
    ("clients = [1]", "line 1: there is no client"),
    ("[clients]\nid = 'a'", "line 1: there is no client"),
    ("[[clients]\n", "is not valid TOML: "),
    ("x = 1\n" + entry_of(), "line 1: x is not known here: write one [[clients]] table for each client"),
])  # fmt: skip
def test_a_file_without_clients_is_a_mistake(text: str, said: str, tmp_path: Path) -> None:
    """It would lock everybody out, or let nobody know why."""
    assert said in "\n".join(_mistakes(tmp_path, text))


def test_all_mistakes_are_listed_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Also those of one client, and a key beside another mistake."""
    bad = entry_of("North", keys=(public(use="enc"),), iss="", profile="x", fhir_servers=[])

    mistakes = _mistakes(tmp_path, bad, entry_of("south", jku="x", **SOUTH), "[[clients]]\n")

    lines = [int(re.findall(r"line (\d+)", mistake)[0]) for mistake in mistakes]
    assert lines == sorted(lines)
    assert len(mistakes) == 10


def test_a_file_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    """With its name."""
    with pytest.raises(SettingsError, match=r"none\.toml can't be read"):
        load_registry(tmp_path / "none.toml", DEVELOPMENT)


def test_each_key_of_an_entry_is_explained() -> None:
    """The sentences say what an operator needs to know."""
    fields = ClientEntry.model_fields

    assert [name for name, field in fields.items() if not (field.description or "").endswith((".", "40."))] == []
    assert [name for name, field in fields.items() if not field.examples] == []


@pytest.mark.parametrize("key", ClientEntry.model_fields)
def test_each_key_of_an_entry_is_documented(key: str) -> None:
    """In the table for whoever registers an EHR."""
    assert f"\n| `{key}` |" in (Path(__file__).parents[2] / "docs" / "integrate.md").read_text(encoding="utf-8")


def test_the_registry_in_the_operators_guide_is_one(tmp_path: Path) -> None:
    """But for the key, which is left out there."""
    guide = (Path(__file__).parents[2] / "docs" / "operate.md").read_text(encoding="utf-8")
    example = guide.partition("```toml\n")[2].partition("```")[0]
    key = public()
    real = example.replace('x = "…"', f'x = "{key["x"]}"').replace('y = "…"', f'y = "{key["y"]}"')
    terms = RegistryDefaults(production=True, public_url="https://cds.example", fhir_servers=(), on_missing="412")

    assert [client.id for client in load_registry(a_registry(tmp_path, real), terms)] == [
        "north-hospital",
        "south-clinic",
    ]


def test_keys_are_not_shown_when_a_client_is_printed(tmp_path: Path) -> None:
    """A debugger would print it."""
    assert str(public()["x"]) not in repr(_one(tmp_path))
