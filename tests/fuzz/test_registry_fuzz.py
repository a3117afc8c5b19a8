"""Whatever a registry's server says is understood or refused as undecided; nothing else is raised."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward.errors import Undecided
from doorward.world.http import Answer
from doorward.world.network import joined, without_secrets
from doorward.world.registries.apt_release import read_release
from doorward.world.registries.apt_sources import Suite, stanzas
from doorward.world.registries.catalogue import Catalogue
from doorward.world.registries.debian_version import order as debian_order
from doorward.world.registries.npm import read_packument
from doorward.world.registries.semver import order as semver_order
from doorward.world.registries.simple_page import read_page, read_publishers
from tests.adversary.packages import index_file, packument, simple_page

CALM = settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
PAGE = simple_page(
    "sample", [index_file("sample-1.0-py3-none-any.whl", b"x"), index_file("sample-1.0.zip", b"y")]
)
HTML = b'<base href="/x"><a href="sample-1.0.zip#sha256=00" data-yanked="">sample-1.0.zip</a><a href=>y</a>'
NPM = "https://npm.example"
PACKUMENT = packument("sample", {"1.0.0": b"x", "1.0.1-rc.1": b"y"}, NPM)
RELEASE = (
    b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nSHA256:\n "
    + b"0" * 64
    + b" 5 main/Packages\n-----BEGIN PGP SIGNATURE-----\n"
)
EDITS = st.lists(
    st.tuples(st.integers(0, 600), st.integers(0, 12), st.binary(max_size=6)), min_size=0, max_size=4
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def edited(data: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for at, gone, put in edits:
        data = data[:at] + put + data[at + gone :]
    return data


def holds(catalogue: Catalogue) -> None:
    """Whatever was understood survives being kept, and its addresses lead to web servers."""
    assert Catalogue.load(catalogue.dump()) == catalogue
    for release in catalogue.releases:
        for remote in release.files:
            assert "/" not in remote.file_name
            assert joined("", remote.url) == remote.url


def understood_or_refused(read: Callable[[], Catalogue]) -> None:
    try:
        catalogue = read()
    except Undecided as error:
        refusal = error
    else:
        holds(catalogue)
        return
    assert str(refusal).isprintable()


@CALM
@given(st.sampled_from([PAGE, HTML, b""]), EDITS, st.sampled_from(["text/html", "application/json", ""]))
def test_pages_with_a_few_bytes_changed(page: bytes, edits: list[tuple[int, int, bytes]], kind: str) -> None:
    answer = Answer(edited(page, edits), "https://index.example/simple/sample/", {"Content-Type": kind})
    understood_or_refused(lambda: read_page(answer, "sample", "https://index.example/simple"))


@CALM
@given(st.sampled_from(["filename", "url", "hashes", "size", "upload-time", "yanked", "provenance"]), VALUES)
def test_fields_of_any_shape(field: str, value: object) -> None:
    page = json.loads(PAGE)
    page["files"][0][field] = value
    answer = Answer(json.dumps(page).encode(), "https://index.example/", {"content-type": "application/json"})
    understood_or_refused(lambda: read_page(answer, "sample", "https://index.example/simple"))


@CALM
@given(EDITS)
def test_packuments_with_a_few_bytes_changed(edits: list[tuple[int, int, bytes]]) -> None:
    understood_or_refused(
        lambda: read_packument(
            edited(PACKUMENT, edits), "sample", "https://npm.example", "https://npm.example"
        )
    )


@CALM
@given(
    st.sampled_from(["dist", "maintainers", "_npmUser", "scripts", "deprecated", "hasInstallScript"]), VALUES
)
def test_manifests_of_any_shape(field: str, value: object) -> None:
    document = json.loads(PACKUMENT)
    document["versions"]["1.0.0"][field] = value
    document["time"] = value
    body = json.dumps(document).encode()
    understood_or_refused(lambda: read_packument(body, "sample", NPM, NPM))


@CALM
@given(EDITS)
def test_releases_of_an_archive_with_a_few_bytes_changed(edits: list[tuple[int, int, bytes]]) -> None:
    suite = Suite("https://deb.example/", "stable", ("main",), trusted=True)
    try:
        release = read_release(edited(RELEASE, edits), suite, Path("/nonexistent"))
    except Undecided as error:
        refusal = error
    else:
        assert release.indexes
        return
    assert str(refusal).isprintable()


@CALM
@given(st.text(max_size=80), st.binary(max_size=80))
def test_small_readers_take_anything(text: str, data: bytes) -> None:
    list(stanzas(text))
    read_publishers(data)
    debian_order(text)
    semver_order(text)
    without_secrets(text)
    joined("https://a.example/", text)
