"""An implant compiled into a library shows as new traits, and nothing else of the library does."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from doorward.inspect.probes.dotnet import DotnetProbe
from doorward.inspect.probes.executables import ExecutableProbe
from doorward.model.trait import Trait
from tests.samples.native import BASE, IMPLANTED, assembly, dll, shared_object
from tests.samples.subjects import noise, traits

WINDOWS = {
    "PRELUDE": "#include <windows.h>\n#include <windns.h>",
    "ASK": 'PDNS_RECORD found; DnsQuery_A("updates.example", DNS_TYPE_TEXT, 0, NULL, &found, NULL);',
}
LINUX = {
    "PRELUDE": "#include <netdb.h>\n#include <sys/mman.h>",
    "ASK": "struct addrinfo *found; getaddrinfo((char *)room, 0, 0, &found);"
    " mprotect(room, sizeof room, PROT_READ | PROT_EXEC);",
}


def implanted(parts: dict[str, str], size: int, seed: int = 5) -> str:
    text = IMPLANTED
    for name, value in {**parts, "BLOB": ",".join(map(str, noise(size, seed)))}.items():
        text = text.replace(name, value)
    return text


def news(folder: Path, old: bytes, new: bytes) -> dict[tuple[str, str], Trait]:
    """What the new file has and the old has not, by kind and key."""
    before = {(each.kind, each.key): each for each in traits(ExecutableProbe(), folder, "a.dll", old)}
    found = {}
    for each in traits(ExecutableProbe(), folder, "a.dll", new):
        known = before.get((each.kind, each.key))
        if known is None or set(each.values) - set(known.values):
            found[each.kind, each.key] = each
    return found


@pytest.mark.parametrize(("size", "key"), [(200, "below-256"), (700, "256-1k"), (9000, "1k-16k")])
def test_keyed_blob_loop_and_dns_in_a_dll(tmp_path: Path, size: int, key: str) -> None:
    # Step 1: the same library, with and without a blob, the loop that decodes it, and a TXT query.
    found = news(tmp_path, dll(tmp_path, BASE), dll(tmp_path, implanted(WINDOWS, size)))
    # Step 2: each of the four parts is a trait of its own.
    assert found["exe.capability", "dns"].evidence.excerpt == "dnsapi!DnsQuery_A"
    assert ("exe.import", "dnsapi!DnsQuery_A") in found
    blob = found["payload.opaque-section", key]
    assert blob.evidence.where == ".rdata"
    assert " bytes, sha256:" in blob.evidence.excerpt
    assert ("payload.opaque-place", "data") in found
    assert "xor" in found["code.decoder-loop", "xor-multiply"].evidence.excerpt


def test_keyed_blob_loop_and_lookup_in_a_shared_object(tmp_path: Path) -> None:
    found = news(tmp_path, shared_object(tmp_path, BASE), shared_object(tmp_path, implanted(LINUX, 5000)))
    assert {key for kind, key in found if kind == "exe.capability"} == {"dns", "memory-exec"}
    assert found["payload.opaque-section", "1k-16k"].evidence.where == ".rodata"
    assert any(kind == "code.decoder-loop" for kind, _ in found)


def test_a_rebuild_without_changes_brings_nothing(tmp_path: Path) -> None:
    old = dll(tmp_path, implanted(WINDOWS, 6000))
    moved = dll(tmp_path, "EXPORT int another(int a) { return a * 7; }\n" + implanted(WINDOWS, 6000))
    kinds = {kind for kind, _ in news(tmp_path, old, moved)}
    assert kinds <= {"exe.exports", "exe.toolchain"}


def test_the_blob_is_the_same_wherever_it_stands(tmp_path: Path) -> None:
    old = dll(tmp_path, implanted(WINDOWS, 6000))
    padding = 'EXPORT const char filler[] = "' + "some words to move what follows " * 60 + '";\n'
    assert not [
        each
        for each in news(tmp_path, old, dll(tmp_path, padding + implanted(WINDOWS, 6000)))
        if "payload" in each[0]
    ]


def test_another_blob_of_the_same_size_is_new(tmp_path: Path) -> None:
    old, new = (dll(tmp_path, implanted(WINDOWS, 6000, seed)) for seed in (5, 6))
    assert ("payload.opaque-section", "1k-16k") in news(tmp_path, old, new)


def test_a_32_bit_walk_of_the_loader_list(tmp_path: Path) -> None:
    walk = BASE + 'EXPORT void *list(void) { void *p; __asm__("movq %%gs:0x60, %0" : "=r"(p)); return p; }\n'
    found = news(tmp_path, dll(tmp_path, BASE), dll(tmp_path, walk))
    assert "gs:" in found["code.peb-walk", "peb"].evidence.excerpt


def test_a_constructor_and_an_indirect_function(tmp_path: Path) -> None:
    source = BASE + (
        "static int plain(void) { return 1; }\n"
        "static int (*chosen(void))(void) { return plain; }\n"
        'EXPORT int resolved(void) __attribute__((ifunc("chosen")));\n'
        "__attribute__((constructor)) static void early(void) { static volatile int n; n++; }\n"
    )
    old = {
        (e.kind, e.key): e.count
        for e in traits(ExecutableProbe(), tmp_path, "a.so", shared_object(tmp_path, BASE))
    }
    new = {
        (e.kind, e.key): e.count
        for e in traits(ExecutableProbe(), tmp_path, "a.so", shared_object(tmp_path, source))
    }
    assert new["exe.initialiser", "init-array"] == old["exe.initialiser", "init-array"] + 1
    assert ("exe.initialiser", "indirect-function") not in old
    assert new["exe.initialiser", "indirect-function"] == 1


def test_bytes_after_the_image(tmp_path: Path) -> None:
    for old in (dll(tmp_path, BASE), shared_object(tmp_path, BASE)):
        found = news(tmp_path, old, old + noise(3000))
        assert found["exe.unaccounted", "overlay"].count == 3000
        assert ("payload.opaque-place", "overlay") in found
        assert ("payload.opaque-section", "1k-16k") in found


def test_bytes_between_sections(tmp_path: Path) -> None:
    old = shared_object(tmp_path, BASE)
    hole = old.find(bytes(600))
    new = old[: hole + 40] + noise(400) + old[hole + 440 :]
    found = news(tmp_path, old, new)
    assert {key for kind, key in found if kind == "exe.unaccounted"} <= {"gap", "segment-without-section"}
    assert any(kind == "exe.unaccounted" for kind, _ in found)


def test_an_executable_inside_plain_or_under_a_key(tmp_path: Path) -> None:
    old, inner = dll(tmp_path, BASE), dll(tmp_path, BASE + "EXPORT int x;", "inner.dll")
    assert news(tmp_path, old, old + bytes(16) + inner)["payload.embedded-executable", "pe"].count == 1
    keyed = bytes(byte ^ 0x5A for byte in inner)
    assert ("payload.embedded-executable", "pe-under-key") in news(tmp_path, old, old + bytes(16) + keyed)


def test_function_names_kept_as_text(tmp_path: Path) -> None:
    source = (
        BASE
        + 'EXPORT const char *wanted(int n) { return n ? "CreateRemoteThread" : "WriteProcessMemory"; }\n'
    )
    found = news(tmp_path, dll(tmp_path, BASE), dll(tmp_path, source))
    assert found["exe.named-api", "injection"].evidence.excerpt == "CreateRemoteThread, WriteProcessMemory"


PLAIN = "public class Words { public int Count(string text) { return text.Split(' ').Length; } }"
CARRIER = """
using System; using System.Net; using System.Reflection; using System.Runtime.InteropServices;
public class Words {
  [DllImport("dnsapi.dll")]
  static extern int DnsQuery_W(string n, short t, int o, IntPtr s, ref IntPtr r, IntPtr x);
  public int Count(string text) { return text.Split(' ').Length; }
  static byte[] Turn(byte[] data, byte key) {
    for (int at = 0; at < data.Length; at++) data[at] = (byte)(data[at] ^ (key + at));
    return data;
  }
  public static void Refresh() {
    var stream = typeof(Words).Assembly.GetManifestResourceStream("part.bin");
    var data = new byte[stream.Length]; stream.Read(data, 0, data.Length);
    Assembly.Load(Turn(data, 7)); Dns.GetHostEntry("updates.example");
    var hidden = "8y9OzC1ITVFIzy9PLUoBAA==";
  }
}
"""


def test_a_class_added_to_an_assembly(tmp_path: Path) -> None:
    part = tmp_path / "part.bin"
    part.write_bytes(noise(5000))
    old = traits(DotnetProbe(), tmp_path, "a.dll", assembly(tmp_path, PLAIN))
    new = traits(DotnetProbe(), tmp_path, "a.dll", assembly(tmp_path, CARRIER, resource=part))
    before = {(each.kind, each.key) for each in old}
    found = {(each.kind, each.key): each for each in new if (each.kind, each.key) not in before}
    assert {key for kind, key in found if kind == "dotnet.capability"} >= {"dns", "dynamic-load"}
    assert ("dotnet.native-call", "dnsapi!DnsQuery_W") in found
    assert found["dotnet.resource", "opaque"].evidence.where == "part.bin"
    assert found["dotnet.decoder-loop", "xor"].evidence.where == "Words.Turn"


def test_digest_of_a_region_is_that_of_the_blob(tmp_path: Path) -> None:
    blob = noise(8192)
    (overlay,) = (
        each
        for each in traits(ExecutableProbe(), tmp_path, "a.dll", dll(tmp_path, BASE) + blob)
        if (each.kind, each.key) == ("payload.opaque-place", "overlay")
    )
    assert f"sha256:{hashlib.sha256(blob).hexdigest()}" in overlay.evidence.excerpt
