"""The whole error tree. Errors are for what stopped the judging; verdicts are values.

    DoorwardError            exit 70  never raised itself
    ├── Misuse               exit 2   the caller's mistake: usage, configuration, wrong kind of file
    ├── Undecided            exit 3   could not be judged: evidence missing, over a limit, unreadable
    ├── Outside              exit 3   disk, network or another program failed us
    │   └── Unreachable      exit 3   a server did not answer, or --offline forbade asking
    ├── Denied               exit 4   not authenticated or not authorised
    └── Waiting              exit 5   approvals, quorum or hosts still to answer

Every error names what was checked, what was expected, what was found and what to run next.
*Bad* and *could not check* are different types on purpose: a crash is never a finding, and
"could not check" is never "clean".
"""

from __future__ import annotations

__all__ = [
    "Denied",
    "DoorwardError",
    "Misuse",
    "Outside",
    "Undecided",
    "Unreachable",
    "Waiting",
]


class DoorwardError(Exception):
    """Something stopped the judging.

    Args:
        check: what was being done, naming the file and the place in it.
        expected: what should have been there.
        found: what was there.
        next_step: the command or action that gets the caller further.
    """

    exit_code = 70

    def __init__(self, check: str, *, expected: str = "", found: str = "", next_step: str = "") -> None:
        self.check = check
        self.expected = expected
        self.found = found
        self.next_step = next_step
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """The whole message in one line, for logs and for `str(error)`."""
        parts = [self.check]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.found:
            parts.append(f"found {self.found}")
        if self.next_step:
            parts.append(f"next: {self.next_step}")
        return "; ".join(parts)


class Misuse(DoorwardError):
    """The caller's mistake: usage or configuration."""

    exit_code = 2


class Undecided(DoorwardError):
    """Could not be judged: evidence missing, over a limit, unreadable."""

    exit_code = 3


class Outside(DoorwardError):
    """The disk, the network or another program failed us."""

    exit_code = 3


class Unreachable(Outside):
    """A server did not answer, or `--offline` forbade asking it."""


class Denied(DoorwardError):
    """Not authenticated, or not authorised."""

    exit_code = 4


class Waiting(DoorwardError):
    """Approvals, a quorum or hosts still have to answer."""

    exit_code = 5
