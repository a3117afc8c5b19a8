"""Opaque literals: what counts, what does not, and that one literal keeps one name."""

from __future__ import annotations

import base64
import hashlib
import random
import textwrap
import zlib

import pytest

from doorward.inspect.probes.literals import Blob, blobs_in_text


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - data for a test, the same each time


def only(text: str) -> Blob:
    found = blobs_in_text(text)
    assert len(found) == 1
    return found[0]


def test_base64_of_random_bytes_is_a_blob() -> None:
    blob = only(f'KEY = "{base64.b64encode(noise(600)).decode()}"')
    assert (blob.encoding, blob.nature, blob.size_class) == ("base64", "random", "medium")


@pytest.mark.parametrize("join", ["'\n    '", "' + '", "', '"])
def test_pieces_are_joined_however_they_are_joined(join: str) -> None:
    written = base64.b64encode(noise(300)).decode()
    pieces = textwrap.wrap(written, 40)
    whole = only(f"x = '{written}'")
    assert only(f"x = ('{join.join(pieces)}')").digest == whole.digest


def test_a_literal_keeps_its_digest_when_it_moves() -> None:
    written = noise(200).hex()
    assert only(f"a = '{written}'").digest == only(f"# moved\n\n\nsecond = ['{written}']").digest


@pytest.mark.parametrize(
    ("payload", "nature"),
    [
        (
            zlib.compress(b"".join(hashlib.sha256(bytes([n])).hexdigest().encode() for n in range(90))),
            "compressed",
        ),
        (b"\x7fELF\x02\x01\x01" + bytes(200), "executable"),
        (b"import os\nprint(os.getcwd())\n" * 12, "text"),
        ("Invoke-Something -Quiet; ".encode("utf-16-le") * 8, "text"),
    ],
)
def test_what_it_decodes_to_is_told(payload: bytes, nature: str) -> None:
    assert only(f"x='{base64.b64encode(payload).decode()}'").nature == nature


@pytest.mark.parametrize(
    "text",
    [
        ", ".join(str(byte) for byte in noise(200)),
        "".join(f"\\x{byte:02x}" for byte in noise(200)),
        noise(200).hex(),
        f'"{base64.b32encode(noise(200)).decode()}"',
        str(int.from_bytes(noise(200), "big")),
        "# " + "\n# ".join(textwrap.wrap(base64.b64encode(noise(400)).decode(), 60)),
    ],
)
def test_every_way_to_write_bytes_is_seen(text: str) -> None:
    assert [blob.nature for blob in blobs_in_text(f"x = [{text}\n]")] == ["random"]


@pytest.mark.parametrize(
    "text",
    [
        f"sha512-{base64.b64encode(hashlib.sha512(b'x').digest()).decode()}",
        "\n".join(f'    "sha256:{hashlib.sha256(bytes([n])).hexdigest()}",' for n in range(30)),
        "words = "
        + ", ".join(
            f"'{word}'"
            for word in ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel"] * 9
        ),
        "path = '" + "/usr/share/lib/python/site" * 12 + "'",
        "table = [" + ", ".join(str(n) for n in range(256)) + "]",
        "img = 'data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + noise(400)).decode() + "'",
        "x = '" + "A" * 4000 + "'",
        "===" * 2000,
        "camelCaseIdentifiersThatGoOnForeverAndEverBecauseSomebodyLikedThemSoMuchThatTheyNeverStoppedTyping"
        * 3,
    ],
)
def test_innocent_literals_are_left_alone(text: str) -> None:
    assert blobs_in_text(text) == []


def test_a_certificate_is_innocent_and_random_bytes_under_its_heading_are_not() -> None:
    der = b"\x30\x82\x02\x00" + noise(512)

    def pem(body: bytes) -> str:
        lines = "\n".join(textwrap.wrap(base64.b64encode(body).decode(), 64))
        return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"

    assert blobs_in_text(pem(der)) == []
    assert [blob.nature for blob in blobs_in_text(pem(noise(512)))] == ["random"]


def test_a_megabyte_in_one_run_takes_no_time() -> None:
    text = "x='" + base64.b64encode(noise(1_000_000)).decode() + "'"
    assert only(text).size_class == "large"
