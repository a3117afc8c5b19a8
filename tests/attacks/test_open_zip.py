"""Attacks on readers of zip: bytes that belong to nothing, and archives that two readers read differently."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from doorward.errors import Undecided
from doorward.inspect.limits import DEFAULT_LIMITS
from doorward.inspect.open.walk import unpack
from doorward.model.artifact import Listing

END = b"PK\x05\x06"


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., Listing]:
    """Open bytes as an artifact of some name."""

    def act(data: bytes, name: str = "a.zip") -> Listing:
        place = tmp_path / "artifact"
        place.write_bytes(data)
        return unpack(place, name, None, DEFAULT_LIMITS)

    return act


def rules(listing: Listing) -> dict[str, str]:
    return {found.rule: found.detail for found in listing.irregularities}


def paths(listing: Listing) -> list[str]:
    return [member.path for member in listing.members]


def test_a_plain_zip_has_nothing_irregular(opened: Callable[..., Listing]) -> None:
    listing = opened(zipped({"a.py": b"1\n", "b/c.txt": b"two" * 1000}))
    assert listing.container == "zip"
    assert paths(listing) == ["a.py", "b/c.txt"]
    assert listing.irregularities == ()
    assert listing.not_examined == ()
    assert listing.readers == ("zip/1",)


def test_zeroed_directory_size_reads_as_empty_elsewhere_and_not_here(opened: Callable[..., Listing]) -> None:
    data = bytearray(zipped({"a.py": b"print()\n"}))
    at = data.rfind(END)
    size = struct.unpack_from("<I", data, at + 12)[0]
    struct.pack_into("<I", data, at + 12, 0)
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as other:
        assert other.namelist() == []  # the attack: what Python's own reader sees
    listing = opened(bytes(data))
    assert paths(listing) == ["a.py"]
    assert f"says the directory has 0 bytes, it has {size}" in rules(listing)["zip.directory-size"]


def test_zeroed_end_record_still_shows_the_entries(opened: Callable[..., Listing]) -> None:
    data = bytearray(zipped({"a.py": b"print()\n"}))
    at = data.rfind(END)
    data[at + 8 : at + 20] = bytes(12)
    listing = opened(bytes(data))
    assert "a.py" in paths(listing)
    assert (
        "a.py at byte 0 has a local header and stands in no directory" in rules(listing)["zip.hidden-entry"]
    )
    assert "zip.unaccounted-bytes" in rules(listing)


def test_prepended_bytes_are_reported_and_examined(opened: Callable[..., Listing]) -> None:
    listing = opened(b"#!/bin/sh\necho hi\n" + zipped({"a.py": b"1"}), "a.pyz")
    assert paths(listing) == ["a.py", ".zip/prepended"]
    assert rules(listing) == {"zip.prepended-bytes": "18 bytes from byte 0 belong to no entry"}
    assert listing.members[1].size == 18


def test_trailing_bytes_are_reported_and_examined(opened: Callable[..., Listing]) -> None:
    data = zipped({"a.py": b"1"})
    listing = opened(data + b"payload")
    assert paths(listing) == ["a.py", ".zip/trailing"]
    assert rules(listing) == {"zip.trailing-bytes": f"7 bytes from byte {len(data)} belong to no entry"}


def test_bytes_between_entries_are_reported(opened: Callable[..., Listing]) -> None:
    first, second = zipped({"a": b"A"}), zipped({"b": b"B"})
    local = first[: first.index(b"PK\x01\x02")]
    gap = b"hidden bytes"
    body = second[: second.index(b"PK\x01\x02")]
    records = bytearray(
        first[first.index(b"PK\x01\x02") : first.rfind(END)]
        + second[second.index(b"PK\x01\x02") : second.rfind(END)]
    )
    struct.pack_into("<I", records, 47 + 42, len(local) + len(gap))
    start = len(local) + len(gap) + len(body)
    end = END + struct.pack("<4H2IH", 0, 0, 2, 2, len(records), start, 0)
    listing = opened(local + gap + body + bytes(records) + end)
    assert paths(listing) == ["a", "b", ".zip/gap-1"]
    assert rules(listing) == {"zip.unaccounted-bytes": f"12 bytes from byte {len(local)} belong to no entry"}


def test_an_entry_without_a_record_is_listed(opened: Callable[..., Listing]) -> None:
    hidden = zipped({"setup.py": b"evil()\n"})
    local = hidden[: hidden.index(b"PK\x01\x02")]
    listing = opened(local + zipped({"a.py": b"1"}))
    assert set(paths(listing)) == {"a.py", "setup.py"}
    assert "setup.py at byte 0 has a local header" in rules(listing)["zip.hidden-entry"]


@pytest.mark.parametrize(
    ("offset", "value", "rule", "text"),
    [
        (30, b"b", "zip.name-mismatch", "the directory says a.py, the local header says b.py"),
        (8, b"\x00\x00", "zip.method-mismatch", "the directory says method 8, the local header 0"),
        (14, b"\x01\x02\x03\x04", "zip.crc-disagreement", "the local header 67,305,985"),
        (22, b"\x07\x00\x00\x00", "zip.size-disagreement", "the directory says 400, the local header 7"),
        (6, b"\x01\x00", "zip.flags-mismatch", "the directory says 0x0000, the local header 0x0001"),
    ],
)
def test_local_and_central_header_disagree(
    opened: Callable[..., Listing], offset: int, value: bytes, rule: str, text: str
) -> None:
    data = bytearray(zipped({"a.py": b"text" * 100}))
    data[offset : offset + len(value)] = value
    found = [item for item in opened(bytes(data)).irregularities if item.rule == rule]
    assert [item.path for item in found] == ["a.py"]
    assert text in found[0].detail


def test_duplicate_names_are_both_listed(opened: Callable[..., Listing]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.py", b"good")
        archive.writestr("b.py", b"bad!")
    listing = opened(out.getvalue().replace(b"b.py", b"a.py"))
    assert paths(listing) == ["a.py", ".duplicate/2/a.py"]
    assert listing.members[0].digest != listing.members[1].digest
    assert rules(listing)["path.duplicate"].startswith("a.py occurs more than once")


def test_duplicates_with_one_content_have_their_own_rule(opened: Callable[..., Listing]) -> None:
    data = zipped({"a.py": b"same", "b.py": b"same"}).replace(b"b.py", b"a.py")
    assert set(rules(opened(data))) == {"path.duplicate-identical"}


def test_two_end_records_with_different_directories(opened: Callable[..., Listing]) -> None:
    inner = zipped({"evil.py": b"2"})
    data = zipped({"a.py": b"1"})
    # A whole second zip in the comment: the last end record wins for some, the first for others.
    comment = inner
    at = data.rfind(END)
    both = data[: at + 20] + struct.pack("<H", len(comment)) + comment
    listing = opened(both)
    assert {"a.py", "evil.py"} <= set(paths(listing))
    assert "zip.several-directories" in rules(listing) or "zip.hidden-entry" in rules(listing)


def test_a_stored_zip_at_the_end_is_no_second_directory(opened: Callable[..., Listing]) -> None:
    listing = opened(zipped({"a.py": b"1", "inner.zip": zipped({"b.py": b"2"})}, zipfile.ZIP_STORED))
    assert paths(listing) == ["a.py", "inner.zip", "inner.zip!/b.py"]
    assert listing.irregularities == ()


def test_a_program_that_nearly_ends_as_a_zip_is_opened_too(opened: Callable[..., Listing]) -> None:
    program = b"\x7fELF" + bytes(60) + zipped({"evil.py": b"1"}) + b"four"
    listing = opened(zipped({"tool": program, "lib": b"\x7fELF PK\x05\x06" + bytes(90)}))
    assert paths(listing) == ["tool", "tool!/evil.py", "tool!/.zip/trailing", "lib"]
    assert [(item.rule, item.path) for item in listing.irregularities] == [
        ("zip.prepended-bytes", "tool"),
        ("zip.trailing-bytes", "tool"),
    ]


def test_crc_that_does_not_fit(opened: Callable[..., Listing]) -> None:
    data = zipped({"a.py": b"good"}, zipfile.ZIP_STORED).replace(b"good", b"evil")
    detail = rules(opened(data))["zip.crc-mismatch"]
    assert (
        detail == f"the directory says CRC {zlib.crc32(b'good'):08x}, the data has {zlib.crc32(b'evil'):08x}"
    )


def test_slack_behind_deflated_data(opened: Callable[..., Listing]) -> None:
    data = zipped({"a.py": b"text" * 100})
    packed = struct.unpack_from("<I", data, 18)[0]
    at = 30 + len("a.py") + packed
    grown = bytearray(data[:at] + b"SLACK" + data[at:])
    struct.pack_into("<I", grown, 18, packed + 5)
    record = grown.index(b"PK\x01\x02")
    struct.pack_into("<I", grown, record + 20, packed + 5)
    end = grown.rfind(END)
    struct.pack_into("<I", grown, end + 16, record)
    listing = opened(bytes(grown))
    assert rules(listing) == {
        "zip.slack": "5 bytes between the end of the compressed data and the end of the entry"
    }


def test_overlapping_entries(opened: Callable[..., Listing]) -> None:
    data = zipped({"a": b"A" * 10})
    record = data[data.index(b"PK\x01\x02") : data.rfind(END)]
    twin = record[:46] + b"b"
    start = data.index(b"PK\x01\x02")
    end = END + struct.pack("<4H2IH", 0, 0, 2, 2, len(record) + len(twin), start, 0)
    listing = opened(data[:start] + record + twin + end)
    assert paths(listing) == ["a", "b"]
    assert "entries overlap" in rules(listing)["zip.overlap"]


def test_encrypted_entries_are_not_examined(opened: Callable[..., Listing]) -> None:
    data = bytearray(zipped({"a.py": b"secret", "b.py": b"open"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    listing = opened(bytes(data))
    assert [(item.path, item.reason) for item in listing.not_examined] == [("a.py", "it is encrypted")]
    assert paths(listing) == ["b.py"]


def test_unknown_method_is_not_examined(opened: Callable[..., Listing]) -> None:
    data = bytearray(zipped({"a.py": b"x"}, zipfile.ZIP_STORED))
    data[8] = 99
    data[data.index(b"PK\x01\x02") + 10] = 99
    listing = opened(bytes(data))
    assert [item.reason for item in listing.not_examined] == [
        "it is packed with method 99, which has no reader here"
    ]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_methods_are_read(opened: Callable[..., Listing], method: int) -> None:
    content = bytes(range(256)) * 10_000
    listing = opened(zipped({"a.bin": content}, method))
    assert [member.size for member in listing.members] == [len(content)]
    assert listing.irregularities == ()


def test_truncated_zip_is_undecided_and_says_where(opened: Callable[..., Listing]) -> None:
    data = zipped({"a.py": b"x" * 1000})[:60]
    with pytest.raises(Undecided) as caught:
        opened(data, "pkg-1.0.zip")
    assert str(caught.value) == (
        "opening pkg-1.0.zip as zip: the zip has no end record with a directory before it at byte 60;"
        " expected 50 4b 05 06 near the end; found a file of 60 bytes beginning 50 4b 03 04;"
        " next: fetch the file again and compare its digest with the publisher's"
    )


def test_a_wheel_that_is_no_zip_is_undecided(opened: Callable[..., Listing]) -> None:
    with pytest.raises(Undecided, match=r"opening pkg-1.0-py3-none-any.whl as zip"):
        opened(b"<html>not found</html>" * 10, "pkg-1.0-py3-none-any.whl")


def test_a_picture_that_ends_as_a_zip_is_opened_too(opened: Callable[..., Listing]) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(100)
    outer = zipped({"logo.png": picture + zipped({"evil.py": b"1"})})
    listing = opened(outer)
    assert paths(listing) == ["logo.png", "logo.png!/evil.py"]
    assert listing.members[0].container == ""  # it stays a picture too, and is examined as one
    assert [(item.rule, item.path) for item in listing.irregularities] == [
        ("zip.prepended-bytes", "logo.png")
    ]


def test_a_self_extracting_program_is_a_program_first(opened: Callable[..., Listing]) -> None:
    listing = opened(b"MZ" + bytes(200) + zipped({"evil.py": b"1"}), "setup.exe")
    assert listing.container == "plain"
    assert paths(listing) == ["setup.exe", "setup.exe!/evil.py"]
    assert listing.members[0].digest == listing.digest


def test_comment_is_examined(opened: Callable[..., Listing]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", b"1")
        archive.comment = b"text of the comment"
    assert paths(opened(out.getvalue())) == ["a", ".zip/comment"]


def test_extra_field_that_no_reader_knows(opened: Callable[..., Listing]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("a")
        info.extra = struct.pack("<HH", 0x4242, 40) + bytes(range(40))
        archive.writestr(info, b"1")
    assert rules(opened(out.getvalue())) == {"zip.extra-field": "an extra field 0x4242 of 40 bytes"}


def test_symbolic_link_out_of_the_tree(opened: Callable[..., Listing]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("pkg/link")
        info.create_system, info.external_attr = 3, 0o120777 << 16
        archive.writestr(info, b"../../etc/cron.d")
    listing = opened(out.getvalue())
    assert rules(listing)["link.outside"] == "pkg/link -> ../../etc/cron.d leads out of the tree"
    assert listing.members[0].link == "../../etc/cron.d"


# -- wheels ----------------------------------------------------------------------------------


def wheel(extra: dict[str, bytes], record: str) -> bytes:
    return zipped({"p/__init__.py": b"", **extra, "p-1.dist-info/RECORD": record.encode()})


RECORD = "p/__init__.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\np-1.dist-info/RECORD,,\n"


def test_wheel_whose_record_fits(opened: Callable[..., Listing]) -> None:
    assert opened(wheel({}, RECORD), "p-1-py3-none-any.whl").irregularities == ()


def test_wheel_with_an_unrecorded_file(opened: Callable[..., Listing]) -> None:
    listing = opened(wheel({"p/evil.py": b"1"}, RECORD), "p-1-py3-none-any.whl")
    assert [(i.rule, i.path) for i in listing.irregularities] == [("wheel.unrecorded-file", "p/evil.py")]
    assert listing.irregularities[0].detail == "p/evil.py is in the wheel and not in its RECORD"


def test_wheel_with_a_changed_file(opened: Callable[..., Listing]) -> None:
    record = RECORD.replace("47DEQ", "AAAAA")
    listing = opened(wheel({}, record), "p-1-py3-none-any.whl")
    assert [(i.rule, i.path) for i in listing.irregularities] == [("wheel.record-digest", "p/__init__.py")]
    assert "the content has sha256=47DEQpj8" in listing.irregularities[0].detail


def test_wheel_that_lacks_a_recorded_file(opened: Callable[..., Listing]) -> None:
    listing = opened(wheel({}, RECORD + "p/gone.py,sha256=x,1\n"), "p-1-py3-none-any.whl")
    assert rules(listing) == {"wheel.recorded-absent": "RECORD lists p/gone.py, which is not in the wheel"}


def test_wheel_without_a_record(opened: Callable[..., Listing]) -> None:
    listing = opened(zipped({"p/__init__.py": b""}), "p-1-py3-none-any.whl")
    assert rules(listing) == {"wheel.record-missing": "expected one .dist-info/RECORD in the wheel, found 0"}


def test_wheel_with_a_record_of_megabytes(opened: Callable[..., Listing]) -> None:
    padding = "".join(f"p/absent-{number:07d}.py,,\n" for number in range(60_000))
    listing = opened(wheel({"p/evil.py": b"1"}, RECORD + padding), "p-1-py3-none-any.whl")
    assert [i.path for i in listing.irregularities if i.rule == "wheel.unrecorded-file"] == ["p/evil.py"]
    assert "wheel.record-missing" not in rules(listing)
