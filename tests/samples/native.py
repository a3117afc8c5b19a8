"""Native programs for tests of probes, compiled at test time from text, and never run."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

__all__ = ["BASE", "IMPLANTED", "assembly", "dll", "shared_object"]

BASE = """
#include <stddef.h>
static const char *names[] = {"alpha", "beta", "gamma"};
EXPORT int count_words(const char *text) {
  int words = 0, inside = 0;
  for (; *text; text++) {
    int blank = *text == ' ' || *text == '\\n';
    if (!blank && !inside) words++;
    inside = !blank;
  }
  return words;
}
EXPORT const char *name_of(int index) { return names[index % 3]; }
"""

IMPLANTED = (
    BASE
    + """
#include <string.h>
PRELUDE
static const unsigned char table[] = {BLOB};
static unsigned char room[sizeof table];
EXPORT int refresh(unsigned seed) {
  for (size_t at = 0; at < sizeof table; at++) {
    seed = seed * 1664525u + 1013904223u;
    room[at] = table[at] ^ (unsigned char)(seed >> 24);
  }
  ASK
  return room[seed % sizeof room];
}
"""
)


def dll(folder: Path, source: str, name: str = "unit.dll", *, bits: int = 64) -> bytes:
    """A DLL compiled by mingw, or a skipped test where there is no mingw."""
    compiler = "x86_64-w64-mingw32-gcc" if bits == 64 else "i686-w64-mingw32-gcc"
    prelude = "#define EXPORT __declspec(dllexport)\n"
    return _compiled(folder, [compiler, "-shared", "-s", "-O2"], prelude + source, name, ["-ldnsapi"])


def shared_object(folder: Path, source: str, name: str = "unit.so") -> bytes:
    """A shared object compiled by gcc, or a skipped test where there is no gcc."""
    prelude = '#define EXPORT __attribute__((visibility("default")))\n'
    return _compiled(folder, ["gcc", "-shared", "-fPIC", "-s", "-O2"], prelude + source, name, [])


def assembly(folder: Path, source: str, name: str = "unit.dll", *, resource: Path | None = None) -> bytes:
    """A .NET assembly compiled by mcs, or a skipped test where there is no mcs."""
    extra = [f"-resource:{resource}"] if resource else []
    command = ["mcs", "-target:library", "-nowarn:0169,0414,0219", *extra, f"-out:{folder / name}"]
    return _compiled(folder, command, source, name, [], suffix=".cs")


def _compiled(
    folder: Path, command: list[str], source: str, name: str, links: list[str], *, suffix: str = ".c"
) -> bytes:
    if shutil.which(command[0]) is None:
        pytest.skip(f"needs {command[0]}: install the package that brings it")
    text = folder / f"{name}{suffix}"
    text.write_text(source)
    out = [] if suffix == ".cs" else ["-o", str(folder / name)]
    subprocess.run([*command, *out, str(text), *links], check=True, cwd=folder, capture_output=True)
    return (folder / name).read_bytes()
