"""Ports that lie, fail and count: a registry in memory and stores that forget or garble."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from doorward.errors import Undecided, Unreachable
from doorward.model.artifact import Artifact

__all__ = ["ForgetfulStore", "GarblingStore", "MemoryRegistry"]

SOURCE = "https://index.example/simple"


@dataclass
class MemoryRegistry:
    """`doorward.ports.Registry` over files in memory, put into `folder` when they are fetched."""

    ecosystem: str
    folder: Path
    files: dict[tuple[str, str], dict[str, bytes]] = field(default_factory=dict)
    """(name, version) → file name → bytes; an sdist's name ends in `.tar.gz`."""
    claimed: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """Digests to claim instead of the true ones."""
    unreachable: bool = False
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    facts: tuple[tuple[str, str], ...] = ()

    def add(self, name: str, version: str, file_name: str, data: bytes) -> str:
        """Publish a file; returns its digest."""
        self.files.setdefault((name, version), {})[file_name] = data
        return "sha256:" + hashlib.sha256(data).hexdigest()

    def versions(self, name: str) -> tuple[str, ...]:
        """In order of publishing."""
        return tuple(version for known, version in self._known() if known == name)

    def sources(self, name: str) -> tuple[str, ...]:
        """One made-up index."""
        del name
        return (SOURCE,)

    def published(self, name: str, version: str) -> tuple[str, ...]:
        """The claimed digests, else the true ones."""
        if (name, version) in self.claimed:
            return self.claimed[name, version]
        release = self._release(name, version)
        return tuple(sorted("sha256:" + hashlib.sha256(data).hexdigest() for data in release.values()))

    def fetch(self, name: str, version: str, wanted: str) -> Artifact:
        """Write the file and describe it."""
        self.asked.append((name, version, wanted))
        for file_name, data in self._release(name, version).items():
            if wanted in {"", file_name} or (wanted == "sdist" and file_name.endswith(".tar.gz")):
                digest = hashlib.sha256(data).hexdigest()
                path = self.folder / digest / file_name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                return Artifact(
                    name=name,
                    version=version,
                    ecosystem=self.ecosystem,
                    path=str(path),
                    file_name=file_name,
                    digest=f"sha256:{digest}",
                    size=len(data),
                    origin=f"{self.ecosystem}:{name}=={version}",
                    facts=self.facts,
                )
        raise Undecided(f"choosing a file of {name} {version}", expected=wanted, found="others")

    def _known(self) -> dict[tuple[str, str], dict[str, bytes]]:
        if self.unreachable:
            raise Unreachable(f"asking {SOURCE}", expected="an answer", found="none")
        return self.files

    def _release(self, name: str, version: str) -> dict[str, bytes]:
        if (name, version) not in self._known():
            raise Undecided(f"looking for {name} {version}", expected="that version", found="others")
        return self.files[name, version]


class ForgetfulStore:
    """`doorward.ports.Store` that remembers nothing, as on a full disk; counts what it was told."""

    def __init__(self) -> None:
        self.told = 0

    def get(self, key: str) -> bytes | None:
        """Nothing."""
        del key
        return None

    def put(self, key: str, value: bytes) -> None:
        """Lost."""
        del key, value
        self.told += 1

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Nothing."""
        del keys
        return {}

    def put_many(self, items: Mapping[str, bytes]) -> None:
        """Lost."""
        self.told += len(items)


class GarblingStore(ForgetfulStore):
    """Breaks the port's promise: gives bytes that nobody stored, for every key."""

    def __init__(self, nonsense: bytes = b"\x00garbage") -> None:
        super().__init__()
        self.nonsense = nonsense

    def get(self, key: str) -> bytes | None:
        """Nonsense."""
        del key
        return self.nonsense

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Nonsense for each."""
        return dict.fromkeys(keys, self.nonsense)
