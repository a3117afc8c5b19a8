"""Pages agree with the program and with each other: links, commands, settings, the generated reference."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import click
import pytest
import yaml

from doorward.cli.main import root
from doorward.formats.settings import parse_project_file
from tests.docs.console import Block, blocks

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")],
)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"(?<!`)`(doorward [^`\n]+)`(?!`)")


def generator() -> ModuleType:
    """`docs/generate.py`, which is no package."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATED: dict[str, str] = generator().pages()


@pytest.mark.parametrize("name", GENERATED)
def test_the_reference_says_what_the_program_says(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == GENERATED[name], "run: make reference"


def anchors(text: str) -> set[str]:
    """What Markdown's table of contents calls the headings of a page."""
    found = set()
    for heading in re.findall(r"^#{1,6}\s+(.+)$", text, re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*]", r"\1", heading)
        found.add(re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower()))
    return found


def broken_links(page: Path, text: str) -> list[str]:
    """Relative links of a page that lead nowhere."""
    broken = []
    bare = re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)
    for target in LINK.findall(bare):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        place = (page.parent / path) if path else page
        if not place.exists() or (anchor and anchor not in anchors(place.read_text(encoding="utf-8"))):
            broken.append(target)
    return broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert broken_links(page, page.read_text(encoding="utf-8")) == []


def test_a_link_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text("# One two\n")
    text = (
        "[a](gone.md) [b](#one-two) [c](#three) [d](a.md#one-two) [e](https://x.example)\n```\n[f](x)\n```\n"
    )
    assert broken_links(page, text) == ["gone.md", "#three"]


def shell_lines(block: Block) -> list[str]:
    """The commands of a block of shell."""
    lines = block.body.replace("\\\n", " ").splitlines()
    if block.language == "console":
        lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    return [line for line in lines if line.startswith("doorward ")]


def mentions(text: str) -> list[str]:
    """Every call of the program that a page shows, in a sentence or in a block."""
    found = CODE.findall(text)
    for block in blocks("", text):
        if block.language in {"console", "sh"}:
            found += shell_lines(block)
    return found


def unknown(call: str) -> str:
    """What of a call the program does not know; empty if it knows all of it."""
    words = re.split(r"\s+", re.split(r"[|;>#…]|\s\$\?", call.replace("[", "").replace("]", ""))[0].strip())[
        1:
    ]
    command: click.Command = root
    context = click.Context(root, info_name="doorward")
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        below = command.get_command(context, words[0])
        if below is None:
            return words[0]
        command, words = below, words[1:]
    options = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    options |= {"--help", "-h"}
    return " ".join(word for word in words if word.startswith("--") and word.split("=")[0] not in options)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_call_that_a_page_shows_is_known_to_the_program(page: Path) -> None:
    calls = mentions(page.read_text(encoding="utf-8"))
    assert {call: unknown(call) for call in calls if unknown(call)} == {}


def test_a_call_that_the_program_does_not_know_is_named() -> None:
    assert unknown("doorward inspekt OLD NEW") == "inspekt"
    assert unknown("doorward inspect --frmat json OLD NEW") == "--frmat"
    assert unknown("doorward contract draft NEW --output x | head --lines 3") == ""
    assert mentions("`doorward doctor` and\n\n```console\n$ doorward inspect \\\n  --lock a b\n```\n") == [
        "doorward doctor",
        "doorward inspect    --lock a b",
    ]


def test_project_files_in_pages_are_read_by_the_program() -> None:
    found = 0
    for page in PAGES:
        for block in blocks(str(page), page.read_text(encoding="utf-8")):
            if block.language == "toml":
                document = tomllib.loads(block.body)
                if "inspect" in document:
                    parse_project_file(block.body, "doorward.toml")
                    found += 1
    assert found


def test_workflows_in_pages_name_inputs_that_the_action_has() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    used: set[str] = set()
    named: set[str] = set()
    for page in PAGES:
        for block in blocks(str(page), page.read_text(encoding="utf-8")):
            if block.language != "yaml":
                continue
            document = yaml.safe_load(block.body)
            for job in document.get("jobs", {}).values():
                for step in job["steps"]:
                    if "doorward" in step.get("uses", ""):
                        used |= step.get("with", {}).keys()
            named |= {hook["id"] for repo in document.get("repos", []) for hook in repo["hooks"]}
    assert used <= action["inputs"].keys()
    assert used
    assert named == {hook["id"] for hook in hooks}


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    shutil.copy(ROOT / "mkdocs.yml", tmp_path / "mkdocs.yml")
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert (tmp_path / "site" / "tutorial.html").is_file()
    assert not list((tmp_path / "site").rglob("*.py"))
