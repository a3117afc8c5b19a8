"""A server with a certificate that nobody vouches for."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from doorward.errors import Outside, Undecided, Unreachable
from doorward.world.http import Client
from doorward.world.network import DIRECT
from tests.adversary.lying_server import LyingServer, Reply

NETWORK = replace(DIRECT, tries=1, read_seconds=2.0)


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    began = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=30))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def server(pem: Path) -> Iterator[LyingServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with LyingServer(context) as running:
        running.serve("/a", Reply(b"hello"))
        yield running


def test_an_unknown_authority_is_refused(server: LyingServer) -> None:
    client = Client(NETWORK)
    with pytest.raises(Unreachable) as caught:
        client.get(server.url + "/a", limit=100)
    client.close()
    assert str(caught.value) == (
        f"asking {server.url}/a; expected a certificate that a known authority signed; "
        "found one that does not verify; "
        "next: set SSL_CERT_FILE to your organisation's authorities; checking cannot be switched off"
    )
    assert server.asked == []


@pytest.mark.parametrize("setting", ["ca_file", "extra_ca_file"])
def test_a_configured_authority_is_known(server: LyingServer, pem: Path, setting: str) -> None:
    known = replace(NETWORK, ca_file=str(pem))
    client = Client(known if setting == "ca_file" else replace(NETWORK, extra_ca_file=str(pem)))
    assert client.get(server.url + "/a", limit=100).body == b"hello"
    client.close()


def test_a_redirect_from_https_to_http_is_refused(server: LyingServer, pem: Path) -> None:
    with LyingServer() as plain:
        plain.serve("/b", Reply(b"evil"))
        server.serve("/a", Reply(status=302, headers={"Location": plain.url + "/b"}))
        client = Client(replace(NETWORK, ca_file=str(pem)))
        with pytest.raises(
            Undecided, match=r"following the redirect of https://.*; expected another https address"
        ):
            client.get(server.url + "/a", limit=100)
        client.close()
        assert plain.asked == []


def test_authorities_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    bad = tmp_path / "bad.pem"
    bad.write_text("nonsense")
    for path, found in ((bad, "found "), (tmp_path / "none.pem", "found No such file or directory")):
        with pytest.raises(
            Outside, match=f"reading the certificate authorities in {path}; expected a PEM file; {found}"
        ):
            Client(replace(NETWORK, ca_file=str(path))).get("https://127.0.0.1:9/a", limit=9)
