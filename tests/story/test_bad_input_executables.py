"""Programs that are broken at random places: every one is looked at, none stops the run or passes unseen."""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.samples import native
from tests.samples.hostile_place import Place

COUNT = 30
CLASS = "public class Unit { public static int Count(string text) { return text.Length; } }"


def elf(folder: Path) -> bytes:
    return native.shared_object(folder, native.BASE)


def pe(folder: Path) -> bytes:
    return native.dll(folder, native.BASE)


def dotnet(folder: Path) -> bytes:
    return native.assembly(folder, CLASS)


def broken(data: bytes, seed: int) -> bytes:
    """The program with some bytes changed, most of them in its headers, and now and then an end too early."""
    chance = random.Random(seed)  # noqa: S311 -- seeds for tests, no secrets
    changed = bytearray(data)
    for _ in range(chance.randint(1, 24)):
        reach = len(changed) if chance.random() < 0.3 else min(len(changed), 1024)
        changed[chance.randrange(reach)] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
    return bytes(changed[: chance.randrange(64, len(changed))] if chance.random() < 0.2 else changed)


@pytest.mark.parametrize("make", [elf, pe, dotnet], ids=["elf", "pe", "dotnet"])
def test_broken_programs_never_stop_the_run(
    place: Place, tmp_path: Path, make: Callable[[Path], bytes]
) -> None:
    program = make(tmp_path)
    old, new = place.here / "unit-1.0.zip", place.here / "unit-1.1.zip"
    with zipfile.ZipFile(old, "w") as archive:
        archive.writestr("bin/whole.dll", program)
    with zipfile.ZipFile(new, "w") as archive:
        archive.writestr("bin/whole.dll", program)
        for seed in range(COUNT):
            archive.writestr(f"bin/broken{seed}.dll", broken(program, seed))
    told = place.inspect(old, new, "--format", "json")
    assert told.code in {0, 1, 3}, told
    report = json.loads(told.out)
    assert report["coverage"]["examined"] == COUNT
    for left in report["coverage"]["not_examined"]:
        assert "crashed" not in left["reason"], left
