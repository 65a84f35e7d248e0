"""Word tests on record text."""

import pytest

from rules.words import is_negative, names


@pytest.mark.parametrize(
    "text, words, expected",
    [
        ("Spontaneous BLOODY discharge", "blood", True),
        ("blood-stained", "blood", True),
        ("no blood", "blood", False),
        ("no sign of blood", "blood", False),
        ("not a single drop of blood", "blood", True),
        ("denies any blood", "blood", False),
        ("bloodhound", "blood", False),
        ("more frequent than before", "worsening", True),
        ("frequent", "worsening", False),
        ("left chest wall", "breast", True),
        ("chest", "breast", False),
        ("without pus", "pus", False),
        ("no pus but later pus again, much pus", "pus", True),
        ("", "pus", False),
    ],
)
def test_a_word_counts_when_it_stands_whole_and_is_not_denied(text: str, words: str, expected: bool) -> None:  # noqa: FBT001
    """A negation within three words before a hit cancels that hit only."""
    assert names((text,), words) is expected


@pytest.mark.parametrize(
    "text, expected",
    [("No", True), ("denies headache", True), ("N/A", True), ("Normal", True), ("yes, no doubt", False), ("", False)],
)
def test_a_value_is_negative_by_its_first_word(text: str, expected: bool) -> None:  # noqa: FBT001
    """The rest of the sentence may say anything."""
    assert is_negative(text) is expected
