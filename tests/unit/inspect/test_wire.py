"""Workers' answers are data of exactly one shape, or refused as a whole."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.inspect.wire import (
    Nonsense,
    decode,
    encode,
    found_from,
    listing_from,
    listing_to,
    numbers_from,
    traits_from,
    traits_to,
)
from doorward.model.artifact import Irregularity, Listing, Member, MemberKind, NotExamined
from doorward.model.trait import Evidence, Trait

ODD = st.text(st.characters(), max_size=20)

members = st.builds(
    Member,
    path=ODD,
    kind=st.sampled_from(MemberKind),
    size=st.integers(0, 2**40),
    digest=st.binary(min_size=32, max_size=32).map(lambda data: f"sha256:{data.hex()}"),
    mode=st.integers(0, 0o7777),
    link=ODD,
    container=ODD,
)
irregularities = st.builds(
    Irregularity, rule=ODD, path=ODD, detail=ODD, offset=st.none() | st.integers(0), size=st.integers(0)
)
listings = st.builds(
    Listing,
    digest=ODD,
    size=st.integers(0),
    container=ODD,
    members=st.lists(members, max_size=4).map(tuple),
    irregularities=st.lists(irregularities, max_size=3).map(tuple),
    not_examined=st.lists(st.builds(NotExamined, path=ODD, reason=ODD), max_size=3).map(tuple),
    readers=st.lists(ODD, max_size=3).map(tuple),
)
traits = st.builds(
    Trait,
    kind=ODD,
    key=ODD,
    count=st.integers(0),
    evidence=st.builds(
        Evidence, where=ODD, line=st.none() | st.integers(1), offset=st.none() | st.integers(0), excerpt=ODD
    ),
    token=ODD,
    values=st.lists(ODD, max_size=3).map(tuple),
)


@given(listings)
def test_listings_come_back_as_they_went(listing: Listing) -> None:
    assert listing_from(decode(encode(listing_to(listing)))) == listing


@given(st.lists(traits, max_size=4))
def test_traits_come_back_as_they_went(found: list[Trait]) -> None:
    failed = [NotExamined("a/b", "too large")]
    back, not_examined = traits_from(decode(encode(traits_to(found, failed))))
    assert (list(back), list(not_examined)) == (found, failed)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"traits": 1, "not_examined": []}',
        b'{"traits": [[1,2,3]], "not_examined": []}',
        b'{"traits": [["k","key","one","t",[],"",null,null,""]], "not_examined": []}',
        b'{"traits": [["k","key",true,"t",[],"",null,null,""]], "not_examined": []}',
        b'{"traits": []}',
        b"[" * 100_000,
    ],
)
def test_nonsense_is_refused(answer: bytes) -> None:
    with pytest.raises(Nonsense):
        traits_from(decode(answer))


@given(
    st.recursive(
        st.none() | st.integers() | ODD, lambda s: st.lists(s) | st.dictionaries(ODD, s), max_leaves=8
    )
)
def test_other_json_is_never_taken_for_a_listing(value: object) -> None:
    with pytest.raises(Nonsense):
        listing_from(decode(json.dumps(value).encode()))


@pytest.mark.parametrize(
    "digest", ["", "sha256:", "sha256:../../secret", "/etc/passwd", "sha256:" + "A" * 64]
)
def test_a_digest_that_could_name_another_file_is_nonsense(digest: str) -> None:
    answer = listing_to(Listing("sha256:aa", 1, "zip", (Member("a", MemberKind.FILE, 1, digest),)))
    with pytest.raises(Nonsense, match="no digest"):
        listing_from(answer)


@pytest.mark.parametrize(
    "found", [{"a": [0, 2]}, {"a": [-1]}, {"b": [0]}, {"a": ["0"]}, {"a": None}, [["a", [0]]], {"a": [True]}]
)
def test_a_search_answers_what_was_asked_or_nothing(found: object) -> None:
    with pytest.raises(Nonsense):
        found_from({"found": found}, ["a"], 2)


@pytest.mark.parametrize("rows", [[], [[1], [2]], [["1"]], [None], 7, [[1.5]], [[True]]])
def test_one_row_of_numbers_for_each_question(rows: object) -> None:
    with pytest.raises(Nonsense):
        numbers_from({"sketches": rows}, "sketches", 1)
