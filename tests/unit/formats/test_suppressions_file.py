"""The suppressions file: nobody silences a finding without a name and for ever."""

from __future__ import annotations

import datetime as dt

import pytest

from doorward.errors import Misuse
from doorward.formats.suppressions import parse
from doorward.model.suppression import Suppression

GOOD = """# why we are silent
[[suppression]]
rule = "reach.host"
path = "example_agent/**"
reason = "the vendor's new mirror"
owner = "release team"
expires = 2027-01-31

[[suppression]]
rule = "hook.pth"
path = "example_agent.pth"
fingerprint = "sha256:FINGERPRINT"
reason = "our own shim"
owner = "packaging"
expires = 2026-12-01
""".replace("FINGERPRINT", "ab" * 32)


def test_entries_are_read_with_their_lines() -> None:
    assert parse(GOOD, "s.toml") == (
        Suppression(
            rule="reach.host",
            path="example_agent/**",
            reason="the vendor's new mirror",
            owner="release team",
            expires=dt.date(2027, 1, 31),
            line=2,
        ),
        Suppression(
            rule="hook.pth",
            path="example_agent.pth",
            reason="our own shim",
            owner="packaging",
            expires=dt.date(2026, 12, 1),
            fingerprint="sha256:" + "ab" * 32,
            line=9,
        ),
    )


def test_an_empty_file_silences_nothing() -> None:
    assert parse("", "s.toml") == ()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'owner = "packaging"',
            'ownr = "packaging"',
            (
                "reading s.toml, line 14; expected keys rule, path, reason, owner, fingerprint, expires; "
                "found unknown key `ownr`; next: correct or remove it"
            ),
        ),
        (
            'owner = "packaging"\n',
            "",
            (
                "reading s.toml, line 9; expected `owner` in every suppression; found none; "
                "next: correct or remove it"
            ),
        ),
        (
            'reason = "our own shim"',
            'reason = " "',
            (
                "reading s.toml, line 13; expected `reason` to be one line of text; found ' '; "
                "next: correct or remove it"
            ),
        ),
        (
            "expires = 2026-12-01",
            'expires = "2026-12-01"',
            (
                "reading s.toml, line 15; expected expires = YYYY-MM-DD, without quotes or time; "
                "found '2026-12-01'; next: correct or remove it"
            ),
        ),
        (
            "expires = 2026-12-01\n",
            "",
            (
                "reading s.toml, line 9; expected `expires` in every suppression; found none; "
                "next: correct or remove it"
            ),
        ),
        (
            "sha256:" + "ab" * 32,
            "abab",
            (
                "reading s.toml, line 12; expected fingerprint = \"sha256:<64 hex digits>\"; found 'abab'; "
                "next: correct or remove it"
            ),
        ),
        (
            "# why we are silent",
            "allow-all = true",
            (
                "reading s.toml, line 1; expected only [[suppression]] tables; found unknown key `allow-all`"
                "; next: correct or remove it"
            ),
        ),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(Misuse) as caught:
        parse(GOOD.replace(old, new), "s.toml")
    assert str(caught.value) == message


def test_a_date_with_a_time_is_refused() -> None:
    text = GOOD.replace("2026-12-01", "2026-12-01T00:00:00Z")
    with pytest.raises(Misuse, match="without quotes or time"):
        parse(text, "s.toml")


@pytest.mark.parametrize(
    "text", ["[[suppression", "[suppression]\nrule = 1\n", "suppression = 3", "suppression = [3]"]
)
def test_another_shape_is_refused(text: str) -> None:
    with pytest.raises(Misuse, match=r"reading s\.toml"):
        parse(text, "s.toml")
