"""An archive of Debian packages that lies: its signature, its indexes, its packages."""

from __future__ import annotations

import hashlib
import lzma
import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from doorward.errors import Misuse, Undecided, Unreachable
from doorward.world.http import Client
from doorward.world.network import DIRECT
from doorward.world.registries.deb import DebRegistry
from doorward.world.registries.settings import DebSettings
from doorward.world.registries.shelf import Shelf
from tests.adversary.lying_server import LyingServer, Reply
from tests.adversary.openpgp import Signer

NETWORK = replace(DIRECT, tries=2, backoff=0.01, read_seconds=1.0)
DEB = b"!<arch>\ninert bytes in place of a package\n"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@cache
def signer(name: str) -> Signer:
    """One key of that name for all tests: making RSA keys takes a second."""
    del name
    return Signer()


def stanza(version: str, deb: bytes, **more: str) -> str:
    fields = {
        "Package": "sample",
        "Version": version,
        "Architecture": "amd64",
        "Maintainer": "Somebody <somebody@vendor.example>",
        "Filename": f"pool/main/s/sample/sample_{version}_amd64.deb",
        "Size": str(len(deb)),
        "SHA256": sha256(deb),
        **more,
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items() if value)


class Archive:
    """A suite on a server, and the folders of a machine that is set up with it."""

    def __init__(self, server: LyingServer, root: Path) -> None:
        self.server, self.root = server, root
        self.signer = signer("archive")
        self.client = Client(NETWORK)
        keyring = root / "usr/share/keyrings/archive.gpg"
        keyring.parent.mkdir(parents=True)
        keyring.write_bytes(self.signer.keyring())
        self.source(f"deb [signed-by=/usr/share/keyrings/archive.gpg] {server.url}/debian stable main\n")
        self.publish(stanza("1.0", DEB))
        server.serve("/debian/pool/main/s/sample/sample_1.0_amd64.deb", Reply(DEB))

    def source(self, text: str, name: str = "sources.list") -> None:
        """Write apt's sources."""
        path = self.root / "etc/apt" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def publish(self, *stanzas: str, by: Signer | None = None, more: str = "") -> str:
        """Serve an index of these stanzas and its signed release; returns the release's text."""
        other = "Package: other\nVersion: 9\nArchitecture: amd64\n\nPackage: sample-other\nVersion: 8\n\n"
        index = (other + "\n".join(stanzas)).encode()
        packed = lzma.compress(index)
        text = (
            "Origin: Sample\nSuite: stable\nArchitectures: amd64 arm64\nComponents: main\n"
            + more
            + "SHA256:\n"
            f" {sha256(index)} {len(index)} main/binary-amd64/Packages\n"
            f" {sha256(packed)} {len(packed)} main/binary-amd64/Packages.xz\n"
        )
        self.server.serve("/debian/dists/stable/InRelease", Reply((by or self.signer).clear_sign(text)))
        self.server.serve("/debian/dists/stable/main/binary-amd64/Packages.xz", Reply(packed))
        self.server.serve(
            f"/debian/dists/stable/main/binary-amd64/by-hash/SHA256/{sha256(packed)}", Reply(packed)
        )
        return text

    def registry(self) -> DebRegistry:
        """A registry that remembers nothing."""
        shelf = Shelf(self.root / "cache", self.client, fresh_seconds=0)
        return DebRegistry(DebSettings(self.root, "amd64", NETWORK), shelf)


needs_gpgv = pytest.mark.skipif(
    shutil.which("gpgv") is None, reason="gpgv checks signatures and is not installed"
)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with LyingServer() as server:
        made = Archive(server, tmp_path)
        yield made
        made.client.close()


@needs_gpgv
def test_the_chain_from_key_to_package(archive: Archive) -> None:
    artifact = archive.registry().fetch("sample", "1.0", "")
    assert Path(artifact.path).read_bytes() == DEB
    assert (artifact.name, artifact.version, artifact.ecosystem) == ("sample", "1.0", "deb")
    assert (artifact.file_name, artifact.digest) == ("sample_1.0_amd64.deb", f"sha256:{sha256(DEB)}")
    assert artifact.facts == (
        ("maintainer", "Somebody <somebody@vendor.example>"),
        ("signature", f"good: {archive.signer.fingerprint}"),
        ("source", f"{archive.server.url}/debian/ stable"),
    )
    assert archive.registry().published("sample", "1.0") == (f"sha256:{sha256(DEB)}",)
    assert archive.registry().sources("sample") == (f"{archive.server.url}/debian/",)


@needs_gpgv
def test_a_release_signed_by_a_stranger_is_refused(archive: Archive) -> None:
    archive.publish(stanza("1.0", DEB), by=signer("stranger"))
    with pytest.raises(Undecided) as caught:
        archive.registry().fetch("sample", "1.0", "")
    assert str(caught.value) == (
        f"checking the signature of {archive.server.url}/debian/dists/stable/InRelease; "
        "expected a good signature by a key that apt trusts for it; "
        "found a signature by a key that is not trusted here; "
        "next: run `apt-get update` and read what it says of this archive"
    )


@needs_gpgv
@pytest.mark.parametrize("tamper", ["changed", "unsigned", "appended", "prepended"])
def test_a_release_whose_text_is_not_what_was_signed(archive: Archive, tamper: str) -> None:
    evil = b"evil bytes"
    good = archive.signer.clear_sign(archive.publish(stanza("1.0", DEB)))
    archive.publish(stanza("1.0", evil))
    forged_text = archive.publish(stanza("1.0", evil))
    lie = {
        "changed": good.replace(b"Origin: Sample", b"Origin: Simple"),
        "unsigned": forged_text.encode(),
        "appended": good + b"\n" + forged_text.encode(),
        "prepended": forged_text.encode() + b"\n" + good,
    }[tamper]
    archive.server.serve("/debian/dists/stable/InRelease", Reply(lie))
    archive.server.serve("/debian/pool/main/s/sample/sample_1.0_amd64.deb", Reply(evil))
    with pytest.raises(Undecided) as caught:
        archive.registry().fetch("sample", "1.0", "")
    assert caught.value.check.startswith(("checking the signature of", "checking Packages.xz"))


@needs_gpgv
def test_armoured_and_inline_keys_are_read(archive: Archive) -> None:
    armoured = archive.signer.armoured_keyring()
    (archive.root / "usr/share/keyrings/archive.asc").write_text(armoured)
    url = archive.server.url
    archive.source(f"deb [signed-by=/usr/share/keyrings/archive.asc] {url}/debian stable main\n")
    assert dict(archive.registry().fetch("sample", "1.0", "").facts)["signature"].startswith("good: ")
    (archive.root / "etc/apt/sources.list").unlink()
    key = "\n".join(" " + (line or ".") for line in armoured.strip().split("\n"))
    text = f"Types: deb\nURIs: {url}/debian\nSuites: stable\nComponents: main\nSigned-By:\n{key}\n"
    archive.source(text, "sources.list.d/a.sources")
    assert dict(archive.registry().fetch("sample", "1.0", "").facts)["signature"].startswith("good: ")


@needs_gpgv
def test_keys_that_apt_trusts_for_everything(archive: Archive) -> None:
    archive.source(f"deb {archive.server.url}/debian stable main\n")
    assert dict(archive.registry().fetch("sample", "1.0", "").facts)["signature"] == "not checked: no keyring"
    trusted = archive.root / "etc/apt/trusted.gpg.d/a.gpg"
    trusted.parent.mkdir(parents=True)
    trusted.write_bytes(archive.signer.keyring())
    assert dict(archive.registry().fetch("sample", "1.0", "").facts)["signature"].startswith("good: ")


def test_without_gpgv_the_facts_say_that_nobody_checked(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("doorward.world.registries.apt_release.os.defpath", str(archive.root))
    artifact = archive.registry().fetch("sample", "1.0", "")
    assert dict(artifact.facts)["signature"] == "not checked: gpgv is not installed"


def test_trusted_sources_are_said_to_be_unchecked(archive: Archive) -> None:
    archive.source(f"deb [trusted=yes] {archive.server.url}/debian stable main\n")
    artifact = archive.registry().fetch("sample", "1.0", "")
    assert dict(artifact.facts)["signature"] == "not checked: apt's sources say trusted=yes"


@needs_gpgv
def test_an_index_of_another_digest_is_refused(archive: Archive) -> None:
    evil = lzma.compress(stanza("1.0", b"evil").encode())
    archive.server.serve("/debian/dists/stable/main/binary-amd64/Packages.xz", Reply(evil))
    with pytest.raises(Undecided, match=r"checking Packages\.xz from .*; expected sha256:|expected at most"):
        archive.registry().fetch("sample", "1.0", "")


@needs_gpgv
def test_a_package_of_another_digest_is_refused(archive: Archive) -> None:
    evil = DEB[:-1] + b"!"
    archive.server.serve("/debian/pool/main/s/sample/sample_1.0_amd64.deb", Reply(evil))
    with pytest.raises(Undecided, match=f"expected sha256:{sha256(DEB)}; found sha256:{sha256(evil)}"):
        archive.registry().fetch("sample", "1.0", "")


@needs_gpgv
@pytest.mark.parametrize(
    "path", ["../../../etc/passwd", "/etc/passwd", "http://evil.example/x.deb", "pool/../../x.deb"]
)
def test_a_package_outside_of_its_archive_is_refused(archive: Archive, path: str) -> None:
    archive.publish(stanza("1.0", DEB, Filename=path))
    with pytest.raises(Undecided, match="expected `Version`, and a `Filename` within the archive"):
        archive.registry().fetch("sample", "1.0", "")


@needs_gpgv
def test_indexes_by_their_digest(archive: Archive) -> None:
    archive.publish(stanza("1.0", DEB), more="Acquire-By-Hash: yes\n")
    archive.registry().fetch("sample", "1.0", "")
    assert any("/by-hash/SHA256/" in path for path in archive.server.paths())


@needs_gpgv
def test_versions_in_debians_order(archive: Archive) -> None:
    versions = ["1.0", "1:0.9", "1.0~rc1", "1.0+b1", "1.10", "1.9"]
    archive.publish(*(stanza(version, DEB) for version in versions))
    assert archive.registry().versions("sample") == ("1.0~rc1", "1.0", "1.0+b1", "1.9", "1.10", "1:0.9")


@needs_gpgv
def test_what_is_not_there(archive: Archive) -> None:
    with pytest.raises(
        Undecided, match=r"looking for deb:sample=2 \(amd64\); expected that version .*; found 1\.0;"
    ):
        archive.registry().fetch("sample", "2", "")
    with pytest.raises(
        Undecided, match=r"looking for deb:nothing in http.*; expected a package of that name; found"
    ):
        archive.registry().fetch("nothing", "1", "")
    with pytest.raises(
        Undecided, match="expected sdist; found binary packages only; next: name an architecture"
    ):
        archive.registry().fetch("sample", "1.0", "sdist")
    with pytest.raises(Undecided, match="looking for deb:sample"):
        archive.registry().fetch("sample", "1.0", "arm64")
    with pytest.raises(Misuse, match=r"expected a Debian package's name; found '\.\./x'"):
        archive.registry().fetch("../x", "1.0", "")


@needs_gpgv
def test_lists_that_apt_fetched_are_taken_without_the_network(archive: Archive) -> None:
    archive.registry()  # only so that the server has been asked nothing yet
    index = stanza("1.0", DEB).encode()
    text = f"Suite: stable\nSHA256:\n {sha256(index)} {len(index)} main/binary-amd64/Packages\n"
    lists = archive.root / "var/lib/apt/lists"
    lists.mkdir(parents=True)
    prefix = f"{archive.server.host}_debian_dists_stable_"
    (lists / f"{prefix}InRelease").write_bytes(archive.signer.clear_sign(text))
    (lists / f"{prefix}main_binary-amd64_Packages").write_bytes(index)
    assert archive.registry().versions("sample") == ("1.0",)
    assert archive.server.asked == []
    # A list that is not the one that was signed is not believed.
    (lists / f"{prefix}main_binary-amd64_Packages").write_bytes(stanza("6.6", b"evil").encode())
    archive.server.serve("/debian/dists/stable/main/binary-amd64/Packages", Reply(index))
    assert archive.registry().versions("sample") == ("1.0",)


@needs_gpgv
def test_an_archive_that_does_not_answer_matters_only_if_the_others_do_not_have_it(archive: Archive) -> None:
    with LyingServer() as gone:
        url = gone.url
    line = f"deb [signed-by=/usr/share/keyrings/archive.gpg] {archive.server.url}/debian stable main\n"
    archive.source(f"deb {url}/x stable main\n{line}")
    assert archive.registry().fetch("sample", "1.0", "").size == len(DEB)
    with pytest.raises(Unreachable, match="expected a connection; found refused"):
        archive.registry().fetch("sample", "2.0", "")


def test_sources_that_are_off_or_elsewhere_are_left_out(archive: Archive) -> None:
    archive.source(
        "# deb http://a.example/ x y\ndeb-src http://b.example/ x y\ndeb cdrom:[x]/ x y\ndeb file:/x y z\n"
    )
    archive.source(
        "Types: deb\nURIs: https://c.example/\nSuites: s\nComponents: c\nEnabled: no\n\n"
        "Types: deb deb-src\nURIs: https://d.example/d https://e.example\nSuites: s t\nComponents: c\n",
        "sources.list.d/a.sources",
    )
    assert archive.registry().sources("sample") == ("https://d.example/d/", "https://e.example/")
