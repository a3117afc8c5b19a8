"""What is committed names no machine, no session and no reserved package."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.house.reserved import digests, is_reserved, names_in

ROOT = Path(__file__).parents[2]

# Written in pieces, so that this file does not name them itself.
MACHINE_PATHS = re.compile(
    "|".join(("/wo" + "rk/(main|shared|[.])", "/ro" + "ot/[.]pyenv", "/tm" + "p/(brief|bash_jobs)"))
)

PLACEHOLDERS = {
    ("pypi", "name"),
    ("npm", "name"),
    ("deb", "name"),
    ("pypi", "NAME"),
    ("npm", "NAME"),
    ("deb", "NAME"),
}
"""Not packages but the word that stands for one in a text."""


@pytest.fixture(scope="module")
def tracked() -> dict[str, str]:
    """Every tracked text file by its path; the whole tree where there is no git (an unpacked sdist)."""
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=False)
    names = listed.stdout.decode().split("\0") if listed.returncode == 0 else []
    if not any(names):
        pytest.skip("not a git checkout: there is no list of tracked files")
    paths = [ROOT / name for name in names if name]
    return {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8", errors="replace")
        for path in paths
        if path.is_file() and path.suffix not in {".png", ".gz", ".lock"}
    }


def machine_paths(files: dict[str, str], here: str = str(ROOT)) -> list[str]:
    """Places of one machine that a file names, this checkout's among them (unless it is a mere `/x`)."""
    places = (
        MACHINE_PATHS if here.count("/") < 2 else re.compile(f"{re.escape(here)}\\b|{MACHINE_PATHS.pattern}")
    )
    found = ((path, places.search(text)) for path, text in files.items())
    return [f"{path}: {match[0]}" for path, match in found if match]


def reserved_names(files: dict[str, str]) -> list[str]:
    """Reserved packages that a file names."""
    return [
        f"{path}: {ecosystem}:{name}"
        for path, text in files.items()
        for ecosystem, name in sorted(names_in(text) - PLACEHOLDERS)
        if len(name) > 1 and is_reserved(ecosystem, name)
    ]


def test_no_file_names_a_place_on_one_machine(tracked: dict[str, str]) -> None:
    assert machine_paths(tracked) == []


def test_a_machine_path_is_named() -> None:
    files = {"a.py": "x = '/wo" + "rk/main/src'", "b.py": "y = '/opt/clone/x'", "c.py": "/etc/passwd"}
    assert machine_paths(files, "/opt/clone") == ["a.py: /wo" + "rk/main", "b.py: /opt/clone"]


def test_no_file_names_a_reserved_package(tracked: dict[str, str]) -> None:
    assert reserved_names(tracked) == []


def test_a_reserved_package_is_named_however_it_is_spelled() -> None:
    ecosystem, reserved = "pypi", ("iniconfig", "MarkupSafe")
    text = (
        " ".join(f"`pypi:{name}==2.0`" for name in reserved) + " pypi:attrs==24.3.0, npm:@babel/core@7.1.0 "
    )
    found = reserved_names({"README.md": text})
    assert found == [f"README.md: {ecosystem}:{name}" for name in sorted(reserved)]


def test_names_are_read_whole() -> None:
    assert names_in("pypi:a-b.c==1, npm:@s/p@2 deb:lib+x=1; https://npm:9090") >= {
        ("pypi", "a-b.c"),
        ("npm", "@s/p"),
        ("deb", "lib+x"),
    }


def test_the_list_of_reserved_names_is_whole() -> None:
    assert len(digests()) == 92
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests())


def reserved_rows(lines: list[str]) -> list[str]:
    """Reserved packages in a list of JSON rows with `ecosystem` and `name`."""
    rows = [json.loads(line) for line in lines if line.strip()]
    return sorted(
        {f"{row['ecosystem']}:{row['name']}" for row in rows if is_reserved(row["ecosystem"], row["name"])}
    )


def test_the_pinned_corpus_holds_no_reserved_package() -> None:
    pinned = ROOT / "bench" / "corpus" / "pinned.jsonl"
    lines = pinned.read_text(encoding="utf-8").splitlines()
    assert len(lines) > 1000
    assert reserved_rows(lines) == []


def test_a_reserved_package_in_a_corpus_is_named() -> None:
    rows = [
        {"ecosystem": "pypi", "name": "Markup_Safe".replace("_", "")},
        {"ecosystem": "pypi", "name": "attrs"},
    ]
    assert reserved_rows([json.dumps(row) for row in rows]) == ["pypi:" + "MarkupSafe"]
