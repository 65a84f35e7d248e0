"""Keyed hashes: the same for the same, another for anything else, and nothing of what they stand for.

It must not read a file.
It tests cds_service/audit/pseudonyms.py.
"""

import re

from cds_service.audit.pseudonyms import Pseudonyms, key_of

NEW, OLD = key_of(b"n" * 32), key_of(b"o" * 32)
BOTH, LATER = Pseudonyms([NEW, OLD]), Pseudonyms([OLD])


def test_the_same_patient_has_the_same_hash() -> None:
    """One for each key, the current one first."""
    assert BOTH.patient("north", "1") == BOTH.patient("north", "1")
    assert len(set(BOTH.patient("north", "1"))) == 2


def test_what_was_kept_under_a_former_key_is_found() -> None:
    """That is what a former key is for."""
    assert LATER.patient("north", "1")[0] == BOTH.patient("north", "1")[1]
    assert (BOTH.key_id, LATER.key_id) == (NEW.id, OLD.id)


def test_hashes_of_different_things_differ() -> None:
    """Of another client, another id, another kind of thing; and where two ids would read alike together."""
    hashes = [
        BOTH.patient("north", "1"),
        BOTH.patient("south", "1"),
        BOTH.patient("north", "2"),
        BOTH.user("north", "1"),
        BOTH.evidence("north", "1"),
        BOTH.patient("nort", "h1"),
    ]
    assert len({each[0] for each in hashes}) == len(hashes)


def test_neither_hash_nor_key_shows_what_it_is_made_of() -> None:
    """A hash is hexadecimal of a fixed length; a key that is printed shows its id alone."""
    assert re.fullmatch(r"[0-9a-f]{32}", BOTH.patient("north", "Patient-Example")[0])
    assert "nnnn" not in repr(NEW)
    assert NEW.id in repr(NEW)
