"""URLs compared part by part: what is inside an allow-list, and what only looks like it.

It must not open a connection.
It tests cds_service/security/urls.py.
"""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cds_service.security.urls import BaseUrl, parse_base, parse_entry, parse_link


@pytest.mark.parametrize(
    "url, normal",
    [
        ("https://ehr.example", "https://ehr.example"),
        ("HTTPS://EHR.Example:443/", "https://ehr.example"),
        ("https://ehr.example:8443/fhir/R4/", "https://ehr.example:8443/fhir/R4"),
        ("http://localhost:80/fhir", "http://localhost/fhir"),
        ("http://[0:0:0:0:0:0:0:1]:8080/fhir", "http://[::1]:8080/fhir"),
        ("http://hapi_fhir:8080/fhir", "http://hapi_fhir:8080/fhir"),
        ("https://ehr.example/v/r4/sim/WzIsIiJd/a%20b/fhir", "https://ehr.example/v/r4/sim/WzIsIiJd/a%20b/fhir"),
        ("https://ehr.example/a.b/..c", "https://ehr.example/a.b/..c"),
        ("http://10.0.0.1/fhir", "http://10.0.0.1/fhir"),
        ("https://1.ehr.example/fhir", "https://1.ehr.example/fhir"),
        ("https://0xehr/fhir", "https://0xehr/fhir"),
    ],
)
def test_a_base_has_one_normal_form(url: str, normal: str) -> None:
    """Case, default port and the slash at the end make no difference."""
    assert str(parse_base(url)) == normal


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ehr.example",
        "//ehr.example/fhir",
        "/fhir",
        "ftp://ehr.example",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.0.0.1/",
        "http://0x/",
        "http://017700000001/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://127.0.1/",
        "http://127.0.0.01/",
        "http://127.0.0.256/",
        "http://1.2.3.4.5/",
        "http://ehr.example.0x7f/",
        "http://ehr.1/",
        "http://0/",
        "http://[::ffff:127.0.0.1%25eth0]/",
        "javascript:alert(1)",
        "https:/ehr.example",
        "https://",
        "https:///fhir",
        " https://ehr.example",
        "https://ehr.example ",
        "https://ehr.example\n",
        "https://ehr.example/a\tb",
        "https://ehr.example/a\u0000b",
        "https://ehr.example/a b",
        "https://ehr.example/\u00e9",
        "https://ehr.\u0435xample/",
        "https://user@ehr.example",
        "https://user:password@ehr.example/fhir",
        "https://ehr.example:80@evil.example/",
        "https://ehr.example\\@evil.example/",
        "https://ehr.example/a\\b",
        "https://ehr.example/fhir?x=1",
        "https://ehr.example/fhir?",
        "https://ehr.example/fhir#x",
        "https://ehr.example/fhir#",
        "https://ehr.example/.",
        "https://ehr.example/..",
        "https://ehr.example/a/../b",
        "https://ehr.example/a/./b",
        "https://ehr.example/%2e%2e/b",
        "https://ehr.example/a%2Fb",
        "https://ehr.example/a%5cb",
        "https://ehr.example/a%00",
        "https://ehr.example/a%",
        "https://ehr.example/a//b",
        "https://ehr.example//",
        "https://ehr.example:0",
        "https://ehr.example:65536",
        "https://ehr.example:123456",
        "https://ehr.example:",
        "https://ehr.example:*",
        "https://ehr..example",
        "https://ehr.example./",
        "https://.ehr.example",
        "https://[::1",
        "https://[1:2]",
        "https://[not:an:address]",
        "https://[fe80::1%25eth0]",
    ],
)
def test_a_url_that_two_readers_could_take_for_two_places_is_no_base(url: str) -> None:
    """Userinfo, query, fragment, dots, backslashes, control characters, other scripts, hidden slashes."""
    assert parse_base(url) is None


@pytest.mark.parametrize(
    "entry, url, held",
    [
        ("https://ehr.example", "https://ehr.example/any/path", True),
        ("https://ehr.example/fhir", "https://ehr.example/fhir", True),
        ("https://ehr.example/fhir", "https://ehr.example/fhir/tenant", True),
        ("https://ehr.example/fhir", "https://ehr.example/fhirother", False),
        ("https://ehr.example/fhir", "https://ehr.example/FHIR", False),
        ("https://ehr.example/fhir", "https://ehr.example", False),
        ("https://ehr.example/fhir", "http://ehr.example/fhir", False),
        ("https://ehr.example/fhir", "https://ehr.example:8443/fhir", False),
        ("https://ehr.example/fhir", "https://other.example/fhir", False),
        ("https://ehr.example/fhir", "https://sub.ehr.example/fhir", False),
        ("http://localhost:*", "http://localhost:8080/fhir", True),
        ("http://localhost:*", "http://localhost", True),
        ("http://localhost:*", "https://localhost:8080/fhir", False),
        ("http://localhost:*", "http://127.0.0.1:8080/fhir", False),
        ("http://[::1]:*/fhir", "http://[::1]:9/fhir/x", True),
        ("http://[::1]:*/fhir", "http://[::1]:9/other", False),
    ],
)
def test_an_entry_holds_what_lies_under_it(entry: str, url: str, *, held: bool) -> None:
    """Same scheme, host and port, and the path goes on segment by segment."""
    listed, asked = parse_entry(entry), parse_base(url)

    assert listed is not None
    assert asked is not None
    assert listed.contains(asked) is held


@pytest.mark.parametrize("entry", ["https://ehr.example:*", "http://10.0.0.1:*", "*", "https://*.ehr.example", "null"])
def test_a_wildcard_is_for_ports_of_loopback_only(entry: str) -> None:
    """Elsewhere an entry names one place."""
    assert parse_entry(entry) is None


@pytest.mark.parametrize(
    "link, path",
    [
        ("https://ehr.example/fhir?_getpages=1&b=%20|x", ("fhir",)),
        ("https://ehr.example/fhir/Condition", ("fhir", "Condition")),
        ("https://ehr.example/fhir/?page=../x", ("fhir",)),
    ],
)
def test_a_link_may_have_a_query(link: str, path: tuple[str, ...]) -> None:
    """Servers put the page into it."""
    assert parse_link(link) == BaseUrl("https", "ehr.example", 443, path)


@pytest.mark.parametrize(
    "link",
    [
        "https://ehr.example/fhir?a=1#x",
        "https://ehr.example/fhir?a=\\",
        "https://ehr.example/fhir?a=\n",
        "https://ehr.example/fhir?a= b",
        "https://ehr.example/fhir?a=\u00e9",
        "https://ehr.example/../x?a=1",
        "?a=1",
    ],
)
def test_a_link_that_two_readers_could_read_differently_is_none(link: str) -> None:
    """The same care as for a base."""
    assert parse_link(link) is None


@given(st.text(max_size=40) | st.text("https://ehr.example@:#?\\%2e*[]", max_size=40))
@example("https://ehr.example:443//")
def test_the_normal_form_is_stable(url: str) -> None:
    """What was read once reads the same again, so that what is checked is what is asked."""
    base = parse_base(url)

    assert base is None or parse_base(str(base)) == base
