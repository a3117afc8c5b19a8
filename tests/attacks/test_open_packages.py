"""Attacks on packages of operating systems: Debian, RPM, cabinets, MSI."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import struct
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from doorward.errors import Undecided
from doorward.inspect.limits import DEFAULT_LIMITS
from doorward.inspect.open.msi_tables import decoded_name, read_database
from doorward.inspect.open.walk import unpack
from doorward.model.artifact import Listing


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., Listing]:
    """Open bytes as an artifact of some name; contents land in `tmp_path / "spool"`."""

    def act(data: bytes, name: str) -> Listing:
        place = tmp_path / "artifact"
        place.write_bytes(data)
        (tmp_path / "spool").mkdir(exist_ok=True)
        return unpack(place, name, tmp_path / "spool", DEFAULT_LIMITS)

    return act


def told(listing: Listing) -> list[tuple[str, str]]:
    return [(found.rule, found.path) for found in listing.irregularities]


def detail(listing: Listing, rule: str) -> str:
    return next(found.detail for found in listing.irregularities if found.rule == rule)


def paths(listing: Listing) -> list[str]:
    return [found.path for found in listing.members]


# -- Debian ----------------------------------------------------------------------------------


def tar(**files: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo("./" + name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("./link")
        link.type, link.linkname = tarfile.SYMTYPE, "/usr/lib/target"
        archive.addfile(link)
    return gzip.compress(out.getvalue(), mtime=0)


def ar(*members: tuple[bytes, bytes]) -> bytes:
    out = b"!<arch>\n"
    for name, data in members:
        out += (
            name.ljust(16) + b"0           0     0     100644  " + str(len(data)).encode().ljust(10) + b"`\n"
        )
        out += data + b"\n" * (len(data) % 2)
    return out


BINARY = (b"debian-binary", b"2.0\n")
CONTROL = (b"control.tar.gz", tar(control=b"Package: demo\n", postinst=b"#!/bin/sh\n"))
DATA = (b"data.tar.gz", tar(a=b"1"))


def test_deb_is_read_to_its_files(opened: Callable[..., Listing]) -> None:
    listing = opened(ar(BINARY, CONTROL, DATA), "demo_1_all.deb")
    assert listing.container == "deb"
    assert paths(listing) == [
        "debian-binary",
        "control.tar.gz",
        "control.tar.gz!/control",
        "control.tar.gz!/postinst",
        "control.tar.gz!/link",
        "data.tar.gz",
        "data.tar.gz!/a",
        "data.tar.gz!/link",
    ]
    assert listing.irregularities == ()  # an absolute link is at home in the root of a system


def test_deb_with_another_member(opened: Callable[..., Listing]) -> None:
    listing = opened(ar(BINARY, CONTROL, DATA, (b"_payload", b"x" * 7)), "demo_1_all.deb")
    assert told(listing) == [("deb.extra-member", "_payload")]
    assert detail(listing, "deb.extra-member") == "_payload (7 bytes) beside control and data"
    assert paths(listing)[-1] == "_payload"


def test_deb_with_a_second_data_archive(opened: Callable[..., Listing]) -> None:
    listing = opened(ar(BINARY, CONTROL, DATA, (b"data.tar.gz", tar(evil=b"2"))), "demo_1_all.deb")
    assert ("deb.member-order", "") in told(listing)
    assert detail(listing, "deb.member-order") == "members are debian-binary, control, data, data"
    assert ".duplicate/2/data.tar.gz!/evil" in paths(listing)


def test_deb_with_bytes_behind_its_members(opened: Callable[..., Listing]) -> None:
    data = ar(BINARY, CONTROL, DATA)
    listing = opened(data + b"hidden!!", "demo_1_all.deb")
    assert told(listing) == [("ar.trailing-bytes", "")]
    assert detail(listing, "ar.trailing-bytes") == f"8 bytes from byte {len(data):,} are no member"
    assert paths(listing)[-1] == ".ar/trailing"


def test_deb_whose_data_cannot_be_read_is_undecided(opened: Callable[..., Listing]) -> None:
    with pytest.raises(Undecided, match=r"opening demo_1_all.deb as deb: data.tar.gz: "):
        opened(ar(BINARY, CONTROL, (b"data.tar.gz", DATA[1][:40])), "demo_1_all.deb")


def test_deb_without_data_is_undecided(opened: Callable[..., Listing]) -> None:
    with pytest.raises(Undecided, match=r"expected control.tar and data.tar; found debian-binary, control;"):
        opened(ar(BINARY, CONTROL), "demo_1_all.deb")


def test_truncated_deb_is_undecided(opened: Callable[..., Listing]) -> None:
    data = ar(BINARY, CONTROL, DATA)
    with pytest.raises(
        Undecided, match=r"the archive ends inside a member at byte [0-9]+; expected [0-9]+ bytes"
    ):
        opened(data[:-50], "demo_1_all.deb")


# -- RPM -------------------------------------------------------------------------------------


def cpio(**files: bytes) -> bytes:
    out = b""
    for number, (name, data) in enumerate([*files.items(), ("TRAILER!!!", b"")]):
        raw = (f"./usr/bin/{name}" if number < len(files) else name).encode() + b"\0"
        fields = (number + 1, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(raw), 0)
        out += b"070701" + b"".join(b"%08x" % field for field in fields) + raw
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(out) % 4)
    return out


def structure(tags: dict[int, tuple[int, int, bytes]], slack: bytes = b"") -> bytes:
    index, store = b"", b""
    for tag, (kind, count, value) in sorted(tags.items()):
        store += bytes(-len(store) % 4) if kind == 4 else b""
        index += struct.pack(">4I", tag, kind, len(store), count)
        store += value
    store += slack
    return b"\x8e\xad\xe8\x01\0\0\0\0" + struct.pack(">2I", len(tags), len(store)) + index + store


def rpm(payload: bytes, extra: bytes = b"", slack: bytes = b"", stated: bytes | None = None) -> bytes:
    digests = [hashlib.sha256(data).hexdigest().encode() + b"\0" for data in (b"hello", b"bb")]
    packed = gzip.compress(payload, mtime=0)
    header = structure(
        {
            1000: (6, 1, b"demo\0"),
            1001: (6, 1, b"1.0\0"),
            1024: (6, 1, b"echo hello\0"),
            1028: (4, 2, struct.pack(">2I", 5, 2)),
            1035: (8, 2, b"".join(digests)),
            1086: (6, 1, b"/bin/sh\0"),
            1116: (4, 2, bytes(8)),
            1117: (8, 2, b"a\0b\0"),
            1118: (8, 1, b"/usr/bin/\0"),
            1125: (6, 1, b"gzip\0"),
            5011: (4, 1, struct.pack(">I", 8)),
            5092: (8, 1, (stated or hashlib.sha256(packed).hexdigest().encode()) + b"\0"),
            5093: (4, 1, struct.pack(">I", 8)),
        },
        slack,
    )
    signature = structure({1000: (4, 1, struct.pack(">I", len(header) + len(packed)))})
    lead = b"\xed\xab\xee\xdb\x03\0".ljust(96, b"\0")
    return lead + signature + bytes(-(96 + len(signature)) % 8) + header + packed + extra


def test_rpm_is_read_to_its_files_and_scripts(opened: Callable[..., Listing], tmp_path: Path) -> None:
    listing = opened(rpm(cpio(a=b"hello", b=b"bb")), "demo.rpm")
    assert listing.container == "rpm"
    assert paths(listing) == [".rpm/header.json", ".rpm/scriptlets/postin", "usr/bin/a", "usr/bin/b"]
    assert listing.irregularities == ()
    texts = [
        (tmp_path / "spool" / found.digest.removeprefix("sha256:")).read_text() for found in listing.members
    ]
    assert json.loads(texts[0])["name"] == "demo"
    assert texts[1] == "#!/bin/sh\necho hello\n"


def test_rpm_file_that_differs_from_the_header(opened: Callable[..., Listing]) -> None:
    listing = opened(rpm(cpio(a=b"evil!", b=b"bb")), "demo.rpm")
    assert told(listing) == [("rpm.file-digest", "usr/bin/a")]
    assert f"the content has {hashlib.sha256(b'evil!').hexdigest()}" in detail(listing, "rpm.file-digest")


def test_rpm_file_that_the_header_does_not_list(opened: Callable[..., Listing]) -> None:
    listing = opened(rpm(cpio(a=b"hello", b=b"bb", c=b"evil")), "demo.rpm")
    assert told(listing) == [("rpm.unlisted-file", "usr/bin/c")]
    assert detail(listing, "rpm.unlisted-file") == "'usr/bin/c' is in the payload and not in the header"


def test_rpm_that_lacks_a_listed_file(opened: Callable[..., Listing]) -> None:
    assert told(opened(rpm(cpio(a=b"hello")), "demo.rpm")) == [("rpm.missing-file", "usr/bin/b")]


def test_rpm_with_bytes_behind_its_payload(opened: Callable[..., Listing]) -> None:
    listing = opened(rpm(cpio(a=b"hello", b=b"bb"), extra=b"hidden"), "demo.rpm")
    assert [rule for rule, _ in told(listing)] == [
        "rpm.trailing-bytes",
        "rpm.payload-digest",
        "gz.trailing-bytes",
    ]
    assert listing.irregularities[0].size == 6
    assert paths(listing)[-1] == ".rpm/trailing"


def test_rpm_with_bytes_behind_its_cpio_trailer(opened: Callable[..., Listing]) -> None:
    listing = opened(rpm(cpio(a=b"hello", b=b"bb") + b"hidden"), "demo.rpm")
    assert told(listing) == [("cpio.trailing-bytes", "")]
    assert paths(listing)[-1] == ".cpio/trailing"


def test_rpm_with_slack_in_its_header(opened: Callable[..., Listing]) -> None:
    listing = opened(rpm(cpio(a=b"hello", b=b"bb"), slack=b"hidden in the store"), "demo.rpm")
    assert detail(listing, "rpm.header-slack") == "19 bytes of the package header belong to no tag"


def test_rpm_payload_with_another_digest(opened: Callable[..., Listing]) -> None:
    listing = opened(rpm(cpio(a=b"hello", b=b"bb"), stated=b"0" * 64), "demo.rpm")
    assert told(listing) == [("rpm.payload-digest", "")]


def test_truncated_rpm_is_undecided(opened: Callable[..., Listing]) -> None:
    with pytest.raises(Undecided, match=r"opening demo.rpm as rpm: .*ends"):
        opened(rpm(cpio(a=b"hello", b=b"bb"))[:-20], "demo.rpm")


# -- cabinets --------------------------------------------------------------------------------


def cab(content: bytes, sizes: tuple[int, ...], method: int = 1, check: int = 0) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    block = b"CK" + packer.compress(content) + packer.flush() if method == 1 else content
    files, at = b"", 0
    for number, size in enumerate(sizes):
        files += struct.pack("<2I4H", size, at, 0, 0, 0, 0) + b"dir\\f%d.txt\0" % number
        at += size
    start = 36 + 8 + len(files)
    data = struct.pack("<IHH", check, len(block), len(content)) + block
    head = struct.pack("<4s5I2B5H", b"MSCF", 0, start + len(data), 0, 44, 0, 3, 1, 1, len(sizes), 0, 0, 0)
    return head + struct.pack("<IHH", start, 1, method) + files + data


def test_cabinet_is_read(opened: Callable[..., Listing]) -> None:
    listing = opened(cab(b"onetwo", (3, 3)), "a.cab")
    assert listing.container == "cab"
    assert paths(listing) == ["dir/f0.txt", "dir/f1.txt"]
    assert listing.members[1].digest == "sha256:" + hashlib.sha256(b"two").hexdigest()
    assert listing.irregularities == ()


def test_cabinet_with_bytes_that_no_file_claims(opened: Callable[..., Listing]) -> None:
    listing = opened(cab(b"onetwohidden", (3, 3)), "a.cab")
    assert told(listing) == [("cab.unaccounted-bytes", "")]
    assert detail(listing, "cab.unaccounted-bytes") == "6 bytes of folder 0 from byte 6 belong to no file"


def test_cabinet_with_bytes_behind_its_end(opened: Callable[..., Listing]) -> None:
    listing = opened(cab(b"onetwo", (3, 3)) + b"hidden payload", "a.cab")
    assert told(listing) == [("cab.trailing-bytes", "")]
    assert paths(listing)[-1] == ".cab/trailing"


def test_cabinet_with_a_wrong_checksum(opened: Callable[..., Listing]) -> None:
    assert told(opened(cab(b"onetwo", (3, 3), check=7), "a.cab")) == [("cab.checksum", "")]


@pytest.mark.parametrize(("method", "name"), [(2, "Quantum"), (3, "LZX")])
def test_cabinet_without_a_reader_here(opened: Callable[..., Listing], method: int, name: str) -> None:
    listing = opened(cab(b"onetwo", (3, 3), method), "a.cab")
    assert [found.reason for found in listing.not_examined] == [
        f"it is packed with {name}, which has no reader here"
    ] * 2
    assert listing.members == ()


def test_cabinet_that_leaves_its_tree(opened: Callable[..., Listing]) -> None:
    data = cab(b"one", (3,)).replace(b"dir\\f0.txt", b"..\\..\\evil")
    assert ("path.traversal", r"\x2e\x2e/\x2e\x2e/evil") in told(opened(data, "a.cab"))


# -- MSI -------------------------------------------------------------------------------------


def database(
    columns: list[tuple[str, str, int]], cells: dict[str, list[list[str | int]]], spare: str = ""
) -> dict[str, bytes]:
    """Streams of a small MSI database: columns of (table, name, type), cells of each table by column."""
    strings: list[str] = []

    def index(text: str) -> bytes:
        if not text:
            return b"\0\0"
        if text not in strings:
            strings.append(text)
        return struct.pack("<H", strings.index(text) + 1)

    streams = {}
    for table, values in cells.items():
        streams[table] = b"".join(
            index(cell) if isinstance(cell, str) else struct.pack("<H", cell ^ 0x8000)
            for column in values
            for cell in column
        )
    numbers: dict[str, int] = {}
    for table, _, _ in columns:
        numbers[table] = numbers.get(table, 0)
    order = []
    for table, _, _ in columns:
        numbers[table] += 1
        order.append(numbers[table])
    streams["_Columns"] = (
        b"".join(index(table) for table, _, _ in columns)
        + b"".join(struct.pack("<H", number ^ 0x8000) for number in order)
        + b"".join(index(name) for _, name, _ in columns)
        + b"".join(struct.pack("<H", kind ^ 0x8000) for _, _, kind in columns)
    )
    if spare:
        index(spare)
    streams["_StringPool"] = struct.pack("<2H", 1252, 0) + b"".join(
        struct.pack("<2H", len(s), 1) for s in strings
    )
    streams["_StringData"] = "".join(strings).encode()
    return streams


ACTION = [
    ("CustomAction", "Action", 0x2D48),
    ("CustomAction", "Type", 0x0502),
    ("CustomAction", "Target", 0x1DFF),
]


def test_custom_actions_are_spelled_out() -> None:
    found = read_database(database(ACTION, {"CustomAction": [["Run"], [3170], ["cmd /c\techo"]]}))
    assert found.tables["CustomAction"].text() == "Action\tType\tTarget\nRun\t3170\tcmd /c\\techo\n"
    assert found.unused == ()
    assert found.broken == ()


def test_strings_that_no_table_uses_are_told() -> None:
    found = read_database(database(ACTION, {"CustomAction": [["Run"], [1], [""]]}, spare="hidden payload"))
    assert found.unused == ("hidden payload",)


def test_a_table_that_does_not_hold_whole_rows_is_told() -> None:
    streams = database(ACTION, {"CustomAction": [["Run"], [1], ["x"]]})
    streams["CustomAction"] += b"\0"
    assert read_database(streams).broken == (
        ("CustomAction", "table CustomAction of 7 bytes does not hold whole rows of 6"),
    )


def test_names_of_streams_are_unpacked() -> None:
    assert decoded_name("\u4840\u3b3f\u43f2\u4438\u45b1") == "!_Columns"
    assert decoded_name("\x05SummaryInformation") == "\x05SummaryInformation"


def compound(behind: bytes = b"", spare: bytes = b"") -> bytes:
    """A compound file of one stream of 4,096 bytes, with one unused sector if `spare`."""
    header = bytearray(b"\xff" * 512)
    header[:24] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    struct.pack_into("<6H", header, 24, 0x3E, 3, 0xFFFE, 9, 6, 0)
    struct.pack_into("<10I", header, 36, 0, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    struct.pack_into("<I", header, 76, 0)
    first = 3 if spare else 2
    chain = [
        0xFFFFFFFD,
        0xFFFFFFFE,
        *([0xFFFFFFFF] if spare else []),
        *range(first + 1, first + 8),
        0xFFFFFFFE,
    ]
    fat = struct.pack(f"<{len(chain)}I", *chain).ljust(512, b"\xff")
    entries = b""
    for name, kind, child, start, size in (
        ("Root Entry", 5, 1, 0xFFFFFFFE, 0),
        ("Data", 2, 0xFFFFFFFF, first, 4096),
    ):
        raw = name.encode("utf-16-le") + b"\0\0"
        entry = raw.ljust(64, b"\0") + struct.pack("<H2B3I", len(raw), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        entries += (entry + bytes(36) + struct.pack("<IQ", start, size)).ljust(128, b"\0")[:128]
    gap = spare.ljust(512, b"\0") if spare else b""
    return bytes(header) + fat + entries.ljust(512, b"\0") + gap + b"D" * 4096 + behind


def test_program_behind_an_msi(opened: Callable[..., Listing]) -> None:
    listing = opened(compound(behind=b"PROGRAM" * 10), "a.msi")
    assert told(listing) == [("msi.trailing-bytes", "")]
    assert detail(listing, "msi.trailing-bytes") == "70 bytes from byte 5,632 behind the last sector in use"
    assert paths(listing) == ["Data", ".msi/trailing"]


def test_sectors_that_no_stream_uses(opened: Callable[..., Listing]) -> None:
    listing = opened(compound(spare=b"hidden"), "a.msi")
    assert told(listing) == [("msi.unused-sectors", "")]
    assert ".msi/unused-1" in paths(listing)


def test_msi_that_is_none_is_undecided(opened: Callable[..., Listing]) -> None:
    with pytest.raises(Undecided, match=r"opening a.msi as msi: the compound file is broken"):
        opened(b"MZ" + bytes(2000), "a.msi")
