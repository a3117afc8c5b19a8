"""Names are somebody else's text: found odd, shown harmless in every output, and never written to."""

from __future__ import annotations

import html
import json
import os
import re
from pathlib import Path

import pytest

from tests.samples import hostile_archives, hostile_names
from tests.samples.hostile_names import HARMFUL, NAMES
from tests.samples.hostile_place import Place, Told

FILES = {b"small/__init__.py": b'"""Small."""\n'}
FORMATS = ["table", "json", "markdown", "sarif", "html"]


def harmless(text: str) -> None:
    for harmful in HARMFUL:
        assert harmful not in text, (harmful, text)
    assert not any("\udc80" <= character <= "\udcff" for character in text), (
        text
    )  # as bytes that are no UTF-8


def all_names(place: Place) -> tuple[Path, Path]:
    old, new = place.here / "small-1.0.zip", place.here / "small-2.0.zip"
    old.write_bytes(hostile_names.zip_of_raw(FILES))
    new.write_bytes(hostile_names.zip_of_raw({**FILES, **dict.fromkeys(NAMES.values(), b"X = 1\n")}))
    return old, new


@pytest.mark.parametrize("form", FORMATS)
def test_every_output_shows_hostile_names_harmlessly(place: Place, form: str) -> None:
    told = place.inspect(*all_names(place), "--format", form)
    assert told.code == 1, told.err
    harmless(told.out)
    harmless(told.err)
    if form == "table":
        assert "\nBLOCK   forged.py" not in told.out
        assert r"\x1b[2J" in told.out
        assert r"\u202e" in told.out
    if form == "html":
        assert "<img src=x" not in told.out
        assert "<script>alert" not in told.out
        assert html.escape("<img src=x onerror=alert(1)>", quote=False) in told.out
    if form == "markdown":
        assert "<img src=x" not in told.out
        assert "](http://evil.example)" not in re.sub(r"`[^`]*`", "", told.out)
    if form in {"json", "sarif"}:
        assert told.out.isascii()
        json.loads(told.out)
    assert not Path("/tmp/escaped.py").exists()  # noqa: S108 - the place that a name points to
    assert list(place.folder.rglob("escaped.py")) == []


@pytest.mark.parametrize("odd", sorted(NAMES))
def test_each_odd_name_is_told_and_is_a_verdict(place: Place, odd: str) -> None:
    old, new = place.here / "small-1.0.zip", place.here / "small-2.0.zip"
    old.write_bytes(hostile_names.zip_of_raw(FILES))
    new.write_bytes(hostile_names.zip_of_raw({**FILES, NAMES[odd]: b"X = 1\n"}))
    told = place.inspect(old, new, "--format", "json")
    report = json.loads(told.out)
    found = {finding["rule"] for finding in report["findings"]}
    hidden = {"of HTML", "of a script", "of Markdown", "of a percent", "no UTF-8", "of half a surrogate"}
    assert told.code == (1 if odd not in hidden else told.code), told
    assert odd in hidden or any(rule.startswith(("path.", "zip.")) for rule in found), found


def test_links_out_and_devices_block_and_nothing_is_followed(place: Place) -> None:
    old, new = place.here / "small-1.0.tar", place.here / "small-2.0.tar"
    old.write_bytes(hostile_archives.trailing_member(b"", "small/core.py"))
    new.write_bytes(hostile_names.special_tar())
    told = place.inspect(old, new, "--format", "json")
    report = json.loads(told.out)
    assert (told.code, report["verdict"]) == (1, "block")
    found = {(finding["rule"], finding["path"]) for finding in report["findings"]}
    assert {
        ("link.outside", "small/out"),
        ("link.through", "small/out/passwd"),
        ("link.absolute", "small/root"),
        ("member.device", "small/null"),
        ("member.device", "small/disk"),
        ("member.device", "small/pipe"),
    } <= found
    assert ("link.absolute", "small/hard") in found or ("link.dangling", "small/hard") in found
    assert "root:" not in told.out


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"\x1b[2Jclear-2.0.whl", r"\x1b[2Jclear-2.0.whl"),
        ("\u202elhw.0.2.whl".encode(), r"\u202elhw.0.2.whl"),
        (b"line\nbreak-2.0.whl", r"line\nbreak-2.0.whl"),
        (b"\xff\xfe-2.0.whl", r"\udcff\udcfe-2.0.whl"),
        (b"<b>-2.0.whl", "<b>-2.0.whl"),
    ],
)
@pytest.mark.parametrize("there", ["missing", "broken", "fine"])
def test_the_name_on_the_command_line_is_shown_harmlessly_too(
    place: Place, good: Path, name: bytes, shown: str, there: str
) -> None:
    path = os.path.join(os.fsencode(place.here), name)  # noqa: PTH118 - bytes that no Path shows
    if there != "missing":
        with open(path, "wb") as stream:  # noqa: PTH123 - as above
            stream.write(good.read_bytes() if there == "fine" else b"broken")
    told: Told = place.inspect(good, name)
    harmless(told.out)
    harmless(told.err)
    assert told.code == {"missing": 2, "broken": 3, "fine": 0}[there], told
    if there == "missing":
        assert shown in told.err
    for line in told.err.splitlines():
        assert line.startswith(("doorward: ", "  "))


@pytest.mark.parametrize("form", FORMATS)
def test_a_release_of_a_hostile_name_in_every_output(place: Place, good: Path, form: str) -> None:
    name = b"\x1b[2J<img src=x>\xe2\x80\xae\xff`|-2.0.whl"
    with open(os.path.join(os.fsencode(place.here), name), "wb") as stream:  # noqa: PTH118, PTH123 - bytes
        stream.write(good.read_bytes())
    told = place.inspect(good, name, "--format", form)
    assert told.code == 0, told
    harmless(told.out)
    if form in {"html", "markdown"}:
        assert "<img src=x>" not in told.out
