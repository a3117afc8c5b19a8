"""Attacks on manifests: a dependency that tries not to look new, or not to look foreign."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from doorward.inspect.probes.manifest import ManifestProbe
from tests.samples.subjects import keys, traits

PROBE = ManifestProbe()


@pytest.mark.parametrize(
    "line",
    [
        "Requires-Dist: Evil_Pkg",
        "requires-dist:evil.pkg>=1",
        "Requires-Dist: evil-pkg\n  ; python_version > '3'",
        "REQUIRES-DIST:  EVIL--PKG (==1)",
    ],
)
def test_spellings_of_one_name_are_one_dependency(tmp_path: Path, line: str) -> None:
    found = traits(PROBE, tmp_path, "x-1.dist-info/METADATA", f"Name: x\n{line}\n")
    assert keys(found, "dependency.new") == ["evil-pkg"]


@pytest.mark.parametrize(
    "spec",
    ["git+https://x.test/a", "git@x.test:a/b.git", "http://x.test/a.tgz", "file:./a.tgz", "own/er", "../a"],
)
def test_a_dependency_from_elsewhere(tmp_path: Path, spec: str) -> None:
    text = json.dumps({"name": "x", "dependencies": {"safe-name": spec}})
    assert len(keys(traits(PROBE, tmp_path, "package/package.json", text), "dependency.direct-url")) == 1


def test_a_shrinkwrap_that_resolves_elsewhere(tmp_path: Path) -> None:
    text = json.dumps(
        {"name": "x", "dependencies": {"a": {"version": "https://x.test/a.tgz"}, "b": {"version": "1.0.0"}}}
    )
    found = traits(PROBE, tmp_path, "package/npm-shrinkwrap.json", text)
    assert keys(found, "dependency.direct-url") == ["https://x.test/a.tgz"]


def test_an_alias_names_what_is_really_installed(tmp_path: Path) -> None:
    text = json.dumps({"name": "x", "dependencies": {"known": "npm:unknown@1"}})
    found = traits(PROBE, tmp_path, "package/package.json", text)
    assert (keys(found, "dependency.new"), keys(found, "dependency.alias")) == (
        ["unknown"],
        ["known = unknown"],
    )


def test_the_last_of_two_equal_keys_counts_as_for_npm(tmp_path: Path) -> None:
    text = '{"dependencies": {"shown": "1"}, "dependencies": {"used": "1"}}'
    assert keys(traits(PROBE, tmp_path, "package/package.json", text), "dependency.new") == ["used"]


def test_credentials_in_an_address_are_not_repeated_in_keys(tmp_path: Path) -> None:
    text = "Name: x\nRequires-Dist: a @ https://user:secret@x.test/a.whl\n"
    assert keys(traits(PROBE, tmp_path, "x-1.dist-info/METADATA", text), "dependency.direct-url") == [
        "https://x.test/a.whl"
    ]
