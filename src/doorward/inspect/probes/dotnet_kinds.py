"""What the traits of .NET assemblies mean."""

from __future__ import annotations

from doorward.model.trait import Channel, Suspicion, TraitKind

__all__ = [
    "CAPABILITY",
    "DECODER",
    "ENCODED",
    "INITIALISER",
    "KINDS",
    "MALFORMED",
    "MEMBERS",
    "NATIVE",
    "REFERENCE",
    "RESOURCE",
    "TYPES",
]

_DECOMPILE = "Decompile the type that uses it, and compare with the source of this version."

CAPABILITY = TraitKind(
    "dotnet.capability",
    Channel.CAPABILITY,
    Suspicion.MEDIUM,
    "uses the class library for {key}",
    "A back door has to reach out, start something or load code, and the class library offers that in a few "
    "namespaces.",
    "A feature that needs it.",
    _DECOMPILE,
    ("T1106", "T1071", "T1620"),
    closed_keys=True,
)
REFERENCE = TraitKind(
    "dotnet.reference",
    Channel.NATIVE,
    Suspicion.WEAK,
    "uses {key}",
    "What an assembly takes from others bounds what it does.",
    "A new feature, or a newer compiler.",
    _DECOMPILE,
)
MEMBERS = TraitKind(
    "dotnet.members",
    Channel.NATIVE,
    Suspicion.CONTEXT,
    "calls members that it did not",
    "Says how far the build moved.",
    "Every new version.",
    _DECOMPILE,
)
TYPES = TraitKind(
    "dotnet.types",
    Channel.NATIVE,
    Suspicion.CONTEXT,
    "defines types or methods that it did not",
    "The SUNBURST back door of 2020 was one class that the source did not have.",
    "Every new version.",
    "Compare the list with the source of this version.",
)
NATIVE = TraitKind(
    "dotnet.native-call",
    Channel.NATIVE,
    Suspicion.MEDIUM,
    "calls the native function {key}",
    "Native calls leave what the runtime checks and logs.",
    "Support for another operating system, a faster routine.",
    _DECOMPILE,
    ("T1106",),
)
INITIALISER = TraitKind(
    "dotnet.initialiser",
    Channel.HOOK,
    Suspicion.MEDIUM,
    "runs code when it is loaded: {key}",
    "A module initialiser runs before anything of the assembly is called.",
    "Weaving tools (Fody, Costura) and source generators add one.",
    _DECOMPILE,
    ("T1546", "T1574"),
    closed_keys=True,
)
RESOURCE = TraitKind(
    "dotnet.resource",
    Channel.PAYLOAD,
    Suspicion.MEDIUM,
    "embeds a resource that is {key}",
    "Droppers carry what they load as a resource.",
    "Embedded dependencies (Costura), pictures, compressed tables.",
    "Extract it and inspect it by itself.",
    ("T1027.009", "T1620"),
    closed_keys=True,
)
ENCODED = TraitKind(
    "dotnet.encoded-strings",
    Channel.CONCEALMENT,
    Suspicion.STRONG,
    "holds literals that decode: {key}",
    "Literals are encoded so that no search finds host names, commands and names of tools; SUNBURST kept "
    "its in base64 of deflate.",
    "Embedded pictures, keys, test data.",
    "Decode them: inspection shows the first in its evidence.",
    ("T1027", "T1140"),
    closed_keys=True,
)
DECODER = TraitKind(
    "dotnet.decoder-loop",
    Channel.CONCEALMENT,
    Suspicion.MEDIUM,
    "has a method that decodes bytes ({key})",
    "An encrypted payload or string needs a loop that decodes it.",
    "Ciphers, checksums, file formats.",
    _DECOMPILE,
    ("T1140", "T1027"),
    closed_keys=True,
)
MALFORMED = TraitKind(
    "dotnet.malformed",
    Channel.STRUCTURE,
    Suspicion.STRONG,
    "has .NET metadata that cannot be read: {key}",
    "Obfuscators break metadata in ways that the runtime forgives and tools do not.",
    "A damaged file, an old obfuscator used by the vendor.",
    "Load it in a decompiler.",
    ("T1027.002",),
    closed_keys=True,
)
KINDS: tuple[TraitKind, ...] = (
    CAPABILITY,
    REFERENCE,
    MEMBERS,
    TYPES,
    NATIVE,
    INITIALISER,
    RESOURCE,
    ENCODED,
    DECODER,
    MALFORMED,
)
