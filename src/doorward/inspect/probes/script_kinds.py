"""The kinds of trait that scripts of every language share, so that the judge learns each one once.

A back door in a script needs a way to hide, a way to act, something to take, a way out or in, a
trigger, and often persistence. Each of these is a *capability* of one function; what tells is that
capabilities which honest code keeps apart meet in one function (`script.combination`), that data
flows from one into another (`script.dataflow`), or that somebody took trouble to hide them
(`script.concealment`). Keys are closed: they name what is there, never how the author called it.
"""

from __future__ import annotations

from doorward.model.trait import Channel, Suspicion, TraitKind

__all__ = [
    "BLOB",
    "BLOB_CLASS",
    "BYTECODE_NAMES",
    "CALL",
    "CAPABILITY",
    "COMBINATION",
    "CONCEALMENT",
    "DATAFLOW",
    "IMPORT",
    "IMPORT_TIME",
    "SCRIPT_KINDS",
    "SHAPE",
    "SILENCED",
    "UNPARSABLE",
]

CAPABILITY = TraitKind(
    name="script.capability",
    channel=Channel.CAPABILITY,
    suspicion=Suspicion.MEDIUM,
    title="Code that can use {key}, where there was none",
    why="A back door has to act: reach out, run something, read secrets, stay. Each needs a capability.",
    innocent="A new feature that honestly needs it.",
    settle="Read the function: does the changelog speak of a feature that needs this?",
    attack=("T1059",),
    closed_keys=True,
)
COMBINATION = TraitKind(
    name="script.combination",
    channel=Channel.CAPABILITY,
    suspicion=Suspicion.STRONG,
    title="One function combines {key}",
    why="Loaders decode and run, stealers read secrets and send them. Honest code keeps these apart.",
    innocent="An installer, an updater, a plug-in loader or a cloud client may do both in one place.",
    settle="Read the function: where does what it runs or sends come from?",
    attack=("T1059", "T1027"),
    closed_keys=True,
)
DATAFLOW = TraitKind(
    name="script.dataflow",
    channel=Channel.CAPABILITY,
    suspicion=Suspicion.STRONG,
    title="Data flows from one into the other: {key}",
    why="Running what was decoded or downloaded, or sending secrets, is what loaders and stealers are.",
    innocent="A template engine, an updater, or a telemetry feature that is documented.",
    settle="Follow the value from its source to its use; decode it by hand, never by running the code.",
    attack=("T1140", "T1041"),
    closed_keys=True,
)
BLOB = TraitKind(
    name="script.blob",
    channel=Channel.PAYLOAD,
    suspicion=Suspicion.MEDIUM,
    title="A long opaque literal ({key}) in a script",
    why="A payload that must not be read in the source is carried as an encoded or encrypted literal.",
    innocent="An embedded image, font, certificate, test vector, table of constants or signature.",
    settle="Decode the literal and see what it is; ask what it was generated from.",
    attack=("T1027.009",),
)
BLOB_CLASS = TraitKind(
    name="script.blob-class",
    channel=Channel.PAYLOAD,
    suspicion=Suspicion.MEDIUM,
    title="Opaque literals of the class {key}",
    why="What a literal decodes to tells a payload (code, compressed, random) from a table.",
    innocent="An embedded resource, a test vector or a table of constants.",
    settle="Decode the literal and see what it is.",
    attack=("T1027.009",),
    closed_keys=True,
)
CONCEALMENT = TraitKind(
    name="script.concealment",
    channel=Channel.CONCEALMENT,
    suspicion=Suspicion.STRONG,
    title="Code that hides what it does: {key}",
    why="Names that are computed, invisible characters and scrambled identifiers exist to defeat readers.",
    innocent="A compatibility layer, a lazy loader, a build that was newly minified, a test of such tricks.",
    settle="Resolve the computed name, or show the hidden characters, and read what is really called.",
    attack=("T1027", "T1036"),
    closed_keys=True,
)
IMPORT_TIME = TraitKind(
    name="script.import-time",
    channel=Channel.CONCEALMENT,
    suspicion=Suspicion.MEDIUM,
    title="Runs as soon as the file is loaded: {key}",
    why="Code at module level runs unasked in every program that imports the package.",
    innocent="A version looked up by a command, a constant read from the environment.",
    settle="Ask why this cannot wait until a function is called.",
    attack=("T1546",),
    closed_keys=True,
)
SILENCED = TraitKind(
    name="script.silenced",
    channel=Channel.CONCEALMENT,
    suspicion=Suspicion.MEDIUM,
    title="Every failure is swallowed around {key}",
    why="A back door must never be noticed, so it hides each error of its own.",
    innocent="An optional feature such as an update check, written carelessly.",
    settle="Read what is tried, and why nobody may know that it failed.",
    attack=("T1562",),
    closed_keys=True,
)
SHAPE = TraitKind(
    name="script.shape",
    channel=Channel.CONCEALMENT,
    suspicion=Suspicion.WEAK,
    title="The shape of the code is now: {key}",
    why="Malware is added minified or machine-written to files that people used to read.",
    innocent="A change of the build: bundling, minifying, generated code.",
    settle="Compare with the source that it was built from.",
    attack=("T1027",),
    closed_keys=True,
)
IMPORT = TraitKind(
    name="script.import",
    channel=Channel.CAPABILITY,
    suspicion=Suspicion.WEAK,
    title="Imports {key}",
    why="A new module brings new abilities.",
    innocent="Ordinary development.",
    settle="See what it is used for.",
)
CALL = TraitKind(
    name="script.call",
    channel=Channel.CAPABILITY,
    suspicion=Suspicion.WEAK,
    title="Calls {key}",
    why="A sensitive function that was not called before.",
    innocent="Ordinary development.",
    settle="See what it is used for.",
)
UNPARSABLE = TraitKind(
    name="script.unparsable",
    channel=Channel.CONCEALMENT,
    suspicion=Suspicion.WEAK,
    title="A script that its language's parser refuses ({key})",
    why="What cannot be parsed is read less closely; it may be meant for another interpreter.",
    innocent="A template, a test of syntax errors, syntax of a newer or older language version.",
    settle="See which interpreter is meant to run it.",
    closed_keys=True,
)

BYTECODE_NAMES = TraitKind(
    name="bytecode.names",
    channel=Channel.SOURCE,
    suspicion=Suspicion.WEAK,
    title="Compiled Python uses names that it did not use before",
    why="A compiled file can be replaced alone, so that its source still looks as it did.",
    innocent="The source changed too.",
    settle="Compile the source with the same version and compare.",
    attack=("T1027",),
)

SCRIPT_KINDS = (
    CAPABILITY,
    COMBINATION,
    DATAFLOW,
    BLOB,
    BLOB_CLASS,
    CONCEALMENT,
    IMPORT_TIME,
    SILENCED,
    SHAPE,
    IMPORT,
    CALL,
    UNPARSABLE,
    BYTECODE_NAMES,
)
"""All of them, for the probes that yield them."""
