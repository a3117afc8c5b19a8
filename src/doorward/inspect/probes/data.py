"""Data: whatever is in a release beside programs and manifests, and what it may hide.

Rules. Nothing is skipped for its name: tests, documents, licences, METADATA and pictures are looked at
alike. (1) What the first bytes say and what the name says must agree. (2) Random-looking bytes are
expected inside of formats that compress, and are a trait everywhere else; the traits carry chunk
digests, so a blob that moved has nothing new. (3) Text has no reason to hold long encoded blocks: they
are decoded, one layer, and named by what is in them. (4) Executables, archives and scripts within other
files are named by kind. Media have their own probe for what stands behind their end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from doorward.inspect.entropy import Region, opaque_regions
from doorward.inspect.probes.data_embedded import embedded_files
from doorward.inspect.probes.data_encoded import Block, encoded_blocks
from doorward.inspect.probes.data_kinds import (
    EMBEDDED,
    ENCODED,
    INVISIBLE,
    KINDS,
    MISMATCH,
    OPAQUE_FILE,
    OPAQUE_REGION,
)
from doorward.inspect.probes.data_magic import Format, claimed_by_name, format_of
from doorward.inspect.probes.data_text import active_content, invisible_runs, script_in_data
from doorward.inspect.probes.interface import Subject
from doorward.model.trait import Evidence, Trait, TraitKind

__all__ = ["DataProbe"]

WHOLE = 0.85
"""Share of a file that must look random for it to be nothing else; headers and padding are the rest."""
SMALL = 128
CODE_SUFFIXES = (
    ".py", ".pyi", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".sh", ".bash", ".ps1", ".psm1", ".cs",
)  # fmt: skip
"""Scripts that the script probe parses: literals in them are its business."""


class DataProbe:
    """Looks at the bytes of any file that is not an executable."""

    name: ClassVar[str] = "data"
    version: ClassVar[int] = 1
    kinds: ClassVar[tuple[TraitKind, ...]] = KINDS

    def accepts(self, path: str, head: bytes) -> bool:  # noqa: ARG002 - every file can be data
        """Every file; executables only for their names' sake."""
        return True

    def examine(self, subject: Subject) -> Iterator[Trait]:
        """Yield what the bytes are, against what the name says, and what is within them."""
        data = subject.data
        if not data:
            return
        form = format_of(subject.head)
        yield from mismatch(subject, form)
        if form is not None and form.family == "executable":
            return
        text = (form is None or form.name == "script") and is_text(data)
        code = (
            subject.base.lower().endswith(CODE_SUFFIXES) and subject.size <= subject.limits.max_script_bytes
        )
        if form is None or form.family not in {"archive", "video"}:
            yield from embedded(data, form)
        if text:
            yield from text_traits(subject, data, code=code)
        elif form is None or not form.dense:
            yield from opaque(data, form)


def is_text(data: bytes) -> bool:
    """Whether these bytes are text: no NUL at either end, and few other control characters."""
    sample = data[:8192] + data[-4096:]
    if sample[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return True
    controls = len(sample) - len(sample.translate(None, CONTROLS))
    if controls * 100 > len(sample):
        return False
    high = len(sample) - len(sample.translate(None, HIGH))
    return high * 10 < len(sample) * 3 or valid_utf8(sample)


CONTROLS = bytes(value for value in range(32) if value not in {9, 10, 12, 13, 27})
HIGH = bytes(range(128, 256))


def valid_utf8(sample: bytes) -> bool:
    """Whether text in another script than Latin is well-formed UTF-8, edges of the sample aside."""
    text = sample.decode("utf-8", "replace")
    return text.count("�") * 50 < len(text)


def mismatch(subject: Subject, form: Format | None) -> Iterator[Trait]:
    """Content of one format under the name of another."""
    claimed = claimed_by_name(subject.base)
    if form is None or not claimed or form.name in claimed or form.name == "script":
        return
    if form.name in {"mp3", "ico", "mp4", "eot", "bmp", "orc", "icns"}:
        return  # magic too short to be sure
    if form.family == "image" and claimed <= {"png", "jpeg", "gif", "webp", "bmp", "ico", "tiff", "jp2"}:
        return  # pictures under another picture's name are everywhere, and open all the same
    key = f"{form.family if form.family != 'code' else form.name} under another name"
    yield Trait(MISMATCH.name, key, evidence=Evidence(offset=0, excerpt=f"{form.name}: {subject.leaf}"))


def embedded(data: bytes, form: Format | None) -> Iterator[Trait]:
    """Executables and archives at any offset but the first."""
    counts: dict[str, list[int]] = {}
    for name, offset in embedded_files(data):
        if form is not None and offset == 0:
            continue
        counts.setdefault(name, []).append(offset)
    for name, offsets in counts.items():
        excerpt = data[offsets[0] : offsets[0] + 16].hex(" ")
        yield Trait(EMBEDDED.name, name, len(offsets), Evidence(offset=offsets[0], excerpt=excerpt))


def opaque(data: bytes, form: Format | None) -> Iterator[Trait]:
    """Regions that look random, or the whole file if it is nothing else."""
    regions = opaque_regions(data)
    if not regions:
        return
    covered = sum(region.size for region in regions)
    if form is None and covered >= WHOLE * len(data):
        # A test that fails by chance may split a large blob: its size is that of the whole.
        size = replace(regions[0], size=covered).size_class
        yield gathered_regions(OPAQUE_FILE, size, regions, data)
    else:
        yield from by_size(OPAQUE_REGION, regions, data)


def by_size(kind: TraitKind, regions: Iterable[Region], data: bytes) -> Iterator[Trait]:
    """One trait for each class of size, holding the chunk digests of all its regions."""
    classes: dict[str, list[Region]] = {}
    for region in regions:
        classes.setdefault(region.size_class, []).append(region)
    for name, members in classes.items():
        yield gathered_regions(kind, name, members, data)


def gathered_regions(kind: TraitKind, key: str, regions: Sequence[Region], data: bytes) -> Trait:
    """One trait with the chunk digests of several regions."""
    first = regions[0].offset
    return Trait(
        kind.name,
        key,
        len(regions),
        Evidence(offset=first, excerpt=data[first : first + 32].hex(" ")),
        values=tuple(sorted({value for region in regions for value in region.values})),
    )


def encoded(data: bytes) -> Iterator[Trait]:
    """Encoded blocks, by what they hold."""
    classes: dict[str, list[Block]] = {}
    for block in encoded_blocks(data):
        classes.setdefault(block.holds, []).append(block)
    for name, members in classes.items():
        first = members[0].offset
        yield Trait(
            ENCODED.name,
            name,
            len(members),
            Evidence(
                line=data.count(b"\n", 0, first) + 1,
                offset=first,
                excerpt=data[first : first + 120].decode("ascii", "replace"),
            ),
            values=tuple(sorted({value for block in members for value in block.values})),
        )


def text_traits(subject: Subject, data: bytes, *, code: bool) -> Iterator[Trait]:
    """What text may hide."""
    if not code:
        yield from encoded(data)
        yield from script_in_data(subject.base, data)
    for name, offset, count in invisible_runs(data):
        line = data.count(b"\n", 0, offset) + 1
        excerpt = ascii(data[offset : offset + 64].decode("utf-8", "replace"))
        yield Trait(INVISIBLE.name, name, count, Evidence(line=line, offset=offset, excerpt=excerpt))
    yield from active_content(subject.base, data)
