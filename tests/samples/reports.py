"""Reports for the tests of every output: a back door, a clean update, a gap, hostile names, many findings.

Packages, hosts and people are made up (RFC 2606 names); bytes come from a seeded generator.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace

from doorward.model.artifact import Artifact, NotExamined
from doorward.model.finding import Change, ChangeKind, Coverage, Finding, Report, Severity, Verdict
from doorward.model.trait import Channel, Evidence

__all__ = [
    "ACTS",
    "HOSTILE_TEXTS",
    "artifact",
    "back_door",
    "clear",
    "finding",
    "hostile",
    "many_findings",
    "new_package",
    "review",
    "undecided",
]

HOSTILE_TEXTS = (
    "\x1b[2J\x1b[31mred\x1b[0m",
    "\x1b]8;;https://evil.example/\x1b\\click\x1b]8;;\x1b\\",
    "\x1b]52;c;cm0gLXJmIC8=\x07",
    "\x9b31m8-bit CSI",
    "user\u202egnp.exe\u202c\u2066iso\u2069",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)//'\"`",
    "</style><style>*{display:none}</style>",
    "[click](https://evil.example/) ![x](https://evil.example/x.png)",
    "@octocat please merge, closes #1, GH-1, deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
    "https://evil.example/ www.evil.example a@evil.example",
    "| a | b |\n| - | - |",
    "```\nout of the fence\n~~~\n</details>",
    "# heading\n- item\n> quote\n---\n1. one",
    "line one\nline two\r\nover\rwritten",
    "nul\x00here",
    "lone \ud800 and byte \udcff",
    "zero\u200bwidth\u200d\ufeff\U000e0041tag",
    "a" * 100_000,
    "zalgo" + "\u0301" * 500,
    "&amp;&#60;b&#62;",
    "..\\..\\windows\\%2e%2e/../../etc/passwd",
    "\u05d0\u05d1\u05d2 hebrew \u4e2d\u6587 wide",
    "::error file=app.py::workflow command",
)
"""One text for each way in which a name or a literal may act on its reader."""

ACTS = (
    "\x1b",
    "\x9b",
    "\x07",
    "\x00",
    "\r",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ufeff",
    "\U000e0041",
    "\ud800",
    "\udcff",
)
"""Characters that must stand in no output for people."""


def artifact(version: str, *, name: str = "example-agent", size: int = 62_574, origin: str = "") -> Artifact:
    """A release of a made-up package."""
    file_name = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    return Artifact(
        name=name,
        version=version,
        ecosystem="pypi",
        path=f"downloads/{file_name}",
        file_name=file_name,
        digest="sha256:" + hashlib.sha256(file_name.encode()).hexdigest(),
        size=size,
        origin=origin or f"pypi:{name}=={version}",
        facts=(("provenance", "absent"), ("published", "2026-11-20T08:00:00Z")),
    )


def finding(
    *,
    rule: str = "script.capability",
    severity: Severity = Severity.REVIEW,
    title: str = "Python code can now ask DNS",
    path: str = "example_agent/transport.py",
    evidence: Evidence | None = None,
    weight: float = 12.5,
    rarity: str = "in 3 of 1,912 benign updates",
    suppressed_by: str = "",
    channel: Channel = Channel.CAPABILITY,
    explanation: str = "A question to DNS leaves almost every network, and carries data in its name.",
    innocent: str = "A resolver of its own, or a health check.",
    settle: str = "Look for the change in the release notes, and at where the name comes from.",
    attack: tuple[str, ...] = ("T1071.004",),
) -> Finding:
    """One finding, with what is not told filled in plausibly."""
    return Finding(
        rule=rule,
        severity=severity,
        title=title,
        path=path,
        evidence=evidence
        or Evidence(where="Session.resolve", line=212, excerpt="answer = socket.getaddrinfo(name, 53)"),
        explanation=explanation,
        rarity=rarity,
        attack=attack,
        scope="package",
        channel=channel.value,
        weight=weight,
        innocent=innocent,
        settle=settle,
        fingerprint="sha256:"
        + hashlib.sha256(f"{rule}{path}{title}".encode("utf-8", "surrogatepass")).hexdigest(),
        suppressed_by=suppressed_by,
    )


def back_door() -> Report:
    """A patch release that brings a decoder, a blob and DNS: the shape of 2017, in Python."""
    chance = random.Random(2017)  # noqa: S311  a fixture, the same in every run
    blob = bytes(chance.randrange(256) for _ in range(96)).decode("latin-1")
    code = (
        "def _warm(cache: bytes) -> None:\n"
        "    key = 0xC8D1\n"
        "    out = bytearray()\n"
        "    for b in cache:\n"
        "        key = (key * 0x5D1F + 0x2B) & 0xFFFF\n"
        "        out.append(b ^ (key >> 8))\n"
        "    code = marshal.loads(zlib.decompress(bytes(out)))\n"
        "    types.FunctionType(code, globals())()"
    )
    findings = (
        finding(
            rule="script.decoded-execution",
            severity=Severity.BLOCK,
            title="Decoded bytes are run as code",
            path="example_agent/cache.py",
            evidence=Evidence(where="_warm", line=88, excerpt=code),
            weight=38.0,
            rarity="in 0 of 1,912 benign updates",
            channel=Channel.CONCEALMENT,
            explanation="Code that is not there to be read until it runs is how a back door passes a review.",
            innocent="A template engine or a serialiser that compiles what it loads.",
            settle="Decode the data with the key shown, in a sandbox, and read what comes out.",
            attack=("T1140", "T1027"),
        ),
        finding(
            rule="data.opaque-blob",
            severity=Severity.REVIEW,
            title="New opaque data, 48,128 bytes at 7.99 bits of entropy",
            path="example_agent/data/zones.bin",
            evidence=Evidence(offset=0x40, excerpt=blob),
            weight=21.5,
            rarity="in 9 of 1,912 benign updates",
            channel=Channel.PAYLOAD,
            explanation="An encrypted payload looks like this: no structure, and no known format.",
            innocent="A compressed table, a model's weights, a key store.",
            settle="Ask which code reads the file, and rebuild it from its source.",
            attack=("T1027.009",),
        ),
        finding(),
        finding(
            rule="reach.host",
            title="New host: a3f9.updates.example",
            evidence=Evidence(line=19, excerpt='ZONE = "a3f9.updates.example"'),
            weight=6.0,
            rarity="in 41 of 1,912 benign updates",
            channel=Channel.REACH,
            explanation="A back door must reach whoever left it.",
            innocent="A new mirror, or a documentation link.",
            settle="Ask the maintainers who owns the name, and since when.",
            attack=("T1071",),
        ),
        finding(
            rule="hook.pth",
            severity=Severity.NOTE,
            title="A start-up file changed: example_agent.pth",
            path="example_agent.pth",
            evidence=Evidence(line=1, excerpt="import example_agent._boot"),
            weight=0.0,
            channel=Channel.HOOK,
            suppressed_by="release-team: our own namespace shim (until 2027-01-31)",
        ),
    )
    flat = tuple(chance.randrange(30, 42) for _ in range(64))
    changes = (
        Change("example_agent/cache.py", ChangeKind.CHANGED, "example_agent/cache.py", 4_112, 5_870, 38.0),
        Change("example_agent/data/zones.bin", ChangeKind.ADDED, "", 0, 48_192, 21.5, (), (20, *([63] * 63))),
        Change(
            "example_agent/transport.py",
            ChangeKind.CHANGED,
            "example_agent/transport.py",
            18_020,
            18_411,
            18.5,
        ),
        Change(
            "example_agent/_speed.cpython-311-x86_64-linux-gnu.so",
            ChangeKind.CHANGED,
            "example_agent/_speed.cpython-311-x86_64-linux-gnu.so",
            212_992,
            261_120,
            4.0,
            flat,
            (*flat[:44], *([63] * 14), *flat[58:]),
        ),
        Change("example_agent/__init__.py", ChangeKind.CHANGED, "example_agent/__init__.py", 912, 912),
        Change("example_agent/_legacy.py", ChangeKind.REMOVED, "example_agent/_legacy.py", 3_301, 0),
        Change("example_agent/util/text.py", ChangeKind.MOVED, "example_agent/text.py", 1_204, 1_204),
        Change(
            "example_agent-4.2.1.dist-info/METADATA",
            ChangeKind.CHANGED,
            "example_agent-4.2.0.dist-info/METADATA",
            5_210,
            5_236,
        ),
        Change(
            "example_agent-4.2.1.dist-info/RECORD",
            ChangeKind.CHANGED,
            "example_agent-4.2.0.dist-info/RECORD",
            3_310,
            3_402,
        ),
    )
    return Report(
        verdict=Verdict.BLOCK,
        score=94.0,
        old=(artifact("4.1.9"), artifact("4.2.0")),
        new=artifact("4.2.1", size=118_402),
        findings=findings,
        coverage=Coverage(members=41, bytes=402_118, unchanged=32, examined=9),
        summary="A patch release decodes bundled data and runs it, and asks DNS for the first time.",
        assumptions=("example-agent 4.2.0 is assumed good: it is not in the file of accepted releases.",),
        changes=changes,
        timings=(("open", 0.081), ("pair", 0.012), ("probe", 0.377), ("judge", 0.004)),
        notes=(
            "A change of logic that needs no new capability: an independent rebuild or a review tells.",
            "What the forerunner already did: it is not new.",
        ),
    )


def clear() -> Report:
    """A release with nothing unexplained."""
    return Report(
        verdict=Verdict.CLEAR,
        score=0.0,
        old=(artifact("4.1.9"),),
        new=artifact("4.2.0"),
        findings=(),
        coverage=Coverage(members=40, bytes=353_990, unchanged=31, examined=9),
        assumptions=("example-agent 4.1.9 is assumed good: it is not in the file of accepted releases.",),
        changes=back_door().changes[4:5],
        timings=(("open", 0.08), ("probe", 0.2)),
    )


def review() -> Report:
    """Something a person should look at."""
    return replace(
        back_door(),
        verdict=Verdict.REVIEW,
        score=31.0,
        findings=(finding(), finding(title="New host: cdn.example", rule="reach.host", weight=4.0)),
        summary="",
    )


def undecided() -> Report:
    """Nothing found, and a part that nobody could look into."""
    gaps = (
        NotExamined("example_agent/vendor/big.bin", "over the limit max_probe_bytes (536,870,912 bytes)"),
        NotExamined("example_agent/locked.zip", "encrypted"),
    )
    coverage = Coverage(members=42, bytes=910_300_118, unchanged=30, examined=10, not_examined=gaps)
    return replace(clear(), verdict=Verdict.UNDECIDED, score=0.0, coverage=coverage)


def new_package() -> Report:
    """A package without any forerunner."""
    return replace(
        undecided(), old=(), new=artifact("0.0.1", name="example-forms"), coverage=clear().coverage
    )


def many_findings(count: int = 60, files: int = 12) -> Report:
    """A large update: `count` findings spread unevenly over `files` files."""
    severities = (Severity.BLOCK, Severity.REVIEW, Severity.NOTE, Severity.NOTE)
    findings = tuple(
        finding(
            rule=f"script.rule-{index % 7}",
            severity=severities[index % 4],
            title=f"Change number {index}",
            path=f"example_agent/part_{index % files:02d}/module.py",
            weight=float(count - index) / 10,
        )
        for index in range(count)
    )
    changes = tuple(
        Change(f"example_agent/part_{index:02d}/module.py", ChangeKind.CHANGED, "", 100, 200, float(index))
        for index in range(files)
    )
    return replace(back_door(), findings=findings, changes=changes)


def hostile() -> Report:
    """Every text of the accused carries something for the reader's screen."""
    findings = tuple(
        replace(
            finding(
                title=f"New: {text}", path=f"pkg/{text}", evidence=Evidence(where=text, line=7, excerpt=text)
            ),
            explanation=f"It says {text} here.",
            innocent=f"Or {text}.",
            settle=f"Ask {text}.",
            rule=f"script.{index}",
        )
        for index, text in enumerate(HOSTILE_TEXTS)
    )
    findings += (replace(findings[0], suppressed_by=f"owner: {HOSTILE_TEXTS[5]} (until 2027-01-31)"),)
    old = replace(artifact("1"), name=HOSTILE_TEXTS[0], version=HOSTILE_TEXTS[9], file_name=HOSTILE_TEXTS[6])
    new = replace(artifact("2"), name=HOSTILE_TEXTS[5], version=HOSTILE_TEXTS[4], file_name=HOSTILE_TEXTS[10])
    return Report(
        verdict=Verdict.BLOCK,
        score=77.0,
        old=(old,),
        new=new,
        findings=findings,
        coverage=Coverage(
            members=len(findings),
            bytes=1,
            examined=len(findings),
            not_examined=tuple(NotExamined(f"pkg/{text}", f"crashed: {text}") for text in HOSTILE_TEXTS),
        ),
        summary=" ".join(text[:200] for text in HOSTILE_TEXTS),
        assumptions=HOSTILE_TEXTS,
        changes=tuple(
            Change(f"pkg/{text}", ChangeKind.CHANGED, text, 1, 2, 1.0, (1, 2), (3, 64))
            for text in HOSTILE_TEXTS
        ),
        timings=(("open", 0.1),),
        notes=HOSTILE_TEXTS,
    )
