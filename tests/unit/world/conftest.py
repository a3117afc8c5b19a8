"""Servers and shelves for the tests of `doorward.world`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adversary.lying_server import LyingServer


@pytest.fixture
def server() -> Iterator[LyingServer]:
    """A fresh server."""
    with LyingServer() as running:
        yield running
