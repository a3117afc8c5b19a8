"""Imports map to families by name, whichever library version, suffix or build they come from."""

from __future__ import annotations

import pytest

from doorward.inspect.probes.dotnet_families import dotnet_family
from doorward.inspect.probes.executable_families import FAMILIES, NAMED_FAMILIES, family_of, normal_library


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("KERNEL32.dll", "kernel32"),
        ("WS2_32.dll", "ws2_32"),
        ("python311.dll", "python"),
        ("VCRUNTIME140_1.dll", "vcruntime"),
        ("api-ms-win-crt-heap-l1-1-0.dll", "api-ms-win-crt"),
        ("MSVCP140-263139962577ecda4cd9469ca360a746.dll", "msvcp"),
        ("libgfortran-040039e1.so.5.0.0", "libgfortran"),
        ("libc.so.6", "libc"),
        ("libstdc++.so.6", "libstdc++"),
        ("libcrypto-3-x64.dll", "libcrypto"),
        ("@rpath/libz.1.dylib", "libz"),
    ],
)
def test_libraries_lose_what_changes_from_build_to_build(written: str, normal: str) -> None:
    assert normal_library(written) == normal


@pytest.mark.parametrize(
    ("library", "name", "family"),
    [
        ("kernel32", "CreateProcessW", "process"),
        ("kernel32", "VirtualProtect", "memory-exec"),
        ("dnsapi", "DnsQuery_A", "dns"),
        ("ws2_32", "#52", "dns"),
        ("ws2_32", "#115", "network"),
        ("winhttp", "WinHttpAnything", "network"),
        ("", "getaddrinfo", "dns"),
        ("", "__recv_chk", "network"),
        ("", "mprotect", "memory-exec"),
        ("", "malloc", ""),
        ("kernel32", "CreateFileW", ""),
    ],
)
def test_families(library: str, name: str, family: str) -> None:
    assert family_of(library, name) == family


def test_named_families_are_families() -> None:
    assert set(NAMED_FAMILIES.values()) <= set(FAMILIES)
    assert "malloc" not in NAMED_FAMILIES
    assert NAMED_FAMILIES["CreateRemoteThread"] == "injection"


@pytest.mark.parametrize(
    ("owner", "member", "family"),
    [
        ("System.Net.Dns", "GetHostEntry", "dns"),
        ("System.Net.DnsEndPoint", ".ctor", ""),
        ("System.Net.Http.HttpClient", "GetAsync", "network"),
        ("System.Reflection.Assembly", "Load", "dynamic-load"),
        ("System.Reflection.Assembly", "GetName", ""),
        ("System.Reflection.Emit.ILGenerator", "Emit", "dynamic-code"),
        ("System.String", "Concat", ""),
    ],
)
def test_dotnet_families(owner: str, member: str, family: str) -> None:
    assert dotnet_family(owner, member) == family
