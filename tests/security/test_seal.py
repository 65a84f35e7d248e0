"""What a browser carries for us: nobody else can read, change or make it."""

import pytest
from joserfc.jwe import encrypt_compact
from joserfc.jwk import OctKey, RSAKey

from cds_service.security.seal import MAX_SEALED, Seal

KEY = bytes(range(32))


def test_what_was_sealed_is_opened_by_the_same_key_alone() -> None:
    """Another worker needs the same key."""
    sealed = Seal(KEY).sealed(b"launch")

    assert b"launch" not in sealed.encode()
    assert Seal(KEY).opened(sealed) == b"launch"
    assert Seal(None).opened(sealed) is None


def test_the_same_content_never_looks_the_same() -> None:
    """Two launches can't be told to be alike."""
    assert Seal(KEY).sealed(b"launch") != Seal(KEY).sealed(b"launch")


@pytest.mark.parametrize("part", range(5), ids=["header", "key", "iv", "content", "tag"])
def test_a_changed_text_is_not_opened(part: int) -> None:
    """Header, content and tag are all held together."""
    parts = Seal(KEY).sealed(b"launch").split(".")
    parts[part] = ("B" if parts[part].startswith("A") else "A") + parts[part][1:]

    assert Seal(KEY).opened(".".join(parts)) is None


@pytest.mark.parametrize("text", ["", "x", "....", "a.b.c.d.e", "ä", "x" * (MAX_SEALED + 1)])
def test_what_was_never_sealed_is_not_opened(text: str) -> None:
    """Whatever it looks like."""
    assert Seal(KEY).opened(text) is None


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "A256KW", "enc": "A256GCM"},
        {"alg": "dir", "enc": "A128CBC-HS256"},
        {"alg": "RSA-OAEP", "enc": "A256GCM"},
    ],
    ids=["wrapped", "other-cipher", "asymmetric"],
)
def test_another_algorithm_is_not_taken(header: dict[str, str]) -> None:
    """Also with the right key."""
    key = RSAKey.generate_key(2048) if header["alg"].startswith("RSA") else OctKey.import_key(KEY)
    algorithms = [header["alg"], header["enc"]]

    assert Seal(KEY).opened(encrypt_compact(header, b"launch", key, algorithms=algorithms)) is None
