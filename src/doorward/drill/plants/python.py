"""Python source planted in a wheel or sdist: in an existing module, or in a new one."""

from __future__ import annotations

import posixpath
import struct
import zlib
from collections.abc import Callable

from doorward.drill.chance import Chance
from doorward.drill.python_code.decoders import decoder
from doorward.drill.python_code.draft import Draft
from doorward.drill.python_code.insertion import append_to, new_module, place
from doorward.drill.python_code.payloads import DORMANT, PAYLOADS
from doorward.drill.python_code.runs import runner
from doorward.drill.scene import Scene

__all__ = ["PLANTS", "plant_draft", "png"]


def plant_draft(scene: Scene, draft: Draft, *, dormant: bool = False) -> str:
    """Put a finished draft somewhere and give the path it went to."""
    chance = scene.chance
    modules = scene.modules()
    if modules and chance.maybe(0.65):
        path = chance.pick(modules)
        scene.new.files[path] = place(draft, scene.new.files[path], dormant=dormant)
        return path
    folder = posixpath.dirname(chance.pick(modules)) if modules else scene.package()
    path = posixpath.join(folder, chance.file_name(".py"))
    scene.new.add(path, new_module(draft, dormant=dormant))
    _refer_to(scene, path)
    return path


def _refer_to(scene: Scene, path: str) -> None:
    """Mostly, something imports a new module; sometimes nothing does (yet)."""
    folder, stem = posixpath.dirname(path), posixpath.basename(path).removesuffix(".py")
    init = posixpath.join(folder, "__init__.py")
    if init not in scene.new.files or scene.chance.maybe(0.3):
        return
    line = scene.chance.pick((f"from . import {stem}", f"from .{stem} import *", f"import {stem}"))
    if line.startswith("import"):
        line = f"import {folder.replace('/', '.').removeprefix('src.')}.{stem}"
    scene.new.files[init] = append_to(scene.new.files[init], f"{line}  # noqa")


def _source(scene: Scene) -> None:
    draft = Draft(scene.chance)
    PAYLOADS[scene.family](draft)
    plant_draft(scene, draft, dormant=scene.family in DORMANT)


def _loader(scene: Scene, data_path: str, cut: Callable[[Draft, str], str]) -> None:
    """A module that reads the data file, cuts the payload out, decodes and runs it."""
    chance = scene.chance
    draft = Draft(chance)
    decode = decoder(draft)
    run = runner(draft)
    package = scene.package()
    inner = posixpath.relpath(data_path, package)
    name = package.replace("/", ".").removeprefix("src.")
    os = draft.use("os")
    ways = [
        f"{draft.use('pkgutil')}.get_data({name!r}, {inner!r})",
        f"{draft.use('importlib.resources')}.files({name!r}).joinpath({inner!r}).read_bytes()",
        f"open({os}.path.join({os}.path.dirname(__file__), {inner!r}), 'rb').read()",
        f"{draft.use('pathlib')}.Path(__file__).with_name({posixpath.basename(inner)!r}).read_bytes()",
    ]
    read = chance.pick(ways)
    draft.define(f"def $main():\n    $raw = {read}\n    {run}({decode}({cut(draft, '$raw')}))")
    draft.trigger = f"{draft.names['main']}()"
    plant_draft(scene, draft)


def _whole(_draft: Draft, name: str) -> str:
    return name


def _staged_data(scene: Scene) -> None:
    chance, folder = scene.chance, scene.package()
    blob = chance.blob(2000, 40000)
    existing = [
        p
        for p in scene.new.files
        if p.startswith(folder + "/") and p.endswith((".json", ".txt", ".dat", ".html"))
    ]
    if existing and chance.maybe(0.4):
        path = chance.pick(existing)
        before = scene.new.files[path]
        scene.new.files[path] = before + b"\n" + blob
        _loader(scene, path, lambda _d, raw: f"{raw}[{len(before) + 1}:]")
        return
    suffix = chance.pick((".dat", ".bin", ".mo", ".db", ".json", ".woff2", ".txt", ".tmpl", ".pyi", ""))
    path = posixpath.join(folder, chance.pick(("", "data", "locale", "static")), chance.file_name(suffix))
    if suffix in (".json", ".txt", ".pyi"):
        scene.new.add(path, b'{"v": 1, "data": "' + blob.hex().encode() + b'"}\n')
        _loader(scene, path, lambda _d, raw: f"bytes.fromhex({raw}[18:-3].decode())")
    else:
        scene.new.add(path, blob)
        _loader(scene, path, _whole)


def png(chance: Chance, extra: bytes = b"") -> bytes:
    """A small genuine picture (a soft gradient), with extra chunks before its end (RFC 2083)."""
    width, height = chance.number(16, 64), chance.number(16, 64)
    step = chance.number(1, 5)
    rows = b"".join(b"\x00" + bytes((x * step + y) % 256 for x in range(width * 3)) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    picture = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9))
    return picture + extra + chunk(b"IEND", b"")


def chunk(kind: bytes, data: bytes) -> bytes:
    """One PNG chunk with its check sum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _picture(scene: Scene) -> tuple[str, bytes]:
    """A picture of the package, or a new one."""
    pictures = [path for path in scene.paths(".png") if path.startswith(scene.package() + "/")]
    if pictures and scene.chance.maybe(0.7):
        path = scene.chance.pick(pictures)
        return path, scene.new.files[path]
    path = posixpath.join(
        scene.package(), scene.chance.pick(("static", "img", "")), scene.chance.file_name(".png")
    )
    return path, png(scene.chance)


def _image_trailer(scene: Scene) -> None:
    path, picture = _picture(scene)
    blob = scene.chance.blob(800, 20000)
    scene.new.add(path, picture + blob)
    if scene.chance.maybe(0.5):
        _loader(scene, path, lambda _d, raw: f"{raw}[{len(picture)}:]")
    else:
        _loader(scene, path, lambda _d, raw: f"{raw}.partition(b'IEND')[2][4:]")


def _png_chunk(scene: Scene) -> None:
    path, picture = _picture(scene)
    chance = scene.chance
    kind = chance.pick((b"tEXt", b"zTXt", b"iTXt", b"prVt", b"eXIf", b"npTc"))
    blob = chance.blob(800, 20000)
    body = b"Comment\x00" + blob.hex().encode() if kind == b"tEXt" else blob
    end = picture.rindex(b"IEND") - 4
    scene.new.add(path, picture[:end] + chunk(kind, body) + picture[end:])
    _loader(scene, path, lambda _d, raw: f"{raw}.partition({kind!r})[2][:{len(body)}]")


_MAGICS = {
    ".ttf": b"\x00\x01\x00\x00",
    ".xz": b"\xfd7zXZ\x00\x00\x04",
    ".zip": b"PK\x03\x04",
    ".gz": b"\x1f\x8b\x08",
    ".wav": b"RIFF",
    ".npy": b"\x93NUMPY\x01\x00",
    ".der": b"0\x82",
}
"""First bytes that fit the suffix, before what does not."""


def _test_data(scene: Scene) -> None:
    chance, folder = scene.chance, scene.package()
    suffix = chance.pick((".ttf", ".xz", ".bin", ".npy", ".zip", ".wav", ".pcap", ".der", ".gz"))
    magic = _MAGICS.get(suffix, b"")
    path = posixpath.join(
        folder, chance.pick(("tests/data", "testing/files", "fonts", "_data")), chance.file_name(suffix)
    )
    scene.new.add(path, magic + chance.blob(3000, 60000))
    _loader(scene, path, lambda _d, raw: f"{raw}[{len(magic)}:]")


PLANTS: dict[str, Callable[[Scene], None]] = {
    **dict.fromkeys(PAYLOADS, _source),
    "py-staged-data": _staged_data,
    "py-image-trailer": _image_trailer,
    "py-png-chunk": _png_chunk,
    "py-test-data": _test_data,
}
