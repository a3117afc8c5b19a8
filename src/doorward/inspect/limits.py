"""Limits as named data, each with its reason. Whatever meets one is `NotExamined`, never clean."""

from __future__ import annotations

from dataclasses import asdict, dataclass

__all__ = ["DEFAULT_LIMITS", "Limits"]

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what one inspection may cost. Part of every cache key."""

    max_members: int = 200_000
    """Largest wheels and debs of public registries hold about 60,000 files; above is a bomb."""
    max_total_bytes: int = 8 * 1024 * MIB
    """Unpacked bytes of one artifact, nested ones included; PyPI's largest unpack to 4 GiB."""
    max_member_bytes: int = 2 * 1024 * MIB
    """One unpacked member."""
    max_ratio: int = 1_500
    """Unpacked over packed bytes of a stream above `ratio_floor`; deflate cannot exceed 1,032,
    xz and zstd can: text of one letter reaches 7,000."""
    ratio_floor: int = 64 * MIB
    """Below this size no ratio is a bomb."""
    max_depth: int = 8
    """Containers within containers; real releases reach 3 (deb → tar → wheel → zip)."""
    max_path_length: int = 4_096
    """Characters of a member's logical path (Linux PATH_MAX)."""
    max_probe_bytes: int = 512 * MIB
    """A single file that a probe will parse; torch's largest library is 450 MiB."""
    max_script_bytes: int = 16 * MIB
    """A script that will be parsed into a syntax tree; larger ones are looked at as data too."""
    max_traits: int = 20_000
    """Traits of one file."""
    max_values: int = 200_000
    """Values of all set-valued traits of one file."""
    probe_seconds: float = 60.0
    """Wall time for one file in one worker before it is killed."""
    open_seconds: float = 600.0
    """Wall time for opening one artifact."""
    worker_bytes: int = 3 * 1024 * MIB
    """Address space of one worker (RLIMIT_AS)."""
    max_answer_bytes: int = 256 * MIB
    """One answer of a worker; longer ones are nonsense."""

    def key(self) -> str:
        """One spelling of all limits, for cache keys."""
        return ",".join(f"{name}={value}" for name, value in sorted(asdict(self).items()))


DEFAULT_LIMITS = Limits()
