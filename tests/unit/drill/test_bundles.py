"""Rewriting a release as a careful attacker would: order, times and modes stay, lists are made true."""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import io
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from doorward.drill.bundles import ZipBundle, open_bundle
from tests.samples.small_releases import DATE, deb, npm, wheel


def record_rows(path: Path) -> dict[str, list[str]]:
    with zipfile.ZipFile(path) as archive:
        (record,) = [name for name in archive.namelist() if name.endswith(".dist-info/RECORD")]
        return {row[0]: row for row in csv.reader(io.StringIO(archive.read(record).decode()))}


def test_an_untouched_wheel_keeps_every_entry_and_its_metadata(tmp_path: Path) -> None:
    before = wheel(tmp_path, "1.0")
    after = open_bundle(before).write(tmp_path / "after.whl")
    with zipfile.ZipFile(before) as old, zipfile.ZipFile(after) as new:
        assert old.namelist() == new.namelist()
        for one, other in zip(old.infolist(), new.infolist(), strict=True):
            assert (one.date_time, one.external_attr, one.compress_type, one.CRC) == (
                other.date_time,
                other.external_attr,
                other.compress_type,
                other.CRC,
            )


def test_record_is_true_again_after_an_edit_and_an_addition(tmp_path: Path) -> None:
    bundle = open_bundle(wheel(tmp_path, "1.0"))
    bundle.files["small/core.py"] += b"\nX = 1\n"
    bundle.add("small/extra.py", b"Y = 2\n")
    after = bundle.write(tmp_path / "after.whl")
    rows = record_rows(after)
    with zipfile.ZipFile(after) as archive:
        names = archive.namelist()
        assert set(rows) == set(names)
        assert names.index("small/extra.py") < names.index("small-1.0.dist-info/METADATA")
        assert archive.getinfo("small/extra.py").date_time == DATE
        for name in names:
            if not name.endswith("RECORD"):
                digest = base64.urlsafe_b64encode(hashlib.sha256(archive.read(name)).digest()).rstrip(b"=")
                assert rows[name][1:] == [f"sha256={digest.decode()}", str(len(archive.read(name)))]


def test_an_unrecorded_file_is_left_out_of_record(tmp_path: Path) -> None:
    bundle = open_bundle(wheel(tmp_path, "1.0"))
    bundle.add("small/extra.py", b"Y = 2\n")
    bundle.unrecorded.add("small/extra.py")
    assert "small/extra.py" not in record_rows(bundle.write(tmp_path / "after.whl"))


def test_the_record_of_a_vendored_wheel_is_not_mistaken_for_the_wheels_own(tmp_path: Path) -> None:
    bundle = open_bundle(
        wheel(tmp_path, "1.0", {"small/_vendored/other-1.dist-info/RECORD": b"other.py,,\n"})
    )
    assert isinstance(bundle, ZipBundle)
    assert bundle.record_path() == "small-1.0.dist-info/RECORD"


def test_an_npm_tarball_keeps_its_order_format_and_gzip_header(tmp_path: Path) -> None:
    before = npm(tmp_path, "1.0.0")
    bundle = open_bundle(before)
    bundle.add("package/lib/extra.js", b"void 0;\n")
    after = bundle.write(tmp_path / "after.tgz")
    assert after.read_bytes()[:10] == before.read_bytes()[:10]
    assert gzip.decompress(after.read_bytes())[257:263] == b"ustar\0"
    with tarfile.open(after) as archive:
        assert archive.getnames() == [
            "package/index.js",
            "package/lib/more.js",
            "package/lib/extra.js",
            "package/package.json",
            "package/README.md",
        ]
        assert archive.getmember("package/lib/extra.js").mtime == 1700000000


def test_a_debian_package_has_true_sums_and_keeps_modes(tmp_path: Path) -> None:
    bundle = open_bundle(deb(tmp_path, "1.0"))
    bundle.add("data/usr/lib/small/run", b"#!/bin/sh\n", 0o755)
    bundle.files["data/usr/bin/small"] += b"true\n"
    after = open_bundle(bundle.write(tmp_path / "after.deb"))
    sums = dict(line.split("  ", 1)[::-1] for line in after.files["control/md5sums"].decode().splitlines())
    for path in ("usr/lib/small/run", "usr/bin/small", "usr/share/doc/small/copyright"):
        assert sums[path] == hashlib.md5(after.files[f"data/{path}"], usedforsecurity=False).hexdigest()


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed")
def test_dpkg_reads_the_rewritten_package(tmp_path: Path) -> None:
    bundle = open_bundle(deb(tmp_path, "1.0"))
    bundle.add("data/usr/lib/small/run", b"#!/bin/sh\n", 0o755)
    path = bundle.write(tmp_path / "after.deb")
    done = subprocess.run(["dpkg-deb", "-c", str(path)], capture_output=True, text=True, check=True)
    assert "-rwxr-xr-x" in next(line for line in done.stdout.splitlines() if "usr/lib/small/run" in line)
