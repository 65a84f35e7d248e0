"""The one door for text that is not ours."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.markdown import LONGEST, bullets, escaped


@pytest.mark.parametrize(
    "text, shown",
    [
        ("plain words", "plain words"),
        ("<b>bold</b> & more", r"&lt;b\>bold&lt;\/b\> &amp; more"),
        ("[link](javascript:alert(1))", r"\[link\]\(javascript\:alert\(1\)\)"),
        ("https://evil.example", r"https\:\/\/evil\.example"),
        ("a\nb\r\n\tc", "a b c"),
        ("a\u202eb\u200bc\u2028d", "abc d"),
        ("\x00\x1b[31mred", r"\[31mred"),
        ("# head | cell `code` ~~no~~ *em* _em_", r"\# head \| cell \`code\` \~\~no\~\~ \*em\* \_em\_"),
        ("- item\n1. item", r"\- item 1\. item"),
    ],
)
def test_record_text_is_shown_as_it_stands(text: str, shown: str) -> None:
    """No markup, link, line or hidden character of a record reaches a card."""
    assert escaped(text) == shown


def test_long_text_is_cut() -> None:
    """With an ellipsis, so that one sees it."""
    assert escaped("word " * 100).endswith("…")
    assert len(escaped("x" * 500)) == LONGEST


@given(st.text(max_size=200))
def test_nothing_of_a_text_can_start_markup(text: str) -> None:
    """Every character that means something to a Markdown reader stands behind a backslash or as an entity."""
    found = re.sub(r"\\.|&lt;|&amp;", "", escaped(text))

    assert not re.search(r"[\\`*_{}\[\]()#+!|~>:/@&<]", found)
    assert "\n" not in found


def test_lines_become_a_list() -> None:
    """One dash each."""
    assert bullets(("a", "b")) == "- a\n- b"
