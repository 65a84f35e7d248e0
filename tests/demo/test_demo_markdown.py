"""A card's detail as the demo's page shows it: GitHub-Flavored Markdown, and nothing that a card must not do.

It must not test what our own cards say: tests/cards does.
It is itself a test.
"""

import re

import pytest

from cds_service.demo.markdown import TAGS, safe_html
from tests.demo.demo_service import demo_client

PATH = "/demo/markdown"
TABLE = (
    "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n"
    "<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>\n"
)
HOSTILE = [
    "<script>alert(1)</script>",
    "a <img src=x onerror=alert(1)> b",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt&#58;alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "[click](vbscript:x)",
    "![tracker](https://elsewhere.example/pixel.png)",
    "<svg/onload=alert(1)>",
    "<iframe src='https://elsewhere.example'></iframe>",
    '<a href="https://elsewhere.example" style="position:fixed">x</a>',
    "<style>body{display:none}</style>",
    "[x]: javascript:alert(1)\n\n[x]",
    "`<b onmouseover=alert(1)>`",
    "| <script>x</script> | b |\n|:-:|--|\n| <img src=x> | c |",
]


@pytest.mark.parametrize("markdown", HOSTILE)
def test_hostile_markdown_becomes_text(markdown: str) -> None:
    """Only plain elements come out; the one attribute of a record's making is an http address."""
    html = safe_html(markdown)

    elements = re.findall(r"<([a-z0-9]+)([^>]*)>", html)
    assert {name for name, _ in elements} <= TAGS
    assert all(not attributes for name, attributes in elements if name != "a")
    assert not re.findall(r'href="(?!https?://)', html)


@pytest.mark.parametrize(
    "markdown, html",
    [
        ("**Found:**\n\n- Headache", "<p><strong>Found:</strong></p>\n<ul>\n<li>Headache</li>\n</ul>\n"),
        ("~~old~~ `x`", "<p><s>old</s> <code>x</code></p>\n"),
        ("# Big\n\nSmall\n---", "<h4>Big</h4>\n<h5>Small</h5>\n"),
        ("###### Six", "<h6>Six</h6>\n"),
        ("less < more & less", "<p>less &lt; more &amp; less</p>\n"),
        (
            "[site](https://example.org/a?b=c&d)",
            '<p><a href="https://example.org/a?b=c&amp;d" target="_blank" rel="noopener noreferrer">site</a></p>\n',
        ),
        (
            "|a|b|\n|--|:-:|\n|1|2|",
            TABLE,
        ),
    ],
)
def test_markdown_is_rendered(markdown: str, html: str) -> None:
    """Lists, emphasis, tables and struck text as GitHub has them; headings below the card's own; links in a new tab."""
    assert safe_html(markdown) == html


@pytest.mark.anyio
async def test_the_page_gets_a_fragment_under_its_own_policy() -> None:
    """As JSON, so that no browser shows it as a page."""
    async with demo_client() as client:
        answer = await client.post(PATH, json={"markdown": "*a*"})

    assert (answer.status_code, answer.json()) == (200, {"html": "<p><em>a</em></p>\n"})
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.anyio
@pytest.mark.parametrize(
    "body, status",
    [(b"{", 400), (b"{}", 400), (b'{"markdown": 5}', 400), (b'{"markdown": "\xff"}', 400), (b" " * 65_537, 413)],
    ids=["no-json", "nothing", "no-text", "no-utf-8", "too-long"],
)
async def test_what_is_no_detail_is_refused(body: bytes, status: int) -> None:
    """In the form of every error of the service."""
    async with demo_client() as client:
        answer = await client.post(PATH, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == status
    assert answer.json()["resourceType"] == "OperationOutcome"
