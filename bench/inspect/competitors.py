"""Other tools on the same pairs, each in its own environment outside the repository.

guarddog and diffoscope are installed from PyPI into virtual environments under the cache folder;
one that cannot be installed or run here is left out with the reason. guarddog reads one release,
so it is timed on the newer one alone, which favours it. yara-x runs a small rule pack of our own
(`RULES`), written for this comparison after the public literature, over the files of both releases;
a rule that fires in the newer one only is its alarm.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from families_bases import cache_folder

__all__ = ["RIVALS", "Run", "measured", "ours", "rival_command"]

PINS = {"guarddog": "guarddog", "diffoscope": "diffoscope"}
YARA = Path(__file__).with_name("competitors_yara.py")


@dataclass(frozen=True, slots=True)
class Run:
    """One command, measured."""

    seconds: float
    peak_bytes: int
    """Largest resident set of the process or of any one child it waited for."""
    code: int
    out: bytes
    failed: str = ""


def measured(command: Sequence[str], folder: Path, timeout: float = 900.0) -> Run:
    """Run a command to its end, with its wall time and peak memory."""
    began = time.monotonic()
    out = folder / "stdout"
    with out.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=subprocess.PIPE, cwd=folder)
        try:
            _, errors = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return Run(time.monotonic() - began, 0, -1, b"", f"stopped after {timeout:.0f} s")
    seconds = time.monotonic() - began
    return Run(seconds, 0, process.returncode, out.read_bytes(), errors.decode("utf-8", "replace")[-300:])


def peak(command: Sequence[str], folder: Path) -> Run:
    """The same through a helper process, whose children's peak memory the kernel keeps apart."""
    helper = (
        "import json, resource, subprocess, sys, time; b = time.monotonic(); "
        "c = subprocess.run(sys.argv[2:], stdout=open(sys.argv[1], 'wb')).returncode; "
        "print(json.dumps([time.monotonic() - b, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, c]))"
    )
    run = measured([sys.executable, "-c", helper, str(folder / "inner"), *command], folder)
    if run.code != 0:
        return run
    seconds, kilobytes, code = json.loads(run.out)
    return Run(seconds, kilobytes * 1024, code, (folder / "inner").read_bytes(), run.failed)


def ours(old: Path, new: Path, cache: Path) -> list[str]:
    """`doorward inspect` as a user calls it."""
    program = Path(sys.executable).with_name("doorward")
    return [str(program), "inspect", "--format", "json", "--cache-dir", str(cache), str(old), str(new)]


def environment(name: str) -> Path | str:
    """The tool's program, installed on first use; or why it is not to be had."""
    folder = cache_folder() / "rivals" / name
    program = folder / "bin" / name
    if program.exists():
        return program
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [str(folder / "bin" / "pip"), "install", "-q", PINS[name]],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode != 0:
            shutil.rmtree(folder, ignore_errors=True)
            return f"{name} cannot be installed: {done.stderr.strip()[-200:]}"
    return program if program.exists() else f"{name} brought no program of that name"


def version_of(name: str) -> str:
    """What its environment holds."""
    pip = cache_folder() / "rivals" / name / "bin" / "pip"
    done = subprocess.run([str(pip), "show", PINS[name]], capture_output=True, text=True, check=False)
    return next((line.split(": ")[1] for line in done.stdout.splitlines() if line.startswith("Version")), "?")


def _guarddog(_old: Path, new: Path) -> list[str] | str:
    program = environment("guarddog")
    ecosystem = "npm" if new.suffix == ".tgz" else "pypi"
    if new.suffix == ".deb":
        return "guarddog reads no Debian packages"
    return (
        program
        if isinstance(program, str)
        else [str(program), ecosystem, "scan", str(new), "--output-format", "json"]
    )


def _diffoscope(old: Path, new: Path) -> list[str] | str:
    program = environment("diffoscope")
    return program if isinstance(program, str) else [str(program), "--text", os.devnull, str(old), str(new)]


def _yara(old: Path, new: Path) -> list[str] | str:
    return [sys.executable, str(YARA), str(old), str(new)]


RIVALS: dict[str, Callable[[Path, Path], list[str] | str]] = {
    "guarddog": _guarddog,
    "yara-x, own rules": _yara,
    "diffoscope": _diffoscope,
}


def rival_command(name: str, old: Path, new: Path) -> list[str] | str:
    """The command line, or why this tool cannot take this pair."""
    return RIVALS[name](old, new)
