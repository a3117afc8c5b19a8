"""What is not there, is empty, unreadable, or no release at all: said in one message, never guessed."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.samples import small_releases
from tests.samples.hostile_place import Place

Make = Callable[[Path], Path]


def missing(here: Path) -> Path:
    return here / "gone-2.0.whl"


def dangling(here: Path) -> Path:
    (link := here / "dangling-2.0.whl").symlink_to("nowhere")
    return link


def looping(here: Path) -> Path:
    (link := here / "looping-2.0.whl").symlink_to("looping-2.0.whl")
    return link


def below_a_file(here: Path) -> Path:
    (file := here / "file").write_bytes(b"x")
    return file / "small-2.0.whl"


def too_long(here: Path) -> Path:
    return here / ("n" * 5000)


def pipe(here: Path) -> Path:
    os.mkfifo(fifo := here / "pipe-2.0.whl")
    return fifo


def unix_socket(here: Path) -> Path:
    kept = Path.cwd()
    os.chdir(here)  # the path of a socket is bound to 107 bytes
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("socket-2.0.whl")
    finally:
        os.chdir(kept)
    return here / "socket-2.0.whl"


def device(_: Path) -> Path:
    return Path("/dev/zero")


def failing_disk(_: Path) -> Path:
    return Path("/proc/self/mem")  # a regular file whose first read fails, for root too


@pytest.mark.parametrize("side", ["old", "new"])
@pytest.mark.parametrize(
    ("make", "found"),
    [
        (missing, "No such file or directory"),
        (dangling, "No such file or directory"),
        (looping, "Too many levels of symbolic links"),
        (below_a_file, "Not a directory"),
        (too_long, "File name too long"),
        (pipe, "a device, pipe or socket"),
        (unix_socket, "a device, pipe or socket"),
        (device, "a device, pipe or socket"),
        (failing_disk, "Input/output error"),
    ],
)
def test_what_cannot_be_read_is_the_callers_to_mend(
    place: Place, good: Path, make: Make, found: str, side: str
) -> None:
    bad = make(place.here)
    told = place.inspect(*((bad, good) if side == "old" else (good, bad)))
    told.failed(2, f"doorward: read {bad}\n", "expected: a release file or a folder", f"found:    {found}")


def test_a_name_of_no_letters_is_not_the_working_folder(place: Place, good: Path) -> None:
    place.inspect(good, "").failed(2, "doorward: read ''\n", "found:    an empty name")


@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        ("empty-2.0-py3-none-any.whl", b"", "0 bytes"),
        ("empty-2.0.tar.gz", b"", "0 bytes"),
        ("empty_2.0_all.deb", b"", "0 bytes"),
        ("text-2.0-py3-none-any.whl", b"this is no wheel\n" * 9, ""),
        ("picture-2.0.tar.gz", b"\x89PNG\r\n\x1a\n" + bytes(99), ""),
        ("gzip_2.0_all.deb", b"\x1f\x8b\x08\0\0\0\0\0\0\xff", ""),
        ("wheel-2.0.tgz", b"PK\x03\x04" + bytes(200), ""),
        ("noise-2.0.msi", bytes(range(256)) * 8, ""),
        ("noise-2.0.rpm", bytes(range(256)) * 8, ""),
        ("noise-2.0.cab", bytes(range(256)) * 8, ""),
        ("noise-2.0.zip", bytes(range(256)) * 8, ""),
    ],
)
@pytest.mark.parametrize("side", ["old", "new"])
def test_what_is_empty_or_of_another_kind_is_undecided(
    place: Place, good: Path, name: str, data: bytes, found: str, side: str
) -> None:
    (bad := place.here / name).write_bytes(data)
    told = place.inspect(*((bad, good) if side == "old" else (good, bad)))
    told.failed(3, f"doorward: opening {name}", "  expected: ", f"  found:    {found}")


@pytest.mark.parametrize("kind", ["wheel", "sdist", "npm", "deb", "jar"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_half_a_release_is_never_clear(place: Place, kind: str, share: float) -> None:
    make = getattr(small_releases, kind)
    old, whole = make(place.here, "1.0"), make(place.here, "1.1")
    data = whole.read_bytes()
    whole.write_bytes(data[: max(1, int(len(data) * share))])
    told = place.inspect(old, whole, "--format", "json")
    assert told.code in {1, 3}, told
    if told.code == 3 and not told.out:
        told.failed(3, f"doorward: opening {whole.name}", "fetch the file again")


def test_a_folder_tells_what_in_it_cannot_be_read(place: Place) -> None:
    old, new = place.here / "old", place.here / "new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "core.py").write_text("X = 1\n", encoding="ascii")
    (new / "dangling").symlink_to("nowhere")
    os.mkfifo(new / "pipe")
    (new / "out").symlink_to("/etc/passwd")
    told = place.inspect(old, new)
    assert told.code == 1
    for told_of in ("BLOCK   pipe", "a device node, FIFO or socket", "BLOCK   out", "out -> /etc/passwd"):
        assert told_of in told.out
    assert "root:" not in told.out


def empty_folder(here: Path) -> Path:
    (folder := here / "empty-2.0").mkdir()
    (folder / ".git").mkdir()  # is no part of a release
    return folder


def empty_zip(here: Path) -> Path:
    (file := here / "empty-2.0.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    return file


def empty_tar(here: Path) -> Path:
    (file := here / "empty-2.0.tar").write_bytes(bytes(10240))
    return file


@pytest.mark.parametrize("side", ["old", "new"])
@pytest.mark.parametrize(
    ("make", "found"),
    [(empty_folder, "an empty directory"), (empty_zip, "an empty zip"), (empty_tar, "an empty tar")],
)
def test_what_holds_nothing_is_not_clear(place: Place, good: Path, make: Make, found: str, side: str) -> None:
    bad = make(place.here)
    told = place.inspect(*((bad, good) if side == "old" else (good, bad)))
    told.failed(3, f"doorward: opening {bad.name}\n", "expected: at least one file", f"found:    {found}")
