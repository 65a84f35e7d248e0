"""Where connections lead: to addresses that were checked, whatever a name says a moment later.

It must not reach beyond this machine.
It tests cds_service/security/pinned_network.py, through the client that stands on it.
"""

import asyncio
import socket
import sys
from collections.abc import Sequence
from typing import Any, ClassVar

import httpcore
import pytest

from cds_service.config.settings import Settings
from cds_service.security.egress import AccessToken, FetchFailure, FhirClient, KeySetClient, Outside
from cds_service.security.pinned_network import PinnedNetwork, SystemResolver
from cds_service.security.urls import BaseUrl
from tests.security.outside import BODY, Names, Network, listening

pytestmark = pytest.mark.anyio

BASE = "https://ehr.example/fhir"
SETTINGS = Settings(fhir_servers=(BASE, "http://localhost:*", "http://10.0.0.5/fhir", "http://[fe80::1]/fhir"))
PUBLIC, OTHER = "93.184.215.14", "2606:4700::1111"


async def _get(
    names: Names, network: Network, base: str = BASE, *, internal: bool = False, **settings: float
) -> bytes | FetchFailure:
    """The answer to one request over this network."""
    sure = SETTINGS.model_copy(update=settings)
    client = FhirClient(sure.egress_options(), outside=Outside(resolve=names, network=network))
    limited = client.limited_to(sure.allowed_servers(), internal=internal)
    answer = await limited.get(limited.access(base, AccessToken("t")), f"{base}/Patient/1", 1000)
    await client.close()
    return answer


async def test_the_address_that_was_checked_is_connected_to_under_the_name_of_the_url() -> None:
    """Certificate and Host header are the name's; the name is looked up once."""
    names, network = Names([PUBLIC]), Network()

    assert await _get(names, network) == BODY

    assert (names.asked, network.connected, network.tls_names) == (["ehr.example"], [PUBLIC], ["ehr.example"])
    assert b"Host: ehr.example\r\n" in network.heard


async def test_a_request_looks_for_no_module_on_the_disk() -> None:
    """The HTTP client asks at every lock for a package that tells which event loop runs: it has to be there."""

    class Finder:
        asked: ClassVar[list[str]] = []

        @classmethod
        def find_spec(cls, name: str, *_: object) -> None:
            cls.asked.append(name)

    await _get(Names([PUBLIC]), Network())
    sys.meta_path.insert(0, Finder)
    try:
        await _get(Names([PUBLIC]), Network())
    finally:
        sys.meta_path.remove(Finder)

    assert Finder.asked == []


@pytest.mark.parametrize(
    "found",
    [
        ["10.0.0.1"],
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:10.0.0.1"],
        ["64:ff9b::a00:1"],
        ["224.0.0.1"],
        ["0.0.0.0"],  # noqa: S104 - an address that is refused
        [PUBLIC, "10.0.0.1"],
        ["10.0.0.1", PUBLIC],
        [PUBLIC, OTHER, "fe80::1"],
        ["nonsense"],
    ],
)
async def test_a_name_with_any_address_that_is_not_public_is_connected_to_at_none(found: Sequence[str]) -> None:
    """Neither at the good one beside it: whoever answers for the name chooses which comes first."""
    network = Network()

    assert await _get(Names(found), network) == FetchFailure("address")

    assert network.connected == []
    assert network.heard == b""


@pytest.mark.parametrize("found", ["10.0.0.1", "192.168.1.1", "fd12::1"])
async def test_an_internal_client_reaches_private_addresses(found: str) -> None:
    """Its organisation said so in the registry."""
    network = Network()

    assert await _get(Names([found]), network, internal=True) == BODY
    assert await _get(Names([found]), network) == FetchFailure("address")
    assert network.connected == [found]


@pytest.mark.parametrize("found", ["127.0.0.1", "169.254.169.254", "fd00:ec2::254", "224.0.0.1", "fe80::1", "::"])
async def test_an_internal_client_reaches_no_loopback_link_metadata_or_multicast(found: str) -> None:
    """None of these is a FHIR server of a hospital."""
    network = Network()

    assert await _get(Names([found]), network, internal=True) == FetchFailure("address")
    assert network.connected == []


async def test_servers_of_the_settings_are_internal_where_the_settings_say_so() -> None:
    """For calls of nobody in particular: a FHIR server in a container beside this one."""
    for internal, expected in ((True, BODY), (False, FetchFailure("address"))):
        settings = SETTINGS.model_copy(update={"internal": internal})
        client = FhirClient(
            settings.egress_options(), outside=Outside(resolve=Names(["172.18.0.2"]), network=Network())
        )
        assert await client.get(client.access(BASE), f"{BASE}/Patient/1", 1000) == expected
        await client.close()


async def test_an_internal_clients_connection_serves_no_other_client() -> None:
    """It may lead to a private address, and they share the name."""
    names = Names(["10.0.0.1"])
    client = FhirClient(SETTINGS.egress_options(), outside=Outside(resolve=names, network=_Lasting()))
    servers: tuple[BaseUrl, ...] = SETTINGS.allowed_servers()
    internal, public = client.limited_to(servers, internal=True), client.limited_to(servers)

    assert await internal.get(internal.access(BASE), f"{BASE}/Patient/1", 1000) == BODY
    assert await internal.get(internal.access(BASE), f"{BASE}/Patient/1", 1000) == BODY
    assert await public.get(public.access(BASE), f"{BASE}/Patient/1", 1000) == FetchFailure("address")

    assert len(names.asked) == 2
    await client.close()


async def test_a_resolver_that_changes_its_mind_gains_nothing() -> None:
    """What was checked is what is connected to; the next connection is checked anew."""
    names, network = Names([PUBLIC], ["127.0.0.1"]), Network()
    client = FhirClient(SETTINGS.egress_options(), outside=Outside(resolve=names, network=network))
    access = client.access(BASE)

    answers = [await client.get(access, f"{BASE}/Patient/1", 1000) for _ in range(3)]

    assert answers == [BODY, FetchFailure("address"), FetchFailure("address")]
    assert network.connected == [PUBLIC]
    await client.close()


async def test_a_name_that_leads_to_a_listening_server_of_this_machine_does_not_reach_it() -> None:
    """Over real sockets."""
    heard: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1))

    async with listening(handle) as port:
        base = f"http://ehr.example:{port}/fhir"
        settings = Settings(fhir_servers=(base,))
        client = FhirClient(settings.egress_options(), outside=Outside(resolve=Names(["127.0.0.1"])))
        assert await client.get(client.access(base), f"{base}/Patient/1", 1000) == FetchFailure("address")
        await client.close()

    assert heard == []


async def test_localhost_that_leads_elsewhere_is_refused() -> None:
    """It means this machine, or it means nothing."""
    network = Network()

    assert await _get(Names([PUBLIC]), network, "http://localhost:8080/fhir") == FetchFailure("address")
    assert network.connected == []


@pytest.mark.parametrize("base", ["http://10.0.0.5/fhir", "http://[fe80::1]/fhir"])
async def test_an_address_in_the_list_is_checked_as_one_that_was_found(base: str) -> None:
    """It is not looked up, and not let through for standing there."""
    names, network = Names([PUBLIC]), Network()

    assert await _get(names, network, base) == FetchFailure("address")
    assert (names.asked, network.connected) == ([], [])


async def test_the_next_address_is_tried_where_one_refuses() -> None:
    """All of them were checked."""
    network = Network(refuses=[OTHER])

    assert await _get(Names([OTHER, PUBLIC, PUBLIC]), network) == BODY
    assert network.connected == [OTHER, PUBLIC]


async def test_the_next_address_is_tried_where_one_is_silent() -> None:
    """Beside it, after a head start; the silent attempt is ended."""
    network = Network(hangs=[OTHER])
    pinned = PinnedNetwork(internal=False, resolve=Names([OTHER, PUBLIC]), inner=network, head_start_s=0.001)

    await pinned.connect_tcp("ehr.example", 443)

    assert network.connected == [OTHER, PUBLIC]


async def test_two_connections_that_stand_at_once_are_one_too_many() -> None:
    """The second is closed."""
    network = _Together()
    pinned = PinnedNetwork(internal=False, resolve=Names([OTHER, PUBLIC]), inner=network, head_start_s=0.001)

    await pinned.connect_tcp("ehr.example", 443, timeout=1)

    assert network.connected == [OTHER, PUBLIC]
    assert network.closed == 1


async def test_a_server_that_refuses_at_every_address_is_unreachable() -> None:
    """As one with a single address."""
    network = Network(refuses=[OTHER, PUBLIC])

    assert await _get(Names([OTHER, PUBLIC]), network) == FetchFailure("unreachable")
    assert await _get(Names([PUBLIC]), network) == FetchFailure("unreachable")


@pytest.mark.parametrize("error", [socket.gaierror("no such name CANARY"), UnicodeError("CANARY"), OSError("CANARY")])
async def test_a_name_that_can_not_be_looked_up_is_unreachable(error: Exception) -> None:
    """Also one that no system takes for a name."""

    async def fails(_host: str, _port: int) -> Sequence[str]:
        raise error

    client = FhirClient(SETTINGS.egress_options(), outside=Outside(resolve=fails, network=Network()))
    assert await client.get(client.access(BASE), f"{BASE}/Patient/1", 1000) == FetchFailure("unreachable")
    await client.close()


async def test_a_name_without_addresses_is_unreachable() -> None:
    """Nothing was found, and nothing is connected to."""
    assert await _get(Names([]), Network()) == FetchFailure("unreachable")


async def test_a_lookup_that_does_not_end_is_late() -> None:
    """It counts as part of the connection."""

    async def hangs(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return ()

    settings = SETTINGS.model_copy(update={"fhir_timeout_s": 0.02})
    client = FhirClient(settings.egress_options(), outside=Outside(resolve=hangs, network=Network()))
    assert await client.get(client.access(BASE), f"{BASE}/Patient/1", 1000) == FetchFailure("late")
    await client.close()


async def test_a_connection_that_does_not_stand_in_time_is_late() -> None:
    """Whatever the pool above would wait."""
    pinned = PinnedNetwork(internal=False, resolve=Names([PUBLIC]), inner=Network(hangs=[PUBLIC]))

    with pytest.raises(httpcore.ConnectTimeout):
        await pinned.connect_tcp("ehr.example", 443, timeout=0.01)


async def test_a_silent_address_is_waited_for_where_the_others_refuse() -> None:
    """It may only be slow."""
    network = Network(hangs=[OTHER], refuses=[PUBLIC])
    pinned = PinnedNetwork(internal=False, resolve=Names([OTHER, PUBLIC]), inner=network, head_start_s=0.001)

    with pytest.raises(httpcore.ConnectTimeout):
        await pinned.connect_tcp("ehr.example", 443, timeout=0.2)
    assert network.connected == [OTHER, PUBLIC]


async def test_key_sets_are_held_to_the_same() -> None:
    """A private address for those of internal clients only."""
    urls = frozenset({"https://a.example/jwks", "https://b.example/jwks"})
    outside = Outside(resolve=Names(["10.0.0.1"]), network=Network())
    client = KeySetClient(urls, internal=frozenset({"https://b.example/jwks"}), outside=outside)

    assert await client.get("https://a.example/jwks") == FetchFailure("address")
    assert await client.get("https://b.example/jwks") == BODY
    await client.close()


async def test_the_system_is_asked_once_for_a_name_that_many_wait_for() -> None:
    """A slow answer holds one of its threads."""
    resolver = SystemResolver()

    found = await asyncio.gather(*(resolver("localhost", 80) for _ in range(20)), return_exceptions=True)

    assert all(each == found[0] for each in found)
    assert {"127.0.0.1", "::1"} & set(found[0])  # type: ignore[arg-type]


async def test_waiting_is_left_to_the_network_below() -> None:
    """The pool asks for it between attempts."""
    slept: list[float] = []

    class Below(httpcore.AsyncNetworkBackend):
        async def sleep(self, seconds: float) -> None:
            slept.append(seconds)

    await PinnedNetwork(internal=False, inner=Below()).sleep(0.5)

    assert slept == [0.5]


class _Together(Network):
    """Its first connection stands when the second does."""

    def __init__(self) -> None:
        super().__init__()
        self._second = asyncio.Event()

    async def connect_tcp(self, *args: Any, **more: Any) -> httpcore.AsyncNetworkStream:  # noqa: ANN401
        stream = await super().connect_tcp(*args, **more)
        if len(self.connected) > 1:
            self._second.set()
        await self._second.wait()
        return stream


class _LastingStream(httpcore.AsyncMockStream):
    def __init__(self) -> None:
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
        super().__init__([answer, answer])

    def get_extra_info(self, info: str) -> object:
        return False if info == "is_readable" else None


class _Lasting(Network):
    """Its connections stay open for the next request."""

    async def connect_tcp(self, *_args: object, **_more: object) -> httpcore.AsyncNetworkStream:
        return _LastingStream()
