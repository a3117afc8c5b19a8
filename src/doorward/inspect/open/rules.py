"""What each irregularity means, what else it could be, and whether it blocks when it is new.

Irregularities are compared between releases by (rule, path): a project whose zips always had four bytes
before them does not alarm. A rule *blocks* when bytes are hidden from some reader or two readers get
different files out of one archive, for which no benign release tool needs a reason that its forerunner did
not have; the rest is weighed by how rare it is in benign updates.
"""

# ruff: noqa: E501 - a table reads best with one rule on one line

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RULES", "Rule"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of irregularity."""

    name: str
    title: str
    why: str
    """Why a back door needs this."""
    innocent: str
    """What else it could be."""
    settle: str
    """What would settle it."""
    attack: tuple[str, ...]
    """MITRE ATT&CK technique ids."""
    blocks: bool
    """True if newly appearing against the forerunner blocks; else it is weighed."""


HIDE = ("T1027",)
"""Obfuscated Files or Information."""
MASQUERADE = ("T1036",)
ESCAPE = ("T1195.002", "T1036.005")
"""Compromise Software Supply Chain; Match Legitimate Name or Location."""
RTL = ("T1036.002",)
"""Right-to-Left Override."""
STEGO = ("T1027.003",)

_TWO_READERS = (
    "A reviewer's tool and the installer can be made to see different files in the same archive, so that what was"
    " looked at is not what is installed."
)
_HIDDEN = "Bytes that no reader of the format unpacks can carry a payload past every scanner that unpacks it."
_OUTSIDE = "Whoever unpacks it without checking writes files outside the folder meant for them."
_NAME = "A name that shows as another, or as none, hides the file from whoever reads the listing."
_TOOL = "A release tool that was changed or is broken."
_LIST = "List the archive with two independent tools and compare; then ask the publisher what changed in its build."
_DUMP = "Dump the bytes at the offset given and look at what they are."
_COMPARE = "Compare with an archive of the same source that you build yourself."
_FIXTURE = "A test fixture that is broken on purpose, or data that only happens to begin like this format."

_Row = tuple[str, str, str, str, str, tuple[str, ...], bool]

_ROWS: tuple[_Row, ...] = (
    # -- names, of any container
    ("path.traversal", "A name climbs out of the archive", _OUTSIDE, "None in a release; test fixtures do it.", _LIST, ESCAPE, True),
    ("path.absolute", "A name starts at the root of the file system", _OUTSIDE, "Archives made with absolute names by old tools.", _LIST, ESCAPE, True),
    ("path.drive", "A name starts with a Windows drive", _OUTSIDE, "An archive made from absolute Windows paths.", _LIST, ESCAPE, True),
    ("path.nul", "A name holds a NUL", _TWO_READERS, "None known.", _LIST, MASQUERADE, True),
    ("path.control", "A name holds control characters", _NAME, "A file name with a line break, made by mistake.", _LIST, MASQUERADE, True),
    ("path.bidi", "A name holds invisible or direction-changing characters", _NAME, "File names in right-to-left scripts, and emoji with joiners.", "Print the name's code points.", RTL, True),
    ("path.undecodable", "A name is not text in its stated encoding", _NAME, "An archive from an old system with a local encoding.", "Print the name's bytes.", MASQUERADE, False),
    ("path.nested-separator", "A name holds `!/`", "It would pass for a member of a nested archive.", "None known.", _LIST, MASQUERADE, False),
    ("path.empty", "An entry has no name", _TWO_READERS, _TOOL, _LIST, MASQUERADE, False),
    ("path.too-long", "A name is longer than any file system allows", "Tools that cut it take it for another file.", "Generated test data.", _LIST, MASQUERADE, False),
    ("path.duplicate", "One name, two different contents", _TWO_READERS, "A build that packs a generated file over its source.", _LIST, MASQUERADE, True),
    ("path.duplicate-identical", "One name, twice the same content", "A first step to two contents; harmless by itself.", "A file list that names a file twice.", _COMPARE, (), False),
    ("path.case-collision", "Two names differ only in case or composition", "On Windows and macOS one overwrites the other, so what runs there is not what was reviewed on Linux.", "Projects from Linux with such names.", _LIST, MASQUERADE, False),
    # -- links and special files
    ("link.absolute", "A link leads to an absolute place", _OUTSIDE, "A link into the system made on the developer's machine.", "Look at the target and at what is written through it.", ESCAPE, True),
    ("link.outside", "A link leads out of the tree", _OUTSIDE, "A link to a neighbouring folder of the source tree.", "Look at the target and at what is written through it.", ESCAPE, True),
    ("link.through", "A member is written through a link of the same archive", _OUTSIDE, "A folder that became a link in between.", _LIST, ESCAPE, True),
    ("link.dangling", "A hard link to no earlier member", "It would share a file that already lies on the machine.", "An archive of part of a tree.", _LIST, ESCAPE, True),
    ("member.device", "A device node, FIFO or socket", "Installed as root it gives access to hardware or memory.", "Packages of base systems.", "Ask what needs it.", ("T1564",), True),
    ("member.setuid", "A file with the set-user-ID or set-group-ID bit", "It runs with its owner's rights, whoever starts it.", "Programs that need it and always had it; archives of a folder with the bit inherited.", "Ask what needs it.", ("T1548.001",), False),
    ("member.corrupt", "A member cannot be unpacked", "A scanner that gives up there misses what a tolerant reader still installs.", "A damaged download or a fixture that is broken on purpose.", "Fetch the file again and compare digests.", (), False),
    # -- zip
    ("zip.prepended-bytes", "Bytes stand before the first entry of a zip", _HIDDEN, "Self-extracting programs, launchers and zipapps begin so.", _DUMP, HIDE, True),
    ("zip.trailing-bytes", "Bytes stand behind the end of a zip", _HIDDEN, "A signature or padding added by a publishing tool.", _DUMP, HIDE, True),
    ("zip.unaccounted-bytes", "Bytes between the entries of a zip belong to nothing", _HIDDEN, "An archive edited in place; an Android signing block.", _DUMP, HIDE, True),
    ("zip.zero-padding", "Zero bytes between the entries of a zip", "Room for something, empty now.", "Alignment of entries.", _DUMP, (), False),
    ("zip.hidden-entry", "An entry that the directory does not name", _TWO_READERS, "An archive edited in place by a tool that leaves deleted entries.", _LIST, HIDE, True),
    ("zip.overlap", "Entries share the same bytes", "Bombs are built so, and two names for one content hide which one is meant.", _TOOL, _LIST, HIDE, True),
    ("zip.several-directories", "Two directories in one zip", _TWO_READERS, "A zip stored within a comment.", _LIST, HIDE, True),
    ("zip.directory-disagreement", "Offset and size lead to different directories", _TWO_READERS, _TOOL, _LIST, HIDE, True),
    ("zip.directory-size", "The stated size of the directory is wrong", _TWO_READERS + " With a size of zero, Python's reader sees an empty archive.", _TOOL, _LIST, HIDE, True),
    ("zip.entry-count", "The stated number of entries is wrong", _TWO_READERS, "Writers without zip64 that count past 65,535.", _LIST, HIDE, True),
    ("zip.zip64-disagreement", "The zip64 record disagrees with the end record", _TWO_READERS, _TOOL, _LIST, HIDE, True),
    ("zip.zip64-missing", "A zip64 locator points at nothing", _TWO_READERS, _TOOL, _LIST, HIDE, True),
    ("zip.spanned", "The zip says it is one of several parts", _TWO_READERS, "A part of a multi-part archive.", _LIST, (), False),
    ("zip.comment-truncated", "The comment of the zip ends early", _TWO_READERS, "A truncated download.", "Fetch the file again.", (), False),
    ("zip.no-local-header", "The directory names an entry that is not there", _TWO_READERS, "A damaged download.", "Fetch the file again and compare digests.", HIDE, True),
    ("zip.name-mismatch", "Directory and local header name an entry differently", _TWO_READERS, "Writers that encode the two names differently.", _LIST, MASQUERADE, True),
    ("zip.method-mismatch", "Directory and local header differ in method", _TWO_READERS, _TOOL, _LIST, HIDE, True),
    ("zip.flags-mismatch", "Directory and local header differ in flags", _TWO_READERS, "Writers that set the UTF-8 flag in one of them only.", _LIST, HIDE, False),
    ("zip.crc-disagreement", "Directory and local header differ in checksum", _TWO_READERS, _TOOL, _LIST, HIDE, True),
    ("zip.size-disagreement", "Directory and local header differ in size", _TWO_READERS, _TOOL, _LIST, HIDE, True),
    ("zip.descriptor-mismatch", "The descriptor behind an entry disagrees with the directory", _TWO_READERS, _TOOL, _LIST, HIDE, True),
    ("zip.size-mismatch", "An entry unpacks to another size than stated", _TWO_READERS, "A damaged download.", "Fetch the file again and compare digests.", HIDE, True),
    ("zip.crc-mismatch", "An entry's checksum does not fit its content", "The content was changed after it was packed.", "A damaged download.", "Fetch the file again and compare digests.", ("T1195.002",), True),
    ("zip.slack", "Bytes between an entry's data and its end", _HIDDEN, _TOOL, _DUMP, HIDE, True),
    ("zip.truncated", "An entry ends behind the end of the file", "A tolerant reader installs what a strict one refuses.", "A truncated download.", "Fetch the file again and compare digests.", (), False),
    ("zip.unicode-path", "An entry has a second, different name", _TWO_READERS, "Archives with names in a local encoding.", _LIST, MASQUERADE, True),
    ("zip.extra-field", "An extra field that no reader knows", _HIDDEN, "A packer's private notes on the file.", _DUMP, HIDE, False),
    ("zip.entry-comment", "A comment on a single entry", _HIDDEN, "Packers that comment entries.", _DUMP, HIDE, False),
    ("zip.directory-with-content", "A directory with content", _HIDDEN, "Packers that deflate the nothing of a directory.", _DUMP, HIDE, False),
    ("zip.symlink", "A symbolic link in a zip", _TWO_READERS, "Zips of source trees, as forges make them.", _LIST, MASQUERADE, False),
    # -- wheel
    ("wheel.record-missing", "The wheel has no RECORD, or several", "Nothing says what the wheel should hold.", _TOOL, _COMPARE, (), True),
    ("wheel.record-malformed", "RECORD cannot be read", "Nothing says what the wheel should hold.", _TOOL, _COMPARE, (), True),
    ("wheel.unrecorded-file", "A file of the wheel that RECORD does not list", "It was added after the wheel was built; pip installs it all the same.", "A tool that repairs wheels and forgets RECORD.", _COMPARE, ("T1195.002",), True),
    ("wheel.record-digest", "A file of the wheel differs from RECORD", "It was changed after the wheel was built; pip installs it all the same.", "A tool that strips or signs libraries and forgets RECORD.", _COMPARE, ("T1195.002",), True),
    ("wheel.recorded-absent", "RECORD lists a file that is not there", "A file was taken out after the wheel was built.", "A tool that repairs wheels and forgets RECORD.", _COMPARE, (), False),
    ("wheel.record-undigested", "RECORD lists a file without a digest", "Nothing ties the content to the build.", "Compiled files that installers leave out.", _COMPARE, (), False),
    # -- tar
    ("tar.trailing-member", "Members behind the end of a tar", _TWO_READERS, "Archives joined by concatenation.", _LIST, HIDE, True),
    ("tar.trailing-bytes", "Bytes behind the end of a tar", _HIDDEN, "A signature or padding added by a publishing tool.", _DUMP, HIDE, True),
    ("tar.bad-header", "A block between members is no header", _TWO_READERS, "A damaged download.", "Fetch the file again and compare digests.", HIDE, True),
    ("tar.padding", "The padding behind a member is not zero", _HIDDEN, "Old writers that leave memory there.", _DUMP, HIDE, True),
    ("tar.name-padding", "Bytes behind the NUL that ends a name", _HIDDEN, "Old writers that leave memory there.", _DUMP, HIDE, False),
    ("tar.no-end", "A tar without its end mark", "More could have stood there.", "A truncated download, or a writer that leaves the mark out.", "Fetch the file again.", (), False),
    ("tar.short-end", "Half an end mark", "Readers differ on whether the archive ends there.", "A writer that writes one block.", _LIST, (), False),
    ("tar.name-disagreement", "Header and extended header name a member differently", _TWO_READERS, "Writers that shorten names in their own way.", _LIST, MASQUERADE, True),
    ("tar.size-disagreement", "Header and extended header differ in size", _TWO_READERS + " CVE-2025-62518 is this.", _TOOL, _LIST, HIDE, True),
    ("tar.global-override", "A global header overrides names or sizes", _TWO_READERS, "None known.", _LIST, HIDE, True),
    ("tar.pax-malformed", "An extended header cannot be read", _TWO_READERS, _TOOL, _LIST, HIDE, True),
    ("tar.link-with-data", "A link, folder or device that states data", _TWO_READERS, "Old pax writers, which store the data with hard links.", _LIST, HIDE, True),
    ("tar.unknown-type", "A member of a type that no standard knows", _TWO_READERS, "A vendor's own extension.", _LIST, HIDE, True),
    ("tar.rare-type", "A volume label or a part of a multi-volume archive", _TWO_READERS, "A backup shipped as a release.", _LIST, (), False),
    ("tar.sparse", "A sparse file", "Readers without support for holes get other content.", "Disk images and databases.", _LIST, (), False),
    # -- compressed streams
    ("gz.extra-field", "Data in the extra field of a gzip header", _HIDDEN, "Indexed gzip (bgzip, dictzip).", _DUMP, STEGO, False),
    ("gz.comment", "A comment in a gzip header", _HIDDEN, "Rare packers.", _DUMP, STEGO, False),
    ("gz.long-name", "A gzip header with a very long name", _HIDDEN, "None known.", _DUMP, STEGO, False),
    ("gz.several-members", "Several gzip members in one file", _TWO_READERS, "Parallel or appending packers.", _LIST, HIDE, False),
    ("gz.trailing-bytes", "Bytes behind the end of gzip data", _HIDDEN, "A signature or padding added by a publishing tool.", _DUMP, HIDE, True),
    ("gz.trailing-zeros", "Zero bytes behind the end of gzip data", "Room for something, empty now.", "Padding to a block size, as tapes need it.", _DUMP, (), False),
    ("xz.several-streams", "Several xz streams in one file", _TWO_READERS, "Appending packers.", _LIST, HIDE, False),
    ("xz.trailing-bytes", "Bytes behind the end of xz data", _HIDDEN, "A signature added by a publishing tool.", _DUMP, HIDE, True),
    ("xz.trailing-zeros", "Zero bytes behind the end of xz data", "Room for something, empty now.", "Stream padding, which the format allows.", _DUMP, (), False),
    ("bz2.several-streams", "Several bzip2 streams in one file", _TWO_READERS, "Parallel packers (pbzip2, lbzip2).", _LIST, HIDE, False),
    ("bz2.trailing-bytes", "Bytes behind the end of bzip2 data", _HIDDEN, "A signature added by a publishing tool.", _DUMP, HIDE, True),
    ("bz2.trailing-zeros", "Zero bytes behind the end of bzip2 data", "Room for something, empty now.", "Padding.", _DUMP, (), False),
    ("zst.skippable-frame", "A Zstandard frame that readers skip", _HIDDEN, "Seekable Zstandard and pzstd keep their index in one.", _DUMP, STEGO, False),
    ("zst.several-frames", "Several Zstandard frames in one file", _TWO_READERS, "Parallel or appending packers.", _LIST, HIDE, False),
    ("zst.trailing-bytes", "Bytes behind the end of Zstandard data", _HIDDEN, "A signature added by a publishing tool.", _DUMP, HIDE, True),
    ("zst.trailing-zeros", "Zero bytes behind the end of Zstandard data", "Room for something, empty now.", "Padding.", _DUMP, (), False),
    ("lzma.several-streams", "Several lzma streams in one file", _TWO_READERS, "Appending packers.", _LIST, HIDE, False),
    ("lzma.trailing-bytes", "Bytes behind the end of lzma data", _HIDDEN, "A signature added by a publishing tool.", _DUMP, HIDE, True),
    ("lzma.trailing-zeros", "Zero bytes behind the end of lzma data", "Room for something, empty now.", "Padding.", _DUMP, (), False),
    # -- ar and deb
    ("ar.padding", "The byte between two ar members is not a line feed", _TWO_READERS, "Writers that pad with NUL.", _DUMP, (), False),
    ("ar.trailing-bytes", "Bytes behind the last ar member", _HIDDEN, _TOOL, _DUMP, HIDE, True),
    ("deb.extra-member", "A member that Debian packages do not have", "dpkg passes over it or refuses; other readers unpack it.", "A signature by debsig or dpkg-sig.", _DUMP, HIDE, True),
    ("deb.member-order", "The members of a Debian package stand in another order", _TWO_READERS, _TOOL, _LIST, HIDE, True),
    ("deb.version", "A Debian package of another format version", _TWO_READERS, _TOOL, _LIST, (), False),
    # -- rpm
    ("rpm.padding", "Padding in an RPM package that is not zero", _HIDDEN, _TOOL, _DUMP, HIDE, True),
    ("rpm.header-slack", "Bytes of an RPM header that belong to no tag", _HIDDEN, "Old versions of rpmbuild.", _DUMP, HIDE, True),
    ("rpm.repeated-tag", "A tag occurs twice in an RPM header", _TWO_READERS, _TOOL, "Read the header with rpm and with another tool.", HIDE, True),
    ("rpm.header-digest", "An RPM header does not fit its digest", "It was changed after the package was built.", "A damaged download.", "Run rpm --checksig.", ("T1195.002",), True),
    ("rpm.payload-digest", "An RPM payload does not fit its digest", "It was changed after the package was built; rpm2cpio unpacks it all the same.", "A damaged download.", "Run rpm --checksig.", ("T1195.002",), True),
    ("rpm.file-digest", "A file of an RPM package does not fit its digest", "It was changed after the package was built; rpm2cpio unpacks it all the same.", "A damaged download.", "Run rpm --checksig.", ("T1195.002",), True),
    ("rpm.trailing-bytes", "Bytes behind the payload of an RPM package", _HIDDEN, "A signature or padding added by a publishing tool.", _DUMP, HIDE, True),
    ("rpm.truncated", "An RPM package is shorter than it says", "A tolerant reader installs what a strict one refuses.", "A truncated download.", "Fetch the file again and compare digests.", (), False),
    ("rpm.unlisted-file", "A file of the payload that the RPM header does not list", _TWO_READERS, _TOOL, "Compare rpm -qlp with rpm2cpio | cpio -t.", HIDE, True),
    ("rpm.missing-file", "The RPM header lists a file that is not in the payload", _TWO_READERS, "Payloads without the files of another package.", "Compare rpm -qlp with rpm2cpio | cpio -t.", (), False),
    # -- cabinets
    ("cab.trailing-bytes", "Bytes behind the end of a cabinet", _HIDDEN, "A signature or padding added by a publishing tool.", _DUMP, HIDE, True),
    ("cab.unaccounted-bytes", "Bytes of a cabinet that belong to no file", _HIDDEN, _TOOL, _DUMP, HIDE, True),
    ("cab.overlap", "Files of a cabinet share the same bytes", _TWO_READERS, "Packers that store equal files once.", _LIST, HIDE, False),
    ("cab.checksum", "A block of a cabinet does not fit its checksum", "It was changed after it was packed.", "A damaged download.", "Fetch the file again and compare digests.", ("T1195.002",), True),
    ("cab.truncated", "A cabinet is shorter than it says", "A tolerant reader installs what a strict one refuses.", "A truncated download.", "Fetch the file again and compare digests.", (), False),
    # -- MSI and other compound files
    ("msi.trailing-bytes", "Bytes behind the last sector of a compound file", _HIDDEN + " A signed MSI stays valid with a program appended (CVE-2020-1464).", "A signature or padding added by a publishing tool.", _DUMP, HIDE, True),
    ("msi.unused-sectors", "Unused sectors that are not empty", _HIDDEN, "A file edited in place keeps what was deleted.", _DUMP, HIDE, False),
    ("msi.unused-strings", "Strings of an MSI that no table uses", _HIDDEN, "Editors leave deleted strings.", "Look at .msi/unused-strings.", HIDE, False),
    ("msi.broken-table", "A table of an MSI that cannot be read", _TWO_READERS, _TOOL, "Open the package with an MSI editor.", HIDE, True),
    ("cpio.padding", "Padding in a cpio archive that is not zero", _HIDDEN, _TOOL, _DUMP, HIDE, True),
    ("cpio.trailing-bytes", "Bytes behind the end of a cpio archive", _HIDDEN, _TOOL, _DUMP, HIDE, True),
)  # fmt: skip

_CANNOT_READ = tuple(
    (
        f"{form}.unreadable",
        f"It begins like {form} and cannot be read as such",
        "A payload can be kept in a form that only its own loader reads.",
        _FIXTURE,
        _DUMP,
        (),
        False,
    )
    for form in ("ar", "bz2", "cab", "deb", "gz", "lzma", "msi", "rpm", "tar", "xz", "zip", "zst")
)

RULES: dict[str, Rule] = {row[0]: Rule(*row) for row in (*_ROWS, *_CANNOT_READ)}
