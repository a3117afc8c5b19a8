"""An artifact against its source."""

from __future__ import annotations

import hashlib

import pytest

from doorward.inspect.source import source_drifts
from doorward.model.artifact import Member, MemberKind
from doorward.model.drift import Drift


class Files:
    """Members and their content."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}

    def members(self, files: dict[str, str | bytes]) -> list[Member]:
        """Members of these paths and texts."""
        found = []
        for path, text in files.items():
            data = text.encode() if isinstance(text, str) else text
            digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
            self.content[digest] = data
            found.append(Member(path, MemberKind.FILE, len(data), digest))
        return found


def drifts(artifact: dict[str, str | bytes], source: dict[str, str | bytes]) -> list[Drift]:
    files = Files()
    return source_drifts(files.members(artifact), files.members(source), files.content.__getitem__)


CODE = "import os\n\ndef main():\n    return os.getpid()\n"
SOURCE: dict[str, str | bytes] = {
    "pkg-1.0/src/pkg/__init__.py": '__version__ = "0.0.0"\n',
    "pkg-1.0/src/pkg/core.py": CODE,
    "pkg-1.0/src/_speed.c": "int fast_counting_of_words(const char *message) { return 0; }",
    "pkg-1.0/setup.py": "setup()\n",
}


def test_what_was_built_from_the_source_is_explained() -> None:
    artifact: dict[str, str | bytes] = {
        "pkg/__init__.py": '__version__ = "1.2.30"\n',
        "pkg/core.py": CODE,
        "pkg/_version.py": "version = '1.0'\nversion_tuple = (1, 0)\n",
        "pkg-1.0.dist-info/METADATA": "Name: pkg\n",
        "pkg-1.0.data/purelib/pkg/core.py": CODE,
        "pkg/_speed.so": b"\x7fELF\x00fast_counting_of_words\x00message\x00",
    }
    assert drifts(artifact, SOURCE) == []


def test_a_line_that_the_source_has_not_is_told() -> None:
    artifact: dict[str, str | bytes] = {"pkg/core.py": CODE + "os.system('true')\n"}
    (drift,) = drifts(artifact, SOURCE)
    assert (drift.path, drift.trait.kind, drift.trait.key, drift.amount) == (
        "pkg/core.py",
        "source.differs",
        "code",
        1,
    )
    assert (drift.trait.evidence.line, drift.trait.evidence.excerpt) == (5, "os.system('true')")


def test_moved_lines_and_line_ends_are_no_difference() -> None:
    artifact: dict[str, str | bytes] = {"pkg/core.py": CODE.replace("\n", "\r\n")}
    assert drifts(artifact, SOURCE) == []


def test_a_file_that_no_source_has() -> None:
    found = drifts(
        {"pkg/extra.py": "x = 1\n", "evil.pth": "import os\n", "pkg/blob.bin": b"\x00\x01"}, SOURCE
    )
    assert [(drift.path, drift.trait.kind, drift.trait.key) for drift in found] == [
        ("pkg/extra.py", "source.unexplained-file", "code"),
        ("evil.pth", "source.unexplained-file", "code"),
        ("pkg/blob.bin", "source.unexplained-file", "data"),
    ]
    assert found[2].trait.evidence.excerpt == "00 01"


@pytest.mark.parametrize(
    "path", ["pkg-1.0.dist-info/helper.py", "pkg.egg-info/x.so", "pkg-1.0.dist-info/a.pth"]
)
def test_code_in_a_metadata_folder_is_not_explained_by_lying_there(path: str) -> None:
    data = b"unheard_of_function another_strange_name third_foreign_word"
    assert [drift.path for drift in drifts({path: data}, SOURCE)] == [path]


def test_a_version_module_that_calls_something_is_code() -> None:
    (drift,) = drifts({"pkg/_version.py": "version = __import__('os').getcwd()\n"}, SOURCE)
    assert drift.trait.kind == "source.unexplained-file"


def test_a_name_alone_does_not_align_an_init_module() -> None:
    source = SOURCE | {"pkg-1.0/src/other/__init__.py": "y = 2\n"}
    (drift,) = drifts({"new/__init__.py": "x = 1\n"}, source)
    assert drift.trait.kind == "source.unexplained-file"


def test_a_compiled_file_of_foreign_words() -> None:
    words = (
        b"\x7fELF",
        b"fast_counting_of_words",
        b"beacon_interval",
        b"resolve_next_domain",
        b"decrypt_second_stage",
    )
    data = b"\x00".join(words)
    (drift,) = drifts({"pkg/_speed.so": data}, SOURCE)
    assert (drift.trait.kind, drift.amount, drift.total) == ("source.unexplained-words", 3, 4)
    assert drift.trait.evidence.excerpt == (
        "3 of 4 words: beacon_interval decrypt_second_stage resolve_next_domain"
    )


def test_a_macro_that_only_the_tarball_has() -> None:
    found = drifts({"pkg-1.0/m4/build-to-host.m4": "AC_DEFUN\n", "pkg-1.0/setup.py": "setup()\n"}, SOURCE)
    assert [(drift.trait.kind, drift.trait.key) for drift in found] == [
        ("source.only-in-artifact", "build-to-host.m4")
    ]


def test_what_setuptools_appends_to_an_sdist_is_explained() -> None:
    source: dict[str, str | bytes] = {"setup.cfg": "[metadata]\nname = x\n"}
    artifact: dict[str, str | bytes] = {
        "x-1/setup.cfg": "[metadata]\nname = x\n\n[egg_info]\ntag_build = \ntag_date = 0\n"
    }
    assert drifts(artifact, source) == []
