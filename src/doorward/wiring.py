"""Builds the adapters of `world/` once and hands them to the engines.

The only module that imports both. What it builds is closed, stopped and removed when its `with`
block ends, whatever happened in it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from importlib import metadata
from io import BufferedReader
from pathlib import Path
from typing import Any

import doorward
from doorward.errors import DoorwardError, Misuse, Undecided
from doorward.formats.settings import InspectSettings
from doorward.inspect.limits import DEFAULT_LIMITS, Limits
from doorward.inspect.references import parse_reference
from doorward.inspect.workbench import Workbench
from doorward.model.artifact import Artifact
from doorward.ports import Progress, Registry
from doorward.world.files import spool
from doorward.world.git import Checkout
from doorward.world.http import Client
from doorward.world.network import Network, without_secrets
from doorward.world.registries.deb import DebRegistry
from doorward.world.registries.npm import NpmRegistry
from doorward.world.registries.pypi import PypiRegistry
from doorward.world.registries.settings import settings_from
from doorward.world.registries.shelf import Shelf
from doorward.world.sandbox import ConfinedWorkers, fences
from doorward.world.store import TraitStore

__all__ = [
    "Checkout",
    "NoStore",
    "Releases",
    "Silence",
    "artifact_at",
    "fences",
    "fingerprint",
    "limits_of",
    "registry_answers",
    "releases",
    "workbench",
]

LIBRARIES = (
    *("capstone", "cryptography", "olefile", "zstandard"),
    *("tree-sitter", "tree-sitter-bash", "tree-sitter-javascript", "tree-sitter-typescript"),
)
"""Libraries whose answers are cached with ours: another version may answer otherwise."""


class Silence:
    """A progress that tells nobody (`ports.Progress`)."""

    def phase(self, name: str, total: int) -> None:
        """Say nothing."""

    def step(self, done: int = 1, detail: str = "") -> None:
        """Say nothing."""


class NoStore:
    """A cache that remembers nothing (`ports.Store`): `--no-cache`."""

    def get(self, key: str) -> bytes | None:  # noqa: ARG002 -- the port's names
        """Nothing."""
        return None

    def put(self, key: str, value: bytes) -> None:
        """Forget it."""

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:  # noqa: ARG002 -- the port's names
        """Nothing."""
        return {}

    def put_many(self, items: Mapping[str, bytes]) -> None:
        """Forget them."""


def fingerprint() -> str:
    """One spelling of the code that opens and probes, for cache keys: any edit makes another."""
    root = Path(doorward.__file__).parent / "inspect"
    hashed = hashlib.sha256(f"{doorward.__version__} {platform.python_version()}".encode())
    for file in sorted(
        [
            *root.glob("open/*.py"),
            *root.glob("probes/*.py"),
            root / "entropy.py",
            root / "limits.py",
            root / "sketch.py",
            root / "wire.py",
            root / "worker.py",
            root.parent / "model" / "trait.py",
        ]
    ):
        hashed.update(file.read_bytes())
    for name in LIBRARIES:
        try:
            hashed.update(f"{name}={metadata.version(name)}".encode())
        except metadata.PackageNotFoundError:
            hashed.update(f"{name} absent".encode())
    return hashed.hexdigest()[:16]


def limits_of(settings: InspectSettings) -> Limits:
    """The limits in force.

    Raises:
        Misuse: a limit of that name does not exist.
    """
    try:
        bounds: dict[str, Any] = dict(settings.limits)
        return replace(DEFAULT_LIMITS, **bounds)
    except TypeError as error:
        raise Misuse(
            "reading --limit",
            expected="one of " + ", ".join(sorted(Limits.__dataclass_fields__)),
            found=str(error),
            next_step="correct the name",
        ) from error


def rules_of(folders: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """The caller's own YARA rules, compiled once to see that they can be, and a mark of their content.

    Raises:
        Misuse: no rules there, or a file that is not YARA.
    """
    if not folders:
        return (), ""
    from doorward.inspect.probes.yara_rules import compiled, rule_files  # noqa: PLC0415 -- only --rules needs it

    files = rule_files([Path(folder) for folder in folders])
    compiled(files)
    content = b"\x00".join(Path(file).read_bytes() for file in files)
    return files, hashlib.sha256(content).hexdigest()[:16]


@contextmanager
def workbench(settings: InspectSettings, readable: Sequence[Path], progress: Progress) -> Iterator[Workbench]:
    """A workbench whose workers may read these paths, and the spool they unpack into.

    Raises:
        Outside: the cache folder cannot be written.
    """
    limits = limits_of(settings)
    rules, mark = rules_of(settings.rules)
    with ExitStack() as stack:
        private = stack.enter_context(spool(settings.cache_folder / "spool"))
        store = TraitStore(settings.cache_folder / "traits") if settings.cache else NoStore()
        workers = ConfinedWorkers(
            count=settings.jobs or len(os.sched_getaffinity(0)),
            readable=[*readable, private.folder, *map(Path, rules)],
            writable=[private.folder],
            address_space=limits.worker_bytes,
            file_size=limits.max_member_bytes,
            most_answer=limits.max_answer_bytes,
        )
        stack.enter_context(workers)
        yield Workbench(
            workers=workers,
            store=store,
            spool=private.folder,
            limits=limits,
            fingerprint=fingerprint() + mark,
            rules=rules,
            ticks=time.monotonic,
            progress=progress,
        )


class Releases:
    """Finds the releases that people name: on this machine's disk, or in a registry."""

    def __init__(self, registries: Mapping[str, Registry], platform_tag: str) -> None:
        self._registries = registries
        self._platform = platform_tag

    @property
    def registries(self) -> Mapping[str, Registry]:
        """The registries by ecosystem."""
        return self._registries

    def find(self, text: str) -> Artifact:
        """The release a text names: a path, `pypi:NAME==VERSION`, `npm:NAME@VERSION`, `deb:NAME=VERSION`.

        Raises:
            Misuse: neither a path that exists nor a well-formed name.
            Unreachable, Undecided: as `ports.Registry.fetch` says.
        """
        reference = parse_reference(text)
        if not text:  # `Path("")` would be the working folder
            raise Misuse(
                "read ''",
                expected="a release file, a folder, or a registry's release",
                found="an empty name",
                next_step="see whether a variable of your shell is unset",
            )
        if reference is None:
            return artifact_at(Path(text))
        registry = self._registries[reference.ecosystem]
        version = reference.version or registry.versions(reference.name)[-1]
        return registry.fetch(reference.name, version, self._platform)


@contextmanager
def releases(settings: InspectSettings, folder: Path | None) -> Iterator[Releases]:
    """A finder of releases that asks the registries this machine's own clients are set up for.

    Args:
        settings: environment, home and offline are read here.
        folder: the project's folder, or None to leave its client configuration unread.
    """
    found = settings_from(settings.environment, settings.home, folder, offline=settings.offline)
    with ExitStack() as stack:

        def shelf(name: str, network: Network) -> Shelf:
            client = Client(network)
            stack.callback(client.close)
            return Shelf(settings.cache_folder / "downloads" / name, client)

        yield Releases(
            {
                "pypi": PypiRegistry(found.pypi, shelf("pypi", found.pypi.network)),
                "npm": NpmRegistry(found.npm, shelf("npm", found.npm.network)),
                "deb": DebRegistry(found.deb, shelf("deb", found.deb.network)),
            },
            settings.platform,
        )


def registry_answers(settings: InspectSettings) -> list[tuple[str, str]]:
    """For each registry this machine's clients are set up for: its address, and why it does not answer.

    Any answer counts, a refusal to show a page included; an empty reason means that it answered.
    """
    found = settings_from(settings.environment, settings.home, None, offline=settings.offline)
    asked = [(f"{index.rstrip('/')}/pip/", found.pypi.network) for index in found.pypi.indexes]
    asked.append((f"{found.npm.registry.rstrip('/')}/-/ping", found.npm.network))
    answers = []
    for url, network in asked:
        client = Client(network)
        try:
            client.get(url, limit=1 << 24)
            reason = ""
        except Undecided:
            reason = ""
        except DoorwardError as error:
            reason = error.found or error.check
        finally:
            client.close()
        answers.append((without_secrets(url), reason))
    return answers


def artifact_at(path: Path, name: str = "", version: str = "", ecosystem: str = "") -> Artifact:
    """A file or folder on this machine as an artifact.

    Raises:
        Misuse: there is nothing there, or it cannot be read.
    """
    guessed = _guess(path.name)
    digest, size = "", 0
    try:
        mode = path.stat().st_mode
        if not stat.S_ISDIR(mode):
            with _regular(path, mode) as stream:
                digest = "sha256:" + hashlib.file_digest(stream, "sha256").hexdigest()
            size = path.stat().st_size
        return Artifact(
            name=name or guessed[1],
            version=version or guessed[2],
            ecosystem=ecosystem or guessed[0],
            path=str(path.absolute()),
            file_name=path.name or path.absolute().name,
            digest=digest,
            size=size,
            origin=str(path),
        )
    except OSError as error:
        raise Misuse(
            f"read {path}",
            expected="a release file or a folder",
            found=error.strerror or str(error),
            next_step="check the path; a registry's release is written pypi:NAME==VERSION, "
            "npm:NAME@VERSION or deb:NAME=VERSION",
        ) from error


def _regular(path: Path, mode: int) -> BufferedReader:
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "a device, pipe or socket")  # reading one may never end
    return path.open("rb")


def _guess(file_name: str) -> tuple[str, str, str]:
    """Ecosystem, name and version as a release file's name tells them; the name alone where it does not."""
    stem = file_name
    if file_name.endswith(".whl") and file_name.count("-") >= 4:
        name, version = file_name.split("-")[:2]
        return "pypi", name.lower().replace("_", "-"), version
    if file_name.endswith(".deb") and file_name.count("_") == 2:
        name, version, _ = file_name.split("_")
        return "deb", name, version
    for suffix in (
        ".tar.gz",
        ".tar.bz2",
        ".tar.xz",
        ".tar.zst",
        ".tgz",
        ".zip",
        ".rpm",
        ".jar",
        ".msi",
        ".cab",
    ):
        if file_name.endswith(suffix):
            stem = file_name.removesuffix(suffix)
            name, _, version = stem.rpartition("-")
            if name and version[:1].isdigit():
                return {".tgz": "npm"}.get(suffix, ""), name, version
    return "", stem, ""
