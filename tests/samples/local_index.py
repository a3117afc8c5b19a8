"""A package index on loopback with a few small releases, and lock files that pin them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.adversary.lying_server import LyingServer, Reply
from tests.adversary.packages import index_file, sha256, simple_page, wheel

__all__ = ["LocalIndex"]


@dataclass
class LocalIndex:
    """Releases of made-up packages, served as an index would."""

    server: LyingServer
    wheels: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """Package → version → wheel."""

    @property
    def url(self) -> str:
        """The index URL, for pip's configuration and for locks."""
        return f"{self.server.url}/simple"

    def publish(self, name: str, version: str, content: str, extra: bytes | None = None) -> None:
        """Add a release; `extra` replaces its whole wheel."""
        releases = self.wheels.setdefault(name, {})
        releases[version] = extra if extra is not None else wheel(name, version, content)
        files = [index_file(self.file_name(name, v), data) for v, data in releases.items()]
        headers = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
        self.server.serve(f"/simple/{name}/", Reply(simple_page(name, files), headers=headers))
        path = f"/files/{self.file_name(name, version)}"
        self.server.serve(path, Reply(releases[version], ranges=True))

    @staticmethod
    def file_name(name: str, version: str) -> str:
        """The wheel's name."""
        return f"{name}-{version}-py3-none-any.whl"

    def lock(self, pins: Mapping[str, str]) -> str:
        """A uv.lock of these versions."""
        parts = ['version = 1\nrequires-python = ">=3.11"\n']
        for name, version in sorted(pins.items()):
            file = self.file_name(name, version)
            digest = sha256(self.wheels[name][version])
            parts.append(
                f'\n[[package]]\nname = "{name}"\nversion = "{version}"\n'
                f'source = {{ registry = "{self.url}" }}\nwheels = [\n'
                f'    {{ url = "{self.server.url}/files/{file}", hash = "sha256:{digest}" }},\n]\n'
            )
        return "".join(parts)

    def environment(self, home: Path) -> dict[str, str]:
        """An environment in which the clients, and nothing else, know this index."""
        kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("proxy")}
        kept = {
            name: value for name, value in kept.items() if not name.startswith(("PIP_", "UV_", "DOORWARD_"))
        }
        return {
            **kept,
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / ".cache"),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": self.url,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
