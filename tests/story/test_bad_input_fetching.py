"""Registries that are gone, lie, or serve what wants to be run; and no network at all."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

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
from tests.samples.hostile_place import Place

JSON = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
OLD, NEW = "pypi:sample==1.0", "pypi:sample==1.1"


@pytest.fixture
def server(place: Place) -> Iterator[LyingServer]:
    """A registry on loopback, which the clients of this place are set up for."""
    with LyingServer() as running:
        place.variables |= {
            "PIP_INDEX_URL": running.url + "/simple",
            "PIP_RETRIES": "0",
            "PIP_TIMEOUT": "5",
            "npm_config_registry": running.url,
            "npm_config_fetch_retries": "0",
        }
        yield running


def publish(server: LyingServer, versions: tuple[str, ...] = ("1.0", "1.1")) -> dict[str, bytes]:
    files = {f"sample-{version}-py3-none-any.whl": wheel("sample", version) for version in versions}
    server.serve(
        "/simple/sample/",
        Reply(simple_page("sample", [index_file(name, data) for name, data in files.items()]), headers=JSON),
    )
    for name, data in files.items():
        server.serve(f"/files/{name}", Reply(data))
    return files


def test_what_wants_to_be_run_at_installation_never_is(place: Place, server: LyingServer) -> None:
    marker = place.folder / "marker"
    sdists = {f"sample-{v}.tar.gz": marked_sdist("sample", v, marker) for v in ("1.0", "1.1")}
    server.serve(
        "/simple/sample/",
        Reply(simple_page("sample", [index_file(n, d) for n, d in sdists.items()]), headers=JSON),
    )
    for name, data in sdists.items():
        server.serve(f"/files/{name}", Reply(data))
    tarballs = {v: marked_npm("sample", v, marker) for v in ("1.0", "1.1")}
    server.serve("/sample", Reply(packument("sample", tarballs, server.url)))
    for version, data in tarballs.items():
        server.serve(f"/sample/-/sample-{version}.tgz", Reply(data))
    for pair in ((OLD, NEW), ("npm:sample@1.0", "npm:sample@1.1")):
        told = place.inspect(*pair, "--format", "json")
        assert told.code in {0, 1}, told
        assert json.loads(told.out)["new"]["version"] == "1.1"
        assert (
            place.run(
                "accept", pair[1], "--reason", "r", "--by", "b", "--file", "ok.toml", makes=["ok.toml"]
            ).code
            == 0
        )
        (place.here / "ok.toml").unlink()
    assert not marker.exists()


@pytest.mark.parametrize(
    ("page", "found"),
    [
        (Reply(b"no", 404), "sample"),
        (Reply(b"broken", 500), "500"),
        (Reply(reset=True), ""),
        (Reply(b"{", headers=JSON), "gives for a project"),
        (Reply(b"[]" * 9, headers=JSON), "gives for a project"),
        (Reply(b"x" * 99, cut=5), ""),
    ],
)
def test_a_registry_that_gives_no_page(place: Place, server: LyingServer, page: Reply, found: str) -> None:
    server.serve("/simple/sample/", page)
    place.inspect(OLD, NEW).failed(3, "doorward: ", found)


def test_a_version_that_nobody_published(place: Place, server: LyingServer) -> None:
    publish(server, ("1.0",))
    place.inspect(OLD, NEW).failed(3, "sample", "1.1")


def test_bytes_that_are_not_those_of_the_registrys_digest(place: Place, server: LyingServer) -> None:
    files = publish(server)
    name = "sample-1.1-py3-none-any.whl"
    changed = wheel("sample", "1.1", content="value = 2\n")
    server.serve(f"/files/{name}", Reply(changed))
    told = place.inspect(OLD, NEW)
    told.failed(3, name, sha256(files[name]), sha256(changed))
    kept = [path.name for path in (place.cache / "doorward" / "downloads").rglob("*.whl")]
    assert kept == ["sample-1.0-py3-none-any.whl"]


@pytest.mark.parametrize("reply", [Reply(b"x" * 999, cut=10), Reply(b"gone", 410), Reply(reset=True)])
def test_a_download_that_breaks_off(place: Place, server: LyingServer, reply: Reply) -> None:
    publish(server)
    server.serve("/files/sample-1.1-py3-none-any.whl", reply)
    place.inspect(OLD, NEW).failed(3, "sample-1.1-py3-none-any.whl")


def test_no_registry_answers(place: Place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused at once
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/simple"
        place.variables |= {"PIP_INDEX_URL": url, "PIP_RETRIES": "0", "PIP_TIMEOUT": "2"}
        place.inspect(OLD, NEW).failed(3, url.rpartition("/")[0])


def test_offline_asks_nobody_and_uses_what_is_there(place: Place, server: LyingServer) -> None:
    publish(server)
    place.inspect(OLD, NEW, "--offline").failed(3, "offline")
    assert server.paths() == []
    warm = place.inspect(OLD, NEW)
    assert warm.code == 0, warm
    asked = len(server.paths())
    again = place.inspect(OLD, NEW, "--offline")
    assert (again.code, again.err) == (0, "")
    assert len(server.paths()) == asked


@pytest.mark.parametrize(
    "name", ["pypi:", "pypi:==1", "pypi:../../x==1", "npm:UPPER/../x@1", "deb:a b=1", "pypi:x==1 2"]
)
def test_a_name_that_no_registry_could_have(place: Place, good: Path, name: str) -> None:
    place.inspect(good, name).failed(2, "doorward: reading ", name)
