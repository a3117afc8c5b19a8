"""Genuine neighbouring releases that implants are put into, fetched once and cached outside the repository.

Fetched one at a time through the registries' ordinary clients (pip, npm, apt-get, Maven); an sdist
by its address in the index, because `pip download` of one runs its `setup.py`. None of the names
is reserved by the rule of the measurement (a test of the corpus list asserts the same rule).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from doorward.drill.bases import Base

__all__ = ["PAIRS", "BasePair", "NoBase", "cache_folder", "fetch", "fetch_pair", "is_kept_out"]


class NoBase(Exception):
    """A base could not be brought here; the reason is the message."""


@dataclass(frozen=True, slots=True)
class BasePair:
    """Two neighbouring releases, as they are asked for."""

    base: Base
    ecosystem: str
    name: str
    old: str
    new: str
    platform: str = ""
    """pip's `--platform`, or empty."""

    @property
    def label(self) -> str:
        """How tables call it."""
        return f"{self.ecosystem}:{self.name} {self.old} → {self.new}"


def _pairs(base: Base, ecosystem: str, text: str, platform: str = "") -> list[BasePair]:
    rows = [line.split() for line in text.strip().splitlines()]
    return [BasePair(base, ecosystem, name, old, new, platform) for name, old, new in rows]


_LINUX, _WINDOWS = "manylinux_2_28_x86_64", "win_amd64"

PAIRS: tuple[BasePair, ...] = (
    *_pairs(
        Base.WHEEL,
        "pypi",
        """
        requests 2.32.2 2.32.3
        urllib3 2.2.2 2.2.3
        click 8.1.7 8.1.8
        flask 3.0.2 3.0.3
        jinja2 3.1.4 3.1.5
        httpx 0.27.0 0.27.2
        rich 13.7.1 13.8.0
        attrs 24.2.0 24.3.0
        packaging 24.0 24.1
        paramiko 3.4.0 3.4.1
        pluggy 1.4.0 1.5.0
        itsdangerous 2.1.2 2.2.0
        anyio 4.4.0 4.6.0
        typer 0.12.3 0.12.5
        tomlkit 0.12.5 0.13.0
        networkx 3.2 3.2.1
        celery 5.3.6 5.4.0
        fastapi 0.111.0 0.111.1
        sentry-sdk 2.7.0 2.8.0
        colorama 0.4.5 0.4.6
        docutils 0.20 0.20.1
        beautifulsoup4 4.12.2 4.12.3
        markdown 3.5.2 3.6
        python-dateutil 2.9.0 2.9.0.post0
        """,
    ),
    *_pairs(
        Base.WHEEL_NATIVE,
        "pypi",
        """
        psutil 5.9.8 6.0.0
        lxml 5.2.1 5.2.2
        zstandard 0.22.0 0.23.0
        wrapt 1.15.0 1.16.0
        simplejson 3.19.2 3.19.3
        bcrypt 4.1.2 4.1.3
        tornado 6.4 6.4.1
        aiohttp 3.9.4 3.9.5
        rapidfuzz 3.9.1 3.9.2
        """,
        _LINUX,
    ),
    *_pairs(
        Base.WHEEL_WIN,
        "pypi",
        """
        debugpy 1.8.1 1.8.2
        psutil 5.9.8 6.0.0
        tornado 6.4 6.4.1
        bcrypt 4.1.2 4.1.3
        pyzmq 26.0.2 26.0.3
        pywin32 306 307
        wrapt 1.15.0 1.16.0
        """,
        _WINDOWS,
    ),
    *_pairs(Base.PE_SIGNED, "pypi", "debugpy 1.8.1 1.8.2\nmsvc-runtime 14.42.34433 14.44.35112", _WINDOWS),
    *_pairs(
        Base.SDIST,
        "pypi",
        """
        requests 2.32.2 2.32.3
        simplejson 3.19.2 3.19.3
        paramiko 3.4.0 3.4.1
        celery 5.3.6 5.4.0
        click 8.1.7 8.1.8
        attrs 24.2.0 24.3.0
        """,
    ),
    *_pairs(
        Base.SDIST_NATIVE,
        "pypi",
        """
        pyuv 1.3.0 1.4.0
        psutil 5.9.8 6.0.0
        zstandard 0.22.0 0.23.0
        wrapt 1.15.0 1.16.0
        """,
    ),
    *_pairs(
        Base.NPM,
        "npm",
        """
        axios 1.7.2 1.7.3
        commander 12.0.0 12.1.0
        debug 4.3.4 4.3.5
        semver 7.6.1 7.6.2
        minimist 1.2.7 1.2.8
        async 3.2.4 3.2.5
        dayjs 1.11.10 1.11.11
        qs 6.12.0 6.12.1
        winston 3.12.0 3.13.0
        handlebars 4.7.7 4.7.8
        chalk 5.2.0 5.3.0
        underscore 1.13.5 1.13.6
        node-fetch 3.3.1 3.3.2
        body-parser 1.20.1 1.20.2
        joi 17.13.0 17.13.1
        glob 10.4.0 10.4.1
        """,
    ),
    *_pairs(
        Base.NPM_NATIVE,
        "npm",
        """
        bufferutil 4.0.8 4.0.9
        utf-8-validate 6.0.5 6.0.6
        classic-level 1.4.1 2.0.0
        """,
    ),
    *_pairs(
        Base.DEB,
        "deb",
        """
        libssl3 3.0.20-1~deb12u2 3.0.22-1~deb12u2
        python3.11-minimal 3.11.2-6+deb12u8 3.11.2-6+deb12u9
        nginx-common 1.22.1-9+deb12u9 1.22.1-9+deb12u11
        util-linux 2.38.1-5+deb12u1 2.38.1-5+deb12u3
        openssl 3.0.20-1~deb12u2 3.0.22-1~deb12u2
        """,
    ),
    *_pairs(
        Base.DEB_NO_SCRIPT,
        "deb",
        """
        curl 7.88.1-10+deb12u5 7.88.1-10+deb12u15
        libxml2 2.9.14+dfsg-1.3~deb12u4 2.9.14+dfsg-1.3~deb12u6
        libcurl4 7.88.1-10+deb12u5 7.88.1-10+deb12u15
        """,
    ),
    *_pairs(
        Base.DEB_ELF,
        "deb",
        """
        curl 7.88.1-10+deb12u5 7.88.1-10+deb12u15
        openssl 3.0.20-1~deb12u2 3.0.22-1~deb12u2
        util-linux 2.38.1-5+deb12u1 2.38.1-5+deb12u3
        """,
    ),
    *_pairs(
        Base.JAR,
        "maven",
        """
        com.google.code.gson:gson 2.10 2.10.1
        org.slf4j:slf4j-api 2.0.12 2.0.13
        commons-io:commons-io 2.16.0 2.16.1
        """,
    ),
)


def is_kept_out(ecosystem: str, name: str) -> bool:
    """Whether the rule by first digit keeps this package out (the other half of the rule is a list)."""
    return hashlib.sha256(f"{ecosystem}:{name}".encode()).hexdigest()[0] in "01"


def cache_folder() -> Path:
    """Where bench keeps downloads and competitors: outside the repository."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(root) / "doorward-bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def fetch_pair(pair: BasePair) -> tuple[Path, Path]:
    """Both files of a pair.

    Raises:
        NoBase: the registry's client could not bring one of them.
    """
    return fetch(pair, pair.old), fetch(pair, pair.new)


def fetch(pair: BasePair, version: str) -> Path:
    """One release file, from the cache or the registry.

    Raises:
        NoBase: the registry's client could not bring it.
    """
    kind = "sdist" if pair.base in (Base.SDIST, Base.SDIST_NATIVE) else (pair.platform or "any")
    folder = cache_folder() / "bases" / pair.ecosystem / kind / f"{pair.name.replace(':', '_')}-{version}"
    found = sorted(folder.glob("*")) if folder.is_dir() else []
    if found:
        return found[0]
    scratch = folder.with_name(folder.name + ".part")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    if kind == "sdist":
        _sdist(pair.name, version, scratch)
    else:
        _by_client(_COMMANDS[pair.ecosystem](pair, version, scratch), scratch)
    files = sorted(scratch.glob("*"))
    if len(files) != 1:
        raise NoBase(f"{pair.ecosystem}:{pair.name} {version}: expected one file, found {len(files)}")
    scratch.rename(folder)
    return folder / files[0].name


def _pip(pair: BasePair, version: str, folder: Path) -> list[str]:
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
    if pair.platform:
        command += ["--python-version", "3.11", "--implementation", "cp"]
        command += [flag for tag in _platforms(pair.platform) for flag in ("--platform", tag)]
        command += [flag for abi in ("cp311", "abi3", "none") for flag in ("--abi", abi)]
    return [*command, "-d", str(folder), f"{pair.name}=={version}"]


def _platforms(platform: str) -> list[str]:
    if platform != _LINUX:
        return [platform]
    older = ["manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux_2_12_x86_64", "manylinux2010_x86_64"]
    return [platform, *older, "manylinux1_x86_64"]


def _npm(pair: BasePair, version: str, folder: Path) -> list[str]:
    spec = f"{pair.name}@{version}"
    return ["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", str(folder), spec]


def _apt(pair: BasePair, version: str, _folder: Path) -> list[str]:
    return ["apt-get", "download", "-q", f"{pair.name}={version}"]


def _maven(pair: BasePair, version: str, folder: Path) -> list[str]:
    goal = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
    coordinates = [f"-Dartifact={pair.name}:{version}:jar", f"-DoutputDirectory={folder}"]
    return ["mvn", "-q", "-B", goal, *coordinates]


_COMMANDS = {"pypi": _pip, "npm": _npm, "deb": _apt, "maven": _maven}


def _by_client(command: list[str], folder: Path) -> None:
    if shutil.which(command[0]) is None:
        raise NoBase(f"{command[0]} is not installed")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
        raise NoBase(f"{command[0]}: {last[0][:200]}")


def _sdist(name: str, version: str, folder: Path) -> None:
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
    accept = {"Accept": "application/vnd.pypi.simple.v1+json"}
    request = urllib.request.Request(f"{index}/{name}/", headers=accept)  # noqa: S310 -- https or the user's own index
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 -- the same
        files = json.load(answer)["files"]
    wanted = re.compile(
        rf"{re.escape(name).replace('-', '[-_]')}-{re.escape(version)}\.tar\.gz", re.IGNORECASE
    )
    for file in files:
        if wanted.fullmatch(file["filename"]):
            with urllib.request.urlopen(file["url"], timeout=120) as answer:  # noqa: S310 -- the same
                content = answer.read()
            if hashlib.sha256(content).hexdigest() != file["hashes"]["sha256"]:
                raise NoBase(f"{file['filename']}: digest differs from the index's")
            (folder / file["filename"]).write_bytes(content)
            return
    raise NoBase(f"pypi:{name} {version} has no .tar.gz sdist")
