"""No text and no bytes make the script probes crash, loop, or say more than they may."""

from __future__ import annotations

import importlib.util
import marshal
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward.inspect.probes.bytecode import BytecodeProbe
from doorward.inspect.probes.csharp import CSharpProbe
from doorward.inspect.probes.interface import CannotRead, Probe, Subject
from doorward.inspect.probes.javascript import JavaScriptProbe
from doorward.inspect.probes.other_scripts import OtherScriptsProbe
from doorward.inspect.probes.powershell import PowerShellProbe
from doorward.inspect.probes.python import PythonProbe
from doorward.inspect.probes.shell import ShellProbe
from doorward.model.trait import EXCERPT_LIMIT

PROBES: tuple[tuple[Probe, str], ...] = (
    (PythonProbe(), "a.py"),
    (PythonProbe(), "a.ipynb"),
    (JavaScriptProbe(), "a.js"),
    (JavaScriptProbe(), "a.tsx"),
    (JavaScriptProbe(), "a.html"),
    (ShellProbe(), "a.sh"),
    (PowerShellProbe(), "a.ps1"),
    (CSharpProbe(), "a.cs"),
    (OtherScriptsProbe(), "a.bat"),
    (OtherScriptsProbe(), "a.vbs"),
    (OtherScriptsProbe(), "a.pl"),
    (OtherScriptsProbe(), "a.rb"),
    (OtherScriptsProbe(), "a.php"),
)
VOCABULARY = r"""
    import from os as exec eval ( ) [ ] { } . , ; : = == + ^ % & | < > \ " ' ` # // /* */ def class function
    => if try except catch finally return await async lambda base64 b64decode getattr __import__ require
    child_process Buffer.from fromCharCode process.env globalThis constructor curl sh $( ${ << EOF $x IEX ``
    Invoke 0x41 256 \x41 \u0041 f" {x} @ -bxor [char] chr xor end sub <?php <script> </script>
"""
WORDS = st.sampled_from([*VOCABULARY.split(), "\n", "\t", "\u202e", "\u0430", "\ud83d"])
SOUP = st.lists(WORDS, max_size=80).map(" ".join)
NOTHING_SLOW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def examine(probe: Probe, path: str, data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "fuzzed"
    file.write_bytes(data)
    declared = {kind.name for kind in probe.kinds}
    try:
        for trait in probe.examine(Subject(path=path, file=file, size=len(data))):
            assert trait.kind in declared
            assert trait.key
            assert trait.count >= 1
            assert len(trait.evidence.excerpt) <= EXCERPT_LIMIT
    except CannotRead:
        assert path.endswith(".pyc")


@NOTHING_SLOW
@given(soup=SOUP)
def test_words_in_any_order(soup: str, tmp_path: Path) -> None:
    for probe, path in PROBES:
        examine(probe, path, soup.encode("utf-8", "surrogatepass"), tmp_path)


@NOTHING_SLOW
@given(data=st.binary(max_size=400))
def test_any_bytes(data: bytes, tmp_path: Path) -> None:
    for probe, path in (*PROBES, (BytecodeProbe(), "a.pyc")):
        examine(probe, path, data, tmp_path)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 4000), byte=st.integers(0, 255), cut=st.integers(16, 4000))
def test_mutated_bytecode(place: int, byte: int, cut: int, tmp_path: Path) -> None:
    body = "    def f(self, *a, **k):\n        return lambda: a\n"
    source = ("import os\nclass A:\n    x = (1, 2.5, b'y', 10**30, 'z')\n" + body) * 3
    data = bytearray(importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(compile(source, "m", "exec")))
    data[16 + place % (len(data) - 16)] = byte
    examine(BytecodeProbe(), "a.pyc", bytes(data[:cut] if cut % 3 == 0 else data), tmp_path)
