"""Releases are written as each registry's own client writes them."""

from __future__ import annotations

import pytest

from doorward.errors import Misuse
from doorward.inspect.references import Reference, parse_reference


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pypi:attrs==24.3.0", Reference("pypi", "attrs", "24.3.0")),
        ("pypi:Zope.Interface==5.0", Reference("pypi", "zope-interface", "5.0")),
        ("pypi:attrs", Reference("pypi", "attrs", "")),
        ("npm:semver@7.6.3", Reference("npm", "semver", "7.6.3")),
        ("npm:@babel/core@7.0.0-beta.1", Reference("npm", "@babel/core", "7.0.0-beta.1")),
        ("npm:@babel/core", Reference("npm", "@babel/core", "")),
        ("deb:libssl3=3.0.15-1~deb12u1", Reference("deb", "libssl3", "3.0.15-1~deb12u1")),
        ("deb:curl=2:9.0.1378-2", Reference("deb", "curl", "2:9.0.1378-2")),
        ("deb:libc6:arm64=2.36-9", Reference("deb", "libc6:arm64", "2.36-9")),
        ("./pypi", None),
        ("C:/x.whl", None),
        ("dist/a-1.0.whl", None),
    ],
)
def test_what_a_text_names(text: str, expected: Reference | None) -> None:
    assert parse_reference(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "pypi:",
        "pypi:../x==1",
        "pypi:a==",
        "pypi:a==1/../2",
        "npm:a b@1",
        "npm:@x@1",
        "deb:A=1",
        "deb:x=1 2",
        "pypi:-e==",
    ],
)
def test_what_begins_like_a_release_and_is_none_is_refused(text: str) -> None:
    with pytest.raises(Misuse, match=r"expected (pypi|npm|deb):NAME(==|@|=)VERSION"):
        parse_reference(text)
