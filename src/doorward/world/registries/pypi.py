"""PyPI and every index that speaks its simple API: `doorward.ports.Registry` for Python packages.

Asks PEP 691 JSON, else PEP 503 HTML; takes digests, upload times (PEP 700), yanks (PEP 592) and
provenance (PEP 740) from it. The first configured index that has the version wins; the digest that
index publishes must be that of the bytes. Never reads metadata by building anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from packaging.utils import canonicalize_name
from packaging.version import Version

from doorward.errors import Misuse, Outside, Undecided
from doorward.model.artifact import Artifact
from doorward.world.http import Missing
from doorward.world.network import host_of, is_loopback, without_secrets
from doorward.world.registries.catalogue import Catalogue, Facts, Release
from doorward.world.registries.settings import PypiSettings
from doorward.world.registries.shelf import Shelf
from doorward.world.registries.simple_page import PROVENANCE_PAGE, python_version, read_page, read_publishers
from doorward.world.registries.wheel_choice import Choice, choose

__all__ = ["PypiRegistry"]

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
MAX_INDEX_PAGE = 64 * 1024**2
"""Bytes of one project's page; the largest on PyPI are near 20 MB."""
MAX_PROVENANCE = 4 * 1024**2


class PypiRegistry:
    """Python packages from the indexes that pip and uv are set up with."""

    ecosystem = "pypi"

    def __init__(self, settings: PypiSettings, shelf: Shelf) -> None:
        self._settings = settings
        self._shelf = shelf

    def sources(self, name: str) -> tuple[str, ...]:
        """Addresses of the configured indexes; the project's own are not among them."""
        del name
        return tuple(without_secrets(url) for url in self._settings.indexes)

    def versions(self, name: str) -> tuple[str, ...]:
        """All versions with at least one file, oldest first, as the first index that knows it says.

        Raises:
            Undecided: no index knows the package.
            Unreachable: no answer.
        """
        found: dict[Version, str] = {}
        for catalogue in self._catalogues(name):
            for release in catalogue.releases:
                found.setdefault(Version(release.version), release.version)
        if not found:
            raise self._unknown(name)
        return tuple(found[version] for version in sorted(found))

    def published(self, name: str, version: str) -> tuple[str, ...]:
        """Every digest that the registry publishes for this version's files, sorted."""
        files = self._release(name, version)[1].files
        return tuple(sorted({digest for remote in files for digest in remote.digests}))

    def fetch(self, name: str, version: str, wanted: str) -> Artifact:
        """Bring one file of a release to this machine; see `doorward.ports.Registry`."""
        catalogue, release = self._release(name, version)
        choice = choose(release.files, wanted)
        spelled = f"pypi:{catalogue.name}=={release.version}"
        if choice is None:
            names = ", ".join(remote.file_name for remote in release.files[:8])
            raise Undecided(
                f"choosing a file of {spelled} from {catalogue.source}",
                expected=wanted or "a wheel for this machine, or an sdist",
                found=f"{len(release.files)} others: {names}" if names else "no file",
                next_step="name one of these files, or a platform such as manylinux_2_28_x86_64",
            )
        kept = self._shelf.bring(choice.remote, ask=f"doorward inspect {spelled}")
        return Artifact(
            name=catalogue.name,
            version=release.version,
            ecosystem=self.ecosystem,
            path=str(kept.path),
            file_name=choice.remote.file_name,
            digest=f"sha256:{kept.sha256}",
            size=kept.size,
            origin=spelled,
            facts=self._facts(catalogue, release, choice),
        )

    def _facts(self, catalogue: Catalogue, release: Release, choice: Choice) -> Facts:
        facts = {
            *release.facts,
            *choice.remote.facts,
            ("source", catalogue.source),
            ("chosen", choice.reason),
        }
        for page in [value for name, value in choice.remote.facts if name == PROVENANCE_PAGE]:
            facts.discard((PROVENANCE_PAGE, page))
            facts |= {("publisher", name) for name in self._publishers(page)}
        parts = urlsplit(catalogue.source)
        if parts.scheme == "http" and not is_loopback(host_of(parts)):
            facts.add(("transport", "http: neither index nor digest is authenticated"))
        return tuple(sorted(facts))

    def _publishers(self, page: str) -> tuple[str, ...]:
        """Who attested the file, as its provenance names them; what cannot be asked is not said."""

        def ask() -> bytes:
            return self._shelf.client.get(page, limit=MAX_PROVENANCE).body

        try:
            return read_publishers(self._shelf.document(f"provenance {without_secrets(page)}", ask))
        except (Undecided, Outside):
            return ()

    def _release(self, name: str, version: str) -> tuple[Catalogue, Release]:
        sought = python_version(version)
        if sought is None:
            raise Misuse(
                f"reading pypi:{name}=={version}",
                expected="a version after PEP 440",
                found=ascii(version),
                next_step=f"write it as on the index: pypi:{name}==1.2.3",
            )
        newest = ""
        for catalogue in self._catalogues(name):
            for release in catalogue.releases:
                newest = release.version
                if Version(release.version) == sought:
                    return catalogue, release
        if not newest:
            raise self._unknown(name)
        raise Undecided(
            f"looking for pypi:{name}=={version} in {', '.join(self.sources(name))}",
            expected="that version",
            found=f"others, the newest {newest}",
            next_step="check the version, or the index URL in pip's configuration",
        )

    def _unknown(self, name: str) -> Undecided:
        return Undecided(
            f"looking for pypi:{name} in {', '.join(self.sources(name))}",
            expected="a package of that name with at least one file",
            found="none",
            next_step="check the spelling, or the index URL in pip's configuration",
        )

    def _catalogues(self, name: str) -> Iterator[Catalogue]:
        """What each index says of the package, in their order; those that do not know it left out."""
        project = canonicalize_name(name)
        if not project or not project.replace("-", "").replace(".", "").isalnum() or not project.isascii():
            raise Misuse(
                "reading a package name",
                expected="letters, digits, `.`, `-` and `_`",
                found=ascii(name[:80]),
                next_step="write it as on the index: pypi:name==1.2.3",
            )
        for index in (*self._settings.indexes, *self._settings.project_indexes):
            self._refuse_plain_http(index)
            source = without_secrets(index)

            def ask(index: str = index, source: str = source) -> Catalogue:
                try:
                    answer = self._shelf.client.get(
                        f"{index.rstrip('/')}/{project}/", limit=MAX_INDEX_PAGE, accept=ACCEPT
                    )
                except Missing:
                    return Catalogue(project, source, ())
                return read_page(answer, project, source)

            yield self._shelf.catalogue(f"{source} {project}", ask, ask=f"doorward inspect pypi:{project}")

    def _refuse_plain_http(self, index: str) -> None:
        parts = urlsplit(index)
        host = host_of(parts)
        trusted = {host, parts.hostname} & set(self._settings.plain_http_hosts)
        if parts.scheme == "http" and not is_loopback(host) and not trusted:
            raise Misuse(
                f"asking the index {without_secrets(index)}",
                expected="an https address, as pip demands",
                found="http",
                next_step=f"use https, or name {host} as `trusted-host` in pip's configuration",
            )
