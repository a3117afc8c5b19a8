"""From a family, a seed and a genuine pair to the pair with an implant in the newer release."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from doorward.drill.bases import Base
from doorward.drill.bundles import Bundle, open_bundle
from doorward.drill.chance import Chance
from doorward.drill.families import by_name
from doorward.drill.packers import MsiBundle, RpmBundle
from doorward.drill.plants import archives, build, built, executables, logic, npm, packaging, python, system
from doorward.drill.scene import Scene, Tools

__all__ = ["PLANTS", "Case", "implant", "stage"]

PLANTS: dict[str, Callable[[Scene], None]] = {
    **python.PLANTS,
    **packaging.PLANTS,
    **build.PLANTS,
    **npm.PLANTS,
    **system.PLANTS,
    **archives.PLANTS,
    **executables.PLANTS,
    **built.PLANTS,
    **logic.PLANTS,
}
"""The function behind each family."""

_PACKED_FILES = 60
"""How many genuine files go into a package that is built here: enough to be real, few enough to be quick."""


@dataclass(frozen=True, slots=True)
class Case:
    """One pair to inspect, and the honest newer release beside it."""

    family: str
    seed: int
    old: Path
    clean: Path
    """The newer release without the implant: what the judge says of it is the control."""
    new: Path
    touched: tuple[str, ...]
    """Paths of the newer release that differ from the honest one; empty for structure only."""


def implant(
    family: str, seed: int, old_path: Path, new_path: Path, out_dir: Path, tools: Tools | None = None
) -> Path:
    """Write the newer release with an implant in it, and give its path.

    Families whose programs are built here change the older release too: use `stage` for those.

    Raises:
        KeyError: no such family.
        NoPlace: this release holds no place for it.
        Misuse: it needs compilers and was given none.
    """
    return stage(family, seed, old_path, new_path, out_dir, tools).new


def stage(
    family: str, seed: int, old_path: Path, new_path: Path, out_dir: Path, tools: Tools | None = None
) -> Case:
    """Write old, honest new and implanted new under `out_dir`; raises as `implant` does."""
    known = by_name(family)
    out_dir.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out_dir) as scratch:
        first, second = open_bundle(old_path), open_bundle(new_path)
        scene = Scene(family, first, second, Chance(f"{family}:{seed}"), Path(scratch), tools)
        suffix = _open(scene, known.base, old_path, new_path)
        honest = dict(scene.new.files)
        PLANTS[family](scene)
        old, new = _folders(out_dir, "old", "new")
        name = new_path.name if not suffix else _stem(new_path) + suffix
        old_name = old_path.name if not suffix else _stem(old_path) + suffix
        planted = scene.new.write(new / name)
        if scene.finish is not None:
            planted.write_bytes(scene.finish(planted.read_bytes()))
        touched = _touched(honest | scene.clean, scene.new.files)
        rebuilt = bool(suffix) or known.base in _REBUILT or bool(scene.clean)
        if not rebuilt:
            return Case(family, seed, old_path, new_path, planted, touched)
        (control,) = _folders(out_dir, "clean")
        older = scene.old.write(old / old_name)
        scene.new.unrecorded.clear()
        scene.new.files = _restored(scene, honest)
        return Case(family, seed, older, scene.new.write(control / name), planted, touched)


_REBUILT = frozenset({Base.BUILT_PE, Base.BUILT_PE_TWINS, Base.BUILT_ELF, Base.BUILT_NET, Base.CAB})


def _open(scene: Scene, base: Base, old_path: Path, new_path: Path) -> str:
    """Shape what must be built from genuine files; gives the suffix of the result, or nothing."""
    shapes = {Base.RPM: (RpmBundle, ".rpm"), Base.MSI: (MsiBundle, ".msi")}
    if base not in shapes:
        return ""
    shape, suffix = shapes[base]
    tools = scene.toolchain()
    root = "usr/lib/python3/dist-packages/" if base is Base.RPM else ""
    for side, path in (("old", old_path), ("new", new_path)):
        bundle: Bundle = getattr(scene, side)
        some = dict(list(bundle.files.items())[:_PACKED_FILES])
        files = {f"files/{root}{name}": data for name, data in some.items()}
        script = f'#!/bin/sh\n# {_stem(path)}\nexec python3 -m {_name(path)} "$@"\n'
        files[f"files/usr/bin/{_name(path)}.sh" if base is Base.RPM else f"files/{_name(path)}.sh"] = (
            script.encode()
        )
        setattr(scene, side, shape(files, _name(path), _version(path), scene.folder, tools))
    return suffix


def _folders(out_dir: Path, *names: str) -> list[Path]:
    folders = [out_dir / name for name in names]
    for folder in folders:
        folder.mkdir(exist_ok=True)
    return folders


def _touched(honest: dict[str, bytes], files: dict[str, bytes]) -> tuple[str, ...]:
    changed = {path for path, data in files.items() if honest.get(path) != data} | (set(honest) - set(files))
    lists = (".dist-info/RECORD", "control/md5sums")
    return tuple(sorted(path for path in changed if not path.endswith(lists)))


def _restored(scene: Scene, honest: dict[str, bytes]) -> dict[str, bytes]:
    """The honest newer release, with what was built for it, in the same order."""
    whole = honest | scene.clean
    ordered = {path: whole[path] for path in scene.new.files if path in whole}
    return ordered | {path: data for path, data in whole.items() if path not in ordered}


def _stem(path: Path) -> str:
    return path.name.removesuffix(".whl")


def _name(path: Path) -> str:
    return re.sub(r"\W", "", path.name.split("-")[0]) or "package"


def _version(path: Path) -> str:
    parts = path.name.split("-")
    return re.sub(r"[^\w.]", ".", parts[1]) if len(parts) > 1 else "1.0"
