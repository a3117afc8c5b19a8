"""Release files and index pages made up for tests: inert, from seeds, with markers that must not appear."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import random
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = [
    "index_file",
    "marked_npm",
    "marked_sdist",
    "packument",
    "seeded",
    "sha256",
    "simple_page",
    "tarball",
    "wheel",
]

BACKEND = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
EPOCH = (2024, 1, 1, 0, 0, 0)


def sha256(data: bytes) -> str:
    """Its SHA-256, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def seeded(seed: int) -> random.Random:
    """A generator that gives the same inert bytes and moments in every run."""
    return random.Random(seed)  # noqa: S311 - repeatable on purpose, and no secret


def wheel(name: str, version: str, content: str = "value = 1\n") -> bytes:
    """A pure wheel with one module."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in (
            (f"{name}/__init__.py", content),
            (
                f"{name}-{version}.dist-info/METADATA",
                f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            ),
            (f"{name}-{version}.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n"),
        ):
            archive.writestr(zipfile.ZipInfo(path, EPOCH), text)
    return buffer.getvalue()


def tarball(files: Mapping[str, str]) -> bytes:
    """A gzipped tar of text files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, text in files.items():
            data = text.encode()
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def marked_sdist(name: str, version: str, marker: Path) -> bytes:
    """An sdist whose `setup.py` and build backend write a marker when anybody runs them."""
    act = f"open({str(marker)!r}, 'a').write('ran')\n"
    top = f"{name}-{version}"
    return tarball(
        {
            f"{top}/setup.py": act
            + f"from setuptools import setup\nsetup(name={name!r}, version={version!r})\n",
            f"{top}/backend.py": act,
            f"{top}/pyproject.toml": BACKEND,
            f"{top}/PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        }
    )


def marked_npm(name: str, version: str, marker: Path) -> bytes:
    """An npm package whose life-cycle scripts write a marker when anybody runs them."""
    act = f"node -e \"require('fs').writeFileSync('{marker}', 'ran')\""
    scripts = dict.fromkeys(("preinstall", "install", "postinstall", "prepare", "prepack"), act)
    manifest = {"name": name, "version": version, "scripts": scripts}
    return tarball({"package/package.json": json.dumps(manifest), "package/index.js": "module.exports = 1\n"})


def index_file(file_name: str, data: bytes, **more: Any) -> dict[str, Any]:
    """One entry of a simple page; the file lies at `/files/<file name>`."""
    return {
        "filename": file_name,
        "url": f"/files/{file_name}",
        "hashes": {"sha256": sha256(data)},
        "size": len(data),
        "upload-time": "2024-01-02T03:04:05.000000Z",
        "yanked": False,
        **more,
    }


def simple_page(name: str, files: Sequence[Mapping[str, Any]], api: str = "1.1") -> bytes:
    """A project's page after PEP 691."""
    return json.dumps({"meta": {"api-version": api}, "name": name, "files": list(files)}).encode()


def packument(name: str, tarballs: Mapping[str, bytes], base: str, **more: Any) -> bytes:
    """A packument of these versions; `more` goes into every version's manifest."""
    bare = name.rpartition("/")[2]
    versions = {}
    for version, data in tarballs.items():
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()
        dist = {"tarball": f"{base}/{name}/-/{bare}-{version}.tgz", "integrity": integrity}
        versions[version] = {"name": name, "version": version, "dist": dist, **more}
    times = dict.fromkeys(tarballs, "2024-01-02T03:04:05.000Z")
    return json.dumps({"name": name, "dist-tags": {}, "versions": versions, "time": times}).encode()
