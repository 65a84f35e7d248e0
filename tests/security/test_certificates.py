"""A FHIR server over TLS: only one whose certificate is good for its name is spoken to, and no other sees a token.

It must not reach beyond this machine.
It tests cds_service/security/egress.py over real sockets.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from cds_service.clock import SystemClock
from cds_service.config.settings import Settings
from cds_service.security import egress
from cds_service.security.egress import FetchFailure, FhirClient
from tests.builders import call_of, error_code
from tests.fhir_server.service import answered

pytestmark = pytest.mark.anyio


def _signed_by_itself(folder: Path, name: str) -> ssl.SSLContext:
    """The terms of a server whose certificate no authority vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = SystemClock().now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    terms = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    terms.load_cert_chain(path)
    return terms


@asynccontextmanager
async def _serving(terms: ssl.SSLContext, heard: bytearray) -> AsyncIterator[str]:
    """The base of a server that writes down all it can read."""

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.read(65_536))
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0, ssl=terms)
    async with server:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}/fhir"


async def _say(base: str, terms: ssl.SSLContext) -> None:
    """Speak to the server as somebody who trusts it."""
    port = int(base.rpartition(":")[2].partition("/")[0])
    reader, writer = await asyncio.open_connection("localhost", port, ssl=terms)
    writer.write(b"hello")
    await reader.read()
    writer.close()


async def test_a_server_with_a_certificate_of_its_own_making_is_not_spoken_to(tmp_path: Path) -> None:
    """The name is right and the list allows it; nobody vouches for it, so it hears no request and no token."""
    heard = bytearray()
    async with _serving(_signed_by_itself(tmp_path, "localhost"), heard) as base:
        client = FhirClient(Settings().egress_options())
        failed = await client.get(client.access(base), f"{base}/Patient/p1", 1000)
        await client.close()
        authorization = {"access_token": "CANARY", "token_type": "Bearer"}
        answer = await answered(call_of(None, fhirServer=base, fhirAuthorization=authorization))
        heard_of_us = bytes(heard)
        await _say(base, ssl.create_default_context(cafile=tmp_path / "server.pem"))

    assert failed == FetchFailure("unreachable")
    assert (answer.status_code, error_code(answer)) == (412, "missing-data")
    assert (heard_of_us, bytes(heard)) == (b"", b"hello")


def test_an_older_tls_than_1_2_is_refused() -> None:
    """The terms of the client, as it makes them."""
    terms = egress._tls()

    assert terms.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert terms.verify_mode is ssl.CERT_REQUIRED
    assert terms.check_hostname
