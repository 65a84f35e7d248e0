"""The file with the keys: what can stand in it, and what is said where something else does.

It must not test hashes.
It tests cds_service/audit/pseudonym_keys.py.
"""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cds_service.audit.pseudonym_keys import make_key_file, read_pseudonyms
from cds_service.audit.pseudonyms import Pseudonyms, key_of
from cds_service.errors import SettingsError

SECRET, FORMER = b"\x01" * 32, b"\xfe" * 48


def test_keys_are_read_in_their_order(tmp_path: Path) -> None:
    """Hexadecimal or base64, one a line, between comments and empty lines."""
    file = tmp_path / "keys"
    file.write_text(f"# since May\n{SECRET.hex()}\n\n{base64.b64encode(FORMER).decode()}\n", encoding="ascii")

    assert read_pseudonyms(file).patient("a", "b") == Pseudonyms([key_of(SECRET), key_of(FORMER)]).patient("a", "b")


@pytest.mark.parametrize(
    "content,said",
    [
        ("", "holds no key"),
        ("# nothing\n", "holds no key"),
        (f"{'ab' * 31}\n", "line 1: no key of 32 bytes or more"),
        (f"{SECRET.hex()}\npassword\n", "line 2: no key of 32 bytes or more"),
        (f"{'A' * 43}\n", "line 1: no key of 32 bytes or more"),
    ],
)
def test_what_is_no_key_is_said_by_its_line(content: str, said: str, tmp_path: Path) -> None:
    """And is not repeated."""
    file = tmp_path / "keys"
    file.write_text(content, encoding="ascii")
    with pytest.raises(SettingsError) as refused:
        read_pseudonyms(file)

    assert said in str(refused.value)
    assert "password" not in str(refused.value)


def test_a_file_that_can_not_be_read_is_said(tmp_path: Path) -> None:
    """Missing, or no text."""
    with pytest.raises(SettingsError, match="keys can't be read: No such file"):
        read_pseudonyms(tmp_path / "keys")
    (tmp_path / "keys").write_bytes(b"\xff" * 32)
    with pytest.raises(SettingsError, match="keys can't be read: it holds what is no text"):
        read_pseudonyms(tmp_path / "keys")


def test_a_new_key_is_for_its_owner_alone_and_made_once(tmp_path: Path) -> None:
    """However many processes start at once, they use the same."""
    file = tmp_path / "keys"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(make_key_file, [file] * 8))

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]
    key = read_pseudonyms(file).key_id
    make_key_file(file)
    assert read_pseudonyms(file).key_id == key


def test_a_key_that_can_not_be_kept_is_said(tmp_path: Path) -> None:
    """A service that made another key at each start would know nobody again."""
    with pytest.raises(SettingsError, match="can't be made: No such file"):
        make_key_file(tmp_path / "nowhere" / "keys")
