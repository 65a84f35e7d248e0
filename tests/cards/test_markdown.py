"""The one door for text that is not ours."""

import re
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cards.markdown import LONGEST, bullets, escaped, shortened

COUNTED = "… + {count} more"
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


class Shown(HTMLParser):
    """What a reader sees of HTML, and which elements it is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.elements: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element; ours have no attributes."""
        self.elements.append(f"{tag}{''.join(name for name, _ in attrs)}")

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.text += data


def plain(text: str) -> str:
    """A text as a reader should see it: one line, nothing hidden, cut when long."""
    line = " ".join("".join(c for c in text if c.isspace() or unicodedata.category(c) not in HIDDEN).split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rstrip()}…"


def rendered(text: str) -> Shown:
    """The text through the door, as a Markdown renderer with tables and strikethrough shows it in a list."""
    markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return Shown(markdown.render(bullets((f"Note {escaped(text)}",))))


@pytest.mark.parametrize(
    "text, shown",
    [
        ("plain words", "plain words"),
        ("", ""),
        ("<b>bold</b> & more", r"&lt;b\>bold&lt;\/b\> &amp; more"),
        ("[link](javascript:alert(1))", r"\[link\]\(javascript\:alert\(1\)\)"),
        ("https://evil.example", r"https\:\/\/evil\.example"),
        ("www.evil.example a@evil.example", r"www\.evil\.example a\@evil\.example"),
        ("a\nb\r\n\tc", "a b c"),
        ("a\u202eb\u200bc\u2028d\u2029e\x85f", "abc d e f"),
        ("\u2066left\u2069 \ufeffbom \u00adsoft", "left bom soft"),
        ("\x00\x1b[31mred", r"\[31mred"),
        ("\ud800half \ue000private \U000e0041tag", "half private tag"),
        ("# head | cell `code` ~~no~~ *em* _em_", r"\# head \| cell \`code\` \~\~no\~\~ \*em\* \_em\_"),
        ("- item\n1. item\n> quote", r"\- item 1\. item \> quote"),
        ("&lt;script&gt;", r"&amp;lt;script&amp;gt;"),
        ("Übelkeit, 日本 é", "Übelkeit, 日本 é"),
    ],
)
def test_record_text_is_shown_as_it_stands(text: str, shown: str) -> None:
    """No markup, link, line or hidden character of a record reaches a card."""
    assert escaped(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://evil.example/x.png)",
        "[x]: https://evil.example",
        "<https://evil.example>",
        "| a | b |\n|---|---|\n| c | d |",
        "```\ncode\n```",
        "&#60;b&#62;",
        "a\\",
        "***",
        "~~gone~~",
    ],
)
def test_hostile_text_becomes_text(text: str) -> None:
    """In a renderer, not only to the eye."""
    shown = rendered(text)

    assert shown.elements == ["ul", "li"]
    assert shown.text.strip() == f"Note {plain(text)}"


@pytest.mark.sweep
@given(st.text(max_size=200))
def test_the_reader_sees_the_text_itself_whatever_it_is(text: str) -> None:
    """The escape loses nothing that can be seen and adds nothing."""
    shown = rendered(text)

    assert shown.elements == ["ul", "li"]
    assert shown.text.strip() == f"Note {plain(text)}".strip()


@given(st.text(alphabet="\\`*_{}[]()#+-.!|~>:/@&<$^=\"' \n\tab1;", max_size=120))
def test_nothing_of_a_text_can_start_markup(text: str) -> None:
    """Every character that means something to a Markdown reader stands behind a backslash or as an entity."""
    found = re.sub(r"\\.|&lt;|&amp;", "", escaped(text))

    assert not re.search(r"[\\`*_{}\[\]()#+!|~>:/@&<]", found)
    assert "\n" not in found
    assert rendered(text).text.strip() == f"Note {plain(text)}".strip()


def test_long_text_is_cut_where_one_sees_it() -> None:
    """With an ellipsis, and never within an escape."""
    assert escaped("word " * 100).endswith("word…")
    assert len(escaped("x" * 500)) == LONGEST
    assert escaped("x" * LONGEST) == "x" * LONGEST
    assert escaped("*" * 500) == r"\*" * (LONGEST - 1) + "…"


def test_lines_become_a_list() -> None:
    """One dash each."""
    assert bullets(("a", "b")) == "- a\n- b"


def test_what_is_left_out_of_a_list_is_counted() -> None:
    """In a line that opens no list of its own."""
    assert shortened(("a", "b", "c"), 3, COUNTED) == ("a", "b", "c")
    assert shortened(("a", "b", "c"), 1, COUNTED) == ("a", "… + 2 more")
    assert Shown(MarkdownIt("commonmark").render(bullets(shortened(("a", "b"), 1, COUNTED)))).elements == [
        "ul",
        "li",
        "li",
    ]
