"""Damaged executables give traits or `CannotRead`, in bounded time, and nothing else."""

from __future__ import annotations

from pathlib import Path
from struct import pack_into

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward.inspect.probes.dotnet import DotnetProbe
from doorward.inspect.probes.executables import ExecutableProbe
from doorward.inspect.probes.interface import CannotRead, Subject
from doorward.inspect.probes.pe_image import read_pe
from tests.samples.native import BASE, assembly, dll, shared_object
from tests.samples.signing import Signer, signed
from tests.samples.subjects import noise

SLOW = settings(
    max_examples=250,
    deadline=5000,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SHARP = st.sampled_from([0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
CLASS = 'public class A { static A() {} public static string B = "aGVsbG8gd29ybGQgaGVsbG8="; public int C; }'


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("native")
    library = dll(folder, BASE)
    return {
        "pe": library,
        "pe32": dll(folder, BASE, "narrow.dll", bits=32),
        "signed": signed(library, Signer.named("Willow Tools")),
        "elf": shared_object(folder, BASE),
        "net": assembly(folder, CLASS),
    }


def examined(folder: Path, data: bytes) -> None:
    file = folder / "content"
    file.write_bytes(data)
    for probe in (ExecutableProbe(), DotnetProbe()):
        subject = Subject("a.dll", file, len(data))
        if not probe.accepts("a.dll", subject.head):
            continue
        declared = {kind.name for kind in probe.kinds}
        try:
            found = list(probe.examine(subject))
        except CannotRead:
            continue
        assert {trait.kind for trait in found} <= declared
        assert len({(trait.kind, trait.key) for trait in found}) == len(found)
        for trait in found:
            assert trait.count >= 0
            assert trait.key


@pytest.mark.parametrize("name", ["pe", "pe32", "signed", "elf", "net"])
@SLOW
@given(data=st.data())
def test_damaged_programs(tmp_path: Path, samples: dict[str, bytes], name: str, data: st.DataObject) -> None:
    program = bytearray(samples[name])
    for _ in range(data.draw(st.integers(1, 12))):
        # Headers and tables are where a change matters: half of the changes go there.
        limit = data.draw(st.sampled_from([1024, len(program) - 8]))
        at = data.draw(st.integers(0, limit - 1))
        width = data.draw(st.sampled_from(["<B", "<H", "<I"]))
        value = data.draw(SHARP) & (256 ** {"<B": 1, "<H": 2, "<I": 4}[width] - 1)
        pack_into(width, program, min(at, len(program) - 8), value)
    cut = data.draw(st.one_of(st.none(), st.integers(0, len(program))))
    examined(tmp_path, bytes(program[:cut]))


@pytest.mark.parametrize("name", ["signed", "net"])
@SLOW
@given(data=st.data())
def test_damaged_tables(tmp_path: Path, samples: dict[str, bytes], name: str, data: st.DataObject) -> None:
    program = bytearray(samples[name])
    image = read_pe(bytes(program))
    header = image.offset_of(image.directory(14)[0]) or 0
    start = image.certificates[0] if name == "signed" else header
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(start, min(start + 1500, len(program) - 4)))
        pack_into("<I", program, at, data.draw(SHARP))
    examined(tmp_path, bytes(program))


@SLOW
@given(
    tail=st.binary(max_size=600),
    magic=st.sampled_from([b"MZ", b"\x7fELF\x02\x01\x01", b"\x7fELF\x01\x02\x01"]),
)
def test_noise_after_a_magic(tmp_path: Path, magic: bytes, tail: bytes) -> None:
    examined(tmp_path, magic + tail)


def test_every_truncation_of_headers(tmp_path: Path, samples: dict[str, bytes]) -> None:
    for program in samples.values():
        for cut in range(0, 1200, 7):
            examined(tmp_path, program[:cut])


def test_noise_as_a_whole_section_table(tmp_path: Path, samples: dict[str, bytes]) -> None:
    for seed, program in enumerate(samples.values()):
        examined(tmp_path, program[:0x180] + noise(4096, seed + 1) + program[0x1180:])
