"""Plants in finished executables, where their source is not at hand: sections, segments, imports, caves.

PE edits follow Microsoft's PE format; ELF edits follow the System V ABI. What is put in is a
decoder compiled on the spot and random bytes.
"""

from __future__ import annotations

import posixpath
import struct
from array import array
from collections.abc import Callable

import lief

from doorward.drill.native.implant_code import decode_statement, draw_implant
from doorward.drill.native.library_code import draw_library
from doorward.drill.native.programs import compile_c, flat_code, shared_object
from doorward.drill.plants.python import plant_draft
from doorward.drill.python_code.draft import Draft
from doorward.drill.scene import NoPlace, Scene

__all__ = ["PLANTS"]


def _programs(scene: Scene, magic: bytes, limit: int = 8_000_000) -> list[str]:
    return [
        path for path, data in scene.new.files.items()
        if data[: len(magic)] == magic and 4000 < len(data) < limit
    ]  # fmt: skip


def _code(scene: Scene) -> bytes:
    """Machine code of a decoder loop, position-independent."""
    source = (
        "void unit(unsigned char *p, const unsigned char *q, const unsigned char *k, unsigned n) {\n"
        f"    unsigned i; {decode_statement(scene.chance)}\n}}\n"
    )
    return flat_code(scene, source)


def _pe_checksum(data: bytearray) -> None:
    """Make the optional header's CheckSum true again (ImageHlp's sum), as a linker would."""
    (start,) = struct.unpack_from("<I", data, 0x3C)
    place = start + 88
    struct.pack_into("<I", data, place, 0)
    words = array("H", bytes(data) + bytes(len(data) % 2))
    total = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    struct.pack_into("<I", data, place, total + len(data))


def _directory(data: bytes | bytearray, index: int) -> int:
    """File offset of a data directory's entry."""
    (start,) = struct.unpack_from("<I", data, 0x3C)
    (magic,) = struct.unpack_from("<H", data, start + 24)
    return int(start) + 24 + (112 if magic == 0x20B else 96) + 8 * index


def _cert_table(scene: Scene) -> None:
    """Bytes that the signature does not cover: in its entry, in another entry, or behind the entries."""
    chance = scene.chance
    signed = [
        p
        for p in _programs(scene, b"MZ")
        if struct.unpack_from("<I", scene.new.files[p], _directory(scene.new.files[p], 4))[0]
    ]
    path = scene.pick_path(signed, "a signed DLL")
    data = bytearray(scene.new.files[path])
    place = _directory(data, 4)
    offset, size = struct.unpack_from("<II", data, place)
    blob = chance.blob(chance.number(8, 3000) * 8)
    shape = chance.number(0, 2)
    if shape == 0:
        (length,) = struct.unpack_from("<I", data, offset)
        struct.pack_into("<I", data, offset, length + len(blob) + (-length % 8))
    elif shape == 1:
        blob = struct.pack("<IHH", len(blob) + 8, 0x200, chance.pick((0x0EF1, 2, 9))) + blob
    struct.pack_into("<I", data, place + 4, size + len(blob))
    data[offset + size : offset + size] = blob
    _pe_checksum(data)
    scene.new.files[path] = bytes(data)


def _overlay(scene: Scene) -> None:
    chance = scene.chance
    path = scene.pick_path(_programs(scene, b"MZ"), "a DLL")
    blob = chance.pick((b"", b"", b"PK\x03\x04", b"7z\xbc\xaf\x27\x1c", b"MZ")) + chance.blob(500, 40000)
    data = bytearray(scene.new.files[path] + bytes(-len(scene.new.files[path]) % 8) + blob)
    _pe_checksum(data)
    scene.new.files[path] = bytes(data)


_API = (
    ("kernel32.dll", ("VirtualAlloc", "VirtualProtect", "CreateThread")),
    ("ws2_32.dll", ("WSAStartup", "gethostbyname", "sendto")),
    ("dnsapi.dll", ("DnsQuery_A",)),
    ("wininet.dll", ("InternetOpenA", "InternetOpenUrlA", "InternetReadFile")),
    ("urlmon.dll", ("URLDownloadToFileA",)),
)


def _parsed(scene: Scene, path: str) -> lief.PE.Binary:
    binary = lief.PE.parse(list(scene.new.files[path]))
    if binary is None:
        raise NoPlace(f"family {scene.family}", expected="a PE file that LIEF reads", found=path)
    return binary


def _section(scene: Scene, binary: lief.PE.Binary, content: bytes) -> lief.PE.Section:
    kind = lief.PE.Section.CHARACTERISTICS
    section = lief.PE.Section(
        scene.chance.pick((".text2", ".rdata2", ".code", ".init", ".tls1", ".xdata2", ".bind"))
    )
    section.content = memoryview(content)
    flags = kind.MEM_READ.value | kind.CNT_CODE.value | kind.MEM_EXECUTE.value
    section.characteristics = flags | (kind.MEM_WRITE.value if scene.chance.maybe(0.5) else 0)
    added = binary.add_section(section)
    if added is None:
        raise NoPlace(f"family {scene.family}", expected="room for a section header", found="none")
    return added


def _written(scene: Scene, path: str, binary: lief.PE.Binary, *, imports: bool) -> None:
    config = lief.PE.Builder.config_t()
    config.imports = imports
    target = scene.folder / "written.bin"
    binary.write(str(target), config)
    data = bytearray(target.read_bytes())
    _pe_checksum(data)
    scene.new.files[path] = bytes(data)


def _section_import(scene: Scene) -> None:
    path = scene.pick_path(_programs(scene, b"MZ", 3_000_000), "a DLL")
    binary = _parsed(scene, path)
    _section(scene, binary, _code(scene) + scene.chance.blob(1500, 30000))
    for library, functions in scene.chance.sample(_API, 2):
        added = binary.add_import(library)
        for function in functions:
            added.add_entry(function)
    _written(scene, path, binary, imports=True)


def _entry_moved(scene: Scene) -> None:
    path = scene.pick_path(_programs(scene, b"MZ", 3_000_000), "a DLL")
    binary = _parsed(scene, path)
    code = _code(scene)
    section = _section(scene, binary, code + bytes(5) + scene.chance.blob(1500, 20000))
    back = binary.optional_header.addressof_entrypoint - (section.virtual_address + len(code) + 5)
    content = bytearray(section.content)
    content[len(code) : len(code) + 5] = b"\xe9" + struct.pack("<i", back)
    section.content = memoryview(bytes(content))
    binary.optional_header.addressof_entrypoint = section.virtual_address
    _written(scene, path, binary, imports=False)


def _elf(scene: Scene, path: str) -> lief.ELF.Binary:
    binary = lief.ELF.parse(list(scene.new.files[path]))
    if binary is None:
        raise NoPlace(f"family {scene.family}", expected="an ELF file that LIEF reads", found=path)
    return binary


def _elf_written(scene: Scene, path: str, binary: lief.ELF.Binary) -> None:
    target = scene.folder / "written.elf"
    binary.write(str(target))
    scene.new.files[path] = target.read_bytes()


def _needed(scene: Scene) -> None:
    chance = scene.chance
    path = scene.pick_path(_programs(scene, b"\x7fELF", 25_000_000), "a shared object")
    binary = _elf(scene, path)
    name = f"lib{chance.word()}{chance.word()}.so.{chance.number(0, 3)}"
    binary.add_library(name)
    if chance.maybe(0.7):
        scene.new.add(posixpath.join(posixpath.dirname(path), name), shared_object(scene, name), 0o755)
    _elf_written(scene, path, binary)


def _with_segment(scene: Scene, binary: lief.ELF.Binary) -> int:
    """One more loadable segment of code and random data; gives its address."""
    flags = lief.ELF.Segment.FLAGS
    segment = lief.ELF.Segment()
    segment.type = lief.ELF.Segment.TYPE.LOAD
    segment.flags = flags.R | flags.X | (flags.W if scene.chance.maybe(0.5) else flags.R)
    segment.content = memoryview(_code(scene) + scene.chance.blob(2000, 30000))
    segment.alignment = 0x1000
    added = binary.add(segment)
    if added is None:
        raise NoPlace(f"family {scene.family}", expected="room for a segment", found="none")
    return int(added.virtual_address)


def _segment(scene: Scene) -> None:
    path = scene.pick_path(_programs(scene, b"\x7fELF", 25_000_000), "a shared object")
    binary = _elf(scene, path)
    address = _with_segment(scene, binary)
    if scene.chance.maybe(0.6):
        _redirect(binary, address)
    _elf_written(scene, path, binary)


def _redirect(binary: lief.ELF.Binary, address: int) -> None:
    """Lead one initialiser to an address: through its relocation, or DT_INIT."""
    section = binary.get_section(".init_array")
    if section is not None:
        for relocation in binary.dynamic_relocations:
            if section.virtual_address <= relocation.address < section.virtual_address + section.size:
                relocation.addend = address
                return
    init = binary.get(lief.ELF.DynamicEntry.TAG.INIT)
    if init is not None:
        init.value = address


def _deb_init(scene: Scene) -> None:
    programs = [path for path in _programs(scene, b"\x7fELF", 4_000_000) if path.startswith("data/")]
    path = scene.pick_path(programs, "an ELF program")
    binary = _elf(scene, path)
    _redirect(binary, _with_segment(scene, binary))
    _elf_written(scene, path, binary)


def _code_cave(scene: Scene) -> None:
    """Code written behind the end of the executable segment, up to its page's end, DT_INIT redirected."""
    paths = _programs(scene, b"\x7fELF")
    scene.chance.shuffle(paths)
    code = _code(scene)
    for path in paths:
        changed = _caved(bytearray(scene.new.files[path]), code)
        if changed is not None:
            scene.new.files[path] = changed
            return
    raise NoPlace(f"family {scene.family}", expected="an ELF file with padding behind its code", found="none")


def _caved(data: bytearray, code: bytes) -> bytes | None:
    (table,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    heads = [struct.unpack_from("<IIQQQQQQ", data, table + size * i) for i in range(count)]
    dynamic = next((head for head in heads if head[0] == 2), None)
    for index, (kind, flags, offset, address, _, filled, memory, _) in enumerate(heads):
        end = offset + filled
        if kind != 1 or not flags & 1 or filled != memory or dynamic is None:
            continue
        room = len(code) + 5
        if (
            data[end : end + room].strip(b"\x00")
            or (end + room) // 4096 != end // 4096
            or end + room > len(data)
        ):
            continue
        for place in range(dynamic[2], dynamic[2] + dynamic[5], 16):
            tag, value = struct.unpack_from("<QQ", data, place)
            if tag == 12:
                back = value - (address + filled + room)
                data[end : end + room] = code + b"\xe9" + struct.pack("<i", back)
                struct.pack_into("<Q", data, place + 8, address + filled)
                struct.pack_into("<QQ", data, table + size * index + 32, filled + room, memory + room)
                return bytes(data)
    return None


def _native_swapped(scene: Scene) -> None:
    """Another program behind the module's own entry."""
    modules = [
        p
        for p in _programs(scene, b"\x7fELF", 60_000_000)
        if posixpath.basename(p).count(".") and ".libs/" not in p
    ]
    path = scene.pick_path(modules, "an extension module")
    name = posixpath.basename(path)
    implant, library = draw_implant(scene.chance, windows=False), draw_library(scene.chance)
    entry = f"EXPORT void *PyInit_{name.split('.')[0]}(void) {{ {implant.function}(); return 0; }}"
    source = library.source(newer=True, head=implant.head, body=f"{implant.body}\n{entry}")
    scene.new.files[path] = compile_c(scene, source, name, flags=(library.optimise, *implant.links))


def _native_loaded(scene: Scene) -> None:
    chance = scene.chance
    name = chance.file_name(chance.pick((".so", ".so", ".abi3.so", ".bin", ".dat")))
    scene.new.add(posixpath.join(scene.package(), name), shared_object(scene, name), 0o755)
    draft = Draft(chance)
    load = chance.pick(
        (f"{draft.use('ctypes')}.CDLL($path)", f"{draft.use('ctypes')}.cdll.LoadLibrary($path)")
    )
    where = f"{draft.use('os')}.path.join({draft.use('os')}.path.dirname(__file__), {name!r})"
    draft.define(f"def $main():\n    $path = {where}\n    return {load}.{chance.word()}_start()")
    draft.trigger = f"{draft.names['main']}()"
    plant_draft(scene, draft, dormant=True)


PLANTS: dict[str, Callable[[Scene], None]] = {
    "pe-cert-table": _cert_table,
    "pe-overlay": _overlay,
    "pe-section-import": _section_import,
    "pe-entry-moved": _entry_moved,
    "elf-needed": _needed,
    "elf-segment": _segment,
    "elf-code-cave": _code_cave,
    "deb-init-array": _deb_init,
    "py-native-swapped": _native_swapped,
    "py-native-loaded": _native_loaded,
}
