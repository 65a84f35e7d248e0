"""Tokens: what is taken, and for which reason everything else is refused.

It must not test who is told the reason, nor whether a token was used before.
It tests cds_service/security/jwt.py and security/issuer.py.
"""

from typing import Any

import pytest
from joserfc.jwk import OctKey, RSAKey
from joserfc.util import urlsafe_b64encode

from cds_service.security.issuer import ALGORITHMS, Issuer, PublicKey
from cds_service.security.jwt import MAX_TOKEN_BYTES, Refusal, VerifiedClaims, Verifier
from cds_service.security.key_sets import FixedKeys, public_key
from tests.tokens import (
    AUDIENCE,
    ISS,
    JKU,
    LEFT_OUT,
    NOW,
    PATH,
    a_key,
    a_token,
    claims_of,
    public,
    segment,
    with_signature,
)

pytestmark = pytest.mark.anyio

URL = f"{AUDIENCE}{PATH}"
HOUR = 3600


def _issuer(**more: Any) -> Issuer:  # noqa: ANN401 - what Issuer takes
    return Issuer("north", ISS, AUDIENCE, **{"jku": JKU, **more})


def _keys(*algorithms: str) -> FixedKeys:
    read = [public_key(public(algorithm), ALGORITHMS) for algorithm in algorithms]
    return FixedKeys(key for key in read if isinstance(key, PublicKey))


async def _outcome(token: str, issuer: Issuer | None = None, now: float = NOW, path: str = PATH) -> object:
    south = Issuer("south", "https://south.example", AUDIENCE)
    verifier = Verifier([(issuer or _issuer(), _keys("ES384")), (south, FixedKeys(()))])
    outcome = await verifier.verify(token.encode(), path, now)
    return "taken" if isinstance(outcome, VerifiedClaims) else outcome


async def test_a_good_token_says_who_calls_until_when() -> None:
    """What goes on from here is what was verified, and nothing else of the token."""
    outcome = await Verifier([(_issuer(), _keys("ES384"))]).verify(a_token().encode(), PATH, NOW)

    assert outcome == VerifiedClaims(_issuer(), "token-1", NOW + 300)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_each_algorithm_of_the_list_can_be_used(algorithm: str) -> None:
    """Where the key's record names it."""
    token = a_token(header={"alg": algorithm})

    outcome = await Verifier([(_issuer(), _keys(algorithm))]).verify(token.encode(), PATH, NOW)

    assert isinstance(outcome, VerifiedClaims)


@pytest.mark.parametrize("typ, outcome", [
    ("JWT", "taken"), ("jwt", "taken"), ("Jwt", "taken"),
    (LEFT_OUT, Refusal.HEADER), ("", Refusal.HEADER), ("JOSE", Refusal.HEADER), (["JWT"], Refusal.HEADER),
])  # fmt: skip
async def test_the_type_must_be_jwt(typ: object, outcome: object) -> None:
    """The standard requires it; case makes no difference."""
    assert await _outcome(a_token(header={"typ": typ})) == outcome


@pytest.mark.parametrize("audience, outcome", [
    (URL, "taken"),
    ([URL], "taken"),
    (["https://other.example", URL], "taken"),
    (f"{URL}/", "taken"),
    (f"{AUDIENCE}//cds-services//small", "taken"),
    ([], Refusal.AUDIENCE),
    (["https://other.example"], Refusal.AUDIENCE),
    (AUDIENCE, Refusal.AUDIENCE),
    (f"{AUDIENCE}/", Refusal.AUDIENCE),
    (f"{AUDIENCE}/cds-services", Refusal.AUDIENCE),
    (f"{URL}/feedback", Refusal.AUDIENCE),
    (f"{URL}2", Refusal.AUDIENCE),
    (f"{URL}?x=1", Refusal.AUDIENCE),
    (f"{AUDIENCE}2{PATH}", Refusal.AUDIENCE),
    (f"{AUDIENCE}.evil.example{PATH}", Refusal.AUDIENCE),
    (f"https://cds.example{PATH}", Refusal.AUDIENCE),
    (f"http://cds.example/base{PATH}", Refusal.AUDIENCE),
    (URL.upper(), Refusal.AUDIENCE),
    (f"{AUDIENCE}/../base{PATH}", Refusal.AUDIENCE),
    (PATH, Refusal.AUDIENCE),
    ("", Refusal.AUDIENCE),
    (LEFT_OUT, Refusal.CLAIMS),
    (None, Refusal.CLAIMS),
    (1, Refusal.CLAIMS),
    ([URL, 1], Refusal.CLAIMS),
    ([[URL]], Refusal.CLAIMS),
    ({"url": URL}, Refusal.CLAIMS),
])  # fmt: skip
async def test_the_audience_is_the_url_of_the_endpoint_and_no_other(audience: object, outcome: object) -> None:
    """Alone or in a list; only slashes too many are overlooked, as in the call itself."""
    assert await _outcome(a_token(claims_of(aud=audience))) == outcome


@pytest.mark.parametrize("path", ["/cds-services", "/cds-services/other", f"{PATH}/feedback", "/", ""])
async def test_a_token_for_one_endpoint_opens_no_other(path: str) -> None:
    """Discovery, call and feedback each need their own."""
    assert await _outcome(a_token(), path=path) == Refusal.AUDIENCE


@pytest.mark.parametrize("iss", [
    f"{ISS}/", ISS[:-1], f"{ISS}.evil.example", ISS.upper(), f" {ISS}", "", None, [ISS], {}, LEFT_OUT,
])  # fmt: skip
async def test_the_issuer_is_a_registered_one_exactly(iss: object) -> None:
    """A prefix of it is somebody else."""
    assert await _outcome(a_token(claims_of(iss=iss))) == Refusal.ISSUER


async def test_a_client_does_not_sign_for_another() -> None:
    """The key of one is unknown to the other, whatever the token says."""
    assert await _outcome(a_token(claims_of(iss="https://south.example"))) == Refusal.KEY


@pytest.mark.parametrize("changes, outcome", [
    ({"exp": NOW + 1, "iat": NOW - HOUR + 1}, "taken"),
    ({"exp": NOW - 59, "iat": NOW - 300}, "taken"),
    ({"exp": NOW - 60, "iat": NOW - 300}, Refusal.EXPIRED),
    ({"exp": NOW - 300, "iat": NOW - 600}, Refusal.EXPIRED),
    ({"iat": NOW + 60, "exp": NOW + 300}, "taken"),
    ({"iat": NOW + 61, "exp": NOW + 300}, Refusal.NOT_YET),
    ({"nbf": NOW - 300}, "taken"),
    ({"nbf": NOW + 60}, "taken"),
    ({"nbf": NOW + 61}, Refusal.NOT_YET),
    ({"iat": NOW, "exp": NOW + HOUR}, "taken"),
    ({"iat": NOW, "exp": NOW + HOUR + 1}, Refusal.LIFETIME),
    ({"iat": NOW - 10 * HOUR, "exp": NOW + 60}, Refusal.LIFETIME),
    ({"exp": NOW + 10 * 365 * 24 * HOUR}, Refusal.LIFETIME),
    ({"iat": NOW + 50, "exp": NOW + 40}, Refusal.LIFETIME),
    ({"exp": LEFT_OUT}, Refusal.CLAIMS),
    ({"iat": LEFT_OUT}, Refusal.CLAIMS),
    ({"nbf": None}, Refusal.CLAIMS),
])  # fmt: skip
async def test_a_token_is_good_for_an_hour_at_most_and_only_then(changes: dict[str, object], outcome: object) -> None:
    """Clocks may be a minute apart."""
    assert await _outcome(a_token(claims_of(**changes))) == outcome


@pytest.mark.parametrize("off", [-600, 600])
async def test_a_clock_that_is_ten_minutes_off_refuses_a_fresh_token(off: int) -> None:
    """Better than to take tokens of another time."""
    assert await _outcome(a_token(), now=NOW + off) in (Refusal.EXPIRED, Refusal.NOT_YET)


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize("value", [True, False, "1768478400", None, [], {}, -1, 2**60, 10**400, 1e300])
async def test_a_time_is_a_number_of_seconds(name: str, value: object) -> None:
    """True is no number, whatever Python says."""
    assert await _outcome(a_token(claims_of(**{name: value}))) in (Refusal.CLAIMS, Refusal.LIFETIME, Refusal.MALFORMED)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
async def test_a_number_that_is_none_makes_no_token(number: str) -> None:
    """They compare with nothing, or with everything."""
    text = f'{{"iss":"{ISS}","aud":"{URL}","iat":{int(NOW)},"exp":{number},"jti":"1"}}'.encode()

    assert await _outcome(a_token(text)) in (Refusal.MALFORMED, Refusal.CLAIMS)


@pytest.mark.parametrize("changes", [
    {"jti": LEFT_OUT}, {"jti": ""}, {"jti": 1}, {"jti": None}, {"jti": ["a"]}, {"sub": 1}, {"tenant": ["a"]},
])  # fmt: skip
async def test_each_claim_has_its_json_type(changes: dict[str, object]) -> None:
    """What is no text is not made one."""
    assert await _outcome(a_token(claims_of(**changes))) == Refusal.CLAIMS


@pytest.mark.parametrize("issuer, claims, outcome", [
    ({}, {"sub": "anybody", "tenant": "any"}, "taken"),
    ({}, {"sub": None, "tenant": None}, "taken"),
    ({"tenants": ("a", "b")}, {"tenant": None}, Refusal.TENANT),
    ({"sub": "me"}, {"sub": "me"}, "taken"),
    ({"sub": "me"}, {"sub": "you"}, Refusal.SUBJECT),
    ({"sub": "me"}, {}, Refusal.SUBJECT),
    ({"tenants": ("a", "b")}, {"tenant": "b"}, "taken"),
    ({"tenants": ("a", "b")}, {"tenant": "c"}, Refusal.TENANT),
    ({"tenants": ("a", "b")}, {}, Refusal.TENANT),
])  # fmt: skip
async def test_subject_and_tenant_count_where_they_are_registered(
    issuer: dict[str, Any], claims: dict[str, object], outcome: object
) -> None:
    """A vendor's platform signs for many organisations."""
    assert await _outcome(a_token(claims_of(**claims)), _issuer(**issuer)) == outcome


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "PS384", "EdDSA"])
async def test_an_algorithm_that_is_not_on_the_list_is_refused(algorithm: str) -> None:
    """Whatever is signed with it, and however it is spelled."""
    token = a_token(header={"alg": algorithm}, algorithm="ES384")

    assert await _outcome(token) == Refusal.ALGORITHM
    assert await _outcome(f"{token.rpartition('.')[0]}.") == Refusal.MALFORMED


@pytest.mark.parametrize("algorithm", ["RS384", "RS256", "ES256"])
async def test_the_algorithm_is_the_keys_own(algorithm: str) -> None:
    """A token does not choose it, though another key may use it."""
    assert await _outcome(a_token(header={"alg": algorithm}, algorithm="ES384")) == Refusal.ALGORITHM


@pytest.mark.parametrize("algorithm", ["HS256", "HS384"])
@pytest.mark.parametrize("claimed", ["HS", "RS384"])
async def test_a_public_key_is_no_shared_secret(algorithm: str, claimed: str) -> None:
    """Signed with the PEM of the public RSA key as secret, under the name of either algorithm."""
    shared = a_key("RS384")
    assert isinstance(shared, RSAKey)
    secret = OctKey.import_key(urlsafe_b64encode(shared.as_pem(private=False)))
    token = a_token(header={"alg": algorithm if claimed == "HS" else claimed}, key=secret, algorithm=algorithm)

    outcome = await Verifier([(_issuer(), _keys("RS384"))]).verify(token.encode(), PATH, NOW)

    assert outcome == (Refusal.ALGORITHM if claimed == "HS" else Refusal.SIGNATURE)


@pytest.mark.parametrize("name, value", [
    ("jwk", public(name="evil")), ("x5u", "https://evil.example/cert.pem"), ("x5c", ["MIIB"]), ("other", {"a": 1}),
])  # fmt: skip
async def test_a_key_that_a_token_brings_along_is_not_looked_at(name: str, value: object) -> None:
    """Signed by a stranger it is refused; signed by the registered key it is as good as without."""
    evil = a_key(name="evil")

    assert await _outcome(a_token(header={name: value}, key=evil)) == Refusal.SIGNATURE
    assert await _outcome(a_token(header={name: value})) == "taken"


@pytest.mark.parametrize("name, value", [("x5u", "x"), ("x5c", 1), ("jwk", "x"), ("cty", 1)])
async def test_a_header_that_is_ill_formed_signs_nothing(name: str, value: object) -> None:
    """Though the signature is right."""
    assert await _outcome(a_token(header={name: value})) == Refusal.SIGNATURE


@pytest.mark.parametrize("name, value", [
    ("crit", ["exp"]), ("crit", []), ("crit", ["b64"]), ("crit", "b64"), ("b64", False), ("b64", True),
])  # fmt: skip
async def test_a_token_that_wants_to_be_read_otherwise_is_refused(name: str, value: object) -> None:
    """Nothing is critical that is not understood, and nothing of it is."""
    assert await _outcome(a_token(header={name: value})) == Refusal.HEADER


@pytest.mark.parametrize("jku", [
    f"{JKU}?", f"{JKU}/", JKU.upper(), None, "https://evil.example/jwks.json", f"{JKU}@evil.example", [JKU], "",
])  # fmt: skip
async def test_a_key_set_is_the_registered_one_byte_for_byte(jku: object) -> None:
    """A token that names another is refused before anything is fetched."""
    assert await _outcome(a_token(header={"jku": JKU})) == "taken"
    assert await _outcome(a_token(header={"jku": jku})) == Refusal.KEY_SET


async def test_a_client_with_keys_in_the_registry_has_no_key_set() -> None:
    """So that no token may name one."""
    assert await _outcome(a_token(header={"jku": JKU}), _issuer(jku=None)) == Refusal.KEY_SET


@pytest.mark.parametrize("kid", [
    "second", "FIRST", "first ", "", "../first", "../../etc/passwd", "/dev/null", "file:///dev/null", "' OR 1=1", "*",
    "\u0000", "\u00e9", None, 1, ["first"], {"kid": "first"}, LEFT_OUT,
])  # fmt: skip
async def test_a_key_is_known_by_exactly_its_id(kid: object) -> None:
    """It is no path, no pattern and no query."""
    assert await _outcome(a_token(header={"kid": kid})) == Refusal.KEY


@pytest.mark.parametrize(
    "signature", [bytes(96), bytes(1), b"\xff" * 96, bytes(95), bytes(97), bytes(48) + b"\x01" * 48]
)
async def test_a_signature_that_was_not_made_is_none(signature: bytes) -> None:
    """All zeros once passed elsewhere as a signature of everything."""
    assert await _outcome(with_signature(a_token(), signature)) == Refusal.SIGNATURE


async def test_a_signature_of_something_else_is_none() -> None:
    """Not one bit of header or claims may change."""
    head, body, signature = a_token().split(".")
    other_head, other_body, _ = a_token(claims_of(jti="token-2"), {"extra": 1}).split(".")

    assert await _outcome(f"{head}.{other_body}.{signature}") == Refusal.SIGNATURE
    assert await _outcome(f"{other_head}.{body}.{signature}") == Refusal.SIGNATURE


async def test_a_key_of_an_unknown_kind_signs_nothing() -> None:
    """Only what was read as an EC or RSA key is asked."""
    keys = FixedKeys([PublicKey("first", "ES384", OctKey.generate_key(256))])

    assert await Verifier([(_issuer(), keys)]).verify(a_token().encode(), PATH, NOW) == Refusal.SIGNATURE


@pytest.mark.parametrize("token", [
    "", ".", "..", "a.b.c", "a.b", f"{a_token()}.x", f" {a_token()}", f"{a_token()}=", f"{a_token()}\n",
    a_token().replace(".", ".."),
    f"{segment(b'[]')}.{segment(claims_of())}.AAAA", f"{segment({'alg': 'ES384'})}.{segment(b'[]')}.AAAA",
    f"{segment(b'not json')}.{segment(claims_of())}.AAAA", f"{segment({'alg': 'ES384'})}.{segment(b'1')}.AAAA",
    f"{segment(b'{' * 3000)}.{segment(claims_of())}.AAAA", f"{segment(b'[' * 3000)}.{segment(claims_of())}.AAAA",
    f"{segment({'alg': 'ES384'})}.{segment(bytes([0xff]))}.AAAA", "x" * 100_000,
])  # fmt: skip
async def test_what_is_no_token_is_refused_quietly(token: str) -> None:
    """Three parts in base64url, the first two JSON objects."""
    assert await _outcome(token) == Refusal.MALFORMED


@pytest.mark.parametrize("claims", [
    b'{"iss":"https://ehr.example/fhir/r4","iss":"https://ehr.example/fhir/r4"}', b'{"jti":"\\ud800"}',
])  # fmt: skip
async def test_claims_that_two_readers_read_differently_are_refused(claims: bytes) -> None:
    """A key twice, half a character."""
    assert await _outcome(a_token(claims)) == Refusal.MALFORMED


async def test_a_token_may_be_long_but_not_too_long() -> None:
    """Eight kilobytes; a header of an EHR with certificates needs more than the library's own limit."""
    room = (MAX_TOKEN_BYTES - len(a_token(header={"pad": ""}))) * 3 // 4

    assert await _outcome(a_token(header={"pad": "x" * (room - 4)})) == "taken"
    assert await _outcome(a_token(header={"pad": "x" * (room + 4)})) == Refusal.MALFORMED
