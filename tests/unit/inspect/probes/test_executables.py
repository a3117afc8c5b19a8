"""The probe of executables: its kinds, its keys, and what it says of files that only look like one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from doorward.inspect.limits import DEFAULT_LIMITS
from doorward.inspect.probes.codeblocks import code_traits
from doorward.inspect.probes.executable_kinds import EXECUTABLE_KINDS
from doorward.inspect.probes.executables import ExecutableProbe
from doorward.inspect.probes.interface import CannotRead
from tests.samples.native import BASE, dll, shared_object
from tests.samples.subjects import keys, noise, subject, traits

LINEAR = bytes.fromhex("4831c0 4883c008 c3")
XOR_LOOP = bytes.fromhex("30 0f 48ffc7 48ffce 75f6 c3")  # xor [rdi], cl; inc rdi; dec rsi; jne
SAME_LOOP = bytes.fromhex("30 16 48ffc6 48ffc9 75f6 c3")  # xor [rsi], dl; inc rsi; dec rcx; jne
ZEROING = bytes.fromhex("31c0 8807 48ffc7 48ffce 75f4 c3")  # xor eax, eax; mov [rdi], al; inc; dec; jne


def test_kinds_are_complete() -> None:
    names = [kind.name for kind in EXECUTABLE_KINDS]
    assert len(names) == len(set(names))
    for kind in EXECUTABLE_KINDS:
        assert kind.why.endswith(".")
        assert kind.innocent.endswith(".")
        assert kind.settle.endswith(".")


def test_accepts_by_magic_only() -> None:
    probe = ExecutableProbe()
    assert probe.accepts("notes.txt", b"\x7fELF" + bytes(60))
    assert probe.accepts("image.png", b"MZ" + bytes(90))
    assert not probe.accepts("tool.exe", b"#!/bin/sh\n")
    assert not probe.accepts("zone.txt", b"MZ is a zone")


def test_a_plain_library(tmp_path: Path) -> None:
    found = traits(ExecutableProbe(), tmp_path, "words.so", shared_object(tmp_path, BASE))
    assert keys(found, "exe.symbols") == ["stripped"]
    assert "init-array" in keys(found, "exe.initialiser")
    for kind in (
        "exe.unaccounted",
        "exe.layout",
        "payload.opaque-section",
        "exe.capability",
        "exe.malformed",
    ):
        assert keys(found, kind) == [], kind


def test_sections_are_named_with_their_rights(tmp_path: Path) -> None:
    found = traits(ExecutableProbe(), tmp_path, "words.dll", dll(tmp_path, BASE))
    assert ".text rx" in keys(found, "exe.section")
    assert ".data rw" in keys(found, "exe.section")
    assert keys(found, "signature.none") == ["none"]


def test_a_section_both_writable_and_executable(tmp_path: Path) -> None:
    data = bytearray(dll(tmp_path, BASE))
    at = data.index(b".data\0\0\0")
    data[at + 39] |= 0x20
    found = traits(ExecutableProbe(), tmp_path, "words.dll", bytes(data))
    assert "writable-and-executable" in keys(found, "exe.layout")


def test_a_truncated_program_is_malformed_and_no_error(tmp_path: Path) -> None:
    (found,) = traits(ExecutableProbe(), tmp_path, "stub.exe", b"MZ" + bytes(62))
    assert (found.kind, found.key) == ("exe.malformed", "headers")
    assert found.evidence.excerpt == "no PE signature at 0x0"


def test_a_program_over_the_limit_cannot_be_read(tmp_path: Path) -> None:
    limits = replace(DEFAULT_LIMITS, max_probe_bytes=100)
    with pytest.raises(CannotRead, match="200 bytes, over max_probe_bytes=100"):
        list(ExecutableProbe().examine(subject(tmp_path, "big.so", b"\x7fELF" + bytes(196), limits)))


def loops(code: bytes) -> dict[str, tuple[str, ...]]:
    found = code_traits(code, [(0, len(code))], machine=0x8664, windows=False)
    return {f"{each.kind} {each.key}": each.values for each in found}


def test_a_loop_that_xors_memory() -> None:
    assert list(loops(LINEAR + XOR_LOOP + LINEAR)) == ["code.decoder-loop xor"]


def test_the_same_loop_elsewhere_with_other_registers_has_the_same_identity() -> None:
    assert loops(LINEAR + XOR_LOOP) == loops(bytes(64) + LINEAR * 3 + SAME_LOOP)


def test_clearing_memory_is_no_decoding() -> None:
    assert loops(LINEAR + ZEROING) == {}


def test_noise_has_next_to_no_loops() -> None:
    assert sum(len(values) for values in loops(noise(400_000)).values()) <= 12


def test_other_processors_yield_nothing() -> None:
    assert list(code_traits(XOR_LOOP, [(0, len(XOR_LOOP))], machine=0xAA64, windows=False)) == []


def test_sections_that_claim_the_same_bytes_are_read_once() -> None:
    spans = [(0, len(XOR_LOOP))] * 50
    (found,) = code_traits(XOR_LOOP, spans, machine=0x8664, windows=False)
    assert found.count == 1
