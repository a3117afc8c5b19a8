"""The program as its user starts it: exit codes, streams, signals, closed pipes."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from doorward import __version__
from doorward.cli import sections
from doorward.cli.main import root

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def doorward(tmp_path: Path) -> Run:
    """Start the program in an empty folder."""

    def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "doorward.cli.main", *words],
            cwd=tmp_path,
            env={**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def failing(body: str) -> list[str]:
    """A program with a command that ends as the body does."""
    source = f"""
    import sys, types, click
    from doorward.cli import main, sections
    @click.command("fail")
    def command():
{textwrap.indent(textwrap.dedent(body), " " * 8)}
    module = types.ModuleType("failing")
    module.command = command
    sys.modules["failing"] = module
    sections.COMMANDS = (sections.CommandLine("fail", "failing", sections.Section.BOTH, "Fail."),)
    sys.exit(main.main(["fail"]))
    """
    return [sys.executable, "-c", textwrap.dedent(source)]


def test_the_version_is_told_on_stdout(doorward: Run) -> None:
    done = doorward("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"doorward {__version__}\n", "")


def test_help_groups_commands_by_who_needs_them(doorward: Run) -> None:
    done = doorward("--help")
    assert done.returncode == 0
    headings = [line for line in done.stdout.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert headings[0] == "Options:"
    assert headings[1:] == [
        f"{section.value}:"
        for section in sections.Section
        if any(line.section is section for line in sections.COMMANDS)
    ]


def test_help_loads_no_command_and_no_library_behind_one() -> None:
    source = (
        "import sys; from doorward.cli.main import main; main(['--help']);"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in"
        " {'lief', 'tree_sitter', 'urllib3', 'capstone', 'yara_x'} or m == 'doorward.wiring'))"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")


def test_help_answers_at_once(doorward: Run) -> None:
    """Measured in processor time, so that a busy machine does not fail it."""
    spent = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        doorward("--help")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < 0.3


@pytest.mark.parametrize("line", sections.COMMANDS, ids=lambda line: line.name)
def test_every_command_says_of_itself_what_the_list_says_of_it(line: sections.CommandLine) -> None:
    context = root.make_context("doorward", [line.name, "--help"], resilient_parsing=True)
    command = root.get_command(context, line.name)
    assert command is not None
    assert command.name == line.name
    assert (command.help or "").partition("\n")[0] == line.purpose


@pytest.mark.parametrize("line", sections.COMMANDS, ids=lambda line: line.name)
def test_every_command_refuses_an_unknown_option_with_2(doorward: Run, line: sections.CommandLine) -> None:
    done = doorward(line.name, "--no-such-option")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--no-such-option" in done.stderr
    assert f"doorward {line.name} --help" in done.stderr


def test_an_unknown_command_is_usage(doorward: Run) -> None:
    done = doorward("inspekt")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("doorward: No such command 'inspekt'.")
    assert done.stderr.endswith("  next:     doorward --help\n")


def test_no_command_shows_the_commands_on_stderr(doorward: Run) -> None:
    done = doorward()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("doorward: a command is needed, one of these\n")


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ("return 0", 0, ""),
        ("return 1", 1, ""),
        ("from doorward.errors import Misuse; raise Misuse('m')", 2, "doorward: m\n"),
        ("from doorward.errors import Undecided; raise Undecided('u')", 3, "doorward: u\n"),
        ("from doorward.errors import Unreachable; raise Unreachable('o')", 3, "doorward: o\n"),
        ("from doorward.errors import Denied; raise Denied('d')", 4, "doorward: d\n"),
        ("from doorward.errors import Waiting; raise Waiting('w')", 5, "doorward: w\n"),
        ("raise KeyError('k')", 70, "doorward: an error of its own: KeyError: 'k'"),
        ("raise SystemError", 70, "doorward: an error of its own: SystemError"),
        ("raise KeyboardInterrupt", 130, "doorward: interrupted before a verdict"),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
            143,
            "doorward: stopped before a verdict",
        ),
        ("import os, signal; os.kill(os.getpid(), signal.SIGHUP)", 129, "doorward: stopped before a verdict"),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGINT)",
            130,
            "doorward: interrupted before a verdict",
        ),
    ],
)
def test_every_ending_has_its_code_and_says_so_on_stderr(body: str, code: int, said: str) -> None:
    done = subprocess.run(failing(body), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.lstrip("\n").startswith(said)
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_is_never_0_and_never_1() -> None:
    body = "for _ in range(100000):\n    click.echo('x' * 1000)\nreturn 0"
    with subprocess.Popen(
        failing(body), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=30) == 3
        assert process.stderr.read() == ""


def test_a_full_disk_behind_stdout_is_said_and_is_3() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            failing("click.echo('x')\nreturn 0"), stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 3
    assert "No space left on device" in done.stderr


def test_a_name_that_stdout_cannot_spell_does_not_end_the_report() -> None:
    done = subprocess.run(
        failing("click.echo('\\udcff é ✓')\nreturn 0"),
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("\n")


def test_the_handlers_of_signals_are_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    root.get_command(root.make_context("doorward", ["config"], resilient_parsing=True), "config")
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_and_works(doorward: Run, shell: str) -> None:
    done = doorward("completion", shell)
    assert done.returncode == 0
    assert "_DOORWARD_COMPLETE" in done.stdout


def test_completion_knows_the_commands(doorward: Run) -> None:
    done = doorward(_DOORWARD_COMPLETE="bash_complete", COMP_WORDS="doorward ins", COMP_CWORD="1")
    assert done.stdout == "plain,inspect\n"
