"""The escapes themselves: what acts is spelled, what is plain stays as it is."""

from __future__ import annotations

import unicodedata
from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.inspect.explain.escape import (
    columns,
    cut,
    fence,
    for_html,
    for_markdown,
    for_sarif,
    for_terminal,
    lines_of,
    markdown_code,
    marked_html,
    shortened,
    to_uri,
    visible,
    wrapped,
)

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text-1.0_x", "plain text-1.0_x"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\nb\tc\rd", r"a\nb\tc\rd"),
        ("\x00\x7f\x9b", r"\x00\x7f\x9b"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("a\u200bb\ufeff", r"a\u200bb\ufeff"),
        ("\U000e0041", r"\U000e0041"),
        ("\ud800\udcff", r"\ud800\udcff"),
        ("no\u00a0break", r"no\xa0break"),
        ("fill\u3164er", r"fill\u3164er"),
        ("e\u0301", "e\u0301"),
        ("e" + "\u0301" * 5, "e" + "\u0301" * 3 + r"\u0301\u0301"),
        ("\u05d0 \u4e2d \U0001f600", "\u05d0 \u4e2d \U0001f600"),
        (r"a literal \x1b", r"a literal \x1b"),
    ],
)
def test_what_cannot_be_seen_is_spelled(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(ANY_TEXT)
def test_visible_text_holds_no_character_that_acts(text: str) -> None:
    for char in visible(text):
        assert unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    visible(text).encode("utf-8")
    assert visible(visible(text)) == visible(text)


def test_html_tells_a_spelled_character_from_a_literal_backslash() -> None:
    assert marked_html("\x1b<b>\\x1b") == r"<mark>\x1b</mark>&lt;b&gt;\x1b"
    assert marked_html("\ue000x\ue001") == r"<mark>\ue000</mark>x<mark>\ue001</mark>"
    assert for_html("\"'<&>") == "&quot;&#x27;&lt;&amp;&gt;"


@given(ANY_TEXT)
def test_marked_html_brings_no_tag_but_mark(text: str) -> None:
    bare = marked_html(text).replace("<mark>", "").replace("</mark>", "")
    assert not set(bare) & set("<>\"'")


def test_lines_end_only_at_line_feeds() -> None:
    assert lines_of("a\r\nb\rc\u2028d\x0be\n") == ["a", "b\rc\u2028d\x0be"]
    assert lines_of("\tx") == ["    x"]


def test_shortened_says_how_much_is_missing() -> None:
    assert shortened("abc", 3) == "abc"
    assert shortened("a" * 500 + "z" * 500, 40) == "a" * 8 + "[\u2026 984 \u2026]" + "z" * 8


@given(ANY_TEXT, st.integers(24, 300))
def test_shortened_never_exceeds_its_limit(text: str, limit: int) -> None:
    assert len(shortened(text, limit)) <= max(limit, 24)


def test_columns_count_what_a_terminal_draws() -> None:
    assert columns("ab") == 2
    assert columns("\u4e2d\u6587") == 4
    assert columns("e\u0301") == 1
    assert cut("\u4e2d\u6587x", 3) == "\u4e2d"


@given(ANY_TEXT, st.integers(4, 60))
def test_wrapped_lines_fit_and_lose_no_letter(text: str, width: int) -> None:
    shown = for_terminal(text)
    lines = wrapped(shown, width)
    assert all(columns(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == shown.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error file=x::boo", r"\::error file=x::boo"),
        ("see ::stop-commands::x", r"see \::stop-commands::x"),
        ("std::vector", "std::vector"),
        ("##[add-matcher]x", r"##\[add-matcher]x"),
        ("##vso[task.setvariable]x", r"##vso\[task.setvariable]x"),
    ],
)
def test_a_log_is_no_place_for_commands_of_the_build_service(text: str, shown: str) -> None:
    assert for_terminal(text) == shown


@given(st.text(alphabet=":ab #[", max_size=200), st.integers(4, 30))
def test_no_wrapped_line_begins_a_workflow_command(text: str, width: int) -> None:
    for line in wrapped(for_terminal(text), width):
        name = line.lstrip().removeprefix("::").partition("::")[0]
        assert not line.lstrip().startswith("::") or not name[:1].isalpha()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ordinary words, (even these): 12 of 1,912.", "Ordinary words, (even these): 12 of 1,912."),
        ("1.2.3 \u2192 1.2.4", "1.2.3 \u2192 1.2.4"),
        ("T1071.004", "T1071.004"),
        ("@octocat", "<code>&#64;</code><code>octocat</code>"),
        ("a@evil.example", "<code>a&#64;</code><code>evil.example</code>"),
        ("closes #12", "closes <code>&#35;12</code>"),
        ("GH-12", "<code>GH-12</code>"),
        ("deadbee1", "<code>deadbee1</code>"),
        ("1234567", "<code>1234567</code>"),
        ("www.evil.example.", "<code>www&#46;evil.example</code>."),
        ("https://evil.example/", "<code>https&#58;//evil.example/</code>"),
        ("[a](b)", "<code>&#91;a&#93;(b</code>)"),
        ("**bold** _x_", "<code>&#42;&#42;bold&#42;&#42;</code> <code>&#95;x&#95;</code>"),
        ("<img>", "<code>&#60;img&#62;</code>"),
        ("a|b `c`", "<code>a&#124;b</code> <code>&#96;c&#96;</code>"),
        ("&amp; $x$ :smile:", "<code>&#38;amp</code>; <code>&#36;x&#36;</code> <code>&#58;smile</code>&#58;"),
    ],
)
def test_markdown_words_that_could_mean_something_become_code(text: str, shown: str) -> None:
    assert for_markdown(text) == shown


def test_markdown_code_is_never_empty() -> None:
    assert markdown_code("") == "<code>&#32;</code>"
    assert markdown_code("a b") == "<code>a b</code>"


def test_a_fence_is_longer_than_any_run_inside() -> None:
    assert fence(["a"]) == ["```text", "a", "```"]
    assert fence(["`````", "x"])[0] == "``````text"


def test_sarif_brackets_make_no_link() -> None:
    assert for_sarif(r"[a](http://x) \[b]") == r"\[a\](http://x) \\\[b\]"


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("pkg/core.py", "pkg/core.py"),
        ("data.tar.xz!/usr/lib/x.so", "data.tar.xz!/usr/lib/x.so"),
        ("a b/%2e%2e/\u00e9", "a%20b/%252e%252e/%C3%A9"),
        ("../../etc/passwd", "%252E%252E/%252E%252E/etc/passwd"),
        ("/etc/passwd", "%2Fetc/passwd"),
        ("//host/x", "%2F/host/x"),
        ("a//./b", "a//%252E/b"),
        ("javascript:alert(1)", "javascript%3Aalert%281%29"),
        ("C:\\x?y#z", "C%3A%5Cx%3Fy%23z"),
        ("caf\udce9", "caf%E9"),
        ("x\ud800", "x%3F"),
    ],
)
def test_paths_become_relative_uris(path: str, uri: str) -> None:
    assert to_uri(path) == uri


@given(ANY_TEXT)
def test_no_path_becomes_an_absolute_uri_or_leaves_the_root(path: str) -> None:
    uri = to_uri(path)
    assert uri.isascii()
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
    assert not uri.startswith("/")
    assert not {".", ".."} & set(uri.split("/"))
    assert unquote_to_bytes(uri) is not None


def test_a_very_long_word_of_wide_letters_is_wrapped_in_linear_time() -> None:
    lines = wrapped("\u4e2d" * 500_000, 80)
    assert len(lines) == 12_500
    assert {len(line) for line in lines} == {40}
