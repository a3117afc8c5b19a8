"""A new dependency that no code names is told apart from one that was needed."""

from __future__ import annotations

import pytest

from doorward.inspect.unused import code_members, spellings, unused_drifts
from doorward.model.artifact import Member, MemberKind
from doorward.model.drift import Drift, Scope
from doorward.model.trait import Trait


def needs(name: str, scope: Scope = Scope.PACKAGE) -> Drift:
    return Drift("package/package.json", "package/package.json", scope, Trait("dependency.new", name))


@pytest.mark.parametrize(
    ("name", "imported"),
    [
        ("python-dateutil", "dateutil"),
        ("PyYAML", "yaml"),
        ("typing-extensions", "typing_extensions"),
        ("zope-interface", "zope.interface"),
        ("backports-zstd", "from backports import zstd"),
        ("@scope/left-pad", "@scope/left-pad"),
        ("fastapi-cli", "fastapi_cli"),
    ],
)
def test_names_are_looked_for_as_code_spells_them(name: str, imported: str) -> None:
    assert imported in spellings(name)


def test_a_dependency_that_no_code_names_is_unused() -> None:
    looked_for = {text: set[int]() for text in spellings("plain-helper")}
    (drift,) = unused_drifts([needs("plain-helper")], looked_for)
    assert (drift.trait.kind, drift.trait.key) == ("dependency.unused", "plain-helper")


def test_a_dependency_that_code_names_is_not() -> None:
    looked_for = {text: {3} if text == "plain_helper" else set[int]() for text in spellings("plain-helper")}
    assert unused_drifts([needs("plain-helper")], looked_for) == []


def test_only_what_is_new_to_the_package_is_asked_about() -> None:
    assert unused_drifts([needs("x", Scope.FILE), needs("y", Scope.GROWN)], {}) == []


def test_manifests_name_dependencies_without_using_them() -> None:
    paths = ["package/package.json", "package/lib/a.js", "p-1.dist-info/METADATA", "p/b.py", "p/logo.png"]
    members = [Member(path, MemberKind.FILE, 5, "sha256:0") for path in paths]
    assert [m.path for m in code_members(members)] == ["package/lib/a.js", "p/b.py"]
