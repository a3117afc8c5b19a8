"""Every family on small releases: archives open, the same seed gives the same bytes, all stays inert."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from doorward.drill.bases import BASES, Base
from doorward.drill.bundles import open_bundle
from doorward.drill.families import FAMILIES, Family
from doorward.drill.scene import NoPlace
from doorward.drill.staging import Case, implant, stage
from doorward.errors import Misuse, Outside
from tests.samples.small_releases import deb, npm, sdist, wheel

Maker = Callable[[Path, str], Path]
MAKERS: dict[Base, Maker] = {
    Base.WHEEL: wheel,
    Base.SDIST: sdist,
    Base.SDIST_NATIVE: sdist,
    Base.NPM: npm,
    Base.DEB: deb,
    Base.DEB_NO_SCRIPT: deb,
    **dict.fromkeys((Base.RPM, Base.MSI, Base.CAB), wheel),
    **dict.fromkeys((Base.BUILT_PE, Base.BUILT_PE_TWINS, Base.BUILT_ELF, Base.BUILT_NET), wheel),
}
PLAIN = [family for family in FAMILIES if family.base in MAKERS and not BASES[family.base].programs]
BUILT = [family for family in FAMILIES if family.base in MAKERS and BASES[family.base].programs]
STRUCTURE = {"zip-prepended", "zip-trailing", "zip-differential"}
REAL_DOMAIN = re.compile(rb"\b[a-z0-9-]{2,}\.(?:com|org|net|io|dev|ru|cn|info|xyz|top)\b")


class ProcessTools:
    """Compilers of this machine."""

    def run(self, command: Sequence[str], folder: Path) -> None:
        """Run one."""
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Outside(f"running {command[0]}", found=done.stderr[:300])


def ids(family: Family) -> str:
    return family.name


def made(family: Family, seed: int, folder: Path, tools: ProcessTools | None = None) -> Case:
    folder.mkdir(parents=True, exist_ok=True)
    maker = MAKERS[family.base]
    old, new = maker(folder, "1.0.0"), maker(folder, "1.0.1")
    return stage(family.name, seed, old, new, folder / "out", tools)


def opens(path: Path) -> None:
    """The ordinary tools read it to the end."""
    if path.name.endswith((".whl", ".jar")):
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
    elif path.name.endswith((".tgz", ".tar.gz")):
        with tarfile.open(path) as tar:
            assert tar.getmembers()
    elif path.name.endswith(".deb") and shutil.which("dpkg-deb"):
        subprocess.run(["dpkg-deb", "-c", str(path)], capture_output=True, check=True)


@pytest.mark.parametrize("family", PLAIN, ids=ids)
def test_a_planted_release_opens_differs_and_repeats(family: Family, tmp_path: Path) -> None:
    for seed in range(4):
        case = made(family, seed, tmp_path / f"a{seed}")
        again = made(family, seed, tmp_path / f"b{seed}")
        assert case.new.read_bytes() == again.new.read_bytes()
        assert case.new.read_bytes() != case.clean.read_bytes()
        assert case.touched or family.name in STRUCTURE
        if family.name not in STRUCTURE:
            opens(case.new)
            opens(case.clean)


@pytest.mark.parametrize("family", PLAIN, ids=ids)
def test_what_is_planted_is_valid_source_and_names_no_real_host(family: Family, tmp_path: Path) -> None:
    for seed in range(4):
        case = made(family, seed, tmp_path / str(seed))
        if family.name in STRUCTURE:
            continue
        before, after = open_bundle(case.clean).files, open_bundle(case.new).files
        for path in case.touched:
            known = set(before.get(path, b"").split(b"\n"))
            fresh = b"\n".join(line for line in after.get(path, b"").split(b"\n") if line not in known)
            text = b"\n".join(line for line in fresh.split(b"\n") if line.isascii() and len(line) < 4000)
            assert not REAL_DOMAIN.search(text.replace(b"java.net", b"")), (path, seed)
            if path.endswith(".py"):
                ast.parse(after[path])
            if path.endswith("package.json"):
                assert json.loads(after[path])["name"] == "small"


@pytest.mark.parametrize("family", BUILT, ids=ids)
def test_built_families_give_three_releases_and_repeat(family: Family, tmp_path: Path) -> None:
    absent = [program for program in BASES[family.base].programs if shutil.which(program) is None]
    if absent:
        pytest.skip(f"not installed: {', '.join(absent)}")
    case = made(family, 1, tmp_path / "a", ProcessTools())
    again = made(family, 1, tmp_path / "b", ProcessTools())
    assert len({case.old.read_bytes(), case.clean.read_bytes(), case.new.read_bytes()}) == 3
    assert case.touched
    for one, other in ((case.old, again.old), (case.clean, again.clean), (case.new, again.new)):
        opens(one)
        # msibuild stamps the time of day into the summary; everything else repeats to the byte.
        assert family.base is Base.MSI or one.read_bytes() == other.read_bytes()


def test_the_plain_call_gives_the_path_of_the_newer_release(tmp_path: Path) -> None:
    old, new = wheel(tmp_path, "1.0.0"), wheel(tmp_path, "1.0.1")
    before = new.read_bytes()
    path = implant("py-pth", 3, old, new, tmp_path / "out")
    assert path == tmp_path / "out" / "new" / "small-1.0.1-py3-none-any.whl"
    assert any(name.endswith(".pth") for name in zipfile.ZipFile(path).namelist())
    assert new.read_bytes() == before


def test_a_release_without_a_place_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    old, new = npm(tmp_path, "1.0.0"), npm(tmp_path, "1.0.1")
    with pytest.raises(
        NoPlace, match=r"family js-native-swapped; expected an ELF \.node program; found none"
    ):
        stage("js-native-swapped", 0, old, new, tmp_path / "out")


def test_a_family_that_compiles_says_so_when_it_is_given_no_compiler(tmp_path: Path) -> None:
    old, new = wheel(tmp_path, "1.0.0"), wheel(tmp_path, "1.0.1")
    with pytest.raises(
        Misuse, match=r"family elf-ifunc; expected compilers \(argument `tools`\); found none"
    ):
        stage("elf-ifunc", 0, old, new, tmp_path / "out")


def test_scratch_files_do_not_stay_behind(tmp_path: Path) -> None:
    old, new = wheel(tmp_path, "1.0.0"), wheel(tmp_path, "1.0.1")
    stage("py-downloader", 0, old, new, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["new", "old"]
