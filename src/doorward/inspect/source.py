"""An artifact against its source: which files, lines and strings no source explains.

Rule: what was built from a source is in it, byte for byte, or follows from it by a known step. A file is
explained by an equal file anywhere in the source; a text by the file it aligns with (longest common path
suffix), of which only lines that are not there are told, numbers aside (versions); a compiled file by the
words in it, of which most must occur somewhere in the source. What packaging tools write (metadata,
records, version modules that only assign literals) is explained by being only that. Everything else is
a trait at its path. A build file that only the artifact has is named apart: xz 5.6.0's macro was in the
tarball and in no repository. The source itself is not judged here: a back door may be in it.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from doorward.inspect.probes.build_files_shapes import NAMES as BUILD_NAMES
from doorward.inspect.source_kinds import DIFFERS, ONLY_IN_ARTIFACT, UNEXPLAINED_FILE, UNEXPLAINED_WORDS
from doorward.model.artifact import Member, MemberKind
from doorward.model.drift import Drift, Scope
from doorward.model.trait import EXCERPT_LIMIT, Evidence, Trait, TraitKind

__all__ = ["source_drifts"]

Read = Callable[[str], bytes]

SCHEME = re.compile(r"^[^/]+\.data/(?:purelib|platlib|scripts|headers|data)/")
GENERATED = re.compile(
    r"(?:^|/)(?:[^/]+\.(?:dist|egg)-info/.*|PKG-INFO|\.openssl|RECORD|WHEEL|package-lock\.json|\.package-lock\.json)\Z"
)
METADATA_CODE = re.compile(r"\.(?:dist|egg)-info/.*\.(?:pyc?|so|pyd|dll|exe|sh|js|pth)\Z")
"""Code has no business in a metadata folder, so it is not explained by lying there."""
DECLARED = re.compile(
    r"\A\s*(?:\[egg_info\]|tag_build\s*=\s*|tag_date\s*=\s*0|tag_svn_revision\s*=\s*0)\s*\Z"
)
"""Lines that setuptools appends to setup.cfg of an sdist."""
COMPILED = re.compile(
    r"\.(?:so(?:\.[\d.]+)?|pyd|dll|exe|dylib|node|pyc|wasm|class|jar|a|lib|o)\Z", re.IGNORECASE
)
CODE = re.compile(
    r"\.(?:pyi?|pyx|[cm]?[jt]sx?|sh|bash|ps1|rb|pl|php|lua|c|cc|cpp|h|hpp|rs|go|java|cs|pth)\Z", re.IGNORECASE
)
DOCUMENT = re.compile(
    r"(?:\.(?:md|rst|txt|html?|1|3|5|8)|(?:^|/)(?:LICEN[CS]E|COPYING|NOTICE|AUTHORS|CHANGES)[^/]*)\Z",
    re.IGNORECASE,
)
WORD = re.compile(rb"[A-Za-z_][A-Za-z0-9_]{5,40}")
TOOLCHAIN = re.compile(
    rb"(?:_*Py|GLIBC|GCC|__|_[A-Z]|[A-Z0-9_]+\Z|_fini|_init|frame_dummy|gmon|deregister|register_tm|crtstuff)"
)
"""Words of compilers, linkers and the interpreter's headers, and machine code that reads as capitals."""
NUMBER = re.compile(rb"\d+")
TEXT_LIMIT = 8 * 1024 * 1024
SOURCE_LIMIT = 256 * 1024 * 1024
"""Bytes of a source whose words are gathered; the largest sdists unpack to about this."""
VERSION_LIMIT = 8192
SHARE = 0.5
"""Words of a compiled file that no source has, above which it is not built from this source alone: debug
sections name what system headers declare (psutil's libraries: 0.44 and 0.49)."""
QUOTED_LINES = 40
QUOTED_WORDS = 60


def source_drifts(members: Iterable[Member], source: Iterable[Member], read: Read) -> list[Drift]:
    """Give what the source does not explain of an artifact.

    Args:
        members: of the artifact (a wheel, an sdist, a package).
        source: of the source, unpacked by the same openers: a folder, an sdist, a revision.
        read: content by digest, of either.
    """
    known = Source(source, read)
    return [drift for member in members if member.kind is MemberKind.FILE for drift in known.explain(member)]


class Source:
    """The files of a source, by content, by name and by their words."""

    def __init__(self, members: Iterable[Member], read: Read) -> None:
        self.read = read
        self.files = [member for member in members if member.kind is MemberKind.FILE]
        self.digests = {member.digest for member in self.files}
        self.by_base: dict[str, list[Member]] = defaultdict(list)
        for member in self.files:
            self.by_base[member.path.rsplit("/", 1)[-1]].append(member)
        self.gathered: set[bytes] | None = None

    def explain(self, member: Member) -> Iterator[Drift]:
        """What of this member is not in the source."""
        if member.digest in self.digests or not member.size or member.container:
            return
        leaf = SCHEME.sub("", member.path.rsplit("!/", 1)[-1])
        if GENERATED.search(leaf) and not METADATA_CODE.search(leaf):
            return
        if COMPILED.search(leaf):
            yield from self.compiled(member)
            return
        aligned = self.align(leaf)
        data = self.read(member.digest)
        if aligned is not None and member.size <= TEXT_LIMIT:
            yield from differing(member, data, self.read(aligned.digest))
        elif BUILD_NAMES.search(leaf):
            excerpt = first_lines(data)
            yield told(ONLY_IN_ARTIFACT, leaf.rsplit("/", 1)[-1], member, excerpt)
        elif not only_literals(leaf, data):
            yield told(UNEXPLAINED_FILE, sort_of(leaf), member, first_lines(data))

    def align(self, leaf: str) -> Member | None:
        """The source file of the same name with the longest common path suffix, if it is telling enough."""
        parts = leaf.split("/")[::-1]
        candidates = self.by_base.get(parts[0], [])
        best, length = None, 0
        for candidate in candidates:
            common = 0
            for mine, theirs in zip(parts, candidate.path.split("/")[::-1], strict=False):
                if mine != theirs:
                    break
                common += 1
            if common > length:
                best, length = candidate, common
        # A bare name aligns only if it is the only one: every package has an `__init__.py`.
        return best if length >= min(2, len(parts)) or len(candidates) == 1 else None

    def compiled(self, member: Member) -> Iterator[Drift]:
        """The words of a compiled file, of which the source must have most."""
        words = {word for word in WORD.findall(self.read(member.digest)) if not TOOLCHAIN.match(word)}
        foreign = sorted(words - self.words())
        if words and len(foreign) > SHARE * len(words):
            excerpt = b" ".join(foreign[:QUOTED_WORDS]).decode("ascii")
            share = f"{len(foreign)} of {len(words)} words: {excerpt}"
            trait = Trait(
                UNEXPLAINED_WORDS.name,
                "compiled",
                len(foreign),
                Evidence(excerpt=share[:EXCERPT_LIMIT]),
            )
            yield Drift(member.path, "", Scope.PACKAGE, trait, len(foreign), len(words))

    def words(self) -> set[bytes]:
        """Every word of the source, gathered once."""
        if self.gathered is None:
            found: set[bytes] = set()
            budget = SOURCE_LIMIT
            for member in sorted(self.files, key=lambda file: file.size):
                budget -= member.size
                if budget < 0:
                    break
                found.update(WORD.findall(self.read(member.digest)))
            self.gathered = found
        return self.gathered


def differing(member: Member, data: bytes, source: bytes) -> Iterator[Drift]:
    """Lines of a text that its source has not, whatever their order and numbers."""
    known = {normal(line) for line in source.split(b"\n")}
    foreign = [
        (number, line)
        for number, line in enumerate(data.split(b"\n"), 1)
        if normal(line) not in known and not DECLARED.match(line.decode("utf-8", "replace"))
    ]
    if not foreign:
        return
    quoted = b"\n".join(line for _, line in foreign[:QUOTED_LINES]).decode("utf-8", "backslashreplace")
    evidence = Evidence(line=foreign[0][0], excerpt=quoted[:EXCERPT_LIMIT])
    trait = Trait(DIFFERS.name, sort_of(member.path), len(foreign), evidence)
    yield Drift(member.path, "", Scope.PACKAGE, trait, len(foreign), len(foreign))


def normal(line: bytes) -> bytes:
    """A line without white space at its ends, and with every number as zero."""
    return NUMBER.sub(b"0", line.strip())


def told(kind: TraitKind, key: str, member: Member, excerpt: str) -> Drift:
    """A drift for a whole file."""
    return Drift(
        member.path, "", Scope.PACKAGE, Trait(kind.name, key, evidence=Evidence(line=1, excerpt=excerpt))
    )


def first_lines(data: bytes) -> str:
    """The beginning of a file, to be quoted."""
    if b"\x00" in data[:4096]:
        return data[:32].hex(" ")
    return b"\n".join(data[:EXCERPT_LIMIT].split(b"\n")[:QUOTED_LINES]).decode("utf-8", "backslashreplace")


def sort_of(path: str) -> str:
    """Closed names of what a file is, by its own name."""
    if CODE.search(path):
        return "code"
    return "document" if DOCUMENT.search(path) else "data"


def only_literals(leaf: str, data: bytes) -> bool:
    """Whether this is a generated version module: small, Python, nothing but assignments of literals."""
    if (
        not leaf.endswith(".py")
        or len(data) > VERSION_LIMIT
        or "version" not in leaf.rsplit("/", 1)[-1].lower()
    ):
        return False
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return all(harmless(statement) for statement in tree.body)


def harmless(statement: ast.stmt) -> bool:
    """Whether a statement of a version module only assigns literals, or imports for type checkers."""
    if isinstance(statement, ast.If):
        name = statement.test
        return isinstance(name, ast.Name) and name.id == "TYPE_CHECKING" and not has_call(statement)
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.ImportFrom):
        return statement.module in {"__future__", "typing"}
    return isinstance(statement, (ast.Assign, ast.AnnAssign)) and not has_call(statement)


def has_call(node: ast.AST) -> bool:
    """Whether anything below is called."""
    return any(isinstance(child, ast.Call) for child in ast.walk(node))
