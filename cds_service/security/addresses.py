"""Allowed IP addresses, public, private or loopback by reach.

Tests: tests/security/test_addresses.py.
"""

from enum import Enum, auto
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from cds_service.security.urls import LOOPBACK

Network = IPv4Network | IPv6Network


class Reach(Enum):
    """How far a connection may go."""

    PUBLIC = auto()
    INTERNAL = auto()
    """Private addresses of the organisation's network too."""
    LOOPBACK = auto()
    """This machine only, for a loopback name on the list."""


_LOOPBACK = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
_PRIVATE = (IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16"))
_UNIQUE_LOCAL = IPv6Network("fc00::/7")
_UNICAST = IPv6Network("2000::/3")
"""All assigned global unicast addresses of IPv6."""
_METADATA: tuple[Network, ...] = (
    *map(IPv4Network, ("100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32")),
    *map(IPv6Network, ("fd00:ec2::/32", "fd20:ce::254/128")),
)
"""Metadata addresses of clouds beside 169.254.0.0/16.

They are forbidden for every reach.
"""
_NOT_PUBLIC: tuple[Network, ...] = (
    *_PRIVATE,
    *map(IPv4Network, ("0.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16")),
    *map(IPv4Network, ("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15")),
    *map(IPv4Network, ("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3")),
    *map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")),
)
"""IANA's special addresses and IPv6 forms of IPv4 (Teredo, 6to4)."""


def reach_of(host: str, *, internal: bool) -> Reach:
    """Return the reach of a listed host."""
    if host in LOOPBACK:
        return Reach.LOOPBACK
    return Reach.INTERNAL if internal else Reach.PUBLIC


def is_allowed(text: str, reach: Reach) -> bool:
    """Return True for an address within reach."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if reach is Reach.LOOPBACK:
        return _in(address, _LOOPBACK)
    if _in(address, _METADATA):
        return False
    return _is_public(address) or (reach is Reach.INTERNAL and _in(address, (*_PRIVATE, _UNIQUE_LOCAL)))


def is_address(host: str) -> bool:
    """Return True for an address, False for a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    return (address.version == 4 or address in _UNICAST) and not _in(address, _NOT_PUBLIC)  # noqa: PLR2004 - IPv4


def _in(address: IPv4Address | IPv6Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks if network.version == address.version)
