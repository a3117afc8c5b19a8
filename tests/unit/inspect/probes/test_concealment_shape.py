"""The cheap look for scrambled identifiers never hides what the careful look would find."""

from __future__ import annotations

import random

import pytest

from doorward.inspect.probes.concealment import FEWEST, SCRAMBLED, WINDOW, look_at_text, may_be_scrambled
from doorward.inspect.probes.script_model import MODULE, Script

NAMES = {
    "hexadecimal": "_0x{0:04x}",
    "digits and letters": "q{0}zz{0}w",
    "consonants": "bcdfghj{1}",
    "bars": "_lI1O0l{1}",
    "rings": "oO0_o{2}",
}


def names(pattern: str, count: int) -> list[str]:
    letters = "bcdfghjklmnpqrst"
    return [
        pattern.format(
            number + 4096,
            letters[number % 16] + letters[number // 16],
            f"{number:05b}".translate(str.maketrans("01", "oO")),
        )
        if "{1}" not in pattern or "l" not in pattern
        else pattern.format(0, f"{number:06b}".translate(str.maketrans("01", "lI")))
        for number in range(count)
    ]


def tricks(text: str) -> dict[str, list[int]]:
    script = Script(text)
    look_at_text(script)
    return script.function(MODULE).tricks


@pytest.mark.parametrize("way", sorted(NAMES))
def test_every_way_to_scramble_is_still_seen_and_its_line_told(way: str) -> None:
    scrambled = names(NAMES[way], 20)
    assert all(SCRAMBLED.search(name) for name in scrambled)
    text = "# a plain line of prose, to begin with\n" * 1000 + "\n".join(f"{name} = 1" for name in scrambled)
    found = tricks(text)["scrambled-identifiers"]
    assert [text.count("\n", 0, len(text) // WINDOW * WINDOW) + 1] == found


def test_plain_code_is_not_looked_at_twice() -> None:
    assert not may_be_scrambled("def read_file(path):\n    return open(path).read()\n" * 50)
    assert tricks("def read_file(path):\n    return open(path).read()\n" * 50) == {}


def test_the_cheap_look_never_says_no_where_there_are_enough() -> None:
    chance = random.Random(7)  # noqa: S311 -- a test's repeatable mixture, no secret
    alphabet = "abcdefghlIOo01x_9ßж$ \n."
    for _ in range(3000):
        text = "".join(chance.choices(alphabet, k=600))
        found = {name for name in text.split() if SCRAMBLED.search(name)}
        if len(found) >= FEWEST:
            assert may_be_scrambled(text)
