"""The npm registry and those that speak its API: `doorward.ports.Registry` for npm packages.

Asks the full packument, for the abbreviated one says nothing of who published, when, and with what
provenance. Bytes are held against `dist.integrity` (Subresource Integrity, sha512); SHA-1 alone is
not enough. The tarball's address is the registry's word and may be on another host, which gets
no credentials then. Install scripts are noted as a fact and never run.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from doorward.errors import Misuse, Undecided
from doorward.model.artifact import Artifact
from doorward.world.http import Missing
from doorward.world.network import host_of, is_loopback, joined, without_secrets
from doorward.world.registries.catalogue import (
    Catalogue,
    Facts,
    Release,
    Remote,
    plain_file_name,
    spelled_digests,
)
from doorward.world.registries.semver import order
from doorward.world.registries.settings import NpmSettings
from doorward.world.registries.shelf import Shelf

__all__ = ["NpmRegistry"]

MAX_PACKUMENT = 256 * 1024**2
"""Bytes; the largest packuments are near 100 MB."""
NAME = re.compile(r"(?:@[a-z0-9~!'()*_.-]+/)?[a-z0-9~!'()*_.-]+", re.IGNORECASE)
"""Old packages have capitals, and marks that `validate-npm-package-name` calls legacy."""
INSTALL_SCRIPTS = ("preinstall", "install", "postinstall")
"""What npm runs for a dependency that comes from a registry."""


class NpmRegistry:
    """npm packages from the registries that npm is set up with."""

    ecosystem = "npm"

    def __init__(self, settings: NpmSettings, shelf: Shelf) -> None:
        self._settings = settings
        self._shelf = shelf

    def sources(self, name: str) -> tuple[str, ...]:
        """The address of the registry configured for this name; the project's own is not among them."""
        scope = name.partition("/")[0]
        return (without_secrets(dict(self._settings.scopes).get(scope, self._settings.registry)),)

    def versions(self, name: str) -> tuple[str, ...]:
        """All versions, in the order of semantic versioning.

        Raises:
            Undecided: the registry does not know the package.
            Unreachable: no answer.
        """
        return tuple(release.version for release in self._catalogue(name).releases)

    def published(self, name: str, version: str) -> tuple[str, ...]:
        """Every digest that the registry publishes for this version, sorted."""
        return self._release(name, version)[1].files[0].digests

    def fetch(self, name: str, version: str, wanted: str) -> Artifact:
        """Bring a release to this machine; see `doorward.ports.Registry`. npm has one file for each."""
        catalogue, release = self._release(name, version)
        remote = release.files[0]
        spelled = f"npm:{name}@{version}"
        if wanted not in {"", remote.file_name}:
            raise Undecided(
                f"choosing a file of {spelled}",
                expected=wanted,
                found=f"only {remote.file_name}",
                next_step="leave the platform out: npm publishes one file for each version",
            )
        kept = self._shelf.bring(remote, ask=f"doorward inspect {spelled}")
        facts = {*release.facts, ("source", catalogue.source)}
        parts = urlsplit(catalogue.source)
        if parts.scheme == "http" and not is_loopback(host_of(parts)):
            facts.add(("transport", "http: neither index nor digest is authenticated"))
        return Artifact(
            name=name,
            version=version,
            ecosystem=self.ecosystem,
            path=str(kept.path),
            file_name=remote.file_name,
            digest=f"sha256:{kept.sha256}",
            size=kept.size,
            origin=spelled,
            facts=tuple(sorted(facts)),
        )

    def _release(self, name: str, version: str) -> tuple[Catalogue, Release]:
        catalogue = self._catalogue(name)
        for release in catalogue.releases:
            if release.version == version:
                return catalogue, release
        raise Undecided(
            f"looking for npm:{name}@{version} in {catalogue.source}",
            expected="that version",
            found=f"others, the newest {catalogue.releases[-1].version}",
            next_step="check the version, or the registry in .npmrc",
        )

    def _registry_for(self, name: str) -> str:
        """Scope in the user's files, scope in the project's, the project's registry, the user's."""
        scope = name.partition("/")[0]
        own, project = dict(self._settings.scopes), dict(self._settings.project_scopes)
        return own.get(scope) or project.get(scope) or project.get("*") or self._settings.registry

    def _catalogue(self, name: str) -> Catalogue:
        if not NAME.fullmatch(name) or ".." in name or name.startswith("."):
            raise Misuse(
                "reading a package name",
                expected="an npm name, with its @scope/ if it has one",
                found=ascii(name[:80]),
                next_step="write it as on the registry: npm:name@1.2.3",
            )
        registry = self._registry_for(name)
        source = without_secrets(registry)
        url = f"{registry.rstrip('/')}/{quote(name, safe='@')}"

        def ask() -> Catalogue:
            try:
                body = self._shelf.client.get(url, limit=MAX_PACKUMENT, accept="application/json").body
            except Missing as error:
                raise self._unknown(name, source) from error
            return read_packument(body, name, source, registry)

        catalogue = self._shelf.catalogue(f"{source} {name}", ask, ask=f"doorward inspect npm:{name}")
        if not catalogue.releases:
            raise self._unknown(name, source)
        return catalogue

    @staticmethod
    def _unknown(name: str, source: str) -> Undecided:
        return Undecided(
            f"looking for npm:{name} in {source}",
            expected="a package of that name",
            found="none",
            next_step="check the spelling, or the registry in .npmrc",
        )


def read_packument(body: bytes, name: str, source: str, registry: str) -> Catalogue:
    """All releases that a packument lists.

    Args:
        body: the packument.
        name: the package that was asked for; another's packument is refused.
        source: the registry, for messages.
        registry: the registry's address, from which relative tarball addresses count.

    Raises:
        Undecided: not a packument of this package.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _unreadable(name, source, "JSON", f"bytes that are none ({type(error).__name__})") from error
    versions = document.get("versions") if isinstance(document, dict) else None
    if not isinstance(versions, dict) or document.get("name") != name:
        raise _unreadable(name, source, f"a packument with `name` {name} and `versions`", "another shape")
    times = document.get("time")
    attested = any(_attestations(manifest) for manifest in versions.values())
    releases = [
        Release(
            version,
            (_remote(manifest, name, source, registry),),
            _facts(manifest, times.get(version) if isinstance(times, dict) else None, attested=attested),
        )
        for version, manifest in versions.items()
        if isinstance(manifest, dict)
    ]
    return Catalogue(name, source, tuple(sorted(releases, key=lambda release: order(release.version))))


def _remote(manifest: dict[str, Any], name: str, source: str, registry: str) -> Remote:
    dist = manifest.get("dist")
    tarball = dist.get("tarball") if isinstance(dist, dict) else None
    if not isinstance(dist, dict) or not isinstance(tarball, str):
        raise _unreadable(name, source, "`dist.tarball` for each version", "one without")
    url = joined(registry.rstrip("/") + "/", tarball)
    if not url:
        raise _unreadable(name, source, "an http or https tarball", ascii(tarball[:80]))
    # The SHA-1 vouches for nothing, but an old lock file may hold just that.
    digests = {*_integrity(dist.get("integrity")), *spelled_digests({"sha1": dist.get("shasum") or ""})}
    return Remote(
        plain_file_name(unquote(urlsplit(url).path.rpartition("/")[2]), source), url, tuple(sorted(digests))
    )


def _integrity(text: Any) -> tuple[str, ...]:
    """`sha512-<base64> sha1-<base64>` of Subresource Integrity as `sha512:<hex>`; options dropped."""
    found = {}
    for part in text.split() if isinstance(text, str) else ():
        algorithm, _, value = part.partition("-")
        try:
            found[algorithm] = base64.b64decode(value.partition("?")[0], validate=True).hex()
        except (binascii.Error, ValueError):
            continue
    return spelled_digests(found)


def _attestations(manifest: Any) -> bool:
    dist = manifest.get("dist") if isinstance(manifest, dict) else None
    return isinstance(dist, dict) and isinstance(dist.get("attestations"), dict)


def _facts(manifest: dict[str, Any], published: Any, *, attested: bool) -> Facts:
    """What this version's manifest says; `provenance: absent` only where the registry knows of it.

    A mirror that drops attestations must not make every update look as if it had lost its own.
    """
    facts = []
    if isinstance(published, str):
        facts.append(("published", published[:40]))
    if _attestations(manifest):
        facts.append(("provenance", "present"))
    elif attested:
        facts.append(("provenance", "absent"))
    publisher = manifest.get("_npmUser")
    if isinstance(publisher, dict) and isinstance(publisher.get("name"), str):
        facts.append(("publisher", publisher["name"][:200]))
    maintainers = manifest.get("maintainers")
    facts.extend(
        ("maintainer", person["name"][:200])
        for person in (maintainers if isinstance(maintainers, list) else ())
        if isinstance(person, dict) and isinstance(person.get("name"), str)
    )
    deprecated = manifest.get("deprecated")
    if deprecated:
        facts.append(("deprecated", deprecated[:500] if isinstance(deprecated, str) else "no reason given"))
    scripts = manifest.get("scripts")
    runs = isinstance(scripts, dict) and any(scripts.get(name) for name in INSTALL_SCRIPTS)
    if runs or manifest.get("hasInstallScript") is True or manifest.get("gypfile") is True:
        facts.append(("install-script", "present"))
    return tuple(facts)


def _unreadable(name: str, source: str, expected: str, found: str) -> Undecided:
    return Undecided(
        f"reading what {source} says of npm:{name}",
        expected=expected,
        found=found,
        next_step="check the registry in .npmrc",
    )
