"""Names and addresses: what counts as one, in which spelling, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from doorward.inspect.probes.reach import ReachProbe
from doorward.inspect.probes.reach_names import host_name, public_address, registered_domain
from tests.samples.subjects import keys, traits

PROBE = ReachProbe()


def test_a_url_in_code_is_a_domain_and_a_host(tmp_path: Path) -> None:
    found = traits(PROBE, tmp_path, "pkg/a.py", 'GET = "https://User:pw@API.Vendor.Example:8443/v1?x=1"\n')
    assert keys(found, "reach.url-host") == ["vendor.example"]
    assert keys(found, "reach.host") == ["api.vendor.example"]
    assert found[0].evidence.line == 1
    assert "API.Vendor.Example:8443/v1" in found[0].evidence.excerpt


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("README.md", "see https://docs.example/x"),
        ("pkg-1.0.dist-info/METADATA", "Home-page: https://docs.example/x"),
        ("pkg/a.py", "# see https://docs.example/x\n"),
        ("pkg/a.py", 'def f():\n    """Do it.\n\n    https://docs.example/x\n    """\n'),
        ("pkg/a.js", "/**\n * https://docs.example/x\n */\n"),
        ("pkg/a.c", "int x; // https://docs.example/x\n"),
    ],
)
def test_documents_comments_and_docstrings_only_mention(tmp_path: Path, path: str, text: str) -> None:
    found = traits(PROBE, tmp_path, path, text)
    assert [(trait.kind, trait.key) for trait in found] == [("reach.mention", "docs.example")]


def test_a_url_in_a_string_behind_a_hash_sign_is_no_comment(tmp_path: Path) -> None:
    found = traits(PROBE, tmp_path, "pkg/a.py", 'x = "#" + "https://c2.example/"\n')
    assert keys(found, "reach.url-host") == ["c2.example"]


@pytest.mark.parametrize(
    "literal",
    ["updates.vendor.test", "cdn-7.invalid", "evil.com", "ns1.evil.co.uk", "abcdefgh.onion", "x.y.internal"],
)
def test_a_bare_name_is_a_host_where_it_is_a_whole_literal(tmp_path: Path, literal: str) -> None:
    found = traits(PROBE, tmp_path, "pkg/a.py", f'connect(("{literal}", 443))\n')
    assert keys(found, "reach.name") == [registered_domain(literal)]


@pytest.mark.parametrize(
    "literal",
    [
        "setup.py",
        "os.name",
        "System.Net",
        "foo.tar.gz",
        "lib.so",
        "package.json",
        "self.host",
        "a.b",
        "3.11.2",
        "README.md",
    ],
)
def test_file_names_attributes_and_versions_are_no_hosts(tmp_path: Path, literal: str) -> None:
    assert traits(PROBE, tmp_path, "pkg/a.py", f'x = "{literal}"\n') == []


def test_a_file_name_with_a_port_is_a_host(tmp_path: Path) -> None:
    assert keys(traits(PROBE, tmp_path, "a.py", 'x = "relay.sh:8080"'), "reach.name") == ["relay.sh"]


@pytest.mark.parametrize("text", ['"203.0.113.77"', '"http://203.0.113.77/a"', "'203.0.113.77:4444'"])
def test_public_addresses_count_documentation_ranges_too(tmp_path: Path, text: str) -> None:
    assert keys(traits(PROBE, tmp_path, "a.py", f"x = {text}\n"), "reach.address") == ["203.0.113.77"]


@pytest.mark.parametrize("text", ['"127.0.0.1"', '"10.1.2.3"', '"4.2.0.1"', '"1.2.3.400"', '"1.3.6.1.4.1"'])
def test_local_addresses_versions_and_oids_are_none(tmp_path: Path, text: str) -> None:
    assert keys(traits(PROBE, tmp_path, "a.py", f"x = {text}\n"), "reach.address") == []


def test_ipv6_literals(tmp_path: Path) -> None:
    found = traits(
        PROBE, tmp_path, "a.py", 'a = "http://[2001:db8::7]/"; b = "2001:4860:4860::8888"; c = "12:30:45"\n'
    )
    assert keys(found, "reach.address") == ["2001:db8::7", "2001:4860:4860::8888"]


def test_windows_strings_are_read_as_utf_16(tmp_path: Path) -> None:
    wide = "https://ns.vendor.test/q".encode("utf-16-le")
    bare = "a.b-c.invalid".encode("utf-16-le")
    data = b"MZ\x00\x01" + bytes(64) + wide + b"\x00\x00" + bare + b"\x00\x00" + bytes(64)
    found = traits(PROBE, tmp_path, "x.dll", data)
    assert keys(found, "reach.url-host") == ["vendor.test"]
    assert keys(found, "reach.name") == ["b-c.invalid"]


def test_a_bare_name_in_an_executable_ends_at_its_nul(tmp_path: Path) -> None:
    data = b"\x7fELF\x02\x01\x01" + bytes(32) + b"resolver.evil.test\x00next\x00" + bytes(16)
    assert keys(traits(PROBE, tmp_path, "x.so", data), "reach.name") == ["evil.test"]


def test_one_trait_for_each_name_with_its_count(tmp_path: Path) -> None:
    text = "\n".join(f'u{n} = "https://a.example/{n}"' for n in range(7))
    found = [t for t in traits(PROBE, tmp_path, "a.py", text) if t.kind == "reach.url-host"]
    assert [(t.key, t.count, t.token) for t in found] == [("a.example", 7, "a.example")]


def test_international_names_become_a_labels() -> None:
    assert host_name("Bücher.Example".encode()) == "xn--bcher-kva.example"
    assert host_name(b"xn--bcher-kva.example.") == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    "bad", [b"localhost", b"a..b.com", b"-a.com", b"a.com-", b"x" * 64 + b".com", b"{host}.com", b"\xff.com"]
)
def test_what_is_spelt_wrong_is_no_host(bad: bytes) -> None:
    assert host_name(bad) == ""


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("a.b.example.com", "example.com"),
        ("a.b.example.co.uk", "example.co.uk"),
        ("me.github.io", "me.github.io"),
        ("x.bucket.s3.amazonaws.com", "s3.amazonaws.com"),
        ("acc.blob.core.windows.net", "acc.blob.core.windows.net"),
        ("example.com", "example.com"),
    ],
)
def test_identity_is_what_somebody_registered(host: str, domain: str) -> None:
    assert registered_domain(host) == domain


def test_well_known_resolvers_count_though_their_numbers_are_small() -> None:
    assert public_address(b"8.8.8.8", endpoint=False) == "8.8.8.8"
    assert public_address(b"1.2.3.4", endpoint=False) == ""
    assert public_address(b"1.2.3.4", endpoint=True) == "1.2.3.4"


def test_compressed_content_holds_no_bare_names(tmp_path: Path) -> None:
    assert traits(PROBE, tmp_path, "x.gz", b"\x1f\x8b\x08\x00" + b'"evil.com"\x00"evil.com"') == []
