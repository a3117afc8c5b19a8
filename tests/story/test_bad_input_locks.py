"""Lock files that point elsewhere, or are none; and checkouts that are none."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator

import pytest

from tests.adversary.lying_server import LyingServer, Reply
from tests.adversary.packages import index_file, sha256, simple_page, wheel
from tests.samples.hostile_place import Place

JSON = {"Content-Type": "application/vnd.pypi.simple.v1+json"}


@pytest.fixture
def server(place: Place) -> Iterator[LyingServer]:
    """A registry on loopback with two versions of one package."""
    with LyingServer() as running:
        place.variables |= {"PIP_INDEX_URL": running.url + "/simple", "PIP_RETRIES": "0"}
        entries = []
        for version in ("1.0", "1.1"):
            name, data = f"sample-{version}-py3-none-any.whl", wheel("sample", version)
            entries.append(index_file(name, data))
            running.serve(f"/files/{name}", Reply(data))
        running.serve("/simple/sample/", Reply(simple_page("sample", entries), headers=JSON))
        yield running


def uv_lock(registry: str, version: str, digest: str) -> str:
    name = f"sample-{version}-py3-none-any.whl"
    return (
        'version = 1\nrequires-python = ">=3.11"\n\n[[package]]\nname = "sample"\n'
        f'version = "{version}"\nsource = {{ registry = "{registry}" }}\n'
        f'wheels = [{{ url = "{registry}/{name}", hash = "sha256:{digest}", size = 9 }}]\n'
    )


@pytest.mark.parametrize(
    ("case", "rule"),
    [("elsewhere", "lock.foreign-source"), ("digest", "lock.unpublished-digest"), ("honest", "")],
)
def test_a_lock_that_points_elsewhere_blocks(place: Place, server: LyingServer, case: str, rule: str) -> None:
    here = server.url + "/simple"
    there = "https://index.example/simple" if case == "elsewhere" else here
    digest = "0" * 64 if case == "digest" else sha256(wheel("sample", "1.1"))
    old, new = place.here / "old" / "uv.lock", place.here / "new" / "uv.lock"
    for path, text in (
        (old, uv_lock(here, "1.0", sha256(wheel("sample", "1.0")))),
        (new, uv_lock(there, "1.1", digest)),
    ):
        path.parent.mkdir()
        path.write_text(text, encoding="ascii")
    told = place.inspect("--lock", old, new, "--format", "json")
    report = json.loads(told.out)
    if rule:
        assert (told.code, report["verdict"]) == (1, "block"), told
        assert rule in told.out
    else:
        assert (told.code, report["verdict"]) == (0, "clear"), told
    assert not any("index.example" in path for path in server.paths())


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("gone/uv.lock", None),
        ("uv.lock", b""),
        ("uv.lock", b"\xff\xfe\0"),
        ("uv.lock", b"version = [\n"),
        ("uv.lock", b"a = " + b"[" * 10_000),
        ("package-lock.json", b"[" * 10_000),
        ("package-lock.json", b'{"lockfileVersion": 99}'),
        ("pnpm-lock.yaml", b"a: &a [*a, *a]\n"),
        ("poetry.lock", b"[[package]]\nname = 7\n"),
        ("strange.txt.lock", b"what"),
    ],
)
def test_what_is_no_lock_file(place: Place, name: str, data: bytes | None) -> None:
    if data is not None:
        (place.here / name).write_bytes(data)
    told = place.inspect("--lock", name, name)
    assert told.code in {0, 2, 3}, told
    if told.code:
        told.failed(told.code, name.rpartition("/")[2])


def test_a_lock_file_that_never_ends_or_is_a_folder(place: Place) -> None:
    os.mkfifo(place.here / "uv.lock")
    place.inspect("--lock", "uv.lock", "uv.lock").failed(2, "doorward: reading uv.lock\n")
    (place.here / "folder").mkdir()
    place.inspect("--lock", "folder", "folder").failed(2, "doorward: reading folder\n", "Is a directory")


def test_since_what(place: Place) -> None:
    place.inspect("--since", "main").failed(2)
    environment = place.environment | {"GIT_CONFIG_NOSYSTEM": "1"}
    for words in (
        ["init", "-q"],
        ["-c", "user.name=n", "-c", "user.email=n@n.example", "commit", "-q", "--allow-empty", "-m", "m"],
    ):
        subprocess.run(["git", *words], cwd=place.here, env=environment, check=True)
    place.inspect("--since", "nowhere").failed(2, "nowhere")
    place.inspect("--since", "--upload-pack=touch marker").failed(2)
    (place.here / "uv.lock").symlink_to("/etc/passwd")
    place.inspect("--since", "HEAD").failed(3, "doorward: reading uv.lock\n", "a symbolic link")
