"""Every choice of an implant, drawn from its seed: numbers, bytes, identifiers, hosts.

The same family and seed give the same implant. Hosts stand under top-level domains reserved by
RFC 2606 (`.test`, `.example`, `.invalid`) or are documentation addresses (RFC 5737), in shapes
that real ones have, so that nothing can be told from the name alone.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import MutableSequence, Sequence
from string import ascii_lowercase
from typing import TypeVar

from doorward.drill.words import NOUNS, PLACES, SERVICES, TAKEN, VERBS

__all__ = ["Chance", "Names"]

T = TypeVar("T")

_RESERVED = ("test", "example", "invalid")
_DOCUMENTATION = ("192.0.2", "198.51.100", "203.0.113")
_CONFUSABLE = "Il1O0"


class Chance:
    """A seeded source of choices."""

    def __init__(self, seed: str) -> None:
        number = int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big")
        self._random = random.Random(number)  # noqa: S311 -- reproducible on purpose, nothing secret

    def pick(self, options: Sequence[T]) -> T:
        """One of these."""
        return self._random.choice(options)

    def sample(self, options: Sequence[T], count: int) -> list[T]:
        """Some of these, none twice, in any order."""
        return self._random.sample(list(options), min(count, len(options)))

    def shuffle(self, items: MutableSequence[T]) -> None:
        """Another order, in place."""
        self._random.shuffle(items)

    def number(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return self._random.randint(low, high)

    def maybe(self, probability: float) -> bool:
        """True this often."""
        return self._random.random() < probability

    def blob(self, low: int, high: int | None = None) -> bytes:
        """Random bytes, of a random length if two bounds are given."""
        return self._random.randbytes(low if high is None else self.number(low, high))

    def letters(self, low: int, high: int) -> str:
        """Random lower-case letters."""
        return "".join(self._random.choices(ascii_lowercase, k=self.number(low, high)))

    def prose(self, words: int) -> str:
        """Ordinary words in a row: text that decodes to nothing."""
        return " ".join(self.pick(NOUNS if self.maybe(0.6) else VERBS) for _ in range(words))

    def payload(self, low: int = 300, high: int = 5000) -> bytes:
        """What an implant carries: random bytes, or random text where text is wanted."""
        return self.blob(low, high)

    def host(self) -> str:
        """A host name that no resolver will ever answer for."""
        top = self.pick(_RESERVED)
        shape = self.number(0, 4)
        first, second = self.pick(PLACES), self.pick(PLACES)
        if shape == 0:
            return f"{self.pick(SERVICES)}.{first}{second}.{top}"
        if shape == 1:
            return f"{first}-{second}.{top}"
        if shape == 2:
            return f"{self.letters(9, 16)}.{top}"
        if shape == 3:
            return f"{self.pick(SERVICES)}-{self.number(1, 9)}.{first}.{second}.{top}"
        return f"{self.pick(SERVICES)}.{first}-{self.pick(NOUNS)}.{top}"

    def address(self) -> str:
        """A documentation address (RFC 5737)."""
        return f"{self.pick(_DOCUMENTATION)}.{self.number(1, 254)}"

    def peer(self) -> str:
        """A host name mostly, at times a bare address."""
        return self.address() if self.maybe(0.15) else self.host()

    def url(self) -> str:
        """An address on such a host."""
        scheme = self.pick(("https", "https", "http"))
        port = f":{self.pick((8080, 8443, 4444, 3000))}" if self.maybe(0.15) else ""
        path = "/".join(self.pick(NOUNS) for _ in range(self.number(0, 3)))
        tail = self.pick(("", "", ".json", ".txt", ".bin", f"?v={self.number(1, 99)}", ".png", ".js"))
        return f"{scheme}://{self.peer()}{port}/{path}{tail if path else ''}"

    def file_name(self, suffix: str) -> str:
        """An ordinary base name."""
        return f"{self.pick(('_', '', ''))}{self.pick(NOUNS)}_{self.pick(NOUNS)}{suffix}"

    def word(self) -> str:
        """One ordinary noun."""
        return self.pick(NOUNS)

    def project(self) -> str:
        """A project name that nobody has registered under a reserved prefix."""
        return f"{self.pick(PLACES)}-{self.pick(NOUNS)}-{self.letters(3, 5)}"


class Names(dict[str, str]):
    """Identifiers for the `$roles` of a template, in one naming style drawn from the seed."""

    STYLES = ("snake", "snake", "snake", "camel", "under", "short", "hex", "confusable")

    def __init__(self, chance: Chance, style: str = "") -> None:
        super().__init__()
        self._chance = chance
        self._used: set[str] = set()
        self.style = style or chance.pick(self.STYLES)

    def __missing__(self, role: str) -> str:
        """A fresh identifier for a role not met before."""
        while True:
            name = self._fresh()
            if name not in self._used and name.lower() not in TAKEN:
                break
        self._used.add(name)
        self[role] = name
        return name

    def _fresh(self) -> str:
        chance = self._chance
        verb, noun = chance.pick(VERBS), chance.pick(NOUNS)
        if self.style == "camel":
            return verb + noun.capitalize()
        if self.style == "under":
            return f"_{noun}_{chance.pick(NOUNS)}"
        if self.style == "short":
            return chance.letters(1, 1) + chance.pick(ascii_lowercase) + str(chance.number(0, 99))
        if self.style == "hex":
            return f"_0x{chance.number(0x1000, 0xFFFFFF):x}"
        if self.style == "confusable":
            first = chance.pick("IlO")
            return first + "".join(chance.pick(_CONFUSABLE) for _ in range(chance.number(7, 14)))
        return f"{verb}_{noun}" if chance.maybe(0.7) else f"{verb}_{noun}_{chance.pick(NOUNS)}"
