"""Manifests: what else is pulled in, who says so, and what the registry says of the release.

Rule: a dependency is its name, not its version; what installs by default is told from what somebody
has to ask for; anything taken from outside of the registry is named with its address. Formats: core
metadata 2.x, PEP 621 and PEP 517 tables, requirements files, npm's package.json, Debian control files
and rpm headers. Only the package's own manifest counts, not those of copies bundled within it: they
are not resolved when it is installed.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from typing import ClassVar

from doorward.inspect.probes.hooks_gather import depth, gathered, hook, text_of
from doorward.inspect.probes.interface import Subject
from doorward.inspect.probes.manifest_kinds import (
    ALIAS,
    BUILD,
    CONFUSABLE,
    DEVELOPMENT,
    DIRECT_URL,
    EXTRA,
    KINDS,
    LINK,
    LISTED,
    LISTED_URL,
    NEW,
    PERSON,
    REGISTRY_KINDS,
)
from doorward.inspect.probes.manifest_names import (
    Requirement,
    confusable_pairs,
    debian_names,
    npm_requirement,
    pep503,
    python_requirement,
)
from doorward.inspect.probes.reach_names import host_name, registered_domain
from doorward.model.trait import Evidence, Trait, TraitKind

__all__ = ["ManifestProbe", "registry_traits"]

METADATA = re.compile(r"(?:^|!/)(?:[^/!]+/){0,3}(?:METADATA|PKG-INFO|requires\.txt)\Z")
REQUIREMENTS = re.compile(
    r"(?:^|/)(?:[\w.-]*requirements[\w.-]*\.(?:txt|in)|requirements/[^/]+\.(?:txt|in))\Z"
)
DEB_CONTROL = re.compile(r"(?:(?:^|/)control\.tar[^/!]*!/(?:\./)?|(?:^|/)DEBIAN/)control\Z")
RPM_HEADER = re.compile(r"(?:^|/)\.rpm/header\.json\Z")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
URL_HOST = re.compile(r"https?://(?:[^/@\s]*@)?([^/\s:]+)")
FIELD = re.compile(r"([A-Za-z][\w-]*):[ \t]*(.*)")
FORGES = frozenset({"github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "sr.ht"})
ROOTED = frozenset({"package.json", "npm-shrinkwrap.json", "pyproject.toml"})


class ManifestProbe:
    """Reads the package's own manifests."""

    name: ClassVar[str] = "manifest"
    version: ClassVar[int] = 1
    kinds: ClassVar[tuple[TraitKind, ...]] = KINDS

    def accepts(self, path: str, head: bytes) -> bool:  # noqa: ARG002 - manifests are known by place and name
        """The manifest of the package itself, and requirements files anywhere."""
        if path.rsplit("/", 1)[-1] in ROOTED:
            return depth(path) <= 1
        return any(pattern.search(path) for pattern in (METADATA, REQUIREMENTS, DEB_CONTROL, RPM_HEADER))

    def examine(self, subject: Subject) -> Iterator[Trait]:
        """Yield each dependency, person and link once."""
        yield from gathered(self.read(subject), subject.limits.max_traits)

    def read(self, subject: Subject) -> Iterator[Trait]:
        """Dispatch by the manifest's format; one that its own tools could not read says nothing."""
        text, base, path = text_of(subject), subject.base, subject.path
        if base in {"METADATA", "PKG-INFO"}:
            yield from core_metadata(text)
        elif base == "requires.txt":
            yield from requires_txt(text)
        elif base == "pyproject.toml":
            yield from pyproject(text)
        elif base in {"package.json", "npm-shrinkwrap.json", "header.json"}:
            document = json_object(text)
            yield from rpm_header(document) if RPM_HEADER.search(path) else npm_manifest(document)
        elif DEB_CONTROL.search(path):
            yield from debian_control(text)
        elif REQUIREMENTS.search(path):
            yield from requirements_file(text)


def json_object(text: str) -> dict[str, object]:
    """The object of a JSON document; empty if it is none."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def fields(text: str) -> Iterator[tuple[int, str, str]]:
    """(line, name in lower case, value) of header fields, continuations joined, up to a blank line."""
    name, value, begun = "", "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            break
        if line[:1].isspace():
            value += " " + line.strip()
        elif match := FIELD.match(line):
            if name:
                yield begun, name, value
            name, value, begun = match[1].lower(), match[2].strip(), number
    if name:
        yield begun, name, value


def core_metadata(text: str) -> Iterator[Trait]:
    """Core metadata: Requires-Dist, people, links."""
    names: list[str] = []
    for number, name, value in fields(text):
        if name in {"requires-dist", "requires"}:
            requirement = python_requirement(value)
            if requirement:
                names.append(requirement.name)
                yield from required(requirement, EXTRA if requirement.optional else NEW, value, number)
        elif name == "name":
            names.append(pep503(value))
        elif name in {"author", "author-email", "maintainer", "maintainer-email"}:
            yield from people(value, number)
        elif name in {"home-page", "download-url", "project-url"}:
            yield from link(value, number)
    yield from confusables(names)


def requires_txt(text: str) -> Iterator[Trait]:
    """A requires.txt of setuptools: sections are extras or markers."""
    kind = NEW
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("["):
            kind = NEW if line.startswith("[:") else EXTRA
        elif line.strip():
            requirement = python_requirement(line)
            if requirement:
                yield from required(requirement, kind, line, number)


def pyproject(text: str) -> Iterator[Trait]:
    """Tables that tools act on: build-system, project, poetry's own."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    project = table(document.get("project"))
    names = [pep503(str(project.get("name", "")))]
    for line in strings(project.get("dependencies")):
        requirement = python_requirement(line)
        if requirement:
            names.append(requirement.name)
            yield from required(requirement, NEW, line)
    for extra in table(project.get("optional-dependencies")).values():
        yield from python_list(extra, EXTRA)
    yield from python_list(table(document.get("build-system")).get("requires"), BUILD)
    for group in table(document.get("dependency-groups")).values():
        yield from python_list(group, DEVELOPMENT)
    poetry = table(table(document.get("tool")).get("poetry"))
    for name, spec in table(poetry.get("dependencies")).items():
        if name != "python":
            url = (
                next((str(spec[key]) for key in ("url", "git", "path") if key in spec), "")
                if isinstance(spec, dict)
                else ""
            )
            yield from required(Requirement(pep503(name), url), NEW, f"{name} = {spec!r}")
    yield from confusables(names)


def table(value: object) -> dict[str, object]:
    """The value if it is a table, else an empty one."""
    return value if isinstance(value, dict) else {}


def strings(value: object) -> Iterator[str]:
    """The strings of a list."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, str))


def python_list(value: object, kind: TraitKind) -> Iterator[Trait]:
    """Requirements of one list."""
    for line in strings(value):
        requirement = python_requirement(line)
        if requirement:
            yield from required(requirement, kind, line)


def requirements_file(text: str) -> Iterator[Trait]:
    """Requirements files of pip: names, URLs, other indexes."""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split(" #", 1)[0].strip()
        option = re.match(r"(?:-i|--index-url|--extra-index-url|-f|--find-links)[ =]+(\S+)", line)
        if option:
            yield hook(LISTED_URL, option[1], raw, line=number)
        line = re.sub(r"\A(?:-e|--editable)[ =]+", "", line)
        if not line or line.startswith(("#", "-")):
            continue
        requirement = python_requirement(line)
        if requirement:
            yield from required(requirement, LISTED, raw, number)


def npm_manifest(document: dict[str, object]) -> Iterator[Trait]:
    """Tables of a package.json; optional and peer dependencies are installed by default."""
    names = [str(document.get("name", ""))]
    kinds = {"dependencies": NEW, "optionalDependencies": NEW, "peerDependencies": NEW}
    optional = table(document.get("peerDependenciesMeta"))
    for section, kind in (kinds | {"devDependencies": DEVELOPMENT}).items():
        for name, spec in table(document.get(section)).items():
            requirement = npm_requirement(name, version_of(spec))
            if kind is NEW:
                names.append(name)
            weak = section == "peerDependencies" and bool(table(optional.get(name)).get("optional"))
            yield from required(requirement, EXTRA if weak else kind, f"{section}: {name}: {spec}")
    author = document.get("author")
    for person in (author, document.get("maintainers"), document.get("contributors")):
        yield from people(json.dumps(person), None)
    repository = document.get("repository")
    for place in (document.get("homepage"), repository):
        yield from link(json.dumps(place), None)
    yield from confusables(names)


def version_of(spec: object) -> str:
    """The specification of a table entry; shrinkwrap files put it in an object."""
    if isinstance(spec, dict):
        resolved = str(spec.get("version", ""))
        return resolved if ":" in resolved else "*"
    return str(spec)


def debian_control(text: str) -> Iterator[Trait]:
    """The binary package's control file."""
    kinds = {"depends": NEW, "pre-depends": NEW, "recommends": EXTRA, "suggests": LISTED, "enhances": LISTED}
    for number, name, value in fields(text):
        if name in kinds:
            for one in re.split(r"[,|]", value):
                for package in debian_names(one):
                    yield hook(kinds[name], package, f"{name}: {one.strip()}", line=number)
        elif name in {"maintainer", "uploaders", "original-maintainer"}:
            yield from people(value, number)
        elif name in {"homepage", "vcs-git"}:
            yield from link(value, number)


def rpm_header(document: dict[str, object]) -> Iterator[Trait]:
    """Requirements of an rpm header, without the ones that rpm itself and the linker make."""
    tags = {key.lower(): value for key, value in document.items()}
    for key, kind in (
        ("requires", NEW),
        ("requirename", NEW),
        ("recommends", EXTRA),
        ("recommendname", EXTRA),
    ):
        for name in strings(tags.get(key)):
            plain = name.split()[0] if name.split() else ""
            if plain and not plain.startswith(("rpmlib(", "config(", "/")) and ".so" not in plain:
                yield hook(kind, plain, name)
    for key in ("packager", "vendor"):
        yield from people(str(tags.get(key, "")), None)
    yield from link(str(tags.get("url", "")), None)


def required(
    requirement: Requirement, kind: TraitKind, excerpt: str, line: int | None = None
) -> Iterator[Trait]:
    """The traits of one dependency."""
    if requirement.name:
        yield hook(kind, requirement.name, excerpt, line=line)
    if requirement.url and kind is not DEVELOPMENT:
        yield hook(LISTED_URL if kind is LISTED else DIRECT_URL, requirement.url, excerpt, line=line)
    if requirement.alias and requirement.alias != requirement.name:
        yield hook(ALIAS, f"{requirement.alias} = {requirement.name}", excerpt, line=line)


def confusables(names: Iterable[str]) -> Iterator[Trait]:
    """Pairs that a reader would take for each other."""
    for one, other in confusable_pairs(names):
        yield hook(CONFUSABLE, f"{one} and {other}", f"{one}\n{other}")


def people(value: str, line: int | None) -> Iterator[Trait]:
    """E-mail addresses, in lower case."""
    for match in EMAIL.finditer(value):
        yield hook(PERSON, match[0].lower(), value, line=line)


def link(value: str, line: int | None) -> Iterator[Trait]:
    """Where the project says it lives: a domain, and the owner's name on forges."""
    for match in URL_HOST.finditer(value):
        host = host_name(match[1].encode())
        if not host:
            continue
        key = registered_domain(host)
        if key in FORGES:
            owner = re.match(r"/([\w.-]+)", value[match.end() :])
            key = f"{key}/{owner[1].lower()}" if owner else key
        yield hook(LINK, key, value, line=line)


def registry_traits(facts: Iterable[tuple[str, str]]) -> Iterator[Trait]:
    """What the registry says of a release, as traits to compare with the forerunner's.

    Args:
        facts: `Artifact.facts`. Compare only with a forerunner that has facts too: a file from disk
            has none, and nothing follows from their absence.
    """
    kinds = {kind.name: kind for kind in REGISTRY_KINDS}
    for fact, value in sorted(set(facts)):
        name = {
            ("provenance", "absent"): "provenance.absent",
            ("install-script", "present"): "registry.install-script",
        }.get((fact, value)) or {"publisher": "registry.publisher", "maintainer": "registry.maintainer"}.get(
            fact
        )
        if name in kinds:
            key = value if fact in {"publisher", "maintainer"} else fact
            yield Trait(name, key, evidence=Evidence(where="registry", excerpt=f"{fact}: {value}"))
