"""The accused writes its names for the pull request: no mention, link, image, reference or HTML of theirs."""

from __future__ import annotations

import re

import pytest

from doorward.inspect.explain import markdown
from doorward.inspect.explain.many import markdown as many_markdown
from tests.samples import reports, updates

OURS = re.compile(r"</?(?:code|details|summary)>")


def outside_fences(text: str) -> str:
    """The Markdown that is interpreted: fenced blocks removed as CommonMark 4.5 reads them."""
    kept = []
    closing = ""
    for line in text.splitlines():
        opened = re.fullmatch(r"(`{3,})text", line)
        if closing:
            # CommonMark: a fence closes at a run of at least as many of its characters, alone on a line.
            closed = re.fullmatch(r" {0,3}(`+)\s*", line)
            if closed and len(closed[1]) >= len(closing):
                closing = ""
        elif opened:
            closing = opened[1]
        else:
            kept.append(line)
    assert not closing
    return "\n".join(kept)


def texts() -> list[str]:
    return [
        markdown.render(reports.hostile()),
        markdown.render(reports.hostile(), limit=8_192),
        many_markdown.render(updates.hostile_updates()),
    ]


def test_no_tag_but_ours() -> None:
    for text in texts():
        assert "<" not in OURS.sub("", outside_fences(text))


def test_nothing_in_code_means_anything() -> None:
    for text in texts():
        for code in re.findall(r"<code>(.*?)</code>", outside_fences(text)):
            bare = re.sub(r"&#\d+;", "", code)
            assert not set(bare) & set("<>`|*_[]!@#~$:\\&")
            assert not re.search(r"(?i)www\.", bare)


def test_no_address_stands_in_one_piece() -> None:
    # cmark-gfm's autolink extension reads text after entities are decoded, inside `code` elements too.
    for text in texts():
        for code in re.findall(r"<code>(.*?)</code>", outside_fences(text)):
            assert not re.search(r"&#64;.", code)


def test_plain_prose_links_and_mentions_nothing() -> None:
    for text in texts():
        prose = re.sub(r"<code>.*?</code>", "", outside_fences(text))
        prose = re.sub(r"&#\d+;|&amp;", "", prose)
        assert "@" not in prose
        assert "](" not in prose
        assert "![" not in prose
        assert "`" not in prose
        assert "://" not in prose
        assert not re.search(r"(?i)\bwww\.", prose)
        assert not re.search(r"(?<![&\w#])#\d", prose)
        assert not re.search(r"(?i)\bGH-\d", prose)
        assert not re.search(r"\b(?=[0-9a-f]*\d)[0-9a-f]{7,40}\b", prose)


def test_names_bring_no_heading_no_row_and_no_item() -> None:
    text = outside_fences(markdown.render(reports.hostile()))
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        "## \U0001f534 Doorward: block, 77/100",
    ]
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 25
    assert {row.count("|") for row in rows} == {6}


@pytest.mark.parametrize("act", reports.ACTS)
def test_hidden_characters_are_spelled_out(act: str) -> None:
    for text in texts():
        assert act not in text
        text.encode("utf-8")


def test_the_fence_is_longer_than_the_runs_inside() -> None:
    text = markdown.render(reports.hostile())
    assert "\n````text\n 7  ```\n 8  out of the fence\n 9  ~~~\n10  </details>\n````\n" in text
