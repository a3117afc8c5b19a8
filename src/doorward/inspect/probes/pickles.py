"""Pickles: which code a file names and calls when somebody loads it; it is never loaded here.

Rule: the opcodes are walked (`pickletools.genops`, PEP 307, PEP 574) with as much of a stack as it takes
to know the strings that STACK_GLOBAL joins; GLOBAL, INST and STACK_GLOBAL name code, REDUCE, INST, OBJ
and NEWOBJ run it. Streams that follow each other, the object arrays of NumPy files, and zlib or gzip
around a pickle are walked too. The file's name does not decide: whatever begins like a pickle is one.
"""

from __future__ import annotations

import io
import pickletools
import re
import zlib
from collections.abc import Iterator
from typing import ClassVar

from doorward.inspect.probes.hooks_gather import gathered
from doorward.inspect.probes.interface import CannotRead, Subject
from doorward.inspect.probes.pickles_kinds import BROKEN, CALL, GLOBAL, KINDS
from doorward.inspect.probes.reach_tlds import words
from doorward.model.trait import Evidence, Trait, TraitKind

__all__ = ["PicklesProbe"]

SUFFIXES = (
    ".pkl", ".pickle", ".p", ".pck", ".joblib", ".dill", ".cloudpickle", ".pt", ".pth", ".ckpt", ".sav",
    ".npy",
)  # fmt: skip
BINARY = re.compile(
    rb"\x80[\x02-\x05](?:\x95.{7}\x00|[c}\](NKMJ\x8a\x8c\x8dX\x88\x89U\x8e\x80\x8fCBG])", re.DOTALL
)
TEXT = re.compile(rb"(?:[\])}]q\x00|\(?[ci][A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n|\((?:dp|lp)?\d*\n)")
NUMPY_OBJECTS = re.compile(rb"\x93NUMPY[\x01-\x03]\x00.{2,4}\{[^}]*'descr':\s*(?:'\|O|\[.*'\|O)", re.DOTALL)
WALK_LIMIT = 256 * 1024 * 1024
INFLATE_LIMIT = 64 * 1024 * 1024
MAX_STREAMS = 64
MAX_OPCODES = 3_000_000
"""About ten seconds of walking."""

BENIGN = words(
    "builtins.set builtins.frozenset builtins.dict builtins.list builtins.tuple builtins.bytearray"
    " builtins.bytes builtins.complex builtins.range builtins.slice builtins.object builtins.int"
    " builtins.float builtins.str builtins.bool builtins.Ellipsis builtins.NotImplemented"
    " collections.OrderedDict collections.defaultdict collections.deque collections.Counter"
    " copyreg._reconstructor copy_reg._reconstructor copyreg.__newobj__ _codecs.encode"
    " datetime.datetime datetime.date datetime.time datetime.timedelta datetime.timezone decimal.Decimal"
    " fractions.Fraction uuid.UUID pathlib.Path pathlib.PosixPath pathlib.PurePosixPath pathlib.WindowsPath"
    " numpy.ndarray numpy.dtype numpy.core.multiarray._reconstruct numpy._core.multiarray._reconstruct"
    " numpy.core.multiarray.scalar numpy._core.multiarray.scalar numpy.core.numeric._frombuffer"
    " numpy._core.numeric._frombuffer numpy.random._pickle.__randomstate_ctor"
    " numpy.random._pickle.__bit_generator_ctor numpy.random._pickle.__generator_ctor"
    " torch._utils._rebuild_tensor_v2 torch._utils._rebuild_tensor torch._utils._rebuild_parameter"
    " torch._utils._rebuild_qtensor torch._tensor._rebuild_from_type_v2 torch.Size torch.device"
    " joblib.numpy_pickle.NumpyArrayWrapper pandas.core.internals.blocks.new_block"
    " pandas._libs.internals._unpickle_block pandas.core.indexes.base._new_Index"
    " scipy.sparse._csr.csr_matrix"
)
"""Callables that only make values (documentation of the modules named): no file, process or network."""
OLD_NAMES = {"__builtin__": "builtins", "exceptions": "builtins", "copy_reg": "copyreg"}
STRINGS = frozenset(
    ["SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE", "STRING", "BINSTRING", "SHORT_BINSTRING"]
)


class PicklesProbe:
    """Walks pickles without loading them."""

    name: ClassVar[str] = "pickles"
    version: ClassVar[int] = 1
    kinds: ClassVar[tuple[TraitKind, ...]] = KINDS

    def accepts(self, path: str, head: bytes) -> bool:
        """Whatever begins like a pickle, and files by a name of one that are no archive or text."""
        if BINARY.match(head) or NUMPY_OBJECTS.match(head) or TEXT.match(head):
            return True
        return path.lower().endswith(SUFFIXES) and not head.startswith((b"PK", b"import ", b"\x93NUMPY"))

    def examine(self, subject: Subject) -> Iterator[Trait]:
        """Yield what is named and called."""
        data = subject.data[:WALK_LIMIT]
        if NUMPY_OBJECTS.match(data[:4096]):
            data = data[data.find(b"\n") + 1 :]
        walked = Streams(inflated(data))
        yield from gathered(walked.traits(), subject.limits.max_traits)
        if walked.unfinished:
            raise CannotRead(f"a pickle of more than {MAX_OPCODES} opcodes: the rest was not walked")


def inflated(data: bytes) -> bytes:
    """The content of a zlib or gzip stream; anything else as it is."""
    if data[:2] not in {b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda", b"\x1f\x8b", b"\x78\x03"}:
        return data
    try:
        return zlib.decompressobj(47).decompress(data, INFLATE_LIMIT)
    except zlib.error:
        return data


class Streams:
    """Pickles that follow each other, until something else does."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.unfinished = False

    def traits(self) -> Iterator[Trait]:
        """Walk one after the other."""
        stream = io.BytesIO(self.data)
        for _ in range(MAX_STREAMS):
            start = stream.tell()
            if start >= len(self.data):
                return
            walk = Walk()
            try:
                for count, (opcode, argument, position) in enumerate(pickletools.genops(stream)):
                    yield from walk.step(opcode, argument, position or start)
                    if count > MAX_OPCODES:
                        self.unfinished = True
                        return
            except Exception as error:  # noqa: BLE001 - genops raises whatever its argument readers raise
                if walk.called:
                    yield Trait(
                        BROKEN.name, "breaks off", evidence=Evidence(offset=start, excerpt=str(error))
                    )
                return


class Code(str):
    """The dotted name of something imported, among the strings of a stack."""

    __slots__ = ()


class Walk:
    """An unpickler's stack and memo, holding strings and names of code; all else is None.

    What each opcode takes and leaves is pickletools' own table, so the callable of a REDUCE is the one
    below its arguments, whatever names stand in between.
    """

    def __init__(self) -> None:
        self.stack: list[str | None] = []
        self.marks: list[int] = []
        self.memo: dict[int, str | None] = {}
        self.called = False

    def step(self, opcode: pickletools.OpcodeInfo, argument: object, position: int) -> Iterator[Trait]:
        """Follow one opcode."""
        name = opcode.name
        if name == "MARK":
            self.marks.append(len(self.stack))
        elif name in MEMOIZING:
            index = argument if isinstance(argument, int) else len(self.memo)
            self.memo[index] = self.stack[-1] if self.stack else None
        elif name in RECALLING:
            self.stack.append(self.memo.get(argument) if isinstance(argument, int) else None)
        elif name == "DUP":
            self.stack.append(self.stack[-1] if self.stack else None)
        else:
            operands = self.operands(opcode)
            result: str | None = str(argument) if name in STRINGS else None
            if name in NAMING:
                result = self.code(name, argument, operands)
                yield Trait(GLOBAL.name, result, evidence=Evidence(offset=position, excerpt=result))
            called = result if name == "INST" else operands[0] if name in CALLING and operands else None
            if name == "INST" or name in CALLING:
                yield from self.call(called, position)
            self.stack.extend([result] + [None] * (len(opcode.stack_after) - 1) if opcode.stack_after else [])

    def operands(self, opcode: pickletools.OpcodeInfo) -> list[str | None]:
        """Take what the opcode takes: everything down to the last mark, or so many values."""
        if pickletools.stackslice in opcode.stack_before:
            at = self.marks.pop() if self.marks else 0
            below = len(opcode.stack_before) - opcode.stack_before.index(pickletools.markobject)
            taken = self.stack[at:]
            del self.stack[max(0, at - (len(opcode.stack_before) - below)) :]
            return taken
        count = len(opcode.stack_before)
        taken = self.stack[len(self.stack) - count :] if count else []
        del self.stack[max(0, len(self.stack) - count) :]
        return taken

    def code(self, name: str, argument: object, operands: list[str | None]) -> Code:
        """The name that a naming opcode imports."""
        if name == "STACK_GLOBAL":
            known = len(operands) == 2 and all(part is not None for part in operands)
            dotted = ".".join(str(part) for part in operands) if known else "computed"
        elif name in {"GLOBAL", "INST"}:
            dotted = str(argument).replace(" ", ".", 1)
        else:
            dotted = f"copyreg extension {argument}"
        head, _, rest = dotted.partition(".")
        return Code((f"{OLD_NAMES.get(head, head)}.{rest}" if rest else dotted)[:400])

    def call(self, called: str | None, position: int) -> Iterator[Trait]:
        """Something is called: named, made by an earlier call, or not to be told."""
        key = str(called) if isinstance(called, Code) else "computed"
        if key not in BENIGN:
            self.called = True
            yield Trait(CALL.name, key, evidence=Evidence(offset=position, excerpt=key))


MEMOIZING = frozenset({"MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"})
RECALLING = frozenset({"GET", "BINGET", "LONG_BINGET"})
NAMING = frozenset({"GLOBAL", "INST", "STACK_GLOBAL", "EXT1", "EXT2", "EXT4"})
CALLING = frozenset({"REDUCE", "OBJ", "NEWOBJ", "NEWOBJ_EX"})
