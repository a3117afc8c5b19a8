"""Registries that lie about packages: digests, names, shapes; and packages that want to be run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from doorward.errors import Misuse, Undecided, Unreachable
from doorward.world.http import Client
from doorward.world.network import DIRECT, Credential
from doorward.world.registries.npm import NpmRegistry
from doorward.world.registries.pypi import PypiRegistry
from doorward.world.registries.settings import NpmSettings, PypiSettings
from doorward.world.registries.shelf import Shelf
from tests.adversary.lying_server import LyingServer, Reply
from tests.adversary.packages import (
    index_file,
    marked_npm,
    marked_sdist,
    packument,
    sha256,
    simple_page,
    wheel,
)

NETWORK = replace(DIRECT, tries=2, backoff=0.01, read_seconds=1.0)
JSON = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
HTML = {"Content-Type": "text/html"}
WHEEL = wheel("sample", "1.0")
WHEEL_NAME = "sample-1.0-py3-none-any.whl"


@pytest.fixture
def server() -> Iterator[LyingServer]:
    with LyingServer() as running:
        yield running


@pytest.fixture
def pypi(server: LyingServer, tmp_path: Path) -> Iterator[PypiRegistry]:
    client = Client(NETWORK)
    yield PypiRegistry(
        PypiSettings((server.url + "/simple",), network=NETWORK), Shelf(tmp_path / "cache", client)
    )
    client.close()


@pytest.fixture
def npm(server: LyingServer, tmp_path: Path) -> Iterator[NpmRegistry]:
    client = Client(NETWORK)
    yield NpmRegistry(NpmSettings(server.url, network=NETWORK), Shelf(tmp_path / "cache", client))
    client.close()


def serve_page(server: LyingServer, *files: dict[str, Any]) -> None:
    server.serve("/simple/sample/", Reply(simple_page("sample", files), headers=JSON))


def left_over(folder: Path) -> list[str]:
    """Names of all artifacts and partial downloads on a shelf."""
    return sorted(path.name for path in (folder / "cache" / "artifacts").rglob("*") if path.is_file())


def test_honest_bytes_are_kept_under_their_digest(
    server: LyingServer, pypi: PypiRegistry, tmp_path: Path
) -> None:
    serve_page(server, index_file(WHEEL_NAME, WHEEL))
    server.serve(f"/files/{WHEEL_NAME}", Reply(WHEEL))
    artifact = pypi.fetch("Sample", "1.0.0", "")
    assert artifact.path == str(tmp_path / "cache" / "artifacts" / sha256(WHEEL) / WHEEL_NAME)
    assert Path(artifact.path).read_bytes() == WHEEL
    assert (artifact.name, artifact.version, artifact.ecosystem) == ("sample", "1.0", "pypi")
    assert (artifact.digest, artifact.size) == (f"sha256:{sha256(WHEEL)}", len(WHEEL))
    assert artifact.origin == "pypi:sample==1.0"
    assert artifact.facts == (
        ("chosen", "wheel for this machine"),
        ("published", "2024-01-02T03:04:05.000000Z"),
        ("source", server.url + "/simple"),
    )


def test_bytes_of_another_digest_are_refused_and_deleted(
    server: LyingServer, pypi: PypiRegistry, tmp_path: Path
) -> None:
    bad = WHEEL[:-1] + b"!"
    serve_page(server, index_file(WHEEL_NAME, WHEEL))
    server.serve(f"/files/{WHEEL_NAME}", Reply(bad))
    with pytest.raises(Undecided) as caught:
        pypi.fetch("sample", "1.0", "")
    assert caught.value.check == (
        f"checking {WHEEL_NAME} from {server.url}/files/{WHEEL_NAME} against the registry's digest"
    )
    assert caught.value.expected == f"sha256:{sha256(WHEEL)}"
    assert caught.value.found == f"sha256:{sha256(bad)} (the bytes were deleted)"
    assert caught.value.next_step.startswith("do not install this release")
    assert left_over(tmp_path) == []


def test_one_wrong_digest_of_two_is_refused(server: LyingServer, pypi: PypiRegistry) -> None:
    hashes = {"sha256": sha256(WHEEL), "sha512": "0" * 128}
    serve_page(server, index_file(WHEEL_NAME, WHEEL, hashes=hashes))
    server.serve(f"/files/{WHEEL_NAME}", Reply(WHEEL))
    with pytest.raises(Undecided, match="expected sha512:0000"):
        pypi.fetch("sample", "1.0", "")


@pytest.mark.parametrize(
    ("hashes", "found"),
    [
        ({"md5": "0" * 32}, "found md5"),
        ({"sha1": "0" * 40, "md5": "0" * 32}, "found md5, sha1"),
        ({}, "found no digest"),
        ({"sha256": "0" * 63}, "found no digest"),
        ({"sha256": "g" * 64}, "found no digest"),
        ({"sha256": None}, "found no digest"),
        ({"crc32": "0" * 8}, "found no digest"),
    ],
)
def test_weak_or_malformed_digests_vouch_for_nothing(
    server: LyingServer, pypi: PypiRegistry, hashes: dict[str, str], found: str
) -> None:
    serve_page(server, index_file(WHEEL_NAME, WHEEL, hashes=hashes))
    server.serve(f"/files/{WHEEL_NAME}", Reply(WHEEL))
    with pytest.raises(Undecided, match=found + "; next: fetch the file yourself"):
        pypi.fetch("sample", "1.0", "")
    assert server.paths() == ["/simple/sample/"]


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/cron.d/x",
        "/etc/x",
        "a\\b.whl",
        "x\x00.whl",
        "a\nb.whl",
        "-rf.whl",
        "..",
        "",
        "x\u202e.whl",
        "x" * 256,
    ],
)
def test_file_names_with_tricks_are_refused(
    server: LyingServer, pypi: PypiRegistry, name: str, tmp_path: Path
) -> None:
    serve_page(server, index_file(name, WHEEL))
    with pytest.raises(Undecided, match="expected a plain file name; found '"):
        pypi.fetch("sample", "1.0", "")
    assert left_over(tmp_path) == []


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "data:,x", "ftp://host.example/x", "http://[", "//:9/x"]
)
def test_links_out_of_http_are_refused(server: LyingServer, pypi: PypiRegistry, url: str) -> None:
    serve_page(server, index_file(WHEEL_NAME, WHEEL, url=url))
    with pytest.raises(Undecided, match="expected http or https links"):
        pypi.fetch("sample", "1.0", "")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", "expected JSON; found bytes that are none"),
        (b"\xff\xfe", "expected JSON"),
        (b"[]", "expected a JSON object"),
        (b"{}", "expected a page of the simple API, version 1"),
        (b'{"meta":{"api-version":"2.0"},"files":[]}', "expected a page of the simple API, version 1"),
        (b'{"meta":{"api-version":"1.x"},"files":[]}', "expected a page of the simple API, version 1"),
        (b'{"meta":{"api-version":"1.0"},"files":{}}', "expected a page of the simple API, version 1"),
        (b'{"meta":{"api-version":"1.0"},"files":[1]}', "expected a list of file objects"),
        (
            b'{"meta":{"api-version":"1.0"},"files":[{}]}',
            "expected `filename`, `url` and `hashes` of each file",
        ),
        (b"[" * 100_000, "expected JSON"),
        (b'{"a":' + b"9" * 10_000 + b"}", "expected JSON"),
    ],
)
def test_pages_of_another_shape_are_undecided(
    server: LyingServer, pypi: PypiRegistry, body: bytes, expected: str
) -> None:
    server.serve("/simple/sample/", Reply(body, headers=JSON))
    with pytest.raises(Undecided, match=expected):
        pypi.fetch("sample", "1.0", "")


def test_files_of_another_project_are_left_out(server: LyingServer, pypi: PypiRegistry) -> None:
    other = index_file("other-1.0-py3-none-any.whl", WHEEL)
    longer = index_file("sample-extra-1.0.tar.gz", WHEEL)
    serve_page(server, other, longer)
    with pytest.raises(Undecided, match="expected a package of that name with at least one file; found none"):
        pypi.fetch("sample", "1.0", "")


def test_a_version_that_is_not_there(server: LyingServer, pypi: PypiRegistry) -> None:
    serve_page(server, index_file(WHEEL_NAME, WHEEL))
    with pytest.raises(
        Undecided, match=r"expected that version; found others, the newest 1.0; next: check the"
    ):
        pypi.fetch("sample", "9.9", "")
    with pytest.raises(Misuse, match="expected a version after PEP 440; found 'one'"):
        pypi.fetch("sample", "one", "")


def test_an_unknown_package(pypi: PypiRegistry) -> None:
    with pytest.raises(
        Undecided, match=r"looking for pypi:nothing in http://127.*/simple; expected a package"
    ):
        pypi.fetch("nothing", "1", "")


@pytest.mark.parametrize("name", ["../x", "a/b", "", "a b", "x\n", "é", "%2e%2e"])
def test_names_that_are_none_ask_nothing(
    server: LyingServer, pypi: PypiRegistry, npm: NpmRegistry, name: str
) -> None:
    with pytest.raises(Misuse, match="reading a package name; expected"):
        pypi.fetch(name, "1", "")
    if name != "a/b" or not name.startswith("@"):
        with pytest.raises(Misuse, match="reading a package name; expected"):
            npm.fetch(name, "1", "")
    assert server.asked == []


def test_the_setup_script_of_an_sdist_is_never_run(
    server: LyingServer, pypi: PypiRegistry, tmp_path: Path
) -> None:
    marker = tmp_path / "marker"
    sdist = marked_sdist("sample", "1.0", marker)
    serve_page(server, index_file("sample-1.0.tar.gz", sdist))
    server.serve("/files/sample-1.0.tar.gz", Reply(sdist))
    for wanted in ("", "sdist", "win_amd64"):
        assert Path(pypi.fetch("sample", "1.0", wanted).path).read_bytes() == sdist
    assert pypi.versions("sample") == ("1.0",)
    assert not marker.exists()


def test_the_install_scripts_of_an_npm_package_are_never_run(
    server: LyingServer, npm: NpmRegistry, tmp_path: Path
) -> None:
    marker = tmp_path / "marker"
    data = marked_npm("sample", "1.0.0", marker)
    server.serve(
        "/sample", Reply(packument("sample", {"1.0.0": data}, server.url, scripts={"postinstall": "x"}))
    )
    server.serve("/sample/-/sample-1.0.0.tgz", Reply(data))
    artifact = npm.fetch("sample", "1.0.0", "")
    assert Path(artifact.path).read_bytes() == data
    assert artifact.facts == (
        ("install-script", "present"),
        ("published", "2024-01-02T03:04:05.000Z"),
        ("source", server.url),
    )
    assert not marker.exists()


def test_npm_bytes_of_another_digest_are_refused_and_deleted(
    server: LyingServer, npm: NpmRegistry, tmp_path: Path
) -> None:
    server.serve("/sample", Reply(packument("sample", {"1.0.0": b"good"}, server.url)))
    server.serve("/sample/-/sample-1.0.0.tgz", Reply(b"evil"))
    with pytest.raises(
        Undecided, match=r"expected sha512:[0-9a-f]{128}; found sha512:[0-9a-f]{128} .the bytes were"
    ):
        npm.fetch("sample", "1.0.0", "")
    assert left_over(tmp_path) == []


def test_npm_sha1_alone_vouches_for_nothing(server: LyingServer, npm: NpmRegistry) -> None:
    dist = {"tarball": server.url + "/sample/-/sample-1.0.0.tgz", "shasum": "0" * 40}
    document = {"name": "sample", "versions": {"1.0.0": {"dist": dist}}}
    server.serve("/sample", Reply(json.dumps(document).encode()))
    with pytest.raises(
        Undecided, match=r"expected a sha256 \(or sha384, sha512\) digest .*; found sha1; next"
    ):
        npm.fetch("sample", "1.0.0", "")


@pytest.mark.parametrize(
    "document",
    [
        b"nonsense",
        b"[]",
        b'{"name":"other","versions":{}}',
        b'{"name":"sample"}',
        b'{"name":"sample","versions":[]}',
        b'{"name":"sample","versions":{"1.0.0":{}}}',
        b'{"name":"sample","versions":{"1.0.0":{"dist":{"tarball":"file:///etc/passwd"}}}}',
        b'{"name":"sample","versions":{"1.0.0":{"dist":{"tarball":"http://["}}}}',
        b'{"name":"sample","versions":{"1.0.0":{"dist":{"tarball":"http://h.example/%2e%2e%2fx%2f.."}}}}',
        b"[" * 100_000,
    ],
)
def test_packuments_of_another_shape_are_undecided(
    server: LyingServer, npm: NpmRegistry, document: bytes
) -> None:
    server.serve("/sample", Reply(document))
    with pytest.raises(Undecided):
        npm.fetch("sample", "1.0.0", "")


def test_a_tarball_on_another_host_gets_no_token(server: LyingServer, tmp_path: Path) -> None:
    with LyingServer() as other:
        document = packument("@vendor/sample", {"1.0.0": b"data"}, other.url)
        server.serve("/@vendor%2Fsample", Reply(document))
        other.serve("/@vendor/sample/-/sample-1.0.0.tgz", Reply(b"data"))
        network = replace(NETWORK, credentials=(Credential(server.host, "/", "Bearer s3cret"),))
        client = Client(network)
        registry = NpmRegistry(
            NpmSettings("https://registry.example", (("@vendor", server.url),), network=network),
            Shelf(tmp_path / "cache", client),
        )
        assert registry.fetch("@vendor/sample", "1.0.0", "").size == 4
        assert registry.sources("@vendor/sample") == (server.url,)
        assert registry.sources("sample") == ("https://registry.example",)
        client.close()
    assert server.asked[0][1]["authorization"] == "Bearer s3cret"
    assert "authorization" not in other.asked[0][1]


def test_plain_http_to_elsewhere_is_refused_unless_pip_trusts_it(tmp_path: Path) -> None:
    client = Client(replace(NETWORK, offline=True))
    shelf = Shelf(tmp_path / "cache", client)
    settings = PypiSettings(("http://index.example/simple",), network=client.network)
    with pytest.raises(
        Misuse, match="expected an https address, as pip demands; found http; next: use https"
    ):
        PypiRegistry(settings, shelf).fetch("sample", "1.0", "")
    with pytest.raises(Unreachable):
        PypiRegistry(replace(settings, plain_http_hosts=("index.example",)), shelf).fetch("sample", "1.0", "")


def test_an_html_index_is_read_like_a_json_one(server: LyingServer, pypi: PypiRegistry) -> None:
    anchor = (
        f'<a href="../../files/{WHEEL_NAME}#sha256={sha256(WHEEL)}" data-yanked="broken">{WHEEL_NAME}</a>'
    )
    server.serve(
        "/simple/sample/", Reply(f"<!DOCTYPE html><body>{anchor}<a href='/'>up</a>".encode(), headers=HTML)
    )
    server.serve(f"/files/{WHEEL_NAME}", Reply(WHEEL))
    artifact = pypi.fetch("sample", "1.0", WHEEL_NAME)
    assert dict(artifact.facts) == {"chosen": "named", "yanked": "broken", "source": server.url + "/simple"}


def test_an_html_link_that_names_one_file_and_leads_to_another_is_refused(
    server: LyingServer, pypi: PypiRegistry
) -> None:
    anchor = f'<a href="/files/sample-1.0.tar.gz#sha256={sha256(WHEEL)}">{WHEEL_NAME}</a>'
    server.serve("/simple/sample/", Reply(anchor.encode(), headers=HTML))
    with pytest.raises(Undecided, match=f"expected the link of '{WHEEL_NAME}' to lead to it"):
        pypi.fetch("sample", "1.0", "")
