"""Manifests: dependencies by name, people, links, and what the registry says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from doorward.inspect.probes.manifest import ManifestProbe, registry_traits
from doorward.inspect.probes.manifest_names import (
    Requirement,
    confusable_pairs,
    debian_names,
    npm_requirement,
    python_requirement,
)
from tests.samples.subjects import keys, traits

PROBE = ManifestProbe()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Foo_Bar>=1.0", Requirement("foo-bar")),
        ("foo[extra1,extra2] (<2)", Requirement("foo")),
        ("foo ; python_version < '3.9'", Requirement("foo")),
        ("foo>=1; extra == 'test'", Requirement("foo", optional=True)),
        ("foo @ https://user:pw@x.test/foo.whl#sha256=1", Requirement("foo", "https://x.test/foo.whl")),
        ("git+https://x.test/y.git@main#egg=y_z", Requirement("y-z", "git+https://x.test/y.git@main")),
    ],
)
def test_pep_508(text: str, expected: Requirement) -> None:
    assert python_requirement(text) == expected


@pytest.mark.parametrize(
    ("name", "spec", "expected"),
    [
        ("a", "^1.0.0", Requirement("a")),
        ("a", "npm:@s/b@^2", Requirement("@s/b", alias="a")),
        ("a", "git+ssh://git@x.test/a.git#v1", Requirement("a", "git+ssh://x.test/a.git")),
        ("a", "https://x.test/a.tgz", Requirement("a", "https://x.test/a.tgz")),
        ("a", "owner/repo#main", Requirement("a", "owner/repo")),
        ("a", "file:../a", Requirement("a", "file:../a")),
        ("a", "workspace:*", Requirement("a")),
        ("a", "latest", Requirement("a")),
    ],
)
def test_npm_specifications(name: str, spec: str, expected: Requirement) -> None:
    assert npm_requirement(name, spec) == expected


def test_debian_names_lose_soname_numbers() -> None:
    field = "libc6 (>= 2.34), libssl3t64 (>= 3.0), a | b, python3:any, libstdc++6"
    assert list(debian_names(field)) == ["libc", "libssl", "a", "b", "python3", "libstdc++"]


def test_core_metadata(tmp_path: Path) -> None:
    text = (
        "Metadata-Version: 2.1\nName: example-pkg\nAuthor-email: A B <A.B@Vendor.Example>\n"
        "Project-URL: Home, https://github.com/Owner/repo\nHome-page: https://www.vendor.example\n"
        "Requires-Dist: alpha>=1\nRequires-Dist: beta; extra == 'x'\nRequires-Dist: gamma @ https://x.test/g.whl\n"
        "\nRequires-Dist: not-a-header\n"
    )
    found = traits(PROBE, tmp_path, "example_pkg-1.dist-info/METADATA", text)
    assert keys(found, "dependency.new") == ["alpha", "gamma"]
    assert keys(found, "dependency.extra") == ["beta"]
    assert keys(found, "dependency.direct-url") == ["https://x.test/g.whl"]
    assert keys(found, "manifest.person") == ["a.b@vendor.example"]
    assert keys(found, "manifest.link") == ["github.com/owner", "vendor.example"]


def test_a_changed_constraint_is_no_new_dependency(tmp_path: Path) -> None:
    path = "p-1.dist-info/METADATA"
    old = traits(PROBE, tmp_path, path, "Name: p\nRequires-Dist: alpha>=1\n")
    new = traits(PROBE, tmp_path, path, "Name: p\nRequires-Dist: Alpha[x]>=2,!=2.1 ; python_version > '3'\n")
    assert [(t.kind, t.key) for t in old] == [(t.kind, t.key) for t in new] == [("dependency.new", "alpha")]


def test_package_json(tmp_path: Path) -> None:
    package = {
        "name": "x",
        "dependencies": {"alpha": "^1", "beta": "git+https://x.test/b.git", "gamma": "npm:delta@1"},
        "optionalDependencies": {"opt": "1"},
        "peerDependencies": {"peer": "1", "maybe": "1"},
        "peerDependenciesMeta": {"maybe": {"optional": True}},
        "devDependencies": {"dev": "git+https://x.test/d.git"},
        "author": "A <a@x.test>",
        "repository": {"url": "git+https://github.com/own/er.git"},
    }
    found = traits(PROBE, tmp_path, "package/package.json", json.dumps(package))
    assert keys(found, "dependency.new") == ["alpha", "beta", "delta", "opt", "peer"]
    assert keys(found, "dependency.extra") == ["maybe"]
    assert keys(found, "dependency.direct-url") == ["git+https://x.test/b.git"]
    assert keys(found, "dependency.alias") == ["gamma = delta"]
    assert keys(found, "dependency.development") == ["dev"]
    assert keys(found, "manifest.person") == ["a@x.test"]
    assert keys(found, "manifest.link") == ["github.com/own"]


def test_pyproject(tmp_path: Path) -> None:
    text = (
        '[build-system]\nrequires = ["backend>=1"]\n[project]\nname = "x"\ndependencies = ["alpha"]\n'
        '[project.optional-dependencies]\nt=["beta"]\n[dependency-groups]\nd=["gamma", {include-group="t"}]\n'
        '[tool.poetry.dependencies]\npython = "*"\ndelta = {git = "https://x.test/d.git"}\n'
    )
    found = traits(PROBE, tmp_path, "x-1/pyproject.toml", text)
    assert keys(found, "dependency.new") == ["alpha", "delta"]
    assert keys(found, "dependency.extra") == ["beta"]
    assert keys(found, "dependency.build") == ["backend"]
    assert keys(found, "dependency.development") == ["gamma"]
    assert keys(found, "dependency.direct-url") == ["https://x.test/d.git"]


def test_requires_txt_and_requirements(tmp_path: Path) -> None:
    found = traits(
        PROBE,
        tmp_path,
        "x-1/x.egg-info/requires.txt",
        "alpha>=1\n\n[:python_version<'3']\nbeta\n\n[doc]\ngamma\n",
    )
    assert (keys(found, "dependency.new"), keys(found, "dependency.extra")) == (["alpha", "beta"], ["gamma"])
    text = "-i https://i.test/s\nalpha==1 --hash=sha256:0\n-r o.txt\n-e git+https://x.test/b#egg=b\n"
    found = traits(PROBE, tmp_path, "x-1/requirements-dev.txt", text)
    assert keys(found, "dependency.listed") == ["alpha", "b"]
    assert keys(found, "dependency.listed-url") == ["https://i.test/s", "git+https://x.test/b"]


def test_deb_and_rpm(tmp_path: Path) -> None:
    control = (
        "Package: x\nMaintainer: M <m@d.example>\nDepends: libc6 (>= 2), alpha,\n beta\nRecommends: gamma\n"
    )
    found = traits(PROBE, tmp_path, "control.tar.xz!/control", control)
    assert keys(found, "dependency.new") == ["libc", "alpha", "beta"]
    assert keys(found, "dependency.extra") == ["gamma"]
    shown = {trait.key: (trait.evidence.line, trait.evidence.excerpt) for trait in found}
    assert (shown["libc"], shown["beta"]) == ((3, "depends: libc6 (>= 2)"), (3, "depends: beta"))
    header = {
        "requires": ["libc.so.6()(64bit)", "rpmlib(X)", "/bin/sh", "alpha >= 1"],
        "url": "https://x.example/",
    }
    found = traits(PROBE, tmp_path, ".rpm/header.json", json.dumps(header))
    assert keys(found, "dependency.new") == ["alpha"]
    assert keys(found, "manifest.link") == ["x.example"]


def test_names_one_letter_apart_are_confusable() -> None:
    assert list(confusable_pairs(["reqeusts", "requests"])) == [("reqeusts", "requests")]
    assert list(confusable_pairs(["co1ors", "colors"])) == [("co1ors", "colors")]
    assert list(confusable_pairs(["modern", "modem"])) == [("modem", "modern")]
    assert list(confusable_pairs(["boost1", "boost2", "ws", "ms", "alpha", "omega"])) == []


@pytest.mark.parametrize(
    "path",
    ["pkg/_vendor/x-1.dist-info/METADATA/z", "pkg/a/b/c/d/x.dist-info/METADATA", "package/a/b/package.json"],
)
def test_manifests_of_bundled_copies_are_not_resolved(path: str) -> None:
    assert not PROBE.accepts(path, b"")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package/package.json", "[" * 5000),
        ("x-1/pyproject.toml", "a = [\n"),
        ("package/package.json", "[1]"),
        ("x-1/PKG-INFO", ""),
    ],
)
def test_what_no_tool_could_read_says_nothing(tmp_path: Path, path: str, text: str) -> None:
    assert traits(PROBE, tmp_path, path, text) == []


def test_registry_facts_are_traits() -> None:
    facts = [
        ("publisher", "eve"),
        ("provenance", "absent"),
        ("maintainer", "a"),
        ("maintainer", "b"),
        ("yanked", "no"),
        ("install-script", "present"),
    ]
    found = [(trait.kind, trait.key) for trait in registry_traits(facts)]
    assert found == [
        ("registry.install-script", "install-script"),
        ("registry.maintainer", "a"),
        ("registry.maintainer", "b"),
        ("provenance.absent", "provenance"),
        ("registry.publisher", "eve"),
    ]
    assert list(registry_traits([("provenance", "present")])) == []
