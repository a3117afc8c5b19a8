"""A git checkout, asked only what it holds: files at a revision, and where two lines of work parted.

The repository belongs to the accused, and git runs what a repository's configuration names: hooks, a
file-system monitor, a pager, a transport for objects that are missing. Each is switched off; what is
asked changes nothing and reads no work tree. A revision that looks like an option is refused, and
every name is followed by what ends options. Objects are read by their id, not through `git show`,
which would convert and filter.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from doorward.errors import Misuse, Outside

__all__ = ["Checkout"]

SETTINGS = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    "core.pager=cat",
    "core.sshCommand=false",
    "gpg.program=false",
    "protocol.allow=never",
    "uploadpack.packObjectsHook=",
)
SECONDS = 60
MAX_BYTES = 64 * 1024**2
"""Of one file, and of one listing."""
OBJECT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class Checkout:
    """The repository that a folder lies in."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        """Look nowhere yet.

        Args:
            folder: any folder within the work tree.
            environ: the process's environment. Of `GIT_*` only where the user's own configuration
                lies is passed on: a hook that runs us sets others, which lead to another repository.
        """
        self._folder = folder
        kept = {"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_EXEC_PATH"}
        self._environ = {
            name: value for name, value in environ.items() if not name.startswith("GIT_") or name in kept
        }
        self._environ |= {
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_ALLOW_PROTOCOL": "",
            "LC_ALL": "C",
        }

    def commit(self, revision: str) -> str:
        """The commit that a revision names.

        Raises:
            Misuse: it names none, or this is no repository.
            Outside: git is not installed or failed.
        """
        if revision.startswith("-") or not revision or not revision.isprintable():
            raise self._no_commit(revision, "what git would take for an option" if revision else "nothing")
        self.top()
        done = self._run(["rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"])
        found = done.stdout.decode("ascii", "replace").strip()
        if done.returncode != 0 or not OBJECT.fullmatch(found):
            raise self._no_commit(revision, "none of that name")
        return found

    def merge_base(self, revision: str, other: str = "HEAD") -> str:
        """The commit at which two lines of work parted: what a change is to be compared with.

        Raises:
            Misuse: they have nothing in common (a shallow clone perhaps).
        """
        ours, theirs = self.commit(revision), self.commit(other)
        done = self._run(["merge-base", "--end-of-options", ours, theirs])
        found = done.stdout.decode("ascii", "replace").strip()
        if done.returncode != 0 or not OBJECT.fullmatch(found):
            raise Misuse(
                f"looking for the merge base of {revision} and {other}",
                expected="a commit that both come from",
                found="none",
                next_step="fetch more history: git fetch --unshallow (actions/checkout: fetch-depth: 0)",
            )
        return found

    def top(self) -> Path:
        """The top folder of the work tree.

        Raises:
            Misuse: not a git checkout.
        """
        done = self._run(["rev-parse", "--show-toplevel"])
        found = os.fsdecode(done.stdout.removesuffix(b"\n"))
        if done.returncode == 0 and found:
            return Path(found)
        reason = done.stderr.decode("utf-8", "replace")
        owned = "dubious ownership" in reason
        raise Misuse(
            f"looking for a git checkout at {self._folder}",
            expected="one",
            found="one that belongs to another user" if owned else "none",
            next_step=f"git config --global --add safe.directory {self._folder}"
            if owned
            else "run this in a checkout, or name two files: --lock OLD NEW",
        )

    def files(self, commit: str) -> tuple[str, ...]:
        """Paths of all regular files at a commit, from the top of the tree, sorted; links are left out."""
        self._require_id(commit)
        done = self._run(["ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit])
        if done.returncode != 0:
            raise self._failed("ls-tree", done)
        found = []
        for entry in done.stdout.split(b"\0"):
            head, tab, path = entry.partition(b"\t")
            if tab and head.startswith(b"100"):
                found.append(path.decode("utf-8", "surrogateescape"))
        return tuple(sorted(found))

    def read(self, commit: str, path: str) -> bytes | None:
        """A file's bytes at a commit, as they are stored; None if there is no such regular file.

        Raises:
            Misuse: larger than a lock file can be.
        """
        self._require_id(commit)
        name = os.fsencode(path)
        done = self._run(["ls-tree", "-z", "--full-tree", "--end-of-options", commit, "--", path])
        if done.returncode != 0:
            raise self._failed("ls-tree", done)
        for entry in done.stdout.split(b"\0"):
            head, _, found = entry.partition(b"\t")
            fields = head.split(b" ")
            if found == name and len(fields) == 3 and fields[0].startswith(b"100"):
                return self._blob(fields[2].decode("ascii"), path)
        return None

    def _blob(self, identity: str, path: str) -> bytes:
        size = self._run(["cat-file", "-s", identity])
        if size.returncode == 0 and int(size.stdout) > MAX_BYTES:
            raise Misuse(
                f"reading {path} from git",
                expected=f"at most {MAX_BYTES:,} bytes",
                found=f"{int(size.stdout):,}",
                next_step="name another file",
            )
        done = self._run(["cat-file", "blob", identity])
        if done.returncode != 0:
            raise self._failed(f"cat-file of {path}", done)
        return done.stdout

    def _require_id(self, commit: str) -> None:
        if not OBJECT.fullmatch(commit):
            raise self._no_commit(commit, "a name: ask `commit` for its id first")

    def _run(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
        command = ["git", "--no-pager", "--literal-pathspecs", "-C", str(self._folder)]
        for setting in SETTINGS:
            command += ["-c", setting]
        try:
            return subprocess.run(  # noqa: S603 - argv, no shell; what the caller names cannot be an option
                [*command, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
                check=False,
                env=self._environ,
            )
        except FileNotFoundError as error:
            raise Outside(
                "running git",
                expected="the command `git`",
                found="none on PATH",
                next_step="install git, or name two files: --lock OLD NEW",
            ) from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Outside(
                "running git",
                expected=f"an answer within {SECONDS} seconds",
                found=type(error).__name__,
                next_step="run git fsck in this checkout",
            ) from error

    @staticmethod
    def _no_commit(revision: str, found: str) -> Misuse:
        return Misuse(
            f"looking for the revision {revision!a:.80}",
            expected="a commit",
            found=found,
            next_step="name a branch, tag or commit of this repository; fetch it first if it is elsewhere",
        )

    @staticmethod
    def _failed(what: str, done: subprocess.CompletedProcess[bytes]) -> Outside:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        return Outside(
            f"running git {what}",
            expected="an answer",
            found=ascii(said[-1][:200])[1:-1] if said else f"exit {done.returncode}",
            next_step="run git fsck in this checkout",
        )
