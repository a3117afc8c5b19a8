"""The table of families is complete, balanced, and says of each whether inspection can see it."""

from __future__ import annotations

from collections import Counter

import pytest

from doorward.drill.bases import BASES, Base
from doorward.drill.families import FAMILIES, Half, by_name
from doorward.drill.staging import PLANTS


def test_every_family_has_one_plant_and_every_plant_a_family() -> None:
    names = [family.name for family in FAMILIES]
    assert len(names) == len(set(names)) == 84
    assert set(PLANTS) == set(names)


def test_halves_are_balanced_in_the_whole_and_in_every_large_medium() -> None:
    halves = Counter(family.half for family in FAMILIES)
    assert halves[Half.TUNE] == halves[Half.REPORT] == 42
    for medium in ("py", "js", "deb", "pe", "elf", "net", "sdist"):
        split = Counter(family.half for family in FAMILIES if family.name.startswith(f"{medium}-"))
        assert abs(split[Half.TUNE] - split[Half.REPORT]) <= 3, medium


def test_only_changes_of_logic_are_invisible_and_they_are_the_control() -> None:
    for family in FAMILIES:
        assert family.visible is not family.name.startswith("logic-"), family.name
        assert (family.incident == "control") is not family.visible, family.name
        assert family.shape


def test_every_base_says_what_it_takes() -> None:
    assert set(BASES) == set(Base)
    assert {family.base for family in FAMILIES} <= set(BASES)


def test_an_unknown_family_is_answered_with_those_there_are() -> None:
    with pytest.raises(
        KeyError, match=r"no family named door; there are py-keyed-blob-dns, .*logic-c-comparison"
    ):
        by_name("door")
