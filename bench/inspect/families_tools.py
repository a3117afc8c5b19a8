"""Compilers and packers for the families of implants, as ordinary subprocesses."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from doorward.errors import Outside

__all__ = ["ProcessTools", "missing"]


class ProcessTools:
    """`doorward.drill.scene.Tools` on this machine."""

    def run(self, command: Sequence[str], folder: Path) -> None:
        """Run one compiler or packer.

        Raises:
            Outside: it is not installed, or it failed.
        """
        program = shutil.which(command[0])
        if program is None:
            raise Outside(f"starting {command[0]}", found="not installed")
        done = subprocess.run(
            [program, *command[1:]], cwd=folder, capture_output=True, text=True, timeout=120, check=False
        )
        if done.returncode != 0:
            lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
            raise Outside(f"running {command[0]}", found=" / ".join(lines[:4])[:400])


def missing(programs: Sequence[str]) -> list[str]:
    """Programs that are not installed here."""
    return [program for program in programs if shutil.which(program) is None]
