"""Static libraries of both worlds: GNU ends a long name with a slash, Microsoft's linker with a NUL."""

from __future__ import annotations

import io

import pytest

from doorward.inspect.limits import Limits
from doorward.inspect.open.deb import Ar
from doorward.inspect.open.scope import Scope
from doorward.model.artifact import Irregularity, Member, MemberKind


def member(name: str, body: bytes, time: str) -> bytes:
    return (
        f"{name:<16}{time:<12}{'':6}{'':6}{'0':<8}{len(body):<10}`\n".encode()
        + body
        + b"\n" * (len(body) % 2)
    )


@pytest.mark.parametrize(("end", "time"), [(b"\0", "1639905086"), (b"\0", "-1"), (b"/\n", "0")])
def test_a_long_name_ends_as_its_linker_ends_it(end: bytes, time: str) -> None:
    names = b"a_library_of_functions.dll" + end + b"another_long_name.dll" + end
    second = len(b"a_library_of_functions.dll" + end)
    data = b"!<arch>\n" + member("/", b"\0" * 4, time) + member("//", names, time)
    data += member("/0", b"one", time) + member(f"/{second}", b"two", time)
    told: list[Irregularity] = []
    entries = Ar().entries(io.BytesIO(data), len(data), Limits(), told.append)
    assert [entry.path for entry in entries] == ["a_library_of_functions.dll", "another_long_name.dll"]
    assert told == []


def test_members_of_one_name_are_two_readings_in_a_zip_and_none_in_a_library() -> None:
    def told(*, by_symbol: bool) -> list[str]:
        scope = Scope("x!/", 2, rooted=False, essential=False, by_symbol=by_symbol)
        rules = []
        for digest in ("sha256:1", "sha256:2"):
            path = scope.unique("a.dll")
            rules += [rule for rule, _, _ in scope.remember(path, Member(path, MemberKind.FILE, 1, digest))]
        assert list(scope.seen) == ["a.dll", ".duplicate/2/a.dll"]
        return rules

    assert told(by_symbol=False) == ["path.duplicate"]
    assert told(by_symbol=True) == []
