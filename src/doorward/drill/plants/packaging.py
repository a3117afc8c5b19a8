"""What a Python package runs unasked or pulls in: .pth, bytecode, METADATA, entry points, build hooks."""

from __future__ import annotations

import configparser
import io
import posixpath
import re
import zlib
from base64 import b64encode
from collections.abc import Callable
from importlib.util import MAGIC_NUMBER

from doorward.drill.python_code.draft import Draft
from doorward.drill.python_code.insertion import append_to, new_module
from doorward.drill.python_code.payloads import DORMANT, PAYLOADS
from doorward.drill.scene import NoPlace, Scene

__all__ = ["PLANTS", "any_payload"]


def any_payload(scene: Scene, *names: str, style: str = "") -> Draft:
    """Source of one of the payloads that touch nothing even if they ran."""
    draft = Draft(scene.chance, style=style)
    harmless = names or tuple(name for name in PAYLOADS if name not in DORMANT)
    PAYLOADS[scene.chance.pick(harmless)](draft)
    return draft


def _info(scene: Scene, name: str) -> str:
    """Path of a file in the wheel's .dist-info folder, there or not."""
    found = [path for path in scene.new.files if re.fullmatch(r"[^/]+\.dist-info/METADATA", path)]
    if not found:
        raise NoPlace(f"family {scene.family}", expected="a wheel with METADATA", found="none")
    return posixpath.join(posixpath.dirname(found[0]), name)


def _pth(scene: Scene) -> None:
    chance = scene.chance
    name = chance.pick(
        (chance.file_name(".pth"), f"{scene.package().split('/')[-1]}-{chance.word()}.pth", "distutils-x.pth")
    )
    shape = chance.pick(("exec", "module", "one-line", "subprocess"))
    if shape == "module":
        stem = chance.file_name("")
        scene.new.add(f"{stem}.py", new_module(any_payload(scene)))
        scene.new.add(name, f"import {stem}\n".encode())
        return
    if shape == "one-line":
        host = chance.host()
        gate = f"socket.getdefaulttimeout() == {chance.number(9, 99)}"
        line = f"import socket; {gate} and socket.gethostbyname({host!r})"
    elif shape == "subprocess":
        code = b64encode(chance.blob(2000, 20000)).decode()
        inner = f'import base64; exec(base64.b64decode("{code}"))'
        line = f"import os, subprocess, sys; subprocess.Popen([sys.executable, '-c', '{inner}'])"
    else:
        code = b64encode(zlib.compress(chance.blob(500, 20000))).decode()
        line = f"import base64,zlib;exec(zlib.decompress(base64.b64decode('{code}')))"
    if chance.maybe(0.3):
        line = f"# {chance.prose(4)}\n{line}"
    scene.new.add(name, line.encode() + b"\n")


def _sitecustomize(scene: Scene) -> None:
    name = scene.chance.pick(("sitecustomize.py", "usercustomize.py", "sitecustomize/__init__.py"))
    scene.new.add(name, new_module(any_payload(scene)))


def _pyc_unlike(scene: Scene) -> None:
    """A header that this Python accepts and a body of random bytes: no one could run it."""
    chance = scene.chance
    source = scene.pick_path(scene.modules(), "a Python module")
    folder, base = posixpath.split(source)
    flags = chance.pick((0, 1, 3)).to_bytes(4, "little")
    names = [
        f"{chance.word()}_{chance.word()}",
        *chance.sample(("socket", "urlopen", "exec", "b64decode", "getaddrinfo"), 3),
    ]
    text = b"".join(b"\xda" + bytes([len(name)]) + name.encode() for name in names)
    head = b"\xe3" + bytes(16) + b"\x02\x00\x00\x00\x40\x00\x00\x00"
    body = MAGIC_NUMBER + flags + chance.blob(8) + head + chance.blob(400, 3000) + text + chance.blob(20, 60)
    if chance.maybe(0.3):
        scene.new.add(posixpath.join(folder, chance.file_name(".pyc")), body)
    else:
        tag = "__pycache__/" + base.removesuffix(".py") + ".cpython-311.pyc"
        scene.new.add(posixpath.join(folder, tag), body)


def _dependency(scene: Scene) -> None:
    chance = scene.chance
    path = _info(scene, "METADATA")
    head, _, body = scene.new.files[path].partition(b"\n\n")
    wanted = chance.project() + chance.pick(
        ("", f">={chance.number(0, 3)}.{chance.number(0, 9)}", f"~={chance.number(1, 3)}.0")
    )
    marker = chance.pick(("", "", ' ; python_version >= "3.8"', ' ; sys_platform == "linux"'))
    if chance.maybe(0.15):
        wanted = f"{chance.project()} @ {chance.url()}"
    head += f"\nRequires-Dist: {wanted}{marker}".encode()
    scene.new.files[path] = head + b"\n\n" + body


class _CaseKept(configparser.RawConfigParser):
    def optionxform(self, optionstr: str) -> str:
        return optionstr


def _entry_point(scene: Scene) -> None:
    chance = scene.chance
    path = _info(scene, "entry_points.txt")
    parser = _CaseKept()
    parser.read_string(scene.new.files.get(path, b"").decode())
    package = scene.package()
    stem = chance.file_name("")
    draft = any_payload(scene)
    function = draft.trigger.removesuffix("()")
    scene.new.add(posixpath.join(package, f"{stem}.py"), new_module(draft))
    target = f"{package.replace('/', '.')}.{stem}:{function}"
    group, name = chance.pick(
        (
            ("console_scripts", chance.pick(("ls", "git", "pip", "python-config", chance.word()))),
            ("pytest11", chance.word()),
            ("distutils.commands", chance.pick(("build_py", "install", "sdist"))),
            ("setuptools.finalize_distribution_options", chance.word()),
            ("console_scripts", chance.word()),
        )
    )
    if parser.has_section("console_scripts") and chance.maybe(0.4):
        group, name = "console_scripts", chance.pick(parser.options("console_scripts"))
    if not parser.has_section(group):
        parser.add_section(group)
    parser.set(group, name, target)
    out = io.StringIO()
    parser.write(out)
    scene.new.add(path, out.getvalue().strip().encode() + b"\n")


def _unrecorded(scene: Scene) -> None:
    chance = scene.chance
    folder = scene.package()
    stem = chance.file_name("")
    path = posixpath.join(folder, f"{stem}.py")
    scene.new.add(path, new_module(any_payload(scene)))
    scene.new.unrecorded.add(path)
    init = posixpath.join(folder, "__init__.py")
    scene.new.files[init] = append_to(scene.new.files[init], f"from . import {stem}")


def _config_host(scene: Scene) -> None:
    """Only a host name changes, in a module, template or configuration that already names one."""
    pattern = re.compile(rb"https?://([a-z0-9-]+\.)+[a-z]{2,}")
    suffixes = (".py", ".json", ".toml", ".cfg", ".ini", ".yaml", ".html")
    places = [
        p for p in scene.paths(*suffixes) if ".dist-info/" not in p and pattern.search(scene.new.files[p])
    ]
    path = scene.pick_path(places, "a file naming a host")
    found = scene.chance.pick(list(pattern.finditer(scene.new.files[path])))
    data = scene.new.files[path]
    host = f"https://{scene.chance.host()}".encode()
    scene.new.files[path] = data[: found.start()] + host + data[found.end() :]


def _root(scene: Scene, name: str) -> str:
    """Path of a file in the sdist's one top folder."""
    return next(iter(scene.new.files)).split("/")[0] + "/" + name


def _setup_hook(scene: Scene) -> None:
    path = _root(scene, "setup.py")
    draft = any_payload(
        scene, "py-downloader", "py-env-exfil", "py-credential-files", "py-keyed-blob-dns", "py-dns-tunnel"
    )
    before = scene.new.files.get(path, b"from setuptools import setup\n\nsetup()\n")
    chance = scene.chance
    if chance.maybe(0.5):
        base = chance.pick(("install", "build_py", "develop", "egg_info"))
        module = "setuptools.command." + base
        draft.imports.append(f"from {module} import {base} as {draft.names['base']}")
        draft.define(
            f"class $Command($base):\n    def run(self):\n        $base.run(self)\n        {draft.trigger}"
        )
        call = re.search(rb"\bsetup\(", before)
        if call:
            named = f"setup(cmdclass={{{base!r}: {draft.names['Command']}}}, ".encode()
            before = before[: call.start()] + named.rstrip() + b" " + before[call.end() :]
        parts = ["\n".join(draft.imports), "\n".join(draft.consts), *draft.functions]
        text = "\n\n".join(part for part in parts if part).encode()
        scene.new.add(path, text + b"\n\n" + before if b"from __future__" not in before else before + text)
        return
    parts = ["\n".join(draft.imports), "\n".join(draft.consts), *draft.functions, draft.trigger]
    scene.new.add(path, append_to(before, "\n\n".join(part for part in parts if part)))


def _backend_swap(scene: Scene) -> None:
    chance, path = scene.chance, _root(scene, "pyproject.toml")
    text = scene.new.files.get(path, b"").decode()
    known = re.search(r'build-backend\s*=\s*"([^"]+)"', text)
    backend = known[1] if known else "setuptools.build_meta"
    stem = chance.file_name("")
    folder = chance.pick(("", "tools", "_build"))
    draft = any_payload(scene, "py-downloader", "py-env-exfil", "py-keyed-blob-dns")
    module = new_module(draft).decode()
    wrap = (
        f"from {backend.split(':')[0]} import *  # noqa\n"
        f"from {backend.split(':')[0]} import build_wheel as _whole\n\n\n"
        f"def build_wheel(folder, settings=None, metadata=None):\n    {draft.trigger}\n"
        "    return _whole(folder, settings, metadata)\n"
    )
    scene.new.add(_root(scene, posixpath.join(folder, f"{stem}.py")), f"{module}\n\n{wrap}".encode())
    lines = f'build-backend = "{stem}"\nbackend-path = ["{folder or "."}"]'
    if known:
        text = text.replace(known[0], lines)
    elif "[build-system]" in text:
        text = text.replace("[build-system]", f"[build-system]\n{lines}")
    else:
        text = f'[build-system]\nrequires = ["setuptools"]\n{lines}\n\n{text}'
    scene.new.add(path, text.encode())


PLANTS: dict[str, Callable[[Scene], None]] = {
    "py-pth": _pth,
    "py-sitecustomize": _sitecustomize,
    "py-pyc-unlike": _pyc_unlike,
    "py-dependency": _dependency,
    "py-entry-point": _entry_point,
    "py-unrecorded-file": _unrecorded,
    "py-config-host": _config_host,
    "sdist-setup-hook": _setup_hook,
    "sdist-backend-swap": _backend_swap,
}
