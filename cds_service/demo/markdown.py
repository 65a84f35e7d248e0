"""A card's detail as safe HTML.

Only text and plain structure may pass: no image, style or script, and links to http and https only.
Tests: tests/demo/test_demo_markdown.py.
"""

from functools import cache

import nh3
from markdown_it import MarkdownIt

LINK_SCHEMES = {"http", "https"}
TAGS = {
    *("p", "br", "hr", "ul", "ol", "li", "strong", "em", "s", "code", "pre", "blockquote", "a"),
    *("h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
FIRST_HEADING = 4
"""Level of the detail's headings, below the summary's."""


def safe_html(markdown: str) -> str:
    """Return the text as an HTML fragment.

    Links open in a new, isolated tab.
    """
    renderer = _renderer()
    tokens = renderer.parse(markdown)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, FIRST_HEADING - 1 + int(token.tag[1]))}"
    return nh3.clean(
        renderer.renderer.render(tokens, renderer.options, {}),
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes=LINK_SCHEMES,
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


@cache
def _renderer() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
