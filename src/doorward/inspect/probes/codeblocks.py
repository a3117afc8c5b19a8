"""Shapes of machine code that hide something: decoders, name hashing, walking the loader's lists.

Rule: byte patterns only *propose*; a short backward loop is believed when it disassembles from its
target, which a jump makes an instruction boundary, exactly to its branch. Its identity is the sequence
of mnemonics with kinds of operands: registers by size, no constants, no addresses. So the same loop
compiled elsewhere, or with other registers, is the same, and only new loops are new.

Handled: x86-64 and i386, which is what implants of public record were built for. Not handled: other
processors, and loops of more than 256 bytes; their payloads still show as opaque data.
Capstone sees only what patterns propose, which makes about 15 MB/s on one core.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b

import capstone

from doorward.inspect.probes.executable_kinds import (
    DECODER_LOOP,
    DIRECT_SYSCALL,
    HASH_LOOP,
    PEB_WALK,
    SANDBOX_CHECK,
    SELF_LOCATING,
)
from doorward.model.trait import Evidence, Trait

__all__ = ["code_traits"]

X86, X64 = 0x14C, 0x8664
PIECE = 8 * 1024 * 1024
MAX_PROPOSALS = 400_000
"""Loops disassembled in one file; libraries of numerics have 1,500 in a megabyte."""
MAX_VALUES = 2_000

BRANCH = re.compile(rb"[\x72-\x77\x7c-\x7f\xe2][\x80-\xf8]|\x0f[\x82-\x87\x8c-\x8f].\xff\xff\xff", re.DOTALL)
"""A conditional jump back by 8 to 128 bytes, or up to 256 in its long form."""
MIXING = re.compile(
    rb"(?<!\x24)[\x30-\x33][^\xc0\xc9\xd2\xdb\xe4\xed\xf6\xff]"  # xor, but not of a register with itself
    rb"|[\x80\x81\x83][\x30-\x37\x70-\x77\xb0-\xb7\xf0-\xf7]"  # xor with a constant
    rb"|[\x34\x35]."  # xor of al or eax
    rb"|(?:\x0f|[\xc4\xc5].{1,2})[\x57\xef][^\xc0\xc9\xd2\xdb\xe4\xed\xf6\xff]"  # xorps, pxor, vpxor
    rb"|\xc1[\xc0-\xcf][\x01-\x1f]|\xc0[\x00-\x0f\xc0-\xcf][\x01-\x07]|[\xd0\xd1][\xc0-\xcf]"  # rol, ror
    rb"|\xf6[\x10-\x17\x50-\x57\xd0-\xd7]"  # not
    rb"|\x80[\x28-\x2f\x68-\x6f\x00-\x03\x06\x07\x40-\x43\x46\x47]"  # add, sub of a byte in memory
    rb"|[\x00\x28][\x01-\x03\x06-\x0b\x0e-\x13\x16-\x1b\x1e\x1f].{0,10}\x48",  # add, sub of a register to one
    re.DOTALL,
)
"""An operation that ciphers use; searched only in the body of a short loop."""

PEB64 = re.compile(rb"\x65[\x48-\x4f]\x8b[\x04\x0c\x14\x1c\x24\x2c\x34\x3c]\x25\x60\0\0\0")
PEB64_INDIRECT = re.compile(
    rb"(?:[\xb8-\xbf]\x60\0\0\0|\x6a\x60[\x58-\x5f]).{0,12}?\x65[\x48-\x4f]\x8b[\0-\3\6-\x0b\x0e-\x13\x16-\x1b\x1e-\x3f]",
    re.DOTALL,
)
PEB32 = re.compile(rb"\x64(?:\xa1|\x8b[\x05\x0d\x15\x1d\x25\x2d\x35\x3d])\x30\0\0\0")
PEB32_INDIRECT = re.compile(
    rb"(?:[\xb8-\xbf]\x30\0\0\0|\x6a\x30[\x58-\x5f]).{0,8}?\x64\x8b[\0-\3\6-\x0b\x0e-\x13\x16-\x1b\x1e-\x3f]",
    re.DOTALL,
)
SYSCALL_WINDOWS = re.compile(
    rb"(?:\x4c\x8b\xd1|\x49\x89\xca)(?:.{0,6}?\xb8..\0\0)?.{0,16}?\x0f\x05", re.DOTALL
)
SYSCALL_LINUX = re.compile(rb"(?:\xb8..\0\0|\x6a.\x58).{0,24}?\x0f\x05", re.DOTALL)
INTERRUPT_LINUX = re.compile(rb"(?:\xb8..\0\0|\xb0.|\x6a.\x58).{0,16}?\xcd\x80", re.DOTALL)
GET_ADDRESS = re.compile(rb"\xe8\0\0\0\0(?:[\x58-\x5f]|\x41[\x58-\x5f])")
HYPERVISOR = re.compile(rb"\xb8\0\0\0\x40.{0,8}?\x0f\xa2", re.DOTALL)
TIMESTAMP = re.compile(rb"\x0f\x31.{0,12}?\x48\xc1\xe2\x20", re.DOTALL)

ROTATES = frozenset({"rol", "ror", "rcl", "rcr"})
SHIFTS = frozenset({"shl", "shr", "sar"})
VECTOR = frozenset({"pxor", "xorps", "xorpd", "vpxor", "vxorps"})
ARITHMETIC = frozenset({"add", "sub", "not", "rol", "ror"})
IMPLAUSIBLE = re.compile(
    r"in|out|[io]uts?[bwd]|ins[bwd]|hlt|iret[dq]?|loopn?e|l[edsfg]s|enter|leave|arpl|cli|sti|retf?|xlatb|[sl]ahf|int\d?"
    r"|into|p(op|ush)\w*|call|l?jmp|f\w+|cmc|std|[ad]a[asmd]|cwde|cdq|wait"
)
"""Instructions that no compiler puts into a tight loop: such a loop calls, or is data read as code."""
STEPS = frozenset({"inc", "dec", "add", "sub", "lea"})
WIDE = re.compile(r"e[a-ds]|r[a-ds]|r\d+d?[, ]|r\d+d?$")
"""A register as wide as an address, or its lower half."""
FLAGGING = frozenset({"cmp", "test", "inc", "dec", "add", "sub", "and", "or", "xor", "shr", "neg"})
ZEROS = frozenset({("add", "byte ptr [rax], al"), ("add", "byte ptr [eax], al")})
PARTS = re.compile(
    r"[re]?([abcd])x|([abcd])[hl]|[re]?([sd]i)l?|[re]?([sb]p)l?|(r\d+)[dwb]?|([xyz]mm\d+)|([mk]m?\d)"
)
Instruction = tuple[int, str, str]
"""Size, mnemonic and operands."""
REGISTER = re.compile(r"\b(?:[re]?[abcd]x|[abcd][hl]|[re]?[sd]il?|[re]?[sb]pl?|r\d+[dwb]?|[xyz]mm\d+|mm\d)\b")


def code_traits(
    data: bytes, spans: Iterable[tuple[int, int]], *, machine: int, windows: bool
) -> Iterator[Trait]:
    """Yield the shapes found in executable bytes, each kind and key once.

    Args:
        data: the file.
        spans: (offset, end) of what may run.
        machine: as PE numbers them; anything but x86 and x86-64 yields nothing.
        windows: whether it runs there: the process environment block and system calls differ.
    """
    if machine not in {X86, X64}:
        return
    shapes = _Shapes(data, wide=machine == X64)
    reached = 0
    for first, end in sorted(spans):
        start = max(first, reached)  # hostile headers may let many sections claim the same bytes
        reached = max(reached, end)
        for base in range(start, end, PIECE):
            stop = min(base + PIECE + 256, end)
            shapes.loops(base, stop)
            for kind, key, pattern in _patterns(wide=machine == X64, windows=windows):
                shapes.plain(kind, key, pattern, base, stop)
    yield from shapes.traits()


def _patterns(*, wide: bool, windows: bool) -> Iterator[tuple[str, str, re.Pattern[bytes]]]:
    if windows:
        for pattern in (PEB64, PEB64_INDIRECT) if wide else (PEB32, PEB32_INDIRECT):
            yield PEB_WALK.name, "peb", pattern
    if wide:
        yield DIRECT_SYSCALL.name, "syscall", SYSCALL_WINDOWS if windows else SYSCALL_LINUX
        yield SELF_LOCATING.name, "call-next", GET_ADDRESS
        yield SANDBOX_CHECK.name, "timestamp", TIMESTAMP
    elif not windows:
        yield DIRECT_SYSCALL.name, "syscall", INTERRUPT_LINUX
    yield SANDBOX_CHECK.name, "hypervisor", HYPERVISOR


class _Shapes:
    """What was found so far: for each kind and key, identities and the first place."""

    def __init__(self, data: bytes, *, wide: bool) -> None:
        self.data = data
        self.engine = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64 if wide else capstone.CS_MODE_32)
        self.found: dict[tuple[str, str], dict[str, tuple[int, str]]] = defaultdict(dict)
        self.counts: dict[tuple[str, str], int] = defaultdict(int)
        self.proposals = 0
        self.seen: set[int] = set()

    def loops(self, start: int, end: int) -> None:
        """Examine every proposed loop in a stretch, each once."""
        data, seen, mixes = self.data, self.seen, MIXING.search
        for match in BRANCH.finditer(data, start, end):
            branch, after = match.span()
            target = after + data[branch + 1 + (after - branch > 2)] - 256
            if target >= start and branch not in seen and mixes(data, target, branch):
                if self.proposals >= MAX_PROPOSALS:
                    return
                seen.add(branch)
                self.proposals += 1
                self._loop(target, branch, after)

    def _loop(self, target: int, branch: int, after: int) -> None:
        body: list[Instruction] = []
        reached = target
        for _, size, name, text in self.engine.disasm_lite(self.data[target:after], 0):
            if IMPLAUSIBLE.fullmatch(name) or len(body) >= 64:
                return
            body.append((size, name, text))
            reached += size
        if reached != after or len(body) < 3 or body[-1][0] != after - branch:
            return
        found = _meaning(body)
        if found:
            text = "\n".join(f"{name} {operands}" for _, name, operands in body)
            self._note(found, _identity(body), target, text)

    def plain(self, kind: str, key: str, pattern: re.Pattern[bytes], start: int, end: int) -> None:
        """Note every place of a pattern that needs no disassembly to be believed."""
        for match in pattern.finditer(self.data, start, end):
            code = self.data[match.start() : match.end() + 24]
            body = [(size, name, text) for _, size, name, text in self.engine.disasm_lite(code, 0, 8)]
            text = "\n".join(f"{name} {operands}" for _, name, operands in body)
            self._note((kind, key), _identity(body), match.start(), text)

    def _note(self, key: tuple[str, str], identity: str, offset: int, text: str) -> None:
        self.counts[key] += 1
        if len(self.found[key]) < MAX_VALUES:
            self.found[key].setdefault(identity, (offset, text))

    def traits(self) -> Iterator[Trait]:
        """Yield one trait for each kind and key."""
        for (kind, key), places in sorted(self.found.items()):
            offset, text = min(places.values())
            evidence = Evidence(offset=offset, excerpt=text[:1500])
            yield Trait(kind, key, self.counts[kind, key], evidence, values=tuple(sorted(places)))


def _meaning(body: list[Instruction]) -> tuple[str, str] | None:
    """What a loop does, or None: it must change a value, and store it or gather it from memory."""
    if not _plausible(body):
        return None
    names = {name for _, name, _ in body}
    key = _decoding(body)
    if key:
        return DECODER_LOOP.name, key
    if not any("byte ptr [" in text or name.startswith("lods") for _, name, text in body):
        return None
    if names & ROTATES and names & {"add", "xor", "lea"}:
        return HASH_LOOP.name, "rotate"
    mixes = any(name == "xor" and _differ(text) for _, name, text in body)
    return (HASH_LOOP.name, "multiply") if mixes and "imul" in names else None


def _plausible(body: list[Instruction]) -> bool:
    """Whether this is a loop over memory: it steps a register that addresses it, and then tests."""
    if any((name, text) in ZEROS for _, name, text in body):
        return False
    if body[-1][1] != "loop" and not any(name in FLAGGING for _, name, _ in body[-3:-1]):
        return False
    stepped = _stepped(body)
    if {"lodsb", "stosb"} <= {name for _, name, _ in body}:
        stepped |= {"si", "di"}
    addresses = {part for _, _, text in body if "[" in text for part in _address(text)}
    return bool(stepped & addresses - {"sp"})


def _stepped(body: list[Instruction]) -> set[str]:
    """Registers that a round moves on."""
    return {_family(text.partition(",")[0]) for _, name, text in body if name in STEPS and WIDE.match(text)}


def _address(operands: str) -> set[str]:
    """Registers inside the brackets, one name each."""
    inner = operands[operands.index("[") + 1 :].partition("]")[0]
    return {_family(part) for part in re.split(r"[-+* ]+", inner) if part}


def _decoding(body: list[Instruction]) -> str:
    """How a loop changes what it stores; empty if what it stores was not mixed with anything.

    A register that an XOR wrote carries the mark through moves and arithmetic to the store. Two rounds,
    because the store may stand before the XOR of the round before.
    """
    mixed: set[str] = set()
    stepped = _stepped(body)
    for _, name, text in (*body, *body):
        target, _, source = (part.strip() for part in text.partition(","))
        changes = (name == "xor" or name in VECTOR) and _differ(text)
        if "[" in target:
            if changes or (name.startswith(("mov", "vmov")) and _family(source) in mixed):
                return _mixture({each for _, each, _ in body}, vector="mm" in text)
            if name in ARITHMETIC and target.startswith("byte ptr [") and _address(target) & stepped:
                return "arithmetic"
        elif changes or _family(source) in mixed:
            mixed.add(_family(target))
        elif name.startswith(("mov", "lea")):
            mixed.discard(_family(target))
    return ""


@lru_cache(maxsize=4096)
def _family(register: str) -> str:
    """One name for a register whatever its width; the text itself for anything else."""
    match = PARTS.fullmatch(register.rpartition(",")[2].strip())
    return next((part for part in match.groups() if part), register) if match else register


def _mixture(names: set[str], *, vector: bool) -> str:
    if vector:
        return "vector-xor"
    if names & ROTATES:
        return "xor-rotate"
    if names & {"imul", "mul"}:
        return "xor-multiply"
    return "xor-shift" if names & SHIFTS else "xor"


def _differ(operands: str) -> bool:
    """Whether the operands are not one register twice, which only clears it."""
    parts = [part.strip() for part in operands.split(",")]
    return len(set(parts)) > 1 or len(parts) == 1


def _identity(body: list[Instruction]) -> str:
    """Digest of mnemonics and kinds of operands."""
    lines = [f"{name} {','.join(map(_kind, operands.split(',')))}" for _, name, operands in body]
    return blake2b("\n".join(lines).encode(), digest_size=8).hexdigest()


def _kind(operand: str) -> str:
    operand = operand.strip()
    if "[" in operand:
        return operand.partition(" ")[0] + " m"
    if not operand:
        return ""
    return "r" if REGISTER.fullmatch(operand) else "i"
