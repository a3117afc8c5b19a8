"""Lock files of any bytes are read or refused with a name and a next step; nothing else is raised."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward.errors import Misuse
from doorward.formats.locks.reading import read_lock

SEEDS = {
    "uv.lock": b'version = 1\n[[package]]\nname = "a"\nversion = "1"\nsource = { registry = "https://i/" }\n'
    b'wheels = [{ url = "https://f.example/a.whl", hash = "sha256:' + b"a" * 64 + b'" }]\n',
    "pylock.toml": b'lock-version = "1.0"\n[[packages]]\nname = "a"\nversion = "1"\n'
    b'sdist = { url = "https://f.example/a-1.tar.gz", hashes = { sha256 = "' + b"a" * 64 + b'" } }\n',
    "poetry.lock": b'[[package]]\nname = "a"\nversion = "1"\nfiles = [{ file = "a", hash = "sha256:'
    + b"a" * 64
    + b'" }]\n[metadata]\nlock-version = "2.1"\n',
    "requirements.txt": b"a==1 \\\n --hash=sha256:" + b"a" * 64 + b"\nb @ https://f.example/b.zip\n-e .\n",
    "package-lock.json": b'{"lockfileVersion":2,"packages":{"node_modules/a":{"version":"1.0.0"}},'
    b'"dependencies":{"a":{"version":"1.0.0","dependencies":{"b":{"version":"file:x"}}}}}',
    "pnpm-lock.yaml": b"lockfileVersion: '9.0'\npackages:\n  a@1.0.0:\n    resolution: {tarball: file:x}\n",
}
NAMES = tuple(SEEDS)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "",
                    "version",
                    "resolved",
                    "integrity",
                    "link",
                    "name",
                    "dependencies",
                    "node_modules/a",
                    "packages",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no failure."""


def read_or_refuse(name: str, data: bytes) -> None:
    try:
        lock = read_lock(name, data)
    except Misuse as error:
        refusal = error
    else:
        assert lock.packages == tuple(sorted(set(lock.packages), key=lock.packages.index))
        return
    assert refusal.check.startswith(f"reading {name}")
    assert refusal.expected
    assert refusal.found
    assert refusal.next_step
    assert refusal.sentence().isprintable()


@CALM
@given(st.sampled_from(NAMES), st.binary(max_size=300))
def test_any_bytes(name: str, data: bytes) -> None:
    read_or_refuse(name, data)


@CALM
@given(st.sampled_from(NAMES), st.text(max_size=300))
def test_any_text(name: str, text: str) -> None:
    read_or_refuse(name, text.encode("utf-8", "surrogatepass"))


@settings(CALM, max_examples=300)
@given(
    st.sampled_from(NAMES),
    st.lists(
        st.tuples(st.integers(0, 400), st.integers(0, 12), st.binary(max_size=6)), min_size=1, max_size=4
    ),
)
def test_a_good_file_with_a_few_bytes_changed(name: str, edits: list[tuple[int, int, bytes]]) -> None:
    data = SEEDS[name]
    for at, gone, put in edits:
        data = data[:at] + put + data[at + gone :]
    read_or_refuse(name, data)


@settings(CALM, max_examples=200)
@given(st.sampled_from([1, 2, 3]), JSON, JSON)
def test_any_shape_of_npm_lock(version: int, packages: object, tree: object) -> None:
    document = {"lockfileVersion": version, "packages": packages, "dependencies": tree}
    read_or_refuse("package-lock.json", json.dumps(document).encode())


@pytest.mark.parametrize("name", NAMES)
def test_the_seeds_are_good(name: str) -> None:
    assert read_lock(name, SEEDS[name]).packages
