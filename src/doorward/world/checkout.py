"""What a git checkout holds, now and at a revision, read without running anything that it configures.

A repository may be somebody else's, and its own configuration may name programs: `core.fsmonitor`,
filters, `diff.external`, hooks (CVE-2022-24765 and its kin). Only plumbing that applies none of them is
used (`rev-parse`, `merge-base`, `ls-tree`, `cat-file`, `ls-files`), each with the settings that could start a
program switched off; nothing is written, not even the index.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from doorward.errors import Misuse, Outside, Undecided

__all__ = ["Checkout"]

QUIET = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", "protocol.allow=never")
SECONDS = 60.0
MAX_BLOB = 64 * 1024**2
"""Bytes of one file that is read; lock files and settings are far smaller."""


class Checkout:
    """A working tree and the repository it belongs to.

    Args:
        folder: a folder in it; what lies below is what is looked at.
        environment: the process's, without which git finds neither itself nor the user's `safe.directory`.

    Raises:
        Misuse: the folder is in no git checkout.
        Outside: there is no git.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self._environment = {
            **{name: value for name, value in environment.items() if not name.startswith("GIT_")},
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "LC_ALL": "C",
        }
        done = self._git("rev-parse", "--show-prefix")
        if done.returncode:
            raise Misuse(
                f"looking for the git checkout of {folder}",
                expected="a folder in one",
                found=_said(done),
                next_step="run it in a checkout, or compare two lock files: doorward inspect --lock OLD NEW",
            )
        self._prefix = os.fsdecode(done.stdout).removesuffix("\n")

    def merge_base(self, revision: str) -> str:
        """The commit at which the working tree's branch left a revision.

        Raises:
            Misuse: there is no such revision.
            Undecided: the two have no commit in common, or a shallow checkout does not reach it.
        """
        commit = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if commit.returncode:
            raise Misuse(
                f"looking for the revision {revision}",
                expected="a commit, branch or tag of this repository",
                found="none of that name",
                next_step="fetch it (git fetch origin), or correct --since",
            )
        base = self._git("merge-base", "HEAD", commit.stdout.decode("ascii").strip())
        if base.returncode:
            raise Undecided(
                f"looking for the commit at which HEAD left {revision}",
                expected="one that both have",
                found="none: unrelated histories, or a shallow checkout",
                next_step="fetch the whole history: git fetch --unshallow",
            )
        return base.stdout.decode("ascii").strip()

    @property
    def above(self) -> tuple[str, ...]:
        """The folder and those above it within the checkout, as prefixes from its top; the nearest first."""
        parts = self._prefix.split("/")[:-1]
        return tuple("".join(f"{part}/" for part in parts[:count]) for count in range(len(parts), -1, -1))

    def files(self, commit: str = "") -> tuple[str, ...]:
        """Paths of all files below the folder, relative to it: at a commit, or in the working tree."""
        if commit:
            done = self._git("ls-tree", "-r", "-z", "--name-only", commit, "--", ".")
        else:
            done = self._git("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ".")
        if done.returncode:
            raise self._failed("listing files", done)
        names = {os.fsdecode(name) for name in done.stdout.split(b"\0") if name}
        return tuple(sorted(name for name in names if commit or (self.folder / name).is_file()))

    def read(self, path: str, commit: str, prefix: str | None = None) -> bytes | None:
        """The content of a file at a commit; None if it was not there.

        Args:
            path: relative to the folder, or to the prefix.
            commit: a full commit id, as `merge_base` gives it.
            prefix: one of `above`, instead of the folder itself.
        """
        spelled = f"{commit}:{self._prefix if prefix is None else prefix}{path}"
        size = self._git("cat-file", "-s", spelled)
        if size.returncode:
            return None
        if int(size.stdout) > MAX_BLOB:
            raise Undecided(
                f"reading {path} at {commit[:12]}",
                expected=f"at most {MAX_BLOB:,} bytes",
                found=f"{int(size.stdout):,}",
            )
        done = self._git("cat-file", "blob", spelled)
        if done.returncode:
            raise self._failed(f"reading {path} at {commit[:12]}", done)
        return done.stdout

    def _git(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(  # noqa: S603 -- arguments as a list; a revision is checked before it is used
                ["git", *QUIET, *words],  # noqa: S607 -- the user's git, wherever it is installed
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except FileNotFoundError as error:
            raise Outside(
                "running git", expected="git to be installed", found="none", next_step="install git"
            ) from error
        except subprocess.TimeoutExpired as error:
            raise Outside(
                f"running git {words[0]}", expected=f"an answer within {SECONDS:g} seconds", found="none"
            ) from error

    @staticmethod
    def _failed(check: str, done: subprocess.CompletedProcess[bytes]) -> Outside:
        return Outside(f"{check} with git", expected="an answer", found=_said(done))


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    """The first line of what git said."""
    lines = done.stderr.decode("utf-8", "backslashreplace").strip().splitlines()
    return lines[0] if lines else f"exit code {done.returncode}"
