"""Archives that exhaust or deceive: never clear, never a crash, and the message names what was met."""

from __future__ import annotations

import gzip
import json
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.samples import hostile_archives as hostile
from tests.samples.hostile_place import Place

FILES = {
    "small/__init__.py": b'"""Small."""\n',
    "small/core.py": b"X = 1\n",
    "small/more.py": b"Y = 2\n",
}
WHOLE = hostile.plain_zip(FILES)


def inspected(place: Place, old: Path, new: Path, *words: str) -> tuple[int, dict[str, Any]]:
    told = place.inspect(old, new, "--format", "json", *words)
    assert told.err == "", told
    report = json.loads(told.out)
    assert {"clear": 0, "review": 1, "block": 1, "undecided": 3}[report["verdict"]] == told.code
    return told.code, report


def reasons(report: dict[str, Any]) -> str:
    return "\n".join(f"{row['path']}: {row['reason']}" for row in report["coverage"]["not_examined"])


def rules(report: dict[str, Any]) -> set[str]:
    return {finding["rule"] for finding in report["findings"]}


def tarred(files: dict[str, bytes]) -> bytes:
    out = b""
    for path, data in files.items():
        member = tarfile.TarInfo(path)
        member.size = len(data)
        out += hostile.tar_of(member, data=data)[: 512 + (len(data) + 511) // 512 * 512]
    return out + bytes(1024)


@pytest.mark.parametrize(
    ("name", "data", "rule"),
    [
        ("small-2.0.zip", hostile.hidden_directory(WHOLE), "zip."),
        ("small-2.0.zip", hostile.twice(FILES, "small/core.py"), "path.duplicate"),
        ("small-2.0.zip", hostile.differing_local_name(WHOLE, "small/core.py"), "zip."),
        ("small-2.0.zip", hostile.prepended(WHOLE), "zip.prepended-bytes"),
        ("small-2.0.zip", WHOLE + b"behind" * 9, "zip.trailing-bytes"),
        (
            "small-2.0.tar",
            hostile.pax_override("small/core.py", "small/evil.py", b"X = 1\n"),
            "tar.name-disagreement",
        ),
        ("small-2.0.tar", hostile.trailing_member(tarred(FILES), "small/late.py"), "tar.trailing-member"),
        ("small-2.0.tar.gz", gzip.compress(tarred(FILES)) + b"behind" * 9, "gz.trailing-bytes"),
    ],
)
def test_two_readers_two_contents_blocks(place: Place, name: str, data: bytes, rule: str) -> None:
    old, new = place.here / name.replace("2.0", "1.0"), place.here / name
    old.write_bytes(
        {"zip": WHOLE, "tar": tarred(FILES), "gz": gzip.compress(tarred(FILES))}[name.rpartition(".")[2]]
    )
    new.write_bytes(data)
    code, report = inspected(place, old, new)
    assert (code, report["verdict"]) == (1, "block")
    assert any(found.startswith(rule) for found in rules(report)), rules(report)


def test_an_encrypted_archive_is_undecided_and_names_its_members(place: Place, good: Path) -> None:
    old, new = place.here / "small-1.0.zip", place.here / "small-2.0.zip"
    old.write_bytes(WHOLE)
    new.write_bytes(hostile.encrypted(WHOLE))
    code, report = inspected(place, old, new)
    assert (code, report["verdict"]) == (3, "undecided")
    assert "small/core.py: " in reasons(report)
    assert "encrypted" in reasons(report)
    told = place.inspect(old, new)
    assert told.code == 3
    assert "UNDECIDED" in told.out
    assert "encrypted" in told.out
    del good


@pytest.mark.parametrize("form", ["zst", "xz"])
def test_a_bomb_of_one_stream_is_stopped_at_a_named_limit(place: Place, good: Path, form: str) -> None:
    (bomb := place.here / f"bomb-2.0.tar.{form}").write_bytes(hostile.zeros(160 * 1024 * 1024, form))
    assert bomb.stat().st_size < 100_000
    began = time.monotonic()
    told = place.inspect(good, bomb)
    assert told.code == 3, told
    assert "max_ratio" in told.out + told.err
    assert time.monotonic() - began < 60


@pytest.mark.parametrize(
    ("limit", "name", "size"),
    [("max_total_bytes", "total", 3 << 20), ("max_member_bytes", "member", 3 << 20)],
)
def test_what_is_over_a_limit_is_named_with_it(
    place: Place, good: Path, limit: str, name: str, size: int
) -> None:
    new = place.here / f"{name}-2.0.zip"
    new.write_bytes(hostile.plain_zip({**FILES, "small/large.bin": bytes(size)}))
    code, report = inspected(place, good, new, "--limit", f"{limit}=2000000")
    assert (code, report["verdict"]) == (3, "undecided")
    assert limit in reasons(report)


def test_entries_that_share_their_bytes_are_a_bomb_and_a_finding(place: Place, good: Path) -> None:
    (bomb := place.here / "bomb-2.0.zip").write_bytes(hostile.multiplied_zip(3_000, 20 << 20))
    assert bomb.stat().st_size < 200_000
    began = time.monotonic()
    code, report = inspected(place, good, bomb)
    assert (code, report["verdict"]) == (1, "block")
    assert all(rule.startswith("zip.") for rule in rules(report)), rules(report)
    assert "(limit max_ratio)" in reasons(report)
    assert time.monotonic() - began < 60


def test_ten_thousand_archives_within_each_other(place: Place, good: Path) -> None:
    (deep := place.here / "deep-2.0.tar").write_bytes(hostile.deep_tar(10_000))
    code, report = inspected(place, good, deep)
    assert code in {1, 3}
    assert "(limit max_depth)" in reasons(report)
    assert report["coverage"]["members"] < 20


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("deep.py", "X = " + "(" * 10_000 + ")" * 10_000 + "\n"),
        ("deep.js", "x = " + "[" * 10_000 + "]" * 10_000 + ";\n"),
        ("package.json", "[" * 10_000 + "]" * 10_000),
        ("deep.sh", "$(" * 10_000 + ")" * 10_000 + "\n"),
        ("deep.ps1", "(" * 10_000 + ")" * 10_000 + "\n"),
        ("pyproject.toml", "a = " + "[" * 10_000 + "]" * 10_000 + "\n"),
        ("/".join(["d"] * 1_500) + "/deep.py", "X = 1\n"),
    ],
)
def test_ten_thousand_brackets_within_each_other(place: Place, name: str, text: str) -> None:
    old, new = place.here / "small-1.0.zip", place.here / "small-2.0.zip"
    old.write_bytes(WHOLE)
    new.write_bytes(hostile.plain_zip({**FILES, name: text.encode()}))
    code, report = inspected(place, old, new)
    assert code in {0, 1, 3}
    assert "crashed" not in reasons(report), reasons(report)


@pytest.mark.parametrize("form", ["zip", "tar.gz"])
def test_a_million_members(place: Place, good: Path, form: str) -> None:
    new = place.here / f"crowd-2.0.{form}"
    if form == "zip":
        new.write_bytes(hostile.crowded_zip(1_000_000))
    else:
        hostile.crowded_tar(new, 1_000_000)
    told = place.inspect(good, new, "--limit", "max_members=2000")
    assert told.code == 3, told
    assert "max_members" in told.out + told.err


@pytest.mark.parametrize("make", [hostile.hidden_directory, hostile.encrypted, hostile.prepended])
def test_a_forerunner_that_deceives_does_not_end_the_run(
    place: Place, good: Path, make: Callable[[bytes], bytes]
) -> None:
    (old := place.here / "odd-0.9.zip").write_bytes(make(WHOLE))
    code, _ = inspected(place, old, good)
    assert code in {0, 1, 3}
