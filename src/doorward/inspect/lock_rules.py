"""What a lock file says by itself against one of its changes: the rules that need no inspection.

Whoever edits a lock edits its digests too, so the lock alone proves nothing. Blocked by rule, and only
where *new* in this lock: a source other than the configured registry; a digest that the registry does
not publish for that version; another digest under an unchanged version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from doorward.formats.locks.interface import LockedPackage, SourceKind
from doorward.inspect.updates import Bump
from doorward.model.finding import Finding, Severity
from doorward.model.trait import Channel, Evidence

__all__ = ["RULES", "findings", "settled"]

DEFAULT_SOURCES = {
    "pypi": ("https://pypi.org/simple",),
    "npm": ("https://registry.npmjs.org", "https://registry.yarnpkg.com"),
}
"""Public registries (the second is an alias of the first): a lock names them whatever mirror is set up."""
RULES = {
    "lock.foreign-source": (
        (
            "The lock takes this package from a place that neither this machine's configuration nor the "
            "old lock names. Whoever controls that place decides what is installed."
        ),
        "A private registry, a fork or a mirror that this machine is not set up with.",
        "Ask who added the source and why; if it is meant, set the client up with it and run this again.",
    ),
    "lock.source-changed": (
        "The same name from another place may be another package: that is how dependency confusion works.",
        "A move to or from a mirror, a fork with a fix, or a package that became part of the project.",
        "Compare the two places' files for this version, and ask who made the change.",
    ),
    "lock.unpublished-digest": (
        (
            "The lock pins bytes that the registry does not offer for this version. From a cache, a proxy or "
            "another index they would pass the installer's check."
        ),
        "A file that was removed from the release since, or a private build of the same version.",
        "Make the lock again from the registry and compare: the digest should not come back.",
    ),
    "lock.digest-changed": (
        "A published release does not change; other bytes under its version are another release.",
        "A registry or mirror that builds the files anew, which is a fault of its own.",
        "Fetch both files, if the old one can still be had, and inspect one against the other.",
    ),
    "lock.digest-added": (
        "A file added to an old release reaches everybody who pinned it, and few look at it.",
        "Wheels for a new Python or platform, added after the release.",
        "Inspect the added file against its twins of the same release.",
    ),
    "lock.digest-lost": (
        "Without a digest the installer takes whatever the registry or a proxy gives.",
        "Another version of the tool that writes the lock.",
        "Make the lock again with digests.",
    ),
}
"""Rule → why it matters, what else it could be, what would settle it."""
IN_PLACE = (SourceKind.PATH, SourceKind.WORKSPACE)


def findings(
    bump: Bump, *, published: Sequence[str] | None, sources: Sequence[str], known: Iterable[str]
) -> tuple[Finding, ...]:
    """What the lock itself says against a bump, worst first.

    Args:
        bump: the change.
        published: every digest the registry publishes for the new version; None if it was not asked
            or did not answer, which the caller reports as not examined.
        sources: registries from which this machine is set up to take the package.
        known: addresses of all entries of the old lock: what was there before is not new.
    """
    if bump.new is None:
        return ()
    found = [*_of_source(bump, bump.new, sources, frozenset(known)), *_of_digests(bump, bump.new, published)]
    return tuple(sorted(found, key=lambda finding: -list(Severity).index(finding.severity)))


def _of_source(
    bump: Bump, new: LockedPackage, sources: Sequence[str], known: frozenset[str]
) -> Iterator[Finding]:
    """1. The source is one that is configured, or was in the old lock. 2. It did not move unsaid."""
    configured = (*sources, *DEFAULT_SOURCES[new.ecosystem])
    place = _shown_source(new)
    seen = _place(new.url) in {_place(url) for url in known}
    if new.kind not in IN_PLACE and not seen and not _is_configured(new, configured):
        what = f"{new.name} {new.version}".strip()
        title = f"{what} comes from {place}, not from the configured registry"
        yield _finding(bump, "lock.foreign-source", Severity.BLOCK, title, place)
        return
    before = bump.forerunner
    if before is None or (_is_configured(before, configured) and _is_configured(new, configured)):
        return
    if before.kind is not new.kind or _place(before.url) != _place(new.url):
        severity = Severity.REVIEW if new.kind in IN_PLACE else Severity.BLOCK
        title = f"{new.name} now comes from {place}; before it came from {_shown_source(before)}"
        yield _finding(bump, "lock.source-changed", severity, title, place)


def _of_digests(bump: Bump, new: LockedPackage, published: Sequence[str] | None) -> Iterator[Finding]:
    """1. The registry publishes what is pinned. 2. An unchanged version keeps its own. 3. None is lost."""
    if new.kind in {SourceKind.REGISTRY, SourceKind.URL} and published is not None:
        wrong = _unpublished(new, published)
        if wrong:
            count = f"{len(wrong)} of {len(new.hashes)} digests"
            title = f"{new.name} {new.version}: the registry does not publish {count} of the lock"
            yield _finding(bump, "lock.unpublished-digest", Severity.BLOCK, title, wrong[0])
    same = [entry for entry in bump.old if entry.version == new.version and entry.kind is new.kind]
    if same:
        yield from _of_same_version(bump, new, {digest for entry in same for digest in entry.hashes})
    before = bump.forerunner
    if before is not None and before.hashes and not new.hashes and new.kind is SourceKind.REGISTRY:
        title = f"{new.name} {new.version} has no digest in the lock; {before.version} had one"
        yield _finding(bump, "lock.digest-lost", Severity.REVIEW, title, "")


def _unpublished(new: LockedPackage, published: Sequence[str]) -> list[str]:
    """Digests of the lock that the registry does not publish, of the algorithms that it publishes."""
    offered = {digest.partition(":")[0] for digest in published}
    return [
        digest
        for digest in new.hashes
        if digest.partition(":")[0] in offered and digest not in set(published)
    ]


def _of_same_version(bump: Bump, new: LockedPackage, before: set[str]) -> Iterator[Finding]:
    """A digest may come to an unchanged version, never take another's place: releases do not change."""
    algorithms = {digest.partition(":")[0] for digest in before}
    came = [
        digest for digest in new.hashes if digest not in before and digest.partition(":")[0] in algorithms
    ]
    if came and before - set(new.hashes):
        title = f"{new.name} {new.version} has another digest than before, under the same version"
        yield _finding(bump, "lock.digest-changed", Severity.BLOCK, title, came[0])
    elif came:
        files = f"{len(came)} more file" + ("" if len(came) == 1 else "s")
        title = f"{new.name} {new.version} has {files} than before, under the same version"
        yield _finding(bump, "lock.digest-added", Severity.REVIEW, title, came[0])


def _finding(bump: Bump, rule: str, severity: Severity, title: str, excerpt: str) -> Finding:
    why, innocent, settle = RULES[rule]
    identity = f"{rule}\0{bump.ecosystem}\0{bump.name}\0{bump.new_version}\0{excerpt}"
    return Finding(
        rule=rule,
        severity=severity,
        title=title,
        path=bump.path,
        evidence=Evidence(
            where=f"{bump.ecosystem}:{bump.name}",
            line=bump.new.line or None if bump.new else None,
            excerpt=excerpt,
        ),
        explanation=why,
        rarity="",
        attack=("T1195.002",),
        channel=Channel.DEPENDENCY.value,
        weight=100.0 if severity is Severity.BLOCK else 50.0,
        innocent=innocent,
        settle=settle,
        fingerprint="sha256:" + hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest(),
    )


def _shown_source(package: LockedPackage) -> str:
    return package.url or {SourceKind.REGISTRY: "the default registry"}.get(package.kind, package.kind.value)


def _is_configured(package: LockedPackage, sources: Iterable[str]) -> bool:
    """Whether a package comes from one of these registries.

    A tarball whose address does not show its registry's counts if it lies on the registry's host, unless
    it is plainly that of another package (`/other/-/other-1.0.0.tgz`).
    """
    if package.kind is SourceKind.REGISTRY:
        return not package.url or _place(package.url) in {_place(url) for url in sources}
    return (
        package.kind is SourceKind.URL
        and package.ecosystem == "npm"
        and "/-/" not in package.url
        and _host(package.url) in {_host(url) for url in sources}
    )


def _place(url: str) -> str:
    """An address without what does not tell places apart: case of scheme and host, final slash, commit."""
    bare = url.partition("#")[0].partition("?")[0].rstrip("/")
    try:
        parts = urlsplit(bare)
    except ValueError:
        return bare
    return (
        parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()).geturl().removesuffix(".git")
    )


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.netloc}".lower()


def settled(bump: Bump, published: Sequence[str] | None) -> bool:
    """Whether the bytes are the old ones, so that there is nothing to inspect.

    True for an unchanged version whose digests are those of the old lock, or all published.
    """
    new = bump.new
    if new is None or new.kind is not SourceKind.REGISTRY or not new.hashes:
        return new is None
    same = [entry.hashes for entry in bump.old if entry.version == new.version]
    if not same:
        return False
    return new.hashes in same or (published is not None and set(new.hashes) <= set(published))
