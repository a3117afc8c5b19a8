"""What decoding, fetching and running in build files means when it is new."""

from __future__ import annotations

from doorward.model.trait import Channel, Suspicion, TraitKind

__all__ = ["CHAIN", "COMMAND", "DECODES", "DOWNLOADS", "KINDS", "READS", "RUNS", "TO_SHELL"]

SETTLE = "Regenerate the file with the tool that makes it, or compare it with the one in the repository."

DECODES = TraitKind(
    "build.decodes",
    Channel.CONCEALMENT,
    Suspicion.MEDIUM,
    "a build file decodes something: {key}",
    "xz 5.6.0's build took its back door out of a test file by a decoder in an m4 macro.",
    "Unpacking of bundled sources and generated tables.",
    SETTLE,
    ("T1140", "T1195.002"),
    closed_keys=True,
)
TO_SHELL = TraitKind(
    "build.to-shell",
    Channel.CONCEALMENT,
    Suspicion.STRONG,
    "a build file runs what another command prints: {key}",
    "A command that is put together at build time is in no file that a reviewer sees.",
    "Configuration scripts evaluate the options they save.",
    SETTLE,
    ("T1059.004", "T1027"),
    closed_keys=True,
)
CHAIN = TraitKind(
    "build.chain",
    Channel.CONCEALMENT,
    Suspicion.STRONG,
    "a build file pipes bytes through a chain of tools: {key}",
    "Head, tail, tr and a decompressor in a row take a hidden file out of an innocent one.",
    "Generation of tables from text.",
    SETTLE,
    ("T1140", "T1027.003"),
    closed_keys=True,
)
READS = TraitKind(
    "build.reads-data",
    Channel.CONCEALMENT,
    Suspicion.MEDIUM,
    "a build file takes text or bytes out of files that are not sources: {key}",
    "A payload in a test file is inert until the build reads it.",
    "Version files and tables that are generated.",
    SETTLE,
    ("T1027.009",),
    closed_keys=True,
)
DOWNLOADS = TraitKind(
    "build.downloads",
    Channel.CAPABILITY,
    Suspicion.MEDIUM,
    "a build file fetches from the network: {key}",
    "What the build fetches is in no release that anybody inspected.",
    "Dependencies that are fetched and checked by digest.",
    "See that the address is the vendor's and a digest is checked.",
    ("T1105",),
    closed_keys=True,
)
RUNS = TraitKind(
    "build.runs",
    Channel.CAPABILITY,
    Suspicion.WEAK,
    "a build file runs programs while it is configured: {key}",
    "Code of the release runs on the build machine, before any test.",
    "Probing of compilers, generation of sources.",
    "Read the command.",
    ("T1195.002",),
    closed_keys=True,
)
COMMAND = TraitKind(
    "build.command",
    Channel.CAPABILITY,
    Suspicion.MEDIUM,
    "a build file has the command: {key}",
    "The command that decodes, fetches or runs, as it stands there.",
    "Changed options of tools.",
    SETTLE,
    ("T1195.002",),
)
KINDS = (DECODES, TO_SHELL, CHAIN, READS, DOWNLOADS, RUNS, COMMAND)
