"""Plants in build files of an sdist: an m4 macro, a configure script, a make or CMake step, as in xz 5.6."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from doorward.drill.chance import Chance
from doorward.drill.scene import Scene

__all__ = ["PLANTS"]


def _root(scene: Scene) -> str:
    return next(iter(scene.new.files)).split("/")[0]


def _data_file(scene: Scene) -> str:
    """A test file with the payload, and its path within the tree."""
    chance = scene.chance
    suffix = chance.pick((".xz", ".lzma", ".bin", ".dat", ".gz", ".png", ".txt"))
    inner = posixpath.join(
        chance.pick(("tests/files", "test/data", "testdata", "extras")), chance.file_name(suffix)
    )
    blob = chance.blob(1000, 30000)
    scene.new.add(f"{_root(scene)}/{inner}", b"\xfd7zXZ\x00" + blob if suffix == ".xz" else blob)
    return inner


def _decode_line(chance: Chance, data: str, variable: str) -> str:
    """A shell pipeline from a data file into a shell; the data are random, so it would only fail."""
    path = f"${variable}/{data}"
    cut = chance.pick(
        (
            f"tail -c +{chance.number(7, 64)} {path}",
            f"sed -n '2,$p' {path}",
            f"dd if={path} bs=1 skip={chance.number(4, 40)} 2>/dev/null",
            f"cat {path}",
            f"head -c +{chance.number(1000, 9000)} {path}",
        )
    )
    alphabet = chance.pick(
        (r"'\t \-_' ' \t_\-'", "'A-Za-z' 'N-ZA-Mn-za-m'", r"'\5-\51\204-\377' '\0-\45\115-\132'")
    )
    steps = chance.sample(
        (f"tr {alphabet}", "xz -dc 2>/dev/null", "base64 -d", "gzip -dc", "rev", "openssl enc -d -rc4 -k "
         + chance.word(), f"awk '{{print substr($0, {chance.number(2, 9)})}}'"), chance.number(1, 3)
    )  # fmt: skip
    end = chance.pick(("/bin/sh", "sh", "$SHELL", "bash", f"sh -s {chance.word()}"))
    return " | ".join((cut, *steps, end))


def _hidden_shell(chance: Chance, data: str, variable: str) -> str:
    """The pipeline, plain, in a variable, or by eval."""
    line = _decode_line(chance, data, variable)
    name = f"{chance.word()}_{chance.word()}"
    shape = chance.number(0, 3)
    if shape == 1:
        return f"{name}='{line.replace(chr(39), chr(34))}'\neval \"${name}\" >/dev/null 2>&1"
    if shape == 2:
        return f"test -f ${variable}/{data} && {line} >/dev/null 2>&1"
    if shape == 3:
        return f"if test x$cross_compiling = xmaybe; then\n  {line}\nfi"
    return f"{line} >/dev/null 2>&1"


def _m4(scene: Scene) -> None:
    chance, data = scene.chance, _data_file(scene)
    there = scene.paths(".m4")
    body = _hidden_shell(chance, data, "srcdir")
    name = f"gl_{chance.word()}_{chance.word()}".upper()
    macro = (
        f"# {chance.word()}.m4 serial {chance.number(1, 40)}\ndnl {chance.prose(8)}\n"
        f"AC_DEFUN([{name}], [\n  AC_REQUIRE([AC_PROG_SED])dnl\n  [{body}]\n])\n"
    )
    if there and chance.maybe(0.5):
        path = chance.pick(there)
        scene.new.files[path] = scene.new.files[path].rstrip() + b"\n\n" + macro.encode()
        return
    folder = posixpath.dirname(chance.pick(there)) if there else f"{_root(scene)}/m4"
    scene.new.add(posixpath.join(folder, f"{chance.word()}-to-{chance.word()}.m4"), macro.encode())


_CONFIGURE = """#! /bin/sh
# Guess values for system-dependent variables and create Makefiles.
srcdir=`dirname "$0"`
prefix=/usr/local
for ac_option
do
  case $ac_option in
  --prefix=*) prefix=`expr "x$ac_option" : 'x--prefix=\\\\(.*\\\\)'` ;;
  esac
done
echo "checking for gcc... gcc"
CC=${CC-gcc}
sed "s,@CC@,$CC,g;s,@prefix@,$prefix,g" "$srcdir/Makefile.in" > Makefile
"""


def _configure(scene: Scene) -> None:
    chance, data = scene.chance, _data_file(scene)
    there = [path for path in scene.new.files if posixpath.basename(path) == "configure"]
    if there:
        path = chance.pick(there)
    else:
        # A project without one: both releases have the same plain script, the newer one more in it.
        path = f"{_root(scene)}/configure"
        scene.new.add(path, _CONFIGURE.encode(), 0o755)
        scene.old.add(f"{next(iter(scene.old.files)).split('/')[0]}/configure", _CONFIGURE.encode(), 0o755)
        scene.clean[path] = _CONFIGURE.encode()
    lines = scene.new.files[path].decode("utf-8", "surrogateescape").split("\n")
    ends = [
        i for i, line in enumerate(lines) if line in ("fi", "done", "esac", "}") or line.startswith("echo ")
    ]
    at = chance.pick(ends[len(ends) // 2 :] or [len(lines) - 1]) + 1
    lines[at:at] = _hidden_shell(chance, data, "srcdir").split("\n")
    scene.new.files[path] = "\n".join(lines).encode("utf-8", "surrogateescape")


def _makefile(scene: Scene) -> None:
    chance, data = scene.chance, _data_file(scene)
    makes = [
        p for p in scene.new.files if posixpath.basename(p) in ("Makefile", "Makefile.in", "GNUmakefile")
    ]
    cmakes = [p for p in scene.new.files if posixpath.basename(p) == "CMakeLists.txt"]
    if cmakes and (not makes or chance.maybe(0.5)):
        path = chance.pick(cmakes)
        line = _decode_line(chance, data, "{CMAKE_SOURCE_DIR}").replace('"', '\\"')
        step = chance.pick(
            (
                f'execute_process(COMMAND sh -c "{line}")',
                f'add_custom_target({chance.word()}_gen ALL COMMAND sh -c "{line}")',
            )
        )
        scene.new.files[path] += f"\n{step}\n".encode()
        return
    path = chance.pick(makes) if makes else f"{_root(scene)}/Makefile"
    line = (
        _decode_line(chance, data, "(srcdir)")
        .replace("$0", "$$0")
        .replace(",$p", ",$$p")
        .replace("$SHELL", "sh")
    )
    text = chance.pick(
        (
            f"\n{chance.word()}-check: all\n\t@{line}\n",
            f"\nall: {chance.word()}-stamp\n\n%-stamp:\n\t@{line} || true\n",
            f"\nSETUP := $(shell {line})\n",
        )
    )
    scene.new.add(path, scene.new.files.get(path, b"all:\n\t@true\n") + text.encode())


PLANTS: dict[str, Callable[[Scene], None]] = {
    "sdist-m4": _m4,
    "sdist-configure": _configure,
    "sdist-makefile": _makefile,
}
