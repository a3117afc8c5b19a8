"""Which file of a release is taken, and in which order versions stand."""

from __future__ import annotations

import random

import pytest
from packaging.tags import sys_tags

from doorward.world.registries import debian_version, semver
from doorward.world.registries.catalogue import Catalogue, Release, Remote, spelled_digests
from doorward.world.registries.wheel_choice import choose
from tests.adversary.packages import seeded


def files(*names: str) -> list[Remote]:
    return [Remote(name, f"https://files.example/{name}", ()) for name in names]


NATIVE = files(
    "sample-1.0.tar.gz",
    "sample-1.0-cp38-cp38-win_amd64.whl",
    "sample-1.0-cp311-cp311-win_amd64.whl",
    "sample-1.0-cp311-cp311-win32.whl",
    "sample-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "sample-1.0-cp311-cp311-manylinux_2_28_x86_64.whl",
    "sample-1.0-cp311-cp311-manylinux_2_34_x86_64.whl",
    "sample-1.0-cp311-cp311-musllinux_1_1_x86_64.whl",
    "sample-1.0-cp311-cp311-macosx_11_0_arm64.whl",
    "sample-1.0-cp36-abi3-manylinux_2_17_aarch64.whl",
    "sample-1.0-not a wheel.whl",
)


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("cp311-win_amd64", "sample-1.0-cp311-cp311-win_amd64.whl"),
        ("cp38-win_amd64", "sample-1.0-cp38-cp38-win_amd64.whl"),
        ("cp311-cp311-win_amd64", "sample-1.0-cp311-cp311-win_amd64.whl"),
        ("cp311-win32", "sample-1.0-cp311-cp311-win32.whl"),
        ("cp311-manylinux_2_28_x86_64", "sample-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"),
        (
            "cp311-manylinux_2_17_x86_64",
            "sample-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        ),
        (
            "cp311-manylinux2014_x86_64",
            "sample-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        ),
        ("cp311-musllinux_1_2_x86_64", "sample-1.0-cp311-cp311-musllinux_1_1_x86_64.whl"),
        ("cp311-macosx_14_0_arm64", "sample-1.0-cp311-cp311-macosx_11_0_arm64.whl"),
        ("cp313-manylinux_2_28_aarch64", "sample-1.0-cp36-abi3-manylinux_2_17_aarch64.whl"),
        ("win32", "sample-1.0-cp311-cp311-win32.whl"),
        ("sdist", "sample-1.0.tar.gz"),
        ("sample-1.0-cp311-cp311-win32.whl", "sample-1.0-cp311-cp311-win32.whl"),
    ],
)
def test_named_platforms(wanted: str, name: str) -> None:
    for turn in range(4):
        shuffled = NATIVE.copy()
        seeded(turn).shuffle(shuffled)
        choice = choose(shuffled, wanted)
        assert choice is not None
        assert choice.remote.file_name == name


def test_a_platform_without_a_wheel_falls_back_and_says_so() -> None:
    choice = choose(NATIVE, "cp311-win_arm64")
    assert choice is not None
    assert (choice.remote.file_name, choice.reason) == (
        "sample-1.0.tar.gz",
        "sdist, because none of 10 wheels fits cp311-win_arm64",
    )
    only = choose(files("sample-1.0.zip"), "")
    assert only is not None
    assert (only.remote.file_name, only.reason) == (
        "sample-1.0.zip",
        "sdist, because the release has no wheel",
    )


def test_what_has_no_substitute() -> None:
    assert choose(NATIVE, "sample-9.9.tar.gz") is None
    assert choose(NATIVE[1:3], "sdist") is None
    assert choose(NATIVE[1:3], "cp311-win_arm64") is None
    assert choose([], "") is None


def test_this_machines_wheel_is_the_most_specific() -> None:
    best = next(iter(sys_tags()))
    names = [f"sample-1.0-{best}.whl", "sample-1.0-py3-none-any.whl", "sample-1.0.tar.gz"]
    choice = choose(files(*names), "")
    assert choice is not None
    assert (choice.remote.file_name, choice.reason) == (names[0], "wheel for this machine")


def test_the_higher_build_number_wins() -> None:
    names = ["sample-1.0-2-py3-none-any.whl", "sample-1.0-10-py3-none-any.whl", "sample-1.0-py3-none-any.whl"]
    choice = choose(files(*names), "")
    assert choice is not None
    assert choice.remote.file_name == names[1]


def test_semantic_versions_in_order() -> None:
    """The example of semver.org, section 11, and what is none."""
    ordered = [
        "nonsense",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.1+build",
        "1.2.0",
        "1.10.0",
        "2.0.0",
    ]
    mixed = ordered.copy()
    random.Random(5).shuffle(mixed)  # noqa: S311 - any order will do
    assert sorted(mixed, key=semver.order) == ordered


def test_debian_versions_in_order() -> None:
    """Debian Policy 5.6.12: `~~ < ~~a < ~ < (nothing) < a`, and numbers by value."""
    ordered = [
        "1.0~~",
        "1.0~~a",
        "1.0~",
        "1.0~rc1",
        "1.0",
        "1.0-1~bpo1",
        "1.0-1",
        "1.0-1+b1",
        "1.0-1+deb12u1",
        "1.0-2",
        "1.0a",
        "1.0+dfsg-1",
        "1.9",
        "1.10",
        "1.10.1",
        "2",
        "1:0.1",
    ]
    mixed = ordered.copy()
    random.Random(5).shuffle(mixed)  # noqa: S311 - any order will do
    assert sorted(mixed, key=debian_version.order) == ordered


def test_catalogues_survive_being_kept() -> None:
    remote = Remote(
        "sample-1.0.tar.gz", "https://files.example/x", ("sha256:" + "0" * 64,), 5, (("yanked", "x"),)
    )
    catalogue = Catalogue("sample", "https://index.example", (Release("1.0", (remote,), (("a", "b"),)),))
    assert Catalogue.load(catalogue.dump()) == catalogue


def test_digests_have_one_spelling() -> None:
    assert spelled_digests({"sha256": "A" * 64, "md5": "b" * 32, "crc": "c", "sha1": "short"}) == (
        "md5:" + "b" * 32,
        "sha256:" + "a" * 64,
    )
