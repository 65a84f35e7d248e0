"""Prose counts of first lines of docstrings."""

from pathlib import Path

import pytest

from tools.prose_counts import Counts, FirstLine, counts, first_lines, main, worst

SOURCE = '''"""Read prices."""

LIMIT = 3
"""Most prices: what is beyond is not read."""
"""No docstring of anything."""

class Price:
    """A price.

    It is never negative.
    """

    amount: int
    """Amount in cents."""

    def text(self):
        """
        Return text.
        """
        local = 1
        """Nobody reads this one."""
'''


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a module with five docstrings."""
    path = tmp_path / "prices.py"
    path.write_text(SOURCE)
    return path


def _line(text: str) -> FirstLine:
    return FirstLine(Path("some.py"), 1, text)


def test_first_lines_of_modules_classes_functions_and_attributes_are_read(source: Path) -> None:
    """A string that follows another string documents nothing."""
    assert {(line.line, line.text, line.of_attribute) for line in first_lines([source])} == {
        (1, "Read prices.", False),
        (4, "Most prices: what is beyond is not read.", True),
        (8, "A price.", False),
        (14, "Amount in cents.", True),
        (17, "Return text.", False),
    }


def test_counts_are_shares_of_the_first_lines(source: Path) -> None:
    """Words in the median and the mean."""
    assert counts(list(first_lines([source.parent]))) == Counts(5, 2, 3.4, 0.2, 0.2, 0.2)
    assert counts([]) == Counts(0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize("text", ["Run `a: b`.", "Read http://host/path.", "Read at 08:30.", "Plain."])
def test_a_colon_of_code_urls_and_times_joins_nothing(text: str) -> None:
    """Neither thought nor list."""
    assert not _line(text).joined


@pytest.mark.parametrize("text", ["Two thoughts: one line.", "First; second."])
def test_a_colon_or_semicolon_of_the_prose_joins(text: str) -> None:
    """Two thoughts in one sentence."""
    assert _line(text).joined


@pytest.mark.parametrize("text", ["It doesn't.", "It cannot.", "None of them.", "Neither.", "It hasn\u2019t."])
def test_negations_are_seen(text: str) -> None:
    """In upper and lower case, with either apostrophe."""
    assert _line(text).negated


@pytest.mark.parametrize("text", ["A note.", "Nonetheless.", "Return `None`.", "An option."])
def test_other_words_are_no_negation(text: str) -> None:
    """Whole words of the prose only."""
    assert not _line(text).negated


def test_relative_words_are_counted_one_by_one() -> None:
    """Whichever and whatever are other words."""
    assert _line("What it is, that which was, and where, whatever.").relatives == 4


def test_the_worst_lines_break_most_patterns(source: Path) -> None:
    """Lines without a fault are left out."""
    (found,) = worst(first_lines([source]), 10)

    assert found.faults == ("colon or semicolon", "1 relative", "negation")
    assert _line("one two three four five six seven eight nine ten eleven").faults == ("11 words",)


def test_the_command_prints_counts_or_the_worst_lines(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A list has file and line."""
    assert main([str(source)]) == 0
    assert "together: 5 docstrings" in capsys.readouterr().out

    assert main(["--worst", "1", str(source)]) == 0
    assert capsys.readouterr().out == (
        f"{source}:4: [colon or semicolon, 1 relative, negation] Most prices: what is beyond is not read.\n"
    )


def test_a_path_that_is_missing_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, as for every wrong argument."""
    with pytest.raises(SystemExit, match="2"):
        main(["no-such-folder"])

    assert "no such file or folder: no-such-folder" in capsys.readouterr().err
