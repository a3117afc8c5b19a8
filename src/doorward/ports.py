"""The protocols through which engines see the world; adapters in `world/`, liars in `tests/adversary/`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from doorward.model.artifact import Artifact

__all__ = ["Progress", "Registry", "Spool", "Store", "Workers"]


class Workers(Protocol):
    """Confined processes that parse hostile input: the sandbox port.

    Promises: no network, no new processes, nothing written outside the spool, bounded memory and
    time; one job's failure never spoils another's answer.
    """

    def run(self, jobs: Sequence[bytes], seconds: float) -> list[bytes | str]:
        """Answer each job, in order.

        Args:
            jobs: one JSON object each, as `doorward.inspect.worker` reads them.
            seconds: wall time that each job may take.

        Returns:
            For each job the answer's bytes, or a `str`: one sentence saying why there is none
            (crashed, killed after N seconds, out of memory, answered nonsense).
        """
        ...


class Store(Protocol):
    """A bounded cache of small values by key. Losing an entry is allowed, a wrong one is not."""

    def get(self, key: str) -> bytes | None:
        """The value stored under this key, or None."""
        ...

    def put(self, key: str, value: bytes) -> None:
        """Remember a value; never raises for a full disk."""
        ...

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The values of those of these keys that are stored."""
        ...

    def put_many(self, items: Mapping[str, bytes]) -> None:
        """Remember several values at once; never raises for a full disk."""
        ...


class Registry(Protocol):
    """One package registry, found through the ordinary client's configuration."""

    def fetch(self, name: str, version: str, wanted: str) -> Artifact:
        """Bring one release file to this machine, checked against the registry's digest.

        Args:
            name: package name.
            version: exact version.
            wanted: `sdist`, a platform tag, a file name, or empty for this machine's artifact.

        Raises:
            Unreachable: no answer, or offline and not cached.
            Undecided: no such version or file, or the digest does not match.
        """
        ...

    def versions(self, name: str) -> tuple[str, ...]:
        """All versions that the registry offers, oldest first.

        Raises:
            Unreachable: no answer, or offline and never asked before.
            Undecided: no such package.
        """
        ...

    def published(self, name: str, version: str) -> tuple[str, ...]:
        """Every digest (`sha256:<hex>`, `sha512:<hex>`, …) published for this version's files, sorted.

        Raises:
            Unreachable, Undecided: as `fetch` does.
        """
        ...

    def sources(self, name: str) -> tuple[str, ...]:
        """Addresses, without credentials, from which this machine is set up to take this package."""
        ...


class Progress(Protocol):
    """Where a long job tells how far it is."""

    def phase(self, name: str, total: int) -> None:
        """A new phase begins, of `total` steps (0: unknown)."""
        ...

    def step(self, done: int = 1, detail: str = "") -> None:
        """Some steps are done."""
        ...


class Spool(Protocol):
    """A private folder for unpacked content, removed whatever happens."""

    @property
    def folder(self) -> Path:
        """Where files lie under their SHA-256."""
        ...
