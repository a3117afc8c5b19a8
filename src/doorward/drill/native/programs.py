"""Programs compiled at run time by the caller's compilers: shared objects, DLLs, assemblies."""

from __future__ import annotations

from pathlib import Path

from doorward.drill.native.implant_code import draw_implant
from doorward.drill.native.library_code import Library, draw_library
from doorward.drill.scene import Scene

__all__ = ["WINDOWS_COMPILERS", "assembly", "compile_c", "flat_code", "shared_object"]

WINDOWS_COMPILERS = {64: "x86_64-w64-mingw32-gcc", 32: "i686-w64-mingw32-gcc"}
_QUIET = ["-w", "-ffile-prefix-map=.=src"]


def compile_c(
    scene: Scene,
    source: str,
    name: str,
    *,
    compiler: str = "gcc",
    flags: tuple[str, ...] = (),
    objects: tuple[str, ...] = (),
) -> bytes:
    """Compile one C file to a shared object or DLL, stripped, the same bytes for the same source."""
    folder = _fresh(scene, name)
    (folder / "unit.c").write_text(source)
    links = [flag for flag in flags if flag.startswith("-l")]
    options = [flag for flag in flags if not flag.startswith("-l")]
    kind = ["-shared", "-s"] if "mingw" in compiler else ["-shared", "-fPIC", "-s", "-Wl,--build-id=sha1"]
    if "mingw" in compiler:
        kind += ["-Wl,--no-insert-timestamp"]
    command = [compiler, *_QUIET, *kind, *options, "unit.c", *objects, "-o", name, *links]
    scene.toolchain().run(command, folder)
    return (folder / name).read_bytes()


def _fresh(scene: Scene, name: str) -> Path:
    """One folder for each thing built, with the same name every time."""
    count = sum(1 for _ in scene.folder.iterdir())
    folder = scene.folder / f"build-{count:03d}-{Path(name).stem}"
    folder.mkdir()
    return folder


def flat_code(scene: Scene, source: str) -> bytes:
    """Machine code of one C function by itself, position-independent."""
    folder = _fresh(scene, "flat")
    (folder / "unit.c").write_text(source)
    plain = [
        "-O1",
        "-c",
        "-fPIC",
        "-ffreestanding",
        "-fno-asynchronous-unwind-tables",
        "-fcf-protection=none",
    ]
    scene.toolchain().run(["gcc", "-w", *plain, "-fno-stack-protector", "unit.c", "-o", "unit.o"], folder)
    scene.toolchain().run(["objcopy", "-O", "binary", "-j", ".text", "unit.o", "flat"], folder)
    return (folder / "flat").read_bytes()


def assembly(scene: Scene, source: str, name: str, resource: tuple[str, bytes] | None = None) -> bytes:
    """Compile one C# file to an assembly."""
    folder = _fresh(scene, name)
    (folder / "unit.cs").write_text(source)
    command = ["mcs", "-target:library", "-optimize+", "-nowarn:0219,0169,0414,0649", f"-out:{name}"]
    if resource is not None:
        (folder / "part.bin").write_bytes(resource[1])
        command.append(f"-resource:part.bin,{resource[0]}")
    scene.toolchain().run([*command, "-r:System.dll", "-r:System.Core.dll", "unit.cs"], folder)
    return (folder / name).read_bytes()


def shared_object(scene: Scene, name: str, library: Library | None = None) -> bytes:
    """A shared object that is not what it was: a small library with an inert addition."""
    library = library or draw_library(scene.chance)
    implant = draw_implant(scene.chance, windows=False)
    source = library.source(newer=True, head=implant.head, body=implant.body, call=implant.call)
    return compile_c(scene, source, name, flags=(library.optimise, *implant.links))
