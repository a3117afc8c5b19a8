"""A lock file edited by whoever wants something else installed: named, with the line, and blocked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from doorward.formats.locks.interface import Lock, LockedPackage, SourceKind
from doorward.formats.locks.reading import read_lock
from doorward.inspect.lock_rules import findings, settled
from doorward.inspect.updates import Bump, compare_locks
from doorward.model.finding import Finding, Severity

A, B, C = ("sha256:" + letter * 64 for letter in "abc")
PYPI = ("https://pypi.org/simple",)
BASE = LockedPackage("pypi", "sample", "1.0", SourceKind.REGISTRY, PYPI[0], (A,), ("sample-1.0.tar.gz",), 7)


def bump(old: Sequence[LockedPackage], *new: LockedPackage) -> Bump:
    (found,) = compare_locks(Lock("uv.lock", "uv", tuple(old)), Lock("uv.lock", "uv", new))
    return found


def judged(
    old: Sequence[LockedPackage],
    new: LockedPackage,
    published: Sequence[str] | None = None,
    sources: Sequence[str] = PYPI,
) -> list[Finding]:
    known = [package.url for package in old]
    return list(findings(bump(old, new), published=published, sources=sources, known=known))


def rules(found: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.severity.value) for finding in found]


def test_an_honest_update_says_nothing() -> None:
    assert judged([BASE], replace(BASE, version="1.1", hashes=(B,)), [A, B]) == []


def test_an_index_of_the_attackers_is_blocked() -> None:
    evil = replace(BASE, version="1.1", url="https://index.example/simple", hashes=(B,))
    (finding,) = judged([BASE], evil, [B])
    assert (finding.rule, finding.severity) == ("lock.foreign-source", Severity.BLOCK)
    assert finding.title == (
        "sample 1.1 comes from https://index.example/simple, not from the configured registry"
    )
    assert (finding.path, finding.evidence.line, finding.evidence.where) == ("uv.lock", 7, "pypi:sample")
    assert finding.settle.startswith("Ask who added the source and why")
    assert finding.fingerprint.startswith("sha256:")


def test_look_alikes_of_the_index_are_blocked() -> None:
    for url in (
        "https://pypi.org.evil.example/simple",
        "https://pypi.org/simple/../evil",
        "http://pypi.org/simple",
        "https://pypi.org:8443/simple",
        "https://pypi.org@evil.example/simple",
        "https://pypi\u0456.org/simple",
        "https://[",
    ):
        assert rules(judged([BASE], replace(BASE, version="1.1", url=url))) == [
            ("lock.foreign-source", "block")
        ]


def test_spellings_of_the_same_index_are_one() -> None:
    for url in ("https://PyPI.org/simple/", "HTTPS://pypi.org/simple", ""):
        assert judged([BASE], replace(BASE, version="1.1", url=url)) == []


def test_a_configured_index_is_no_stranger() -> None:
    own = "https://index.example/simple"
    assert judged([replace(BASE, url=own)], replace(BASE, version="1.1", url=own), None, (own,)) == []
    # The move between two configured ones is the client's own affair.
    assert judged([BASE], replace(BASE, version="1.1", url=own), None, (own,)) == []


def test_an_index_that_was_in_the_old_lock_is_not_new() -> None:
    own = "https://index.example/simple"
    assert judged([replace(BASE, url=own)], replace(BASE, version="1.1", url=own)) == []


def test_a_private_package_that_now_comes_from_the_public_index_is_blocked() -> None:
    """Dependency confusion, written into the lock."""
    private = replace(BASE, url="https://index.example/simple")
    (finding,) = judged([private], replace(BASE, version="99.0", hashes=(B,)), [B])
    assert (finding.rule, finding.severity) == ("lock.source-changed", Severity.BLOCK)
    assert finding.title == (
        "sample now comes from https://pypi.org/simple; before it came from https://index.example/simple"
    )


def test_a_package_that_moves_to_git_or_an_address_is_blocked() -> None:
    for kind, url in (
        (SourceKind.GIT, "https://git.example/x#abc"),
        (SourceKind.URL, "https://f.example/x.zip"),
    ):
        moved = replace(BASE, version="1.1", kind=kind, url=url)
        assert rules(judged([BASE], moved)) == [("lock.foreign-source", "block")]


def test_another_commit_of_a_known_repository_is_no_stranger() -> None:
    fork = replace(BASE, kind=SourceKind.GIT, url="https://git.example/x.git#abc", hashes=())
    assert judged([fork], replace(fork, url="https://git.example/x#def")) == []


def test_a_package_that_moves_into_the_tree_is_for_review() -> None:
    moved = replace(BASE, kind=SourceKind.PATH, url="vendor/sample.tar.gz", hashes=(B,))
    assert rules(judged([BASE], moved)) == [("lock.source-changed", "review")]


def test_a_digest_that_the_registry_does_not_publish_is_blocked() -> None:
    (finding,) = judged([BASE], replace(BASE, version="1.1", hashes=(B, C)), [B])
    assert (finding.rule, finding.severity) == ("lock.unpublished-digest", Severity.BLOCK)
    assert finding.title == "sample 1.1: the registry does not publish 1 of 2 digests of the lock"
    assert finding.evidence.excerpt == C


def test_a_digest_of_an_algorithm_the_registry_does_not_publish_says_nothing_here() -> None:
    """It is not proved wrong; whether the bytes are the registry's is seen when they are fetched."""
    assert judged([BASE], replace(BASE, version="1.1", hashes=("md5:" + "0" * 32,)), [B]) == []


def test_another_digest_under_the_same_version_is_blocked_even_if_published() -> None:
    (finding,) = judged([BASE], replace(BASE, hashes=(B,)), [B])
    assert (finding.rule, finding.severity) == ("lock.digest-changed", Severity.BLOCK)
    assert finding.title == "sample 1.0 has another digest than before, under the same version"


def test_a_file_added_to_an_old_release_is_for_review() -> None:
    (finding,) = judged([BASE], replace(BASE, hashes=(A, B)), [A, B])
    assert (finding.rule, finding.severity) == ("lock.digest-added", Severity.REVIEW)
    assert finding.title == "sample 1.0 has 1 more file than before, under the same version"


def test_fewer_digests_are_no_change_and_none_at_all_is() -> None:
    both = replace(BASE, hashes=(A, B))
    assert compare_locks(Lock("l", "uv", (both,)), Lock("l", "uv", (BASE,))) == ()
    (finding,) = judged([BASE], replace(BASE, version="1.1", hashes=()), [B])
    assert (finding.rule, finding.severity) == ("lock.digest-lost", Severity.REVIEW)
    assert finding.title == "sample 1.1 has no digest in the lock; 1.0 had one"


def test_the_worst_comes_first() -> None:
    evil = replace(BASE, url="https://index.example/simple", hashes=(A, B))
    assert rules(judged([BASE], evil, [A])) == [
        ("lock.foreign-source", "block"),
        ("lock.unpublished-digest", "block"),
        ("lock.digest-added", "review"),
    ]


def test_settled_are_unchanged_bytes_only() -> None:
    moved = bump([BASE], replace(BASE, url=""))
    assert settled(moved, None)
    assert not settled(bump([BASE], replace(BASE, version="1.1")), [A])
    other_algorithm = bump([BASE], replace(BASE, hashes=("sha512:" + "0" * 128,)))
    assert not settled(other_algorithm, None)
    assert settled(other_algorithm, ["sha512:" + "0" * 128])


def npm(resolved: str) -> LockedPackage:
    entry = {"version": "1.0.0", "resolved": resolved}
    document = {"lockfileVersion": 3, "packages": {"node_modules/sample": entry}}
    return read_lock("package-lock.json", json.dumps(document).encode()).packages[0]


def test_npm_tarballs_elsewhere_are_blocked() -> None:
    old = npm("https://registry.npmjs.org/sample/-/sample-0.9.0.tgz")
    known = [old.url]
    sources = ("https://registry.npmjs.org",)
    for resolved, found in (
        ("https://registry.npmjs.org/sample/-/sample-1.0.0.tgz", []),
        ("https://registry.yarnpkg.com/sample/-/sample-1.0.0.tgz", []),
        ("https://evil.example/sample/-/sample-1.0.0.tgz", ["lock.foreign-source"]),
        ("https://registry.npmjs.org.evil.example/sample/-/sample-1.0.0.tgz", ["lock.foreign-source"]),
        ("https://codeload.example/x/tar.gz/abc", ["lock.foreign-source"]),
        ("http://registry.npmjs.org/sample/-/sample-1.0.0.tgz", ["lock.foreign-source"]),
        ("git+ssh://git@git.example/x.git#abc", ["lock.foreign-source"]),
    ):
        new = npm(resolved)
        changed = bump([replace(old, version="0.9.0")], new)
        told = findings(changed, published=None, sources=sources, known=known)
        assert [finding.rule for finding in told] == found, resolved


def test_a_registry_that_serves_tarballs_without_its_path_is_known_by_its_host() -> None:
    new = npm("https://npm.registry.example/download/@vendor/sample/1.0.0/abc")
    changed = bump([], new)
    sources = ("https://npm.registry.example",)
    assert findings(changed, published=None, sources=sources, known=()) == ()


def test_the_tarball_of_another_package_is_blocked() -> None:
    """`resolved` of one package that points at another's tarball on the very same registry."""
    new = npm("https://registry.npmjs.org/other/-/other-1.0.0.tgz")
    changed = bump([], new)
    told = findings(changed, published=None, sources=("https://registry.npmjs.org",), known=())
    assert [finding.rule for finding in told] == ["lock.foreign-source"]
