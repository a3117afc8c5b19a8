"""Downloads that are killed, raced, garbled on the disk, or taken offline."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from doorward.errors import Outside, Unreachable
from doorward.world.http import Client
from doorward.world.network import DIRECT
from doorward.world.registries.catalogue import Catalogue, Remote
from doorward.world.registries.shelf import Shelf
from tests.adversary.lying_server import LyingServer, Reply
from tests.adversary.packages import seeded, sha256

NETWORK = replace(DIRECT, tries=2, backoff=0.01, read_seconds=5.0)
BODY = seeded(3).randbytes(3_000_000)
FETCH = """
import sys
from pathlib import Path
from doorward.world.http import Client
from doorward.world.network import DIRECT
from doorward.world.registries.catalogue import Remote
from doorward.world.registries.shelf import Shelf
folder, url, digest, size = sys.argv[1:]
shelf = Shelf(Path(folder), Client(DIRECT))
print("ready", flush=True)
kept = shelf.bring(Remote("sample-1.0.tar.gz", url, (digest,), int(size)), ask="it")
print(kept.path, flush=True)
"""


@pytest.fixture
def server() -> Iterator[LyingServer]:
    with LyingServer() as running:
        yield running


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    client = Client(NETWORK)
    yield Shelf(tmp_path / "cache", client)
    client.close()


def remote(server: LyingServer, body: bytes = BODY, *replies: Reply) -> Remote:
    url = server.serve("/files/x", *(replies or (Reply(body, ranges=True),)))
    return Remote("sample-1.0.tar.gz", url, (f"sha256:{sha256(body)}",), len(body))


def fetching(folder: Path, wanted: Remote) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", FETCH, str(folder), wanted.url, wanted.digests[0], str(wanted.size)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finals(folder: Path) -> list[Path]:
    return sorted((folder / "artifacts").glob("????????*/*.tar.gz"))


def test_kills_leave_no_half_file_and_the_next_goes_on(server: LyingServer, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    # Pieces come slowly enough for a kill to hit the middle.
    wanted = remote(
        server, BODY, *[Reply(BODY, ranges=True, cut=n * 300_000, silence=0.01) for n in range(1, 9)]
    )
    chance = seeded(11)
    for _ in range(6):
        process = fetching(folder, wanted)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.15))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert all(path.read_bytes() == BODY for path in finals(folder))
    server.serve("/files/x", Reply(BODY, ranges=True))
    process = fetching(folder, wanted)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert Path(out.splitlines()[1]).read_bytes() == BODY
    assert not list((folder / "artifacts" / "partial").iterdir())


def test_two_processes_fetch_one_file_once(server: LyingServer, tmp_path: Path) -> None:
    wanted = remote(server, BODY, Reply(BODY, silence=0.5))
    running = [fetching(tmp_path / "cache", wanted) for _ in range(3)]
    paths = set()
    for process in running:
        out, err = process.communicate(timeout=30)
        assert (process.returncode, err) == (0, "")
        paths.add(out.splitlines()[1])
    assert len(paths) == 1
    assert server.paths() == ["/files/x"]


def test_a_partial_download_is_resumed(server: LyingServer, shelf: Shelf, tmp_path: Path) -> None:
    wanted = remote(server, BODY, Reply(BODY, cut=1_000_000, ranges=True))
    once = Client(replace(NETWORK, tries=1))
    with pytest.raises(Unreachable):
        Shelf(tmp_path / "cache", once).bring(wanted, ask="it")
    once.close()
    server.serve("/files/x", Reply(BODY, ranges=True))
    assert shelf.bring(wanted, ask="it").path.read_bytes() == BODY
    assert server.asked[-1][1]["range"] == "bytes=1000000-"


def test_a_partial_download_of_other_bytes_is_thrown_away(
    server: LyingServer, shelf: Shelf, tmp_path: Path
) -> None:
    wanted = remote(server)
    partial = tmp_path / "cache" / "artifacts" / "partial" / wanted.digests[0].replace(":", "-")
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"not these" * 1000)
    assert shelf.bring(wanted, ask="it").path.read_bytes() == BODY
    assert [headers.get("range") for _, headers in server.asked] == ["bytes=9000-", None]


def test_a_partial_download_longer_than_the_file_is_thrown_away(
    server: LyingServer, shelf: Shelf, tmp_path: Path
) -> None:
    wanted = remote(server)
    partial = tmp_path / "cache" / "artifacts" / "partial" / wanted.digests[0].replace(":", "-")
    partial.parent.mkdir(parents=True)
    partial.write_bytes(BODY + b"more")
    assert shelf.bring(wanted, ask="it").path.read_bytes() == BODY


def test_a_link_in_place_of_a_partial_download_is_not_written_through(
    server: LyingServer, shelf: Shelf, tmp_path: Path
) -> None:
    wanted = remote(server)
    precious = tmp_path / "precious"
    precious.write_text("mine")
    partial = tmp_path / "cache" / "artifacts" / "partial" / wanted.digests[0].replace(":", "-")
    partial.parent.mkdir(parents=True)
    partial.symlink_to(precious)
    with pytest.raises(Outside, match=r"keeping sample-1.0.tar.gz under"):
        shelf.bring(wanted, ask="it")
    assert precious.read_text() == "mine"


def test_bytes_that_changed_on_the_shelf_are_fetched_again(server: LyingServer, shelf: Shelf) -> None:
    wanted = remote(server)
    path = shelf.bring(wanted, ask="it").path
    path.write_bytes(BODY[:-1] + b"!")
    assert shelf.bring(wanted, ask="it").path.read_bytes() == BODY
    assert len(server.asked) == 2


def test_offline_takes_what_is_there_and_names_what_is_not(
    server: LyingServer, shelf: Shelf, tmp_path: Path
) -> None:
    wanted = remote(server)
    shelf.bring(wanted, ask="it")
    offline = Shelf(tmp_path / "cache", Client(replace(NETWORK, offline=True)))
    assert offline.bring(wanted, ask="it").path.read_bytes() == BODY
    other = replace(wanted, file_name="other-1.0.tar.gz", digests=("sha256:" + "0" * 64,))
    with pytest.raises(Unreachable) as caught:
        offline.bring(other, ask="doorward inspect pypi:other==1.0")
    assert str(caught.value) == (
        "taking other-1.0.tar.gz from the download cache with --offline; "
        f"expected sha256:{'0' * 64}; found nothing; "
        "next: run `doorward inspect pypi:other==1.0` once without --offline"
    )
    with pytest.raises(
        Unreachable, match="looking up pypi sample with --offline; expected an answer kept from"
    ):
        offline.catalogue("pypi sample", lambda: Catalogue("", "", ()), ask="it")
    assert len(server.asked) == 1


def test_catalogues_are_kept_for_a_while_and_for_offline(shelf: Shelf, tmp_path: Path) -> None:
    made = 0

    def make() -> Catalogue:
        nonlocal made
        made += 1
        return Catalogue("sample", "https://index.example", ())

    for _ in range(3):
        assert shelf.catalogue("key", make, ask="it").name == "sample"
    assert made == 1
    page = next((tmp_path / "cache" / "catalogues").iterdir())
    long_ago = time.time() - 3600
    os.utime(page, (long_ago, long_ago))
    offline = Shelf(tmp_path / "cache", Client(replace(NETWORK, offline=True)))
    assert offline.catalogue("key", make, ask="it").name == "sample"
    assert made == 1
    shelf.catalogue("key", make, ask="it")
    assert made == 2
    page.write_bytes(page.read_bytes()[:-3] + b"xxx")
    shelf.catalogue("key", make, ask="it")
    assert made == 3


def test_a_full_disk_leaves_nothing_behind(server: LyingServer, tmp_path: Path) -> None:
    wanted = remote(server)
    script = "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    script += "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n"
    script += FETCH.replace("kept = shelf", "try:\n    kept = shelf").replace(
        "print(kept.path", "except Exception as error:\n    print(type(error).__name__, error"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "c"), wanted.url, wanted.digests[0], str(wanted.size)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[1].startswith(
        f"Outside writing what came from {server.url}/files/x; expected"
    )
    assert [path for path in (tmp_path / "c").rglob("*") if path.is_file()] == []


def test_stale_partial_downloads_are_swept(server: LyingServer, shelf: Shelf, tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "artifacts" / "partial"
    folder.mkdir(parents=True)
    for name, days in (("sha256-old", 8), ("sha256-new", 1)):
        (folder / name).write_bytes(b"part")
        then = time.time() - days * 24 * 3600
        os.utime(folder / name, (then, then))
    shelf.bring(remote(server), ask="it")
    assert [path.name for path in folder.iterdir()] == ["sha256-new"]
