"""One project's page of a Python index, as JSON (PEP 691, 700, 714, 740) or HTML (PEP 503, 592).

What it lists is data from a server that may lie: a file name with a path in it is refused, a link
to anything but http or https is refused, a file that names another project is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from doorward.errors import Undecided
from doorward.world.http import Answer
from doorward.world.network import joined
from doorward.world.registries.catalogue import (
    Catalogue,
    Facts,
    Release,
    Remote,
    plain_file_name,
    spelled_digests,
)
from doorward.world.registries.wheel_choice import SDIST_SUFFIXES

__all__ = ["PROVENANCE_PAGE", "python_version", "read_page", "read_publishers"]

MAX_FILES = 200_000
"""Files of one project; the most prolific on PyPI have about 20,000."""
PROVENANCE_PAGE = "provenance-page"
"""A fact of the catalogue's own: where a file's provenance lies. It is not handed on."""
PROVENANCE_SINCE = (1, 3)
"""Simple API version from which a missing `provenance` says that there is none (PEP 740)."""


def read_page(answer: Answer, project: str, source: str) -> Catalogue:
    """All releases that a project's page lists.

    Args:
        answer: the page; relative links count from its address.
        project: the name, normalised.
        source: the index, for the catalogue and for messages.

    Raises:
        Undecided: neither of the two formats, or a file name with a path in it.
    """
    kind = _header(answer, "content-type").partition(";")[0].strip().lower()
    remotes, facts = _read_json(answer, source) if kind.endswith("json") else _read_html(answer, source)
    by_version: dict[Version, list[Remote]] = {}
    for remote in remotes:
        version = _version_of(remote.file_name, project)
        if version is not None:
            by_version.setdefault(version, []).append(remote)
    releases = tuple(
        Release(str(version), tuple(sorted(files, key=lambda remote: remote.file_name)), facts)
        for version, files in sorted(by_version.items())
    )
    return Catalogue(project, source, releases)


def python_version(text: str) -> Version | None:
    """The version after PEP 440, or None."""
    try:
        return Version(text)
    except InvalidVersion:
        return None


def read_publishers(body: bytes) -> tuple[str, ...]:
    """Who attested a file, from its provenance object (PEP 740): `GitHub owner/repository workflow`."""
    try:
        bundles = json.loads(body)["attestation_bundles"]
        publishers = [bundle["publisher"] for bundle in bundles]
        found = {
            " ".join(str(publisher[key]) for key in ("kind", "repository", "workflow") if publisher.get(key))
            for publisher in publishers
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ()
    return tuple(sorted(text[:500] for text in found if text))


def _read_json(answer: Answer, source: str) -> tuple[list[Remote], Facts]:
    page = _object(answer.body, source)
    api = _api_version(page)
    files = page.get("files")
    if api is None or api[0] != 1 or not isinstance(files, list) or len(files) > MAX_FILES:
        raise _unreadable(source, "a page of the simple API, version 1", "JSON of another shape")
    status = page.get("project-status")
    state = status.get("status") if isinstance(status, dict) else None
    facts: Facts = (("status", state[:100]),) if isinstance(state, str) and state != "active" else ()
    return [_remote(entry, answer.url, source, api) for entry in files], facts


def _object(body: bytes, source: str) -> dict[str, Any]:
    try:
        page = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _unreadable(source, "JSON", f"bytes that are none ({type(error).__name__})") from error
    if not isinstance(page, dict):
        raise _unreadable(source, "a JSON object", "another JSON value")
    return page


def _api_version(page: Mapping[str, Any]) -> tuple[int, int] | None:
    meta = page.get("meta")
    stated = meta.get("api-version") if isinstance(meta, dict) else None
    major, dot, minor = stated.partition(".") if isinstance(stated, str) else ("", "", "")
    fits = dot and (major + minor).isascii() and (major + minor).isdecimal() and len(major + minor) < 9
    return (int(major), int(minor)) if fits and major and minor else None


def _remote(entry: Any, base: str, source: str, api: tuple[int, int]) -> Remote:
    if not isinstance(entry, dict):
        raise _unreadable(source, "a list of file objects", f"{type(entry).__name__} in it")
    name, url, hashes = entry.get("filename"), entry.get("url"), entry.get("hashes")
    size, published = entry.get("size"), entry.get("upload-time")
    if not isinstance(name, str) or not isinstance(url, str) or not isinstance(hashes, dict):
        raise _unreadable(source, "`filename`, `url` and `hashes` of each file", f"none for {name!a:.80}")
    facts = []
    if isinstance(published, str):
        facts.append(("published", published[:40]))
    yanked = entry.get("yanked")
    if yanked:
        facts.append(("yanked", yanked[:500] if isinstance(yanked, str) else "no reason given"))
    provenance = entry.get("provenance")
    if isinstance(provenance, str):
        facts += [("provenance", "present"), (PROVENANCE_PAGE, _link(base, provenance, source))]
    elif api >= PROVENANCE_SINCE:
        facts.append(("provenance", "absent"))
    return Remote(
        plain_file_name(name, source),
        _link(base, url, source),
        spelled_digests(hashes),
        size if type(size) is int and size >= 0 else None,
        tuple(facts),
    )


class _Anchors(HTMLParser):
    """Gathers (attributes, text) of every `<a href>`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[dict[str, str | None], str]] = []
        self.base = ""
        self._open: dict[str, str | None] | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._open, self._text = dict(attrs), ""
        elif tag == "base" and not self.base:
            self.base = dict(attrs).get("href") or ""

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._open is not None:
            if self._open.get("href"):
                self.found.append((self._open, self._text.strip()))
            self._open = None


def _read_html(answer: Answer, source: str) -> tuple[list[Remote], Facts]:
    try:
        text = answer.body.decode()
    except UnicodeDecodeError as error:
        raise _unreadable(source, "HTML in UTF-8", f"other bytes at {error.start}") from error
    anchors = _Anchors()
    anchors.feed(text)
    anchors.close()
    if len(anchors.found) > MAX_FILES:
        raise _unreadable(source, f"at most {MAX_FILES:,} files", "more")
    base = joined(answer.url, anchors.base) or answer.url
    return [remote for found in anchors.found for remote in _anchored(*found, base, source)], ()


def _anchored(attributes: Mapping[str, str | None], text: str, base: str, source: str) -> Iterator[Remote]:
    url, fragment = urldefrag(_link(base, attributes.get("href") or "", source))
    name = unquote(urlsplit(url).path.rpartition("/")[2])
    if not name.endswith((".whl", *SDIST_SUFFIXES)):
        return  # a link to something else
    if text and text != name and text.endswith((".whl", *SDIST_SUFFIXES)):
        raise _unreadable(source, f"the link of {text[:80]!a} to lead to it", ascii(name[:80]))
    algorithm, _, digest = fragment.partition("&")[0].partition("=")
    facts = []
    if "data-yanked" in attributes:
        facts.append(("yanked", (attributes["data-yanked"] or "no reason given")[:500]))
    if attributes.get("data-provenance"):
        page = _link(base, attributes["data-provenance"] or "", source)
        facts += [("provenance", "present"), (PROVENANCE_PAGE, page)]
    yield Remote(plain_file_name(name, source), url, spelled_digests({algorithm: digest}), None, tuple(facts))


def _link(base: str, url: str, source: str) -> str:
    address = joined(base, url)
    if not address:
        raise _unreadable(source, "http or https links", ascii(url[:80]))
    return address


def _version_of(file_name: str, project: str) -> Version | None:
    """The version that a file's name states, or None if it is not a release file of this project."""
    if file_name.endswith(".whl"):
        try:
            name, version, _, _ = parse_wheel_filename(file_name)
        except InvalidWheelFilename:
            return None
        return version if name == project else None
    suffix = next((suffix for suffix in SDIST_SUFFIXES if file_name.endswith(suffix)), None)
    if suffix is None:
        return None
    stem = file_name.removesuffix(suffix)
    # Names before PEP 625 hold hyphens: the hyphen that ends the project's name is the right one.
    for at, letter in enumerate(stem):
        if letter == "-" and canonicalize_name(stem[:at]) == project:
            version_or_none = python_version(stem[at + 1 :])
            if version_or_none is not None:
                return version_or_none
    return None


def _header(answer: Answer, name: str) -> str:
    return next((value for key, value in answer.headers.items() if key.lower() == name), "")


def _unreadable(source: str, expected: str, found: str) -> Undecided:
    return Undecided(
        f"reading the page that {source} gives for a project",
        expected=expected,
        found=found,
        next_step="check the index URL in pip's configuration",
    )
