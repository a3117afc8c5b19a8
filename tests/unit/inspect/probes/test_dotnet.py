"""The probe of .NET assemblies: references, natives, literals, resources, initialisers."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

from doorward.inspect.probes.dotnet import DotnetProbe
from doorward.inspect.probes.dotnet_kinds import KINDS
from tests.samples.native import BASE, assembly, dll
from tests.samples.subjects import keys, noise, traits

SOURCE = """
using System;
public class Words {
  static string hidden = "%s";
  static string plain = "the quick brown fox";
  static string digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  public static int Count(string text) { return text.Length + hidden.Length + plain.Length + digits.Length; }
}
"""


def deflated(text: bytes) -> str:
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(engine.compress(text) + engine.flush()).decode()


def test_kinds_are_complete() -> None:
    for kind in KINDS:
        assert kind.why.endswith(".")
        assert kind.innocent.endswith(".")
        assert kind.settle.endswith(".")


def test_native_programs_are_not_its_business(tmp_path: Path) -> None:
    assert traits(DotnetProbe(), tmp_path, "words.dll", dll(tmp_path, BASE)) == []


def test_literals_that_decode(tmp_path: Path) -> None:
    source = SOURCE % deflated(b"select * from services where name like")
    found = traits(DotnetProbe(), tmp_path, "words.dll", assembly(tmp_path, source))
    assert keys(found, "dotnet.encoded-strings") == ["deflate"]
    (literal,) = (each for each in found if each.kind == "dotnet.encoded-strings")
    assert "select * from services" in literal.evidence.excerpt


def test_plain_literals_are_plain(tmp_path: Path) -> None:
    found = traits(DotnetProbe(), tmp_path, "words.dll", assembly(tmp_path, SOURCE % "Sunday"))
    assert keys(found, "dotnet.encoded-strings") == []
    assert keys(found, "dotnet.capability") == []
    assert "System.Object" in keys(found, "dotnet.reference")
    (methods,) = (each for each in found if each.kind == "dotnet.types")
    assert "Words.Count" in methods.values


def test_resources_by_what_they_are(tmp_path: Path) -> None:
    for name, content, expected in (
        ("words.txt", b"some words in a row\n" * 100, []),
        ("part.bin", noise(3000), ["opaque"]),
        ("inner.dll", dll(tmp_path, BASE, "native.dll"), ["an executable"]),
    ):
        part = tmp_path / name
        part.write_bytes(content)
        data = assembly(tmp_path, SOURCE % "Sunday", resource=part)
        assert keys(traits(DotnetProbe(), tmp_path, "words.dll", data), "dotnet.resource") == expected, name


def test_broken_metadata_is_said(tmp_path: Path) -> None:
    data = assembly(tmp_path, SOURCE % "Sunday").replace(b"BSJB", b"BSJA")
    (found,) = traits(DotnetProbe(), tmp_path, "words.dll", data)
    assert (found.kind, found.key) == ("dotnet.malformed", "metadata")
    assert found.evidence.excerpt == "no metadata signature"
