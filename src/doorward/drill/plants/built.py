"""Native and managed programs compiled in two benign versions, the newer one with an inert addition.

Both releases of the pair get the library; the honest newer version is kept in `scene.clean`, so
that what the judge says of the same rebuild without an implant can be asked too.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from pathlib import Path

from doorward.drill.native.implant_code import CImplant, draw_implant
from doorward.drill.native.library_code import Library, draw_library
from doorward.drill.native.managed_code import benign_source, managed_implant
from doorward.drill.native.programs import WINDOWS_COMPILERS, assembly, compile_c
from doorward.drill.scene import Scene

__all__ = ["PLANTS"]


def _carry(scene: Scene, name: str, old: bytes, clean: bytes, planted: bytes) -> None:
    """Put the three versions where a package would keep its native parts."""
    folder = posixpath.join(scene.package(), scene.chance.pick(("lib", "_native", "bin", "vendor")))
    path = posixpath.join(folder, name)
    scene.old.add(path, old, 0o755)
    scene.new.add(path, planted, 0o755)
    scene.clean[path] = clean


def _dll(
    scene: Scene, library: Library, implant: CImplant | None, extra: str = "", bits: int = 64, **more: bytes
) -> bytes:
    """The newer version of a DLL; with `old=True` in `more` the older one."""
    flags = (library.optimise, *(implant.links if implant else ()))
    head = implant.head if implant else ""
    body = f"{implant.body}\n{extra}" if implant else extra
    call = implant.call if implant and not extra else ""
    source = library.source(newer=not more.get("old"), head=head, body=body, call=call)
    return compile_c(scene, source, f"{library.name}.dll", compiler=WINDOWS_COMPILERS[bits], flags=flags)


def _shadowpad(scene: Scene) -> None:
    library = draw_library(scene.chance)
    implant = draw_implant(scene.chance, windows=True)
    extra = ""
    if scene.chance.maybe(0.3):
        extra = (
            "BOOL WINAPI DllMain(HINSTANCE h, DWORD why, LPVOID x) {\n    (void)h; (void)x;\n"
            f"    if (why == 1) {implant.function}();\n    return TRUE;\n}}"
        )
    old, clean = _dll(scene, library, None, old=b"1"), _dll(scene, library, None)
    _carry(scene, f"{library.name}.dll", old, clean, _dll(scene, library, implant, extra))


def _tls(scene: Scene) -> None:
    library = draw_library(scene.chance)
    implant = draw_implant(scene.chance, windows=True)
    extra = (
        "static void NTAPI early(PVOID h, DWORD why, PVOID x) {\n    (void)h; (void)x;\n"
        f"    if (why == 1) {implant.function}();\n}}\n"
        "extern IMAGE_TLS_DIRECTORY _tls_used;\n"
        '__attribute__((section(".CRT$XLC"), used)) PIMAGE_TLS_CALLBACK early_entry = early;\n'
        "EXPORT const void *tls_anchor(void) { return &_tls_used; }"
    )
    old, clean = _dll(scene, library, None, old=b"1"), _dll(scene, library, None)
    _carry(scene, f"{library.name}.dll", old, clean, _dll(scene, library, implant, extra))


def _twin(scene: Scene) -> None:
    """Both widths are rebuilt; only one carries the addition."""
    library = draw_library(scene.chance)
    implant = draw_implant(scene.chance, windows=True)
    guilty = scene.chance.pick((32, 32, 64))
    folder = posixpath.join(scene.package(), scene.chance.pick(("lib", "bin", "vendor")))
    for bits in (64, 32):
        path = posixpath.join(folder, scene.chance.pick((f"win{bits}", f"x{bits}")), f"{library.name}.dll")
        scene.old.add(path, _dll(scene, library, None, bits=bits, old=b"1"), 0o755)
        clean = _dll(scene, library, None, bits=bits)
        scene.clean[path] = clean
        scene.new.add(path, _dll(scene, library, implant, bits=bits) if bits == guilty else clean, 0o755)


def _resource(scene: Scene) -> None:
    """The blob is a resource of type RCDATA, found, decoded and never reached."""
    chance, library = scene.chance, draw_library(scene.chance)
    blob = chance.blob(3000, 40000)
    number = chance.number(101, 999)
    found = f"FindResourceA(NULL, MAKEINTRESOURCEA({number}), (char *)10)"
    find = f"(const unsigned char *)LockResource(LoadResource(NULL, {found}))"
    implant = draw_implant(chance, windows=True, blob=find, size=len(blob))
    folder = scene.folder / "resource"
    folder.mkdir(exist_ok=True)
    (folder / "part.bin").write_bytes(blob)
    (folder / "part.rc").write_text(f'{number} RCDATA "part.bin"\n')
    tools = scene.toolchain()
    tools.run(["x86_64-w64-mingw32-windres", "part.rc", "-O", "coff", "-o", "part.o"], folder)
    source = library.source(newer=True, head=implant.head, body=implant.body, call=implant.call)
    planted = compile_c(
        scene,
        source,
        f"{library.name}.dll",
        compiler=WINDOWS_COMPILERS[64],
        flags=(library.optimise, *implant.links),
        objects=(str(Path("..") / "resource" / "part.o"),),
    )
    old, clean = _dll(scene, library, None, old=b"1"), _dll(scene, library, None)
    _carry(scene, f"{library.name}.dll", old, clean, planted)


def _so(scene: Scene, extra: Callable[[CImplant, Library], str], *, call: bool) -> None:
    library = draw_library(scene.chance)
    implant = draw_implant(scene.chance, windows=False)
    name = f"lib{library.name}.so"
    old = compile_c(scene, library.source(newer=False), name, flags=(library.optimise,))
    clean = compile_c(scene, library.source(newer=True), name, flags=(library.optimise,))
    body = f"{implant.body}\n{extra(implant, library)}"
    source = library.source(newer=True, head=implant.head, body=body, call=implant.call if call else "")
    planted = compile_c(scene, source, name, flags=(library.optimise, *implant.links))
    _carry(scene, name, old, clean, planted)


def _constructor(scene: Scene) -> None:
    _so(
        scene,
        lambda implant, _lib: (
            f"__attribute__((constructor)) static void early(void) {{ {implant.function}(); }}"
        ),
        call=False,
    )


def _blob_imports(scene: Scene) -> None:
    _so(scene, lambda _implant, _lib: "", call=True)


def _ifunc(scene: Scene) -> None:
    def extra(implant: CImplant, library: Library) -> str:
        return (
            f"static int plain_{library.name}(int x) {{ return x + 1; }}\n"
            f"static int (*choose_{library.name}(void))(int) {{\n    {implant.function}();\n"
            f"    return plain_{library.name};\n}}\n"
            f'EXPORT int {library.name}_step(int x) __attribute__((ifunc("choose_{library.name}")));'
        )

    _so(scene, extra, call=False)


def _weaker(scene: Scene) -> None:
    """Control: the same library with a comparison that always passes."""
    library = draw_library(scene.chance)
    name = f"lib{library.name}.so"
    check = (
        "EXPORT int CHECK_tag(const unsigned char *a, const unsigned char *b, int n) {\n"
        "    int i, d = 0;\n    for (i = 0; i < n; i++) d |= a[i] ^ b[i];\n    return d == 0;\n}"
    ).replace("CHECK", library.name)
    weak = check.replace("i < n", "i < 1")
    builds = [
        compile_c(scene, library.source(newer=newer, body=body), name, flags=(library.optimise,))
        for newer, body in ((False, check), (True, check), (True, weak))
    ]
    _carry(scene, name, *builds)


def _managed(scene: Scene, shape: str) -> None:
    chance = scene.chance
    before, after, (prefix,) = benign_source(chance)
    name = f"{prefix}.{chance.pick(('Core', 'Common', 'Client'))}.dll"
    resource = (
        f"{prefix}.{chance.word()}.{chance.pick(('resources', 'bin', 'dat'))}",
        chance.blob(3000, 20000),
    )
    text, _, call = managed_implant(chance, shape, resource[0]).partition("|")
    planted = after.rstrip().removesuffix("}") + text + "}\n"
    first = planted.find(") { ")
    planted = f"{planted[: first + 4]}{call.strip()} {planted[first + 4 :]}" if chance.maybe(0.6) else planted
    _carry(
        scene,
        name,
        assembly(scene, before, name),
        assembly(scene, after, name),
        assembly(scene, planted, name, resource if shape == "resource" else None),
    )


PLANTS: dict[str, Callable[[Scene], None]] = {
    "pe-compiled-shadowpad": _shadowpad,
    "pe-tls-callback": _tls,
    "pe-twin": _twin,
    "pe-resource": _resource,
    "elf-init-array": _constructor,
    "elf-blob-imports": _blob_imports,
    "elf-ifunc": _ifunc,
    "logic-c-comparison": _weaker,
    "net-type": lambda scene: _managed(scene, "type"),
    "net-resource": lambda scene: _managed(scene, "resource"),
    "net-user-strings": lambda scene: _managed(scene, "strings"),
    "net-vendor-server": lambda scene: _managed(scene, "vendor"),
}
