"""Evidence as lines: code keeps its numbers, bytes become a dump, one line stays a literal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.inspect.explain.excerpt import ExcerptKind, Row, excerpt
from doorward.model.trait import Evidence

RAW = bytes(range(0x80, 0xA0))
DUMP = (
    Row("00001000", "80 81 82 83 84 85 86 87 88 89 8a 8b 8c 8d 8e 8f  " + "." * 16),
    Row("00001010", "90 91 92 93 94 95 96 97 98 99 9a 9b 9c 9d 9e 9f  " + "." * 16),
)


def test_code_keeps_its_line_numbers() -> None:
    found = excerpt(Evidence(line=9, excerpt="def f():\n\treturn 1\n"), rows=10)
    assert found.kind is ExcerptKind.CODE
    assert found.rows == (Row("9", "def f():"), Row("10", "    return 1"))


@pytest.mark.parametrize(
    "text",
    [
        RAW.decode("latin-1"),
        RAW.decode("utf-8", "surrogateescape"),
        RAW.hex(),
        RAW.hex(" "),
    ],
)
def test_bytes_become_a_dump_however_a_probe_quotes_them(text: str) -> None:
    found = excerpt(Evidence(offset=0x1000, excerpt=text), rows=10)
    assert (found.kind, found.rows) == (ExcerptKind.HEX, DUMP)


def test_bytes_with_a_word_before_them_keep_the_word() -> None:
    found = excerpt(Evidence(offset=0x1000, excerpt="4,096 bytes: " + RAW.hex(" ")), rows=10)
    assert found.rows == (Row("", "4,096 bytes"), *DUMP)


@pytest.mark.parametrize(
    "text", ["cdn.example", "deadbeef", "12 bytes at 0x10", "import os, sys", "face feed beef cafe"]
)
def test_one_line_of_text_is_a_literal(text: str) -> None:
    found = excerpt(Evidence(offset=3, excerpt=text), rows=10)
    assert (found.kind, found.rows) == (ExcerptKind.LITERAL, (Row("", text),))


def test_control_characters_in_a_line_of_code_do_not_make_it_bytes() -> None:
    assert excerpt(Evidence(line=1, excerpt="\x1b[2J\x1b[0m"), rows=1).kind is ExcerptKind.CODE


def test_lines_left_out_are_counted() -> None:
    found = excerpt(Evidence(line=1, excerpt="a\nb\nc\nd"), rows=2)
    assert (len(found.rows), found.more) == (2, 2)
    assert excerpt(Evidence(excerpt="  \n"), rows=2).kind is ExcerptKind.NOTHING


@given(st.text(st.characters(exclude_categories=())), st.none() | st.integers(1, 9), st.integers(1, 5))
def test_no_excerpt_is_lost_or_longer_than_asked(text: str, line: int | None, rows: int) -> None:
    found = excerpt(Evidence(line=line, offset=4, excerpt=text), rows=rows, width=60)
    assert len(found.rows) <= rows
    assert bool(found.rows) == bool(text.strip())
    if found.kind is not ExcerptKind.HEX:
        assert all(len(row.text) <= 60 for row in found.rows)
