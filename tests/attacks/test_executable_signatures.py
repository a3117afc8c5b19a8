"""Attacks on signed programs: data beside the signature, changed bytes, changed signers."""

from __future__ import annotations

from pathlib import Path
from struct import pack_into, unpack_from

import pytest

from doorward.inspect.probes.authenticode import read_certificates
from doorward.inspect.probes.executables import ExecutableProbe
from doorward.inspect.probes.pe_image import read_pe
from doorward.model.trait import Trait
from tests.samples.native import BASE, dll
from tests.samples.signing import Signer, der, signed
from tests.samples.subjects import noise, traits

MARKS = ("signature.", "exe.certificate-surplus", "exe.unaccounted")


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer.named("Willow Tools")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return dll(tmp_path_factory.mktemp("native"), BASE)


def marks(folder: Path, data: bytes) -> dict[tuple[str, str], Trait]:
    found = traits(ExecutableProbe(), folder, "a.dll", data)
    return {(each.kind, each.key): each for each in found if each.kind.startswith(MARKS)}


def table(data: bytes) -> tuple[int, int, int]:
    """Offset of the directory entry, offset and size of the table."""
    image = read_pe(data)
    return image.optional_offset + 144, *image.certificates


def test_an_unsigned_program_says_so(tmp_path: Path, program: bytes) -> None:
    assert set(marks(tmp_path, program)) == {("signature.none", "none")}


def test_a_whole_signature_names_its_signer(tmp_path: Path, program: bytes, signer: Signer) -> None:
    assert set(marks(tmp_path, signed(program, signer))) == {
        ("signature.signer", "Willow Tools / Willow Tools Code"),
        ("signature.issuer", "Willow Tools / Willow Tools Code"),
    }


def test_a_renewed_certificate_is_the_same_signer(tmp_path: Path, program: bytes, signer: Signer) -> None:
    renewed = Signer.named("Willow Tools", serial=8)
    assert set(marks(tmp_path, signed(program, signer))) == set(marks(tmp_path, signed(program, renewed)))


@pytest.mark.parametrize("size", [8, 64, 5000])
def test_data_inside_the_entry_behind_the_signature(
    tmp_path: Path, program: bytes, signer: Signer, size: int
) -> None:
    # Step 1: the payload goes behind the PKCS #7 structure, and both lengths are raised: 3CX, 2023.
    data = bytearray(signed(program, signer) + noise(size))
    entry, offset, length = table(bytes(data))
    pack_into("<II", data, entry, offset, length + size)
    pack_into("<I", data, offset, length + size)
    # Step 2: the signature still fits, and the surplus is counted.
    found = marks(tmp_path, bytes(data))
    assert not [key for kind, key in found if kind == "signature.mismatch"]
    assert found["exe.certificate-surplus", "surplus"].count >= size


def test_zeros_behind_the_signature_are_surplus_too(tmp_path: Path, program: bytes, signer: Signer) -> None:
    data = bytearray(signed(program, signer) + bytes(512))
    entry, offset, length = table(bytes(data))
    pack_into("<II", data, entry, offset, length + 512)
    pack_into("<I", data, offset, length + 512)
    assert marks(tmp_path, bytes(data))["exe.certificate-surplus", "surplus"].count >= 512


def test_a_second_entry_of_unknown_kind(tmp_path: Path, program: bytes, signer: Signer) -> None:
    data = bytearray(signed(program, signer))
    entry, offset, length = table(bytes(data))
    extra = bytearray(8)
    pack_into("<IHH", extra, 0, 1008, 0x0200, 0x0EF1)
    data += extra + noise(1000)
    pack_into("<II", data, entry, offset, length + 1008)
    assert marks(tmp_path, bytes(data))["exe.certificate-surplus", "surplus"].count == 1008


def test_bytes_between_image_and_table(tmp_path: Path, program: bytes, signer: Signer) -> None:
    found = marks(tmp_path, signed(program + noise(640), signer))
    assert found["exe.unaccounted", "overlay"].count >= 640


def test_one_changed_byte_of_code(tmp_path: Path, program: bytes, signer: Signer) -> None:
    data = bytearray(signed(program, signer))
    text = next(each for each in read_pe(bytes(data)).sections if each.name == ".text")
    data[text.offset + 40] ^= 1
    assert ("signature.mismatch", "image-changed") in marks(tmp_path, bytes(data))


def test_a_digest_corrected_after_the_change(tmp_path: Path, program: bytes, signer: Signer) -> None:
    # The signed digest is replaced by that of the changed bytes: only the attributes tell.
    original = signed(program, signer)
    changed = bytearray(program)
    text = next(each for each in read_pe(program).sections if each.name == ".text")
    changed[text.offset + 40] ^= 1
    other = signed(bytes(changed), signer)
    old, new = (each[table(each)[1] :] for each in (original, other))
    at = next(n for n in range(len(old)) if old[n] != new[n])
    forged = other[: table(other)[1]] + old[:at] + new[at : at + 32] + old[at + 32 :]
    assert ("signature.mismatch", "digest-changed") in marks(tmp_path, forged)


def test_attributes_corrected_too_break_the_signature(tmp_path: Path, program: bytes, signer: Signer) -> None:
    data = bytearray(signed(program, signer))
    offset = table(bytes(data))[1]
    length = unpack_from("<I", data, offset)[0]
    data[offset + length - 40] ^= 1
    found = marks(tmp_path, bytes(data))
    assert {key for kind, key in found if kind == "signature.mismatch"} <= {"signature-broken", "unreadable"}
    assert [key for kind, key in found if kind == "signature.mismatch"]


def test_a_payload_as_an_attribute_nobody_signed(tmp_path: Path, program: bytes, signer: Signer) -> None:
    attribute = der(0x30, bytes.fromhex("06032a0304"), der(0x31, der(4, noise(3000))))
    found = marks(tmp_path, signed(program, signer, unsigned=attribute))
    assert found["signature.unsigned-part", "1.2.3.4"].count > 3000
    assert not [key for kind, key in found if kind == "signature.mismatch"]


def test_a_payload_as_a_certificate(tmp_path: Path, program: bytes, signer: Signer) -> None:
    junk = der(0x30, der(0x04, noise(9000)))
    found = marks(tmp_path, signed(program, signer, certificates=junk))
    assert ("signature.unsigned-part", "malformed-certificate") in found


def test_a_table_that_is_no_signature(tmp_path: Path, program: bytes, signer: Signer) -> None:
    data = bytearray(signed(program, signer))
    offset = table(bytes(data))[1]
    data[offset + 8 : offset + 200] = noise(192)
    found = marks(tmp_path, bytes(data))
    assert ("signature.mismatch", "unreadable") in found


def test_a_signature_cut_off_is_gone(tmp_path: Path, program: bytes, signer: Signer) -> None:
    data = bytearray(signed(program, signer))
    entry, offset, _ = table(bytes(data))
    pack_into("<II", data, entry, 0, 0)
    assert ("signature.none", "none") in marks(tmp_path, bytes(data[:offset]))
    assert read_certificates(read_pe(bytes(data))) is None
