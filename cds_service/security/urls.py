"""URLs of servers and pages, compared part by part.

They must not be compared as text.
Tests: tests/security/test_urls.py.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Self

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
MAX_PORT = 65535
DEFAULT_PORTS = {"http": 80, "https": 443}
_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}|\*))?"
    r"(?P<path>/.*)?",
    re.IGNORECASE | re.ASCII,
)
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
"""Any spelling of an IPv4 address.

127.1, 2130706433, 0x7f000001 and 0177.0.0.1 are some.
"""
_PATH = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+")
_HIDDEN_PATH = re.compile(r"%(?:2e|2f|5c|00)", re.IGNORECASE)
_QUERY = re.compile(r"[!\"$-\[\]-~]*")  # visible ASCII without # and backslash


@dataclass(frozen=True, slots=True)
class BaseUrl:
    """Normalised scheme, host, port and path of a URL.

    `any_port` holds for loopback entries of a list only.
    """

    scheme: str
    host: str
    port: int
    path: tuple[str, ...] = ()
    any_port: bool = False

    def __str__(self) -> str:
        """Return the URL, without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return "/".join((f"{self.scheme}://{host}{port}", *self.path))

    def contains(self, other: Self) -> bool:
        """Return True if the other URL is at or under this one."""
        return (
            self.scheme == other.scheme
            and self.host == other.host
            and (self.any_port or self.port == other.port)
            and self.path == other.path[: len(self.path)]
        )


def parse_base(url: str) -> BaseUrl | None:
    """Return the parts of an http(s) URL, or None.

    Query, fragment and userinfo are refused.
    """
    parts = _URL.fullmatch(url)
    if parts is None or parts["port"] == "*":
        return None
    return _base(parts)


def parse_entry(url: str) -> BaseUrl | None:
    """Return one entry of an allow-list, or None.

    It is a base, or a loopback host with `*` as its port.
    """
    parts = _URL.fullmatch(url)
    base = _base(parts) if parts else None
    if base is None or (base.any_port and base.host not in LOOPBACK):
        return None
    return base


def parse_link(url: str) -> BaseUrl | None:
    """Return the parts of a link, or None.

    A query is allowed, a fragment is not.
    """
    path, _, query = url.partition("?")
    return parse_base(path) if _QUERY.fullmatch(query) else None


def _base(parts: re.Match[str]) -> BaseUrl | None:
    scheme = parts["scheme"].lower()
    host = _host(parts["host"].lower())
    path = _path(parts["path"] or "")
    any_port = parts["port"] == "*"
    port = DEFAULT_PORTS[scheme] if any_port or not parts["port"] else int(parts["port"])
    if host is None or path is None or not 0 < port <= MAX_PORT:
        return None
    return BaseUrl(scheme, host, port, path, any_port)


def _host(text: str) -> str | None:
    """Return a name, or an address in its usual form, else None."""
    try:
        if text.startswith("["):
            return str(IPv6Address(text[1:-1]))
        return str(IPv4Address(text)) if _NUMBER.fullmatch(text) else None if ".." in text else text
    except ValueError:
        return None


def _path(text: str) -> tuple[str, ...] | None:
    if text in {"", "/"}:
        return ()
    segments = tuple(text.removesuffix("/").split("/")[1:])
    if _HIDDEN_PATH.search(text):
        return None
    if any(not _PATH.fullmatch(segment) or segment in {".", ".."} for segment in segments):
        return None
    return segments
