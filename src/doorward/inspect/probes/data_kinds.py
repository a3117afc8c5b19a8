"""What opaque, disguised and active content in data means when it is new."""

from __future__ import annotations

from doorward.model.trait import Channel, Suspicion, TraitKind

__all__ = [
    "ACTIVE",
    "CARRIER",
    "CARRIER_SHAPE",
    "EMBEDDED",
    "ENCODED",
    "INVISIBLE",
    "KINDS",
    "MISMATCH",
    "OPAQUE_FILE",
    "OPAQUE_REGION",
    "SCRIPT_IN_DATA",
]

WHAT_READS_IT = "Find the code that reads the file, and what it does with the bytes."

OPAQUE_FILE = TraitKind(
    "payload.opaque-file",
    Channel.PAYLOAD,
    Suspicion.STRONG,
    "a file of nothing but random-looking bytes ({key})",
    "An encrypted second stage looks like noise; the release that brings it also brings what decrypts it.",
    "Model weights, test vectors, compressed data of a format not known here.",
    WHAT_READS_IT,
    ("T1027.009", "T1027.013"),
    closed_keys=True,
)
OPAQUE_REGION = TraitKind(
    "payload.opaque-region",
    Channel.PAYLOAD,
    Suspicion.MEDIUM,
    "random-looking bytes within a data file ({key})",
    "A payload is hidden among data that has a reason to be there.",
    "Compressed members, embedded images, keys and signatures.",
    WHAT_READS_IT,
    ("T1027.009",),
    closed_keys=True,
)
ENCODED = TraitKind(
    "payload.encoded",
    Channel.PAYLOAD,
    Suspicion.MEDIUM,
    "a long encoded block in text, which holds {key} content",
    "Base64 and hexadecimal carry a payload through text files that nobody reads to the end.",
    "Certificates, embedded images and fonts, test vectors.",
    "Decode the block and look at what it is.",
    ("T1027.013", "T1132.001"),
    closed_keys=True,
)
EMBEDDED = TraitKind(
    "payload.embedded",
    Channel.PAYLOAD,
    Suspicion.STRONG,
    "a file within a data file: {key}",
    "A program inside of a picture, table or model is there to be taken out and run.",
    "Installers, self-extracting archives, test data of tools that handle programs.",
    WHAT_READS_IT,
    ("T1027.009",),
    closed_keys=True,
)
MISMATCH = TraitKind(
    "payload.disguised",
    Channel.PAYLOAD,
    Suspicion.MEDIUM,
    "is not what its name says: {key}",
    "A program or archive under the name of a picture or text escapes those who look at names.",
    "Files saved under a wrong extension.",
    WHAT_READS_IT,
    ("T1036.008",),
    closed_keys=True,
)
CARRIER = TraitKind(
    "payload.carrier",
    Channel.PAYLOAD,
    Suspicion.STRONG,
    "carries bytes that no viewer shows: {key}",
    "Pictures, sounds, fonts and documents open as before when a payload is put behind their end or into a"
    " field that programs skip.",
    "Editors leave private data and thumbnails; a bad writer pads.",
    WHAT_READS_IT,
    ("T1027.003", "T1027.009"),
    closed_keys=True,
)
CARRIER_SHAPE = TraitKind(
    "payload.media-structure",
    Channel.PAYLOAD,
    Suspicion.WEAK,
    "media with an unusual part: {key}",
    "A part that standards do not name is room for anything.",
    "Private chunks of editors, metadata, animations.",
    WHAT_READS_IT,
    ("T1027.003",),
)
ACTIVE = TraitKind(
    "payload.active-content",
    Channel.PAYLOAD,
    Suspicion.MEDIUM,
    "data that runs code when it is opened: {key}",
    "Scripts in pictures and documents run in the viewer.",
    "Interactive drawings; forms.",
    "Read the script.",
    ("T1027.017", "T1059.007"),
    closed_keys=True,
)
SCRIPT_IN_DATA = TraitKind(
    "payload.script-in-data",
    Channel.PAYLOAD,
    Suspicion.MEDIUM,
    "a program under the name of data: {key}",
    "Code in a .txt or .dat file is skipped by scanners and reviewers, and one line elsewhere runs it.",
    "Templates, examples, test input.",
    WHAT_READS_IT,
    ("T1036.008", "T1059"),
    closed_keys=True,
)
INVISIBLE = TraitKind(
    "payload.invisible-text",
    Channel.CONCEALMENT,
    Suspicion.STRONG,
    "text with a long run of characters that show nothing: {key}",
    "Variation selectors, tags and zero-width characters encode a payload that no reviewer sees.",
    "Emoji sequences and scripts of India have short runs, never such long ones.",
    "Print the code points.",
    ("T1027.018",),
    closed_keys=True,
)
KINDS = (
    OPAQUE_FILE,
    OPAQUE_REGION,
    ENCODED,
    EMBEDDED,
    MISMATCH,
    CARRIER,
    CARRIER_SHAPE,
    ACTIVE,
    SCRIPT_IN_DATA,
    INVISIBLE,
)
