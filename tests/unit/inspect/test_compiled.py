"""Compiled Python is held against its source: names it has and the source has not."""

from __future__ import annotations

import importlib.util
import marshal
import zipfile
from pathlib import Path

import pytest

from doorward.formats.settings import InspectSettings
from doorward.inspect.compare import gather
from doorward.inspect.compiled import source_of
from doorward.model.artifact import Artifact
from doorward.wiring import Silence, artifact_at, workbench

SOURCE = "import json\n\ndef load(text):\n    return json.loads(text)\n"
OTHER = SOURCE.replace("import json", "import json, socket") + "    socket.getaddrinfo(text, 53)\n"


@pytest.mark.parametrize(
    ("compiled", "source"),
    [
        ("a/__pycache__/b.cpython-311.pyc", "a/b.py"),
        ("__pycache__/b.cpython-311.opt-2.pyc", "b.py"),
        ("a/b.pyc", "a/b.py"),
        ("x.whl!/a/__pycache__/b.c.pypy310.pyc", "x.whl!/a/b.c.py"),
    ],
)
def test_which_source_a_compiled_file_belongs_to(compiled: str, source: str) -> None:
    assert source_of(compiled) == source


def compiled(text: str) -> bytes:
    """A `.pyc` of this interpreter (PEP 552), unchecked, as the installer would write it."""
    code = compile(text, "core.py", "exec")
    return importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(code)


def release(folder: Path, version: str, files: dict[str, bytes]) -> Artifact:
    path = folder / f"pkg-{version}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return artifact_at(path, "pkg", version)


def drifts(folder: Path, old: dict[str, bytes], new: dict[str, bytes]) -> dict[str, str]:
    with workbench(InspectSettings(cache_folder=folder / "cache", jobs=1), [folder], Silence()) as bench:
        found = gather([release(folder, "1.0", old)], release(folder, "1.1", new), bench)
    return {d.trait.kind: d.trait.key for d in found.drifts if d.trait.kind.startswith("bytecode.")}


def test_compiled_from_its_source_is_no_drift(tmp_path: Path) -> None:
    files = {"pkg/core.py": SOURCE.encode(), "pkg/__pycache__/core.cpython-311.pyc": compiled(SOURCE)}
    assert "bytecode.unlike-source" not in drifts(tmp_path, {"pkg/core.py": SOURCE.encode()}, files)


def test_compiled_from_something_else_names_what_the_source_lacks(tmp_path: Path) -> None:
    path = "pkg/__pycache__/core.cpython-311.pyc"
    old = {"pkg/core.py": SOURCE.encode(), path: compiled(SOURCE)}
    found = drifts(tmp_path, old, old | {path: compiled(OTHER)})
    assert found["bytecode.unlike-source"] == "getaddrinfo, socket"


def test_compiled_without_source_is_told(tmp_path: Path) -> None:
    found = drifts(tmp_path, {"pkg/core.py": SOURCE.encode()}, {"pkg/extra.pyc": compiled(OTHER)})
    assert found["bytecode.without-source"] == "no source"
