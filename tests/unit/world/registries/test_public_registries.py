"""The real registries, gently: one small release of each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorward.world.http import Client
from doorward.world.registries.deb import DebRegistry
from doorward.world.registries.npm import NpmRegistry
from doorward.world.registries.pypi import PypiRegistry
from doorward.world.registries.settings import Settings, settings_from
from doorward.world.registries.shelf import Shelf

pytestmark = pytest.mark.network


@pytest.fixture
def settings() -> Settings:
    return settings_from(os.environ, Path.home(), None)


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    made = Client(settings.pypi.network)
    yield made
    made.close()


def test_pypi(settings: Settings, client: Client, tmp_path: Path) -> None:
    registry = PypiRegistry(settings.pypi, Shelf(tmp_path, client))
    wheel = registry.fetch("idna", "3.10", "")
    assert (wheel.file_name, wheel.digest) == (
        "idna-3.10-py3-none-any.whl",
        "sha256:946d195a0d259cbba61165e88e65941f16e9b36ea6ddb97f00452bae8b1287d3",
    )
    assert registry.fetch("idna", "3.10", "sdist").file_name == "idna-3.10.tar.gz"
    versions = registry.versions("idna")
    assert versions.index("3.9") < versions.index("3.10")
    assert wheel.digest in registry.published("idna", "3.10")


def test_npm(settings: Settings, client: Client, tmp_path: Path) -> None:
    registry = NpmRegistry(settings.npm, Shelf(tmp_path, client))
    artifact = registry.fetch("picocolors", "1.1.0", "")
    assert (artifact.file_name, artifact.size) == ("picocolors-1.1.0.tgz", 4426)
    assert "1.1.1" in registry.versions("picocolors")
    scoped = registry.fetch("@noble/hashes", "1.4.0", "")
    assert scoped.file_name == "hashes-1.4.0.tgz"


def test_debian(settings: Settings, client: Client, tmp_path: Path) -> None:
    registry = DebRegistry(settings.deb, Shelf(tmp_path, client))
    if not registry.sources("hostname"):
        pytest.skip("this machine's apt has no sources")
    version = registry.versions("hostname")[-1]
    artifact = registry.fetch("hostname", version, "")
    assert artifact.file_name.startswith("hostname_")
    assert dict(artifact.facts)["signature"].startswith(("good: ", "not checked: "))
