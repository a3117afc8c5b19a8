"""Openers are chosen by first bytes, and a name only says what an artifact should be."""

from __future__ import annotations

import re

import pytest

from doorward.inspect.open import catalogue
from doorward.inspect.open.rules import RULES


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"PK\x03\x04", "zip"),
        (b"\x1f\x8b\x08\x00", "gz"),
        (b"\xfd7zXZ\x00", "xz"),
        (b"BZh91AY&SY", "bz2"),
        (b"\x28\xb5\x2f\xfd", "zst"),
        (b"!<arch>\ndebian-binary   ", "deb"),
        (b"!<arch>\nfoo.o/          ", "ar"),
        (b"MSCF\0\0\0\0".ljust(25, b"\0") + b"\1", "cab"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "msi"),
        (b"\xed\xab\xee\xdb".ljust(96, b"\0") + b"\x8e\xad\xe8\x01", "rpm"),
    ],
)
def test_first_bytes_decide(head: bytes, name: str) -> None:
    opener = catalogue.opener_for("data.bin", head.ljust(600, b"\0"))
    assert opener is not None
    assert opener.name == name


@pytest.mark.parametrize(
    "head", [b"", b"P", b"PK", b"\x7fELF", b"MZ", b"#!/bin/sh\n", b"\x1f\x8b", b"ustar" * 100]
)
def test_anything_else_is_a_leaf(head: bytes) -> None:
    assert catalogue.opener_for("x.zip", head) is None


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("attrs-1.0-py3-none-any.whl", "zip"),
        ("p-1.tar.gz", "gz"),
        ("p.tgz", "gz"),
        ("P.DEB", "deb"),
        ("setup.msi", "msi"),
        ("tool", ""),
        ("a.py", ""),
    ],
)
def test_a_name_says_what_it_should_be(name: str, form: str) -> None:
    assert catalogue.expected_format(name) == form
    assert (catalogue.named(form) is not None) is bool(form)


def test_content_of_a_compressed_stream_is_named_after_it() -> None:
    names = ["changelog.Debian.gz", "a.tgz", "logo.svgz", "data", ".gz"]
    assert [catalogue.uncompressed_name(name) for name in names] == [
        "changelog.Debian",
        "a.tar",
        "logo.svg",
        "data.content",
        ".gz.content",
    ]


def test_every_opener_has_a_version_and_a_rule_for_what_it_cannot_read() -> None:
    versions = catalogue.versions()
    assert versions == tuple(sorted(versions))
    for version in versions:
        assert re.fullmatch(r"[a-z0-9]+/[1-9][0-9]*", version)
        assert f"{version.partition('/')[0]}.unreadable" in RULES
    assert len(versions) == len(catalogue.OPENERS)
