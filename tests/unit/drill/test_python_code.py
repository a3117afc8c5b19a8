"""Python source of implants: it parses wherever it is put, is drawn from its seed, and names no real host."""

from __future__ import annotations

import ast
import re

import pytest

from doorward.drill.chance import Chance, Names
from doorward.drill.python_code.decoders import DECODERS, decoder
from doorward.drill.python_code.draft import Draft
from doorward.drill.python_code.insertion import new_module, place
from doorward.drill.python_code.literals import ENCODINGS
from doorward.drill.python_code.payloads import DORMANT, PAYLOADS

MODULE = b'''"""A module."""

from __future__ import annotations

import os


def first(a, b):
    """Do."""
    c = a + b
    return c


class Thing:
    def second(self):
        x = 1
        return x
'''


@pytest.mark.parametrize("family", sorted(PAYLOADS))
def test_every_payload_parses_in_a_new_module_and_within_an_existing_one(family: str) -> None:
    for seed in range(25):
        draft = Draft(Chance(f"{family}:{seed}"))
        PAYLOADS[family](draft)
        ast.parse(new_module(draft, dormant=family in DORMANT))
        draft = Draft(Chance(f"{family}:{seed}"))
        PAYLOADS[family](draft)
        changed = place(draft, MODULE, dormant=family in DORMANT).decode()
        ast.parse(changed)
        kept = iter(changed.split("\n"))
        assert all(line in kept for line in MODULE.decode().split("\n") if line.strip())


@pytest.mark.parametrize("family", sorted(PAYLOADS))
def test_the_same_seed_gives_the_same_text_and_another_seed_another(family: str) -> None:
    def text(seed: int) -> bytes:
        draft = Draft(Chance(f"{family}:{seed}"))
        PAYLOADS[family](draft)
        return new_module(draft)

    assert text(4) == text(4)
    assert len({text(seed) for seed in range(10)}) == 10


@pytest.mark.parametrize("encoding", sorted(ENCODINGS))
def test_a_literal_gives_back_its_bytes(encoding: str) -> None:
    """The one thing evaluated here: an expression of constants and the standard decoders."""
    for seed in range(6):
        chance = Chance(f"{encoding}:{seed}")
        draft = Draft(chance, style="plain")
        data = chance.blob(1, 700)
        value = ENCODINGS[encoding](draft, data)
        scope: dict[str, object] = {}
        exec("\n".join([*draft.imports, *draft.consts, f"value = {value}"]), scope)  # noqa: S102 -- our own literal
        found = scope["value"]
        assert isinstance(found, bytes | bytearray)
        assert bytes(found)[: len(data)] == data
        assert not bytes(found)[len(data) :].strip(b"\x00")


@pytest.mark.parametrize("shape", sorted(DECODERS))
def test_every_decoder_parses_in_every_style(shape: str) -> None:
    for style in ("plain", "alias", "local", "dynamic"):
        draft = Draft(Chance(f"{shape}:{style}"), style=style)
        name = decoder(draft, shape)
        draft.trigger = f"{name}(b'')"
        tree = ast.parse(new_module(draft))
        assert any(isinstance(node, ast.FunctionDef) and node.name == name for node in ast.walk(tree))


def test_hosts_stand_under_reserved_names_and_addresses_are_for_documentation() -> None:
    chance = Chance("hosts")
    for _ in range(500):
        assert re.fullmatch(r"[a-z0-9.-]+\.(test|example|invalid)", chance.host())
        assert re.fullmatch(r"(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+", chance.address())
        host = re.sub(r"^https?://([^:/]+).*", r"\1", chance.url())
        assert host.endswith((".test", ".example", ".invalid")) or host.split(".")[0] in {"192", "198", "203"}


def test_naming_styles_differ_and_never_take_a_reserved_word() -> None:
    for style in set(Names.STYLES):
        names = Names(Chance(style), style)
        drawn = [names[f"role {i}"] for i in range(200)]
        assert len(set(drawn)) == 200
        assert all(name.isidentifier() and name not in {"for", "list", "int", "class"} for name in drawn)


def test_guards_vary_from_none_to_impossible() -> None:
    """No verdict may lean on a guard, so every kind must come up."""
    texts = []
    for seed in range(120):
        draft = Draft(Chance(f"guards:{seed}"))
        PAYLOADS["py-downloader"](draft)
        texts.append(new_module(draft).decode())
    for kind in (
        "if False:",
        "atexit",
        "Thread(",
        "__getattr__",
        "sys.platform ==",
        "except Exception:",
        "def inner",
    ):
        assert any(kind in text for text in texts), kind
    bare = [text for text in texts if re.search(r"^\w+\(\)$", text, re.MULTILINE)]
    assert bare
