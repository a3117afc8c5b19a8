"""Subjects for tests of probes: a path, bytes, and what a probe says of them."""

from __future__ import annotations

from pathlib import Path

from doorward.inspect.limits import DEFAULT_LIMITS, Limits
from doorward.inspect.probes.interface import Probe, Subject
from doorward.model.trait import Trait

__all__ = ["keys", "noise", "subject", "traits"]


def subject(folder: Path, path: str, data: bytes, limits: Limits = DEFAULT_LIMITS) -> Subject:
    """A file of the release, its bytes lying in a folder of the test."""
    file = folder / "content"
    file.write_bytes(data)
    return Subject(path, file, len(data), limits)


def traits(probe: Probe, folder: Path, path: str, data: bytes | str) -> list[Trait]:
    """What the probe says of a file, or nothing if the file is not its business."""
    raw = data.encode() if isinstance(data, str) else data
    looked_at = subject(folder, path, raw)
    found = list(probe.examine(looked_at)) if probe.accepts(path, looked_at.head) else []
    declared = {kind.name for kind in probe.kinds}
    assert {trait.kind for trait in found} <= declared
    assert len({(trait.kind, trait.key) for trait in found}) == len(found)
    return found


def keys(found: list[Trait], kind: str) -> list[str]:
    """Keys of one kind, in the order found."""
    return [trait.key for trait in found if trait.kind == kind]


def noise(size: int, seed: int = 1) -> bytes:
    """Random-looking bytes that are the same in every run."""
    state, out = seed & 0xFFFFFFFFFFFFFFFF or 1, bytearray()
    while len(out) < size:
        state ^= (state << 13) & 0xFFFFFFFFFFFFFFFF
        state ^= state >> 7
        state ^= (state << 17) & 0xFFFFFFFFFFFFFFFF
        out += ((state * 0x2545F4914F6CDD1D) & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "big")
    return bytes(out[:size])
