"""Small releases of every kind, made on the spot, for tests that plant something in them."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
import zipfile
from pathlib import Path

__all__ = ["DATE", "deb", "jar", "npm", "sdist", "wheel"]

DATE = (2024, 3, 5, 10, 20, 30)

_MODULE = '''"""A small module of a small package."""

import json
import os

LIMIT = 400
HOME = "https://home.example/docs"


def read_settings(path, default=None):
    """Read a settings file."""
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    with open(path) as stream:
        data = json.load(stream)
    if data == {} and default != None:
        return default
    return data


class Store:
    """Keeps things."""

    def __init__(self, size):
        self.size = size
        self.items = []

    def add(self, item):
        if len(self.items) >= self.size:
            raise ValueError("full")
        self.items.append(item)
        return item
'''


def wheel(folder: Path, version: str, extra: dict[str, bytes] | None = None) -> Path:
    """A pure wheel with a true RECORD."""
    info = f"small-{version}.dist-info"
    files = {
        "small/__init__.py": f'from .core import Store\n\n__version__ = "{version}"\n'.encode(),
        "small/core.py": _MODULE.encode(),
        "small/more.py": _MODULE.replace("Store", "Shelf").encode(),
        "small/data/words.json": b'{"a": 1}\n',
        **(extra or {}),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: small\nVersion: {version}\n\nSmall.\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nTag: py3-none-any\n",
    }
    rows = [f"{path},{_digest(data)},{len(data)}" for path, data in files.items()]
    files[f"{info}/RECORD"] = ("\n".join([*rows, f"{info}/RECORD,,"]) + "\n").encode()
    target = folder / f"small-{version}-py3-none-any.whl"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            entry = zipfile.ZipInfo(path, DATE)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o100644 << 16
            archive.writestr(entry, data)
    return target


def jar(folder: Path, version: str) -> Path:
    """A jar with one class-like file."""
    target = folder / f"small-{version}.jar"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        manifest = f"Manifest-Version: 1.0\r\nImplementation-Version: {version}\r\n\r\n"
        files = {"META-INF/MANIFEST.MF": manifest, "org/small/Core.class": "\xca\xfe\xba\xbe"}
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path, DATE), text.encode("latin-1"))
    return target


def npm(folder: Path, version: str) -> Path:
    """An npm tarball, in the order npm packs."""
    manifest = {"name": "small", "version": version, "main": "index.js", "scripts": {"test": "node test.js"}}
    source = "'use strict';\n\nconst path = require('path');\n\n" + "".join(
        f"function part{i}(value) {{\n  if (value === {i}) return true;\n  return path.join(value);\n}}\n\n"
        for i in range(6)
    )
    files = {
        "package/index.js": (source + "module.exports = { part1 };\n").encode(),
        "package/lib/more.js": (source + "module.exports = { part2 };\n").encode(),
        "package/package.json": (json.dumps(manifest, indent=2) + "\n").encode(),
        "package/README.md": b"# small\n",
    }
    return _tar_gz(folder / f"small-{version}.tgz", files)


def sdist(folder: Path, version: str) -> Path:
    """An sdist with a C part: configure, m4, Makefile."""
    top = f"small-{version}"
    system = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
    configure = (
        "#! /bin/sh\nsrcdir=.\nif test -f x; then\n  echo yes\nfi\nfor i in a b\ndo\n  echo $i\ndone\n"
    )
    files = {
        f"{top}/PKG-INFO": f"Metadata-Version: 2.1\nName: small\nVersion: {version}\n".encode(),
        f"{top}/setup.py": b"from setuptools import setup\n\nsetup(name='small')\n",
        f"{top}/pyproject.toml": system.encode(),
        f"{top}/small/__init__.py": b'"""Small."""\n',
        f"{top}/small/core.py": _MODULE.encode(),
        f"{top}/configure": configure.encode(),
        f"{top}/m4/base.m4": b"AC_DEFUN([SMALL_BASE], [echo base])\n",
        f"{top}/Makefile": b"all:\n\tcc -c small.c\n",
    }
    return _tar_gz(folder / f"{top}.tar.gz", files)


def deb(folder: Path, version: str, programs: dict[str, bytes] | None = None) -> Path:
    """A Debian package with a postinst and md5sums."""
    data = {
        "./usr/share/doc/small/copyright": b"Apache-2.0\n",
        "./usr/bin/small": b"#!/bin/sh\necho small\n",
        **{f"./{path}": content for path, content in (programs or {}).items()},
    }
    sums = "".join(f"{_md5(content)}  {path[2:]}\n" for path, content in data.items())
    control = {
        "./control": f"Package: small\nVersion: {version}\nArchitecture: all\nMaintainer: nobody\n"
        "Description: small\n".encode(),
        "./md5sums": sums.encode(),
        "./postinst": b'#!/bin/sh\nset -e\n\nif [ "$1" = configure ]; then\n    true\nfi\n\nexit 0\n',
    }
    parts = (
        ("debian-binary", b"2.0\n"),
        ("control.tar.gz", gzip.compress(_tar(control), mtime=0)),
        ("data.tar.gz", gzip.compress(_tar(data), mtime=0)),
    )
    out = b"!<arch>\n"
    for name, body in parts:
        head = f"{name:<16}{1700000000:<12}{0:<6}{0:<6}{100644:<8}{len(body):<10}`\n"
        out += head.encode() + body + b"\n" * (len(body) % 2)
    target = folder / f"small_{version}_all.deb"
    target.write_bytes(out)
    return target


def _tar(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, data in files.items():
            info = tarfile.TarInfo(path)
            info.size, info.mtime = len(data), 1700000000
            info.mode = 0o755 if path.endswith(("postinst", "bin/small")) else 0o644
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def _tar_gz(target: Path, files: dict[str, bytes]) -> Path:
    target.write_bytes(gzip.compress(_tar(files), mtime=499162500))
    return target


def _digest(data: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
