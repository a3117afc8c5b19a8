"""Which implant goes into which base: family by seed by pair, the same on every machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from families_bases import PAIRS, BasePair, NoBase, fetch_pair
from families_tools import ProcessTools, missing

from doorward.drill import FAMILIES, Case, Family, stage
from doorward.drill.bases import BASES, Base
from doorward.drill.scene import NoPlace
from doorward.errors import DoorwardError

__all__ = ["Planned", "plan", "put_in"]

_CARRIED = {
    Base.RPM: Base.WHEEL,
    Base.MSI: Base.WHEEL,
    Base.CAB: Base.WHEEL,
    Base.BUILT_PE: Base.WHEEL,
    Base.BUILT_PE_TWINS: Base.WHEEL,
    Base.BUILT_ELF: Base.WHEEL,
    Base.BUILT_NET: Base.WHEEL,
    Base.PE: Base.WHEEL_WIN,
}
"""Built packages take their genuine files from these."""
_TRIES = 6


@dataclass(frozen=True, slots=True)
class Planned:
    """One implant to be made."""

    family: Family
    seed: int
    bases: tuple[BasePair, ...]
    """In order of preference: the first that has a place for the family is taken."""


def plan(half: str, seeds: int, only: tuple[str, ...] = ()) -> Iterator[Planned]:
    """Every family of a half (`tune`, `report` or `all`) with its seeds and bases."""
    for family in FAMILIES:
        if half not in {"all", family.half.value} or (only and family.name not in only):
            continue
        wanted = _CARRIED.get(family.base, family.base)
        pairs = [pair for pair in PAIRS if pair.base == wanted]
        start = int(hashlib.sha256(family.name.encode()).hexdigest()[:8], 16)
        for seed in range(seeds):
            # Seven is prime to every count of pairs here: seeds walk through all of them.
            order = [pairs[(start + seed * 7 + turn) % len(pairs)] for turn in range(min(_TRIES, len(pairs)))]
            yield Planned(family, seed, tuple(order))


def put_in(planned: Planned, folder: Path) -> tuple[BasePair, Case] | str:
    """Make one implant, or say why there is none."""
    absent = missing(BASES[planned.family.base].programs)
    if absent:
        return f"not installed: {', '.join(absent)}"
    reason = "no base"
    for pair in planned.bases:
        try:
            old, new = fetch_pair(pair)
            return pair, stage(planned.family.name, planned.seed, old, new, folder, ProcessTools())
        except (NoPlace, NoBase) as error:
            reason = str(error)
        except DoorwardError as error:
            return str(error)
    return reason
