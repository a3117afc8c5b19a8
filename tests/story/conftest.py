"""What every test of the story starts from: an empty machine, and a small good release on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.samples import small_releases
from tests.samples.hostile_place import Place


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """An empty machine; nothing may be left on it when the test ends."""
    made = Place(tmp_path / "machine")
    yield made
    made.nothing_left()


@pytest.fixture
def good(place: Place) -> Path:
    """A release that nothing is wrong with."""
    return small_releases.wheel(place.here, "1.0")
