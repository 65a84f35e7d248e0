"""An id token belongs to a launch, or is refused for a reason."""

import json
from typing import Any

import pytest

from cds_service.security.id_tokens import Expected, refusal_of
from tests.tokens import ISS, LEFT_OUT, NOW, a_key, a_token, claims_of, public, segment

EXPECTED = Expected(ISS, "app", "nonce")
KEYS = json.dumps({"keys": [public()]}).encode()


def claims(**more: object) -> dict[str, Any]:
    """The claims of a good id token."""
    return claims_of(**{"aud": "app", "nonce": "nonce", "jti": LEFT_OUT, **more})


def test_a_good_one_is_taken() -> None:
    """Also without a kid where there is one key, and with several audiences of which the app is who asked."""
    assert refusal_of(a_token(claims()), KEYS, EXPECTED, NOW) is None
    assert refusal_of(a_token(claims(), {"kid": LEFT_OUT, "typ": LEFT_OUT}), KEYS, EXPECTED, NOW) is None
    assert refusal_of(a_token(claims(aud=["app", "other"], azp="app")), KEYS, EXPECTED, NOW) is None


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "ES256"])
def test_each_listed_algorithm_is_taken(algorithm: str) -> None:
    """A key without alg is used as the token says, within the list."""
    key = {name: value for name, value in public(algorithm).items() if name != "alg"}
    token = a_token(claims(), {"alg": algorithm}, a_key(algorithm), algorithm)

    assert refusal_of(token, json.dumps({"keys": [key]}).encode(), EXPECTED, NOW) is None


@pytest.mark.parametrize(
    "more, reason",
    [
        ({"iss": "https://other.example"}, "issuer"),
        ({"aud": "other"}, "audience"),
        ({"aud": LEFT_OUT}, "audience"),
        ({"aud": ["app"], "azp": "other"}, "audience"),
        ({"nonce": "other"}, "replayed"),
        ({"nonce": LEFT_OUT}, "replayed"),
        ({"exp": int(NOW) - 61}, "expired"),
        ({"exp": "soon"}, "claims"),
        ({"iat": LEFT_OUT}, "claims"),
        ({"iat": int(NOW) + 61}, "not-yet"),
    ],
)
def test_a_claim_that_is_wrong_refuses_it(more: dict[str, object], reason: str) -> None:
    """Each by its own name, for the log."""
    refusal = refusal_of(a_token(claims(**more)), KEYS, EXPECTED, NOW)

    assert refusal is not None
    assert refusal.value == reason


@pytest.mark.parametrize(
    "token, reason",
    [
        ("x", "malformed"),
        ("a.b.c", "malformed"),
        (f"{segment({'alg': 'none'})}.{segment(claims())}.AAAA", "algorithm"),
        (f"{segment({'alg': 'HS256', 'kid': 'first'})}.{segment(claims())}.AAAA", "algorithm"),
        (f"{segment({'alg': 'ES384', 'kid': 'first'})}.{segment(claims())}.AAAA", "signature"),
        (a_token(claims(), {"crit": ["exp"]}), "header"),
        (a_token(claims(), {"kid": "other"}), "key"),
        (a_token(claims(), {"kid": 7}), "key"),
        (a_token(claims(), key=a_key(name="second")), "signature"),
        (a_token(claims(), {"alg": "ES256"}, a_key("ES256")), "key"),
    ],
    ids=["text", "parts", "none", "symmetric", "unsigned", "crit", "kid", "number", "other-key", "other-curve"],
)
def test_a_token_that_nobody_signed_for_us_is_refused(token: str, reason: str) -> None:
    """The algorithm is one of the list, the key the EHR's."""
    refusal = refusal_of(token, KEYS, EXPECTED, NOW)

    assert refusal is not None
    assert refusal.value == reason


def test_an_algorithm_that_the_ehr_does_not_list_is_refused() -> None:
    """Its own word narrows ours."""
    narrow = Expected(ISS, "app", "nonce", ("RS384",))

    assert str(refusal_of(a_token(claims()), KEYS, narrow, NOW)) == "algorithm"


def test_without_keys_nothing_is_believed() -> None:
    """A key set that is none."""
    assert str(refusal_of(a_token(claims()), b"[]", EXPECTED, NOW)) == "key"
