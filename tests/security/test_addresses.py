"""Which addresses may be connected to: every special range of the registries, from both of its sides.

It must not resolve a name.
It tests cds_service/security/addresses.py.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.security.addresses import Reach, is_address, is_allowed, reach_of

PUBLIC = [
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "168.63.129.15",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:200::1",
    "2606:4700::1111",
    "2a00:1450:4001::1",
    "3ffe:ffff::1",
]
PRIVATE = [
    "10.0.0.0",
    "10.255.255.255",
    "172.16.0.0",
    "172.31.255.255",
    "192.168.0.0",
    "192.168.255.255",
    "fc00::1",
    "fdff:ffff::1",
]
LOOPBACK = ["127.0.0.0", "127.0.0.1", "127.255.255.255", "::1"]
NEVER = {
    "unspecified": ["0.0.0.0", "0.255.255.255", "::"],  # noqa: S104 - these are refused
    "shared by a carrier": ["100.64.0.0", "100.127.255.255"],
    "link-local": ["169.254.0.0", "169.254.255.255", "fe80::1", "fe80::1%eth0", "febf::1"],
    "metadata": [
        "169.254.169.254",
        "169.254.170.2",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",
    ],
    "multicast": ["224.0.0.0", "224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "broadcast": ["255.255.255.255"],
    "reserved": ["192.0.0.0", "192.0.0.255", "240.0.0.0", "100::1", "4000::1", "fec0::1"],
    "examples": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"],
    "benchmarks": ["198.18.0.0", "198.19.255.255", "2001:2::1"],
    "relays": ["192.88.99.1"],
    "of IPv4 in IPv6": [
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "::127.0.0.1",
        "::8.8.8.8",
        "2002:7f00:1::",
        "2002:808:808::",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::a00:1",
        "2001::7f00:1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
    "no address": [
        "",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "1.1.1",
        "1.1.1.1 ",
        "1.1.1.256",
    ],
}


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_allowed(address: str) -> None:
    """Also right beside a range that is not."""
    assert is_allowed(address, Reach.PUBLIC)
    assert is_allowed(address, Reach.INTERNAL)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_allowed_to_internal_clients_only(address: str) -> None:
    """From its first to its last."""
    assert is_allowed(address, Reach.INTERNAL)
    assert not is_allowed(address, Reach.PUBLIC)


@pytest.mark.parametrize("address", LOOPBACK)
def test_this_machine_is_reached_by_its_own_name_only(address: str) -> None:
    """Neither by a public name that leads here, nor because a client is internal."""
    assert is_allowed(address, Reach.LOOPBACK)
    assert not is_allowed(address, Reach.PUBLIC)
    assert not is_allowed(address, Reach.INTERNAL)


@pytest.mark.parametrize("address", [each for kind in NEVER.values() for each in kind])
def test_what_is_no_address_of_one_machine_is_never_allowed(address: str) -> None:
    """Nor what another address is hidden in, nor another spelling of one."""
    assert not any(is_allowed(address, reach) for reach in Reach)


@pytest.mark.parametrize("address", [*PUBLIC, *PRIVATE, "::ffff:127.0.0.1", "169.254.169.254"])
def test_a_loopback_name_leads_to_this_machine_or_nowhere(address: str) -> None:
    """Whoever answers for localhost can't turn it elsewhere."""
    assert not is_allowed(address, Reach.LOOPBACK)


@given(st.ip_addresses())
def test_what_is_public_is_global_unicast_to_the_standard_library_too(address: object) -> None:
    """Its tables are another reading of the same registries."""
    if is_allowed(str(address), Reach.PUBLIC):
        assert address.is_global  # type: ignore[attr-defined]
        assert not address.is_multicast  # type: ignore[attr-defined]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_a_loopback_host_reaches_this_machine_whoever_asks(host: str) -> None:
    """It got on the list as such."""
    assert reach_of(host, internal=False) is reach_of(host, internal=True) is Reach.LOOPBACK


@pytest.mark.parametrize("host", ["ehr.example", "10.0.0.1", "127.0.0.2", "localhost.example"])
def test_any_other_host_reaches_what_its_client_may(host: str) -> None:
    """Public addresses, or private ones too."""
    assert reach_of(host, internal=False) is Reach.PUBLIC
    assert reach_of(host, internal=True) is Reach.INTERNAL


def test_a_host_that_is_an_address_is_not_looked_up() -> None:
    """A name is."""
    assert is_address("10.0.0.1")
    assert is_address("::1")
    assert not is_address("ehr.example")
