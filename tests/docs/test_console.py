"""Every session in the documentation is run, and prints what its page says."""

from __future__ import annotations

import os
import socket
import sys
from itertools import groupby
from pathlib import Path

import pytest

from tests.docs.console import Block, Command, blocks, commands, differs, is_run, run

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])


def sessions() -> dict[str, list[Block]]:
    """The sessions of each page, in order."""
    found = [
        block
        for page in PAGES
        if page.is_file()
        for block in blocks(str(page.relative_to(ROOT)), page.read_text(encoding="utf-8"))
        if is_run(block)
    ]
    return {page: list(group) for page, group in groupby(found, key=lambda block: block.page)}


def reachable(host: str) -> bool:
    """Whether a registry can be connected to from here."""
    try:
        socket.create_connection((host, 443), timeout=5).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("page", sessions())
def test_every_session_of_a_page_prints_what_the_page_says(page: str, tmp_path: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DOORWARD_")},
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path / "home"),
        "XDG_CACHE_HOME": str(tmp_path / "home" / ".cache"),
        "NO_COLOR": "1",
        "COLUMNS": "100",
        "DOCS": str(ROOT / "docs"),
        **{f"GIT_{who}_{what}": f"{value}" for who in ("AUTHOR", "COMMITTER") for what, value in IDENTITY},
    }
    (tmp_path / "home").mkdir()
    work = tmp_path / "work"
    work.mkdir()
    for block in sessions()[page]:
        if "network" in block.words and not reachable("pypi.org"):
            pytest.skip(f"{page}, line {block.line} needs the package registries, which do not answer here")
        session = commands(block)
        for command, found in zip(session, run(session, work, environment), strict=True):
            assert differs(command.output, found) == "", f"{page}, line {block.line}: $ {command.text}"


IDENTITY = (("NAME", "Reader"), ("EMAIL", "reader@site.example"))


def test_pages_have_sessions() -> None:
    assert "README.md" in sessions()
    assert "docs/tutorial.md" in sessions()


def test_a_session_that_prints_something_else_is_named(tmp_path: Path) -> None:
    body = "$ echo one \\\n  two\none two\n$ false\n$ echo $?\n1\n"
    session = commands(Block("a.md", 1, "console", (), body))
    assert [command.text for command in session] == ["echo one \\\n  two", "false", "echo $?"]
    printed = run(session, tmp_path, {"PATH": os.environ["PATH"]})
    assert [differs(c.output, p) for c, p in zip(session, printed, strict=True)] == ["", "", ""]
    assert differs("one three\n", printed[0]) == "the page says:\none three\n\nthe program says:\none two\n"
    assert differs("", "something\n") != ""
    assert differs("something\n", "") != ""


def test_what_a_page_leaves_open_is_left_open() -> None:
    assert differs("took ... s\n...\nend\n", "took 1.2 s\na\nb\nend\n") == ""
    assert differs("took ... s\n...\nend\n", "took 1.2 s\na\nb\n") != ""


def test_blocks_are_found_with_their_line_and_without_their_indent() -> None:
    text = "# A\n\n1. do\n\n    ```console network\n    $ true\n    ```\n"
    found = list(blocks("a.md", text))
    assert found == [Block("a.md", 5, "console", ("network",), "$ true\n")]
    assert commands(found[0]) == [Command("true", "")]
    assert commands(Block("a.md", 1, "sh", ("run",), "a\nb\n")) == [Command("a\nb", "")]
