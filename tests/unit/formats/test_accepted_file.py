"""The file of accepted releases: one spelling, added to at its end, refused where not understood."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.errors import Misuse
from doorward.formats.accepted import HEADER, Accepted, KnownGood, append, parse, spell, trait_digest

ONE = Accepted(
    ecosystem="pypi",
    name="example-agent",
    version="4.2.0",
    file="example_agent-4.2.0-py3-none-any.whl",
    digest="sha256:" + "22" * 32,
    traits="sha256:" + "91" * 32,
    date=dt.date(2026, 11, 24),
    by="release team",
    reason='read in full, "rebuilt" from its tag',
)
TEXT = (
    HEADER
    + """
[[accepted]]
ecosystem = "pypi"
name = "example-agent"
version = "4.2.0"
file = "example_agent-4.2.0-py3-none-any.whl"
digest = "sha256:2222222222222222222222222222222222222222222222222222222222222222"
traits = "sha256:9191919191919191919191919191919191919191919191919191919191919191"
date = 2026-11-24
by = "release team"
reason = "read in full, \\"rebuilt\\" from its tag"
"""
)

LINES = st.text(st.characters(exclude_categories=("C", "Zl", "Zp", "Zs")), min_size=1)
DIGESTS = st.binary(min_size=32, max_size=32).map(lambda raw: f"sha256:{raw.hex()}")
ENTRIES = st.builds(
    Accepted,
    ecosystem=st.sampled_from(["pypi", "npm", "deb", ""]),
    name=LINES,
    version=LINES | st.just(""),
    file=LINES,
    digest=DIGESTS,
    traits=DIGESTS,
    date=st.dates(),
    by=LINES,
    reason=LINES,
)


def test_the_file_reads_as_the_page_shows() -> None:
    assert append("", ONE, "accepted.toml") == TEXT
    assert parse(TEXT, "accepted.toml") == KnownGood((ONE,))
    assert parse("", "accepted.toml") == KnownGood(())


@given(st.lists(ENTRIES, max_size=4, unique_by=lambda entry: entry.digest))
def test_what_is_spelled_is_read_back(entries: list[Accepted]) -> None:
    text = ""
    for entry in entries:
        text = append(text, entry, "a.toml")
    assert parse(text, "a.toml").entries == tuple(entries)


def test_a_reviewer_s_comments_survive_an_addition() -> None:
    text = TEXT + "\n# looked at again in 2027\n"
    grown = append(text, replace(ONE, digest="sha256:" + "33" * 32, version="4.2.1"), "a.toml")
    assert grown.startswith(text)
    assert [entry.version for entry in parse(grown, "a.toml").entries] == ["4.2.0", "4.2.1"]


def test_lookups_by_digest_and_by_package() -> None:
    known = parse(append(TEXT, replace(ONE, digest="sha256:" + "33" * 32, version="4.2.1"), "a"), "a")
    assert known.is_accepted("sha256:" + "22" * 32)
    assert not known.is_accepted("sha256:" + "44" * 32)
    assert not known.is_accepted("")
    assert [entry.version for entry in known.of("pypi", "example-agent")] == ["4.2.0", "4.2.1"]
    assert known.of("npm", "example-agent") == ()


def test_a_digest_is_accepted_once() -> None:
    with pytest.raises(Misuse) as caught:
        append(TEXT, replace(ONE, reason="again"), "accepted.toml")
    assert str(caught.value) == (
        f"accepting example-agent 4.2.0; expected a release that accepted.toml does not list; "
        f"found {ONE.digest}, already accepted; next: nothing: it is known good"
    )
    doubled = TEXT + spell(ONE)
    with pytest.raises(Misuse, match="entry 2; expected every digest once; found the digest of entry 1"):
        parse(doubled, "accepted.toml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('by = "release team"', 'bye = "release team"', "found unknown key `bye`"),
        ('by = "release team"\n', "", "expected `by`; found none"),
        ('"release team"', '""', "expected `by` to be one line of text; found ''"),
        ('"release team"', '"two\\nlines"', "expected `by` to be one line of text"),
        ("2026-11-24", '"2026-11-24"', "expected date = YYYY-MM-DD, without quotes or time"),
        ("2026-11-24", "2026-11-24T01:02:03Z", "expected date = YYYY-MM-DD, without quotes or time"),
        ("sha256:22", "sha256:2", 'expected digest = "sha256:<64 hex digits>"'),
        ("sha256:91", "SHA256:91", 'expected traits = "sha256:<64 hex digits>"'),
        ("[[accepted]]", "[accepted]", r"expected \[\[accepted\]\] tables"),
        ("[[accepted]]", "everything = true\n[[accepted]]", "found unknown key `everything`"),
        ('"pypi"', "1", "expected `ecosystem` to be one line of text; found 1"),
    ],
)
def test_what_nobody_would_have_written_is_refused(old: str, new: str, message: str) -> None:
    assert old in TEXT
    with pytest.raises(Misuse, match=message):
        parse(TEXT.replace(old, new), "accepted.toml")


def test_an_entry_that_could_not_be_read_back_is_not_written() -> None:
    with pytest.raises(Misuse, match="`reason` to be one line of text"):
        spell(replace(ONE, reason="a\nb"))


def test_the_digest_of_traits_knows_no_order_and_confuses_no_pair() -> None:
    pairs = [("a", "bc"), ("reach.host", "\udcff.example")]
    assert trait_digest(pairs) == trait_digest([*pairs[::-1], *pairs])
    assert trait_digest([("a", "bc")]) != trait_digest([("ab", "c")])
    assert trait_digest([]).startswith("sha256:e3b0c442")
