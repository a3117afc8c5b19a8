"""What the traits of executables mean: one table for PE and ELF, so that rarity is measured once.

Rule: a kind whose keys are a small fixed set is weighed key by key (`closed_keys`); names, libraries and
digests are open keys. Only three things block by rule when they newly appear, because no build tool makes
them: surplus in a certificate table, a signature that does not fit, bytes that no header claims.
"""

from __future__ import annotations

from doorward.model.trait import Channel, Suspicion, TraitKind

__all__ = [
    "CAPABILITY",
    "CERTIFICATE_SURPLUS",
    "CODE",
    "COMPRESSED",
    "DECODER_LOOP",
    "DIRECT_SYSCALL",
    "EMBEDDED",
    "ENCODED",
    "EXECUTABLE_KINDS",
    "EXPORTS",
    "HARDENING",
    "HASH_LOOP",
    "IMPORT",
    "IMPORTS_MANGLED",
    "INITIALISER",
    "INTERPRETER",
    "LAYOUT",
    "LIBRARY",
    "MALFORMED",
    "NAMED_API",
    "OPAQUE",
    "OPAQUE_PLACE",
    "PEB_WALK",
    "SANDBOX_CHECK",
    "SEARCH_PATH",
    "SECTION",
    "SELF_LOCATING",
    "SIGNATURE_ISSUER",
    "SIGNATURE_NONE",
    "SIGNATURE_SIGNER",
    "SIGNATURE_STATE",
    "SIGNATURE_UNSIGNED",
    "SYMBOLS",
    "TOOLCHAIN",
    "UNACCOUNTED",
]

_REBUILD = "Rebuild this file from its source, or ask the vendor which change brought it."
_DISASSEMBLE = "Look at the function in a disassembler, beside the same function of the old build."

IMPORT = TraitKind(
    "exe.import",
    Channel.NATIVE,
    Suspicion.WEAK,
    "imports {key}",
    "What an executable takes from the system bounds what it does directly.",
    "A new feature, another compiler runtime, a library linked differently.",
    "Compare with the changes in the source that would need this function.",
    ("T1106",),
)
IMPORTS_MANGLED = TraitKind(
    "exe.imports-mangled",
    Channel.NATIVE,
    Suspicion.CONTEXT,
    "imports other C++ or Rust symbols",
    "Says how far the build moved.",
    "Any recompilation against another version of a library.",
    _REBUILD,
)
CAPABILITY = TraitKind(
    "exe.capability",
    Channel.CAPABILITY,
    Suspicion.MEDIUM,
    "imports functions for {key}",
    "A back door has to reach out, start something, or make memory runnable, and the system offers that "
    "through a few families of functions.",
    "A feature that needs it: a networked library that learns about proxies, a plug-in loader.",
    _DISASSEMBLE,
    ("T1106", "T1071", "T1055"),
    closed_keys=True,
)
NAMED_API = TraitKind(
    "exe.named-api",
    Channel.CONCEALMENT,
    Suspicion.MEDIUM,
    "holds names of functions for {key} as text, without importing them",
    "Looking functions up by name at run time keeps them out of the import table.",
    "Support for older systems that lack the function, a debugger or a sanitizer's interceptors.",
    _DISASSEMBLE,
    ("T1027.007",),
    closed_keys=True,
)
LIBRARY = TraitKind(
    "exe.library",
    Channel.NATIVE,
    Suspicion.WEAK,
    "loads {key}",
    "Code of another library runs inside this process, from its first moment on.",
    "A dependency linked dynamically instead of statically, or the other way round.",
    "Check where the library comes from and whether it is on every supported system.",
    ("T1574", "T1129"),
)
EXPORTS = TraitKind(
    "exe.exports",
    Channel.NATIVE,
    Suspicion.CONTEXT,
    "exports names that it did not",
    "A function for the implant's loader to call.",
    "New interfaces of a new version.",
    "Compare with the documented interface.",
)
SECTION = TraitKind(
    "exe.section",
    Channel.NATIVE,
    Suspicion.WEAK,
    "has a section {key}",
    "An implant added after the build usually comes in a section of its own.",
    "Another linker or compiler, debug information, or a new language runtime.",
    "Compare tool-chain versions; if they are equal, look at what the section holds.",
    ("T1027.009",),
)
LAYOUT = TraitKind(
    "exe.layout",
    Channel.NATIVE,
    Suspicion.STRONG,
    "is laid out as no compiler does: {key}",
    "Packers and file infectors need memory that is both writable and runnable, or an entry point outside "
    "the code that the compiler made.",
    "A packer such as UPX chosen by the vendor, a protected commercial library, a just-in-time engine.",
    _DISASSEMBLE,
    ("T1027.002", "T1055"),
    closed_keys=True,
)
UNACCOUNTED = TraitKind(
    "exe.unaccounted",
    Channel.STRUCTURE,
    Suspicion.STRONG,
    "holds bytes that no header claims: {key}",
    "Data outside every section is not mapped by the loader, and hides from tools that follow headers.",
    "An installer or self-extracting archive keeps its payload after the image; patching tools leave "
    "remains of moved tables.",
    "Look at the bytes: archives and installers are recognised and examined by their own readers.",
    ("T1027.009", "T1564"),
    closed_keys=True,
)
CERTIFICATE_SURPLUS = TraitKind(
    "exe.certificate-surplus",
    Channel.STRUCTURE,
    Suspicion.STRONG,
    "carries data in its certificate table that is no signature",
    "The table is not covered by the signature in it, so data can be added to a signed file and Windows "
    "still calls it valid. The 3CX back door of 2023 carried its payload there.",
    "Some vendors stamp download identifiers into installers this way.",
    "Compare with the same file from the signer's own site, and look at what is added.",
    ("T1553.002", "T1027"),
    always_block=True,
)
INITIALISER = TraitKind(
    "exe.initialiser",
    Channel.NATIVE,
    Suspicion.MEDIUM,
    "runs code before its entry point: {key}",
    "Constructors, resolvers and callbacks run on loading, before anything calls the library; the xz back "
    "door of 2024 came in through an indirect function's resolver.",
    "Static objects in C++, per-processor variants of a function, thread-local storage.",
    _DISASSEMBLE,
    ("T1574", "T1546"),
    closed_keys=True,
)
SEARCH_PATH = TraitKind(
    "exe.search-path",
    Channel.NATIVE,
    Suspicion.MEDIUM,
    "looks for libraries in {key}",
    "Whoever may write there decides what runs.",
    "A bundled library's directory, written by a packaging tool.",
    "Check that the path is inside the package.",
    ("T1574.006",),
)
INTERPRETER = TraitKind(
    "exe.interpreter",
    Channel.NATIVE,
    Suspicion.MEDIUM,
    "is started by {key}",
    "The interpreter is the first code that runs.",
    "Another C library or architecture.",
    "Check that it is the system's own.",
    ("T1574",),
)
HARDENING = TraitKind(
    "exe.hardening",
    Channel.NATIVE,
    Suspicion.WEAK,
    "was built without protection: {key}",
    "Implants that patch tables or run data need protections off.",
    "Another compiler, or a default that changed.",
    "Compare build flags.",
    ("T1562",),
    closed_keys=True,
)
SYMBOLS = TraitKind(
    "exe.symbols",
    Channel.NATIVE,
    Suspicion.CONTEXT,
    "symbols: {key}",
    "Says how the build was made.",
    "Build settings.",
    _REBUILD,
    closed_keys=True,
)
TOOLCHAIN = TraitKind(
    "exe.toolchain",
    Channel.NATIVE,
    Suspicion.CONTEXT,
    "was built with {key}",
    "A build by other tools explains other differences; a build by tools the vendor never used does not.",
    "An update of the compiler.",
    "Compare with the vendor's build environment.",
)
MALFORMED = TraitKind(
    "exe.malformed",
    Channel.STRUCTURE,
    Suspicion.WEAK,
    "claims to be an executable and cannot be one: {key}",
    "Nothing can load it as it stands; something else may repair and run it.",
    "A test fixture, a stub that a builder completes, a truncated file.",
    "Look at what reads the file.",
    ("T1036",),
    closed_keys=True,
)
SIGNATURE_NONE = TraitKind(
    "signature.none",
    Channel.SIGNATURE,
    Suspicion.MEDIUM,
    "is not signed",
    "A file changed after signing loses its signature.",
    "Most open-source projects do not sign; a newly added file may not need it.",
    "If the old file was signed, ask the vendor why this one is not.",
    ("T1553.002",),
    closed_keys=True,
)
SIGNATURE_SIGNER = TraitKind(
    "signature.signer",
    Channel.SIGNATURE,
    Suspicion.MEDIUM,
    "is signed by {key}",
    "Another signer is another party with the means to ship.",
    "The vendor was renamed or acquired, or changed its certificate authority.",
    "Check the new signer with the vendor over another channel.",
    ("T1553.002", "T1588.003"),
)
SIGNATURE_ISSUER = TraitKind(
    "signature.issuer",
    Channel.SIGNATURE,
    Suspicion.WEAK,
    "has a signature certified by {key}",
    "A certificate for the same name from another authority may have been obtained by someone else.",
    "Authorities rename and renew their certificates every few years.",
    "Compare with other signed files of this vendor.",
    ("T1588.003",),
)
SIGNATURE_STATE = TraitKind(
    "signature.mismatch",
    Channel.SIGNATURE,
    Suspicion.STRONG,
    "has a signature that does not fit: {key}",
    "The bytes are not those that were signed.",
    "A tool that edits version resources or strips files after signing.",
    "Get the file from the signer and compare.",
    ("T1553.002",),
    closed_keys=True,
    always_block=True,
)
SIGNATURE_UNSIGNED = TraitKind(
    "signature.unsigned-part",
    Channel.SIGNATURE,
    Suspicion.STRONG,
    "carries data beside its signature that is not signed: {key}",
    "Attributes and extra certificates of a signature can be changed by anyone without breaking it.",
    "Time stamps of an unusual kind.",
    "Look at the attribute's bytes.",
    ("T1553.002", "T1027"),
)
COMPRESSED = TraitKind(
    "payload.compressed-section",
    Channel.PAYLOAD,
    Suspicion.WEAK,
    "holds compressed data ({key} bytes)",
    "Compressed data is not read by whoever looks for text in a program.",
    "Generators compress tables and constants: Cython its strings, Rust and Go their resources.",
    "Decompress it from the offset given and look at what it is.",
    ("T1027.015",),
    closed_keys=True,
)
OPAQUE = TraitKind(
    "payload.opaque-section",
    Channel.PAYLOAD,
    Suspicion.STRONG,
    "holds data that looks encrypted or compressed ({key} bytes)",
    "A payload that must not be seen is encrypted until it runs: ShadowPad, CCleaner and xz carried such "
    "a block inside an ordinary library.",
    "A compressed resource, a key, a table of random constants.",
    "Find what reads it; a rebuild from source shows whether it belongs.",
    ("T1027", "T1027.009", "T1140"),
    closed_keys=True,
)
OPAQUE_PLACE = TraitKind(
    "payload.opaque-place",
    Channel.PAYLOAD,
    Suspicion.MEDIUM,
    "holds data that looks encrypted or compressed in {key}",
    "Where compilers put no data, encrypted data was put by somebody.",
    "Constants beside the code that uses them, packed resources.",
    "Find what reads it.",
    ("T1027", "T1027.009"),
    closed_keys=True,
)
EMBEDDED = TraitKind(
    "payload.embedded-executable",
    Channel.PAYLOAD,
    Suspicion.STRONG,
    "carries a whole executable inside ({key})",
    "Droppers carry what they drop.",
    "Launchers, debuggers and installers carry helpers for other systems; distributions add symbols as a "
    "compressed ELF file (.gnu_debugdata).",
    "Extract it and inspect it by itself.",
    ("T1027.009", "T1105"),
    closed_keys=True,
)
ENCODED = TraitKind(
    "payload.encoded-text",
    Channel.PAYLOAD,
    Suspicion.MEDIUM,
    "holds long text that decodes to random-looking bytes ({key} bytes)",
    "Encoded text carries payloads and configurations past filters for binary data.",
    "Certificates, test vectors, integrity digests.",
    "Decode it.",
    ("T1027.013", "T1140"),
    closed_keys=True,
)

DECODER_LOOP = TraitKind(
    "code.decoder-loop",
    Channel.CONCEALMENT,
    Suspicion.MEDIUM,
    "has a tight loop as decoders have ({key})",
    "An encrypted payload needs a loop that turns it into code or text before use.",
    "Ciphers, hashes and checksums over buffers, image filters; a compiler that now unrolls a known loop.",
    _DISASSEMBLE,
    ("T1140", "T1027"),
    closed_keys=True,
)
HASH_LOOP = TraitKind(
    "code.hash-loop",
    Channel.CONCEALMENT,
    Suspicion.WEAK,
    "has a tight loop that hashes text ({key})",
    "Functions looked up by the hash of their name leave neither an import nor a string.",
    "Hash tables and checksums.",
    _DISASSEMBLE,
    ("T1027.007",),
    closed_keys=True,
)
PEB_WALK = TraitKind(
    "code.peb-walk",
    Channel.CONCEALMENT,
    Suspicion.STRONG,
    "reads the process environment block itself",
    "Code without imports finds the system's libraries by walking the loader's list.",
    "Language runtimes, anti-cheat and instrumentation libraries.",
    _DISASSEMBLE,
    ("T1027.007", "T1106"),
    closed_keys=True,
)
DIRECT_SYSCALL = TraitKind(
    "code.direct-syscall",
    Channel.CONCEALMENT,
    Suspicion.MEDIUM,
    "enters the kernel without the system's library",
    "Calls that go past the library go past whatever watches it.",
    "Language runtimes (Go, C libraries), allocators and profilers on Linux; nearly nothing on Windows.",
    _DISASSEMBLE,
    ("T1106",),
    closed_keys=True,
)
SELF_LOCATING = TraitKind(
    "code.self-locating",
    Channel.CONCEALMENT,
    Suspicion.STRONG,
    "finds its own address by calling the next instruction",
    "Position-independent shellcode does not know where it was put; compilers for this processor need no "
    "such trick.",
    "Hand-written assembly.",
    _DISASSEMBLE,
    ("T1055",),
    closed_keys=True,
)
SANDBOX_CHECK = TraitKind(
    "code.sandbox-check",
    Channel.CONCEALMENT,
    Suspicion.WEAK,
    "measures where it runs: {key}",
    "Back doors sleep in virtual machines and under debuggers.",
    "Profilers, and libraries that choose code by processor.",
    _DISASSEMBLE,
    ("T1497",),
    closed_keys=True,
)
CODE = (DECODER_LOOP, HASH_LOOP, PEB_WALK, DIRECT_SYSCALL, SELF_LOCATING, SANDBOX_CHECK)

EXECUTABLE_KINDS: tuple[TraitKind, ...] = (
    IMPORT,
    IMPORTS_MANGLED,
    CAPABILITY,
    NAMED_API,
    LIBRARY,
    EXPORTS,
    SECTION,
    LAYOUT,
    UNACCOUNTED,
    CERTIFICATE_SURPLUS,
    INITIALISER,
    SEARCH_PATH,
    INTERPRETER,
    HARDENING,
    SYMBOLS,
    TOOLCHAIN,
    MALFORMED,
    SIGNATURE_NONE,
    SIGNATURE_SIGNER,
    SIGNATURE_ISSUER,
    SIGNATURE_STATE,
    SIGNATURE_UNSIGNED,
    COMPRESSED,
    OPAQUE,
    OPAQUE_PLACE,
    EMBEDDED,
    ENCODED,
    *CODE,
)
"""Everything the probe of PE and ELF files may yield."""
