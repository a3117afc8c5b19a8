"""Where values come from and where they go, within the functions of one Python file.

Each expression carries a set of labels (decoded, from the network, from DNS, secret, of the host,
from a file, encoded), each name the labels of what was bound to it, in source order; attributes are
known by their name for the whole file. Functions of the file are summed up (what they return, which
parameters reach which sink), so a payload may pass through them. Labels are only ever joined: an
overwritten name keeps them, which errs towards telling. Done only for files that have both a source
and a sink.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Final

from doorward.inspect.probes.capabilities import FLOWS
from doorward.inspect.probes.capabilities_python import labels_of, sinks_of
from doorward.inspect.probes.python_walk import Body, Walk, is_byte_arithmetic, is_decoding, is_reversal

__all__ = ["follow"]

BITS: Final = {
    name: 1 << number
    for number, name in enumerate(("decoded", "network", "dns", "file", "secret", "host", "encoded"))
}
FIRST_PARAMETER: Final = 1 << 8
PARAMETERS: Final = 12
KNOWN: Final = FIRST_PARAMETER - 1
ROUNDS: Final = 3
"""Values pass through at most this many functions."""
DEPTH: Final = 80
SOURCES: Final = frozenset(
    (
        "decode",
        "network",
        "dns",
        "environment-bulk",
        "credentials",
        "host-info",
        "encode",
        "self-read",
        "environment",
    )
)
SINK_ABILITIES: Final = frozenset(
    ("dynamic-code", "process", "native", "dynamic-import", "network", "dns", "filesystem-write")
)
KEPT: Final = frozenset(
    (
        "exists",
        "isfile",
        "isdir",
        "startswith",
        "endswith",
        "is_file",
        "is_dir",
        "isinstance",
        "len",
        "index",
        "count",
        "find",
    )
)
"""Calls whose result tells too little of their arguments to carry their labels."""


@dataclass(slots=True)
class Summary:
    """What is known of one function of the file."""

    returns: int = 0
    sinks: dict[str, int] = field(default_factory=dict)
    """Kind of sink → labels, parameters among them."""


class Flow:
    """The flows of one file."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.summaries: dict[str, Summary] = {}
        self.attributes: dict[str, int] = {}
        self.shared: dict[str, int] = {}
        """Labels of module-level names."""
        self.env: dict[str, int] = {}
        self.body: Body = walk.module
        self.summary = Summary()
        self.steps = 0

    def run(self) -> None:
        """Read every function until nothing new is learnt, at most `ROUNDS` times."""
        for _ in range(ROUNDS):
            before = (
                dict(self.attributes),
                {name: (known.returns, dict(known.sinks)) for name, known in self.summaries.items()},
            )
            for body in self.walk.bodies:
                self.read(body)
            after = (
                self.attributes,
                {name: (known.returns, known.sinks) for name, known in self.summaries.items()},
            )
            if before == after:
                break

    def read(self, body: Body) -> None:
        """One function, in source order."""
        self.body = body
        self.summary = self.summaries.setdefault(body.function.name, Summary())
        names = self.walk.names
        names.local_aliases, names.local_constants = body.aliases, body.constants
        outer = body is self.walk.module or body.node is None
        self.env = self.shared if outer else {}
        if isinstance(body.node, ast.FunctionDef | ast.AsyncFunctionDef):
            for number, name in enumerate(parameters(body.node, method=bool(body.owner))):
                self.env[name] = FIRST_PARAMETER << number
        for statement, _ in body.statements:
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:  # noqa: C901, PLR0912 - one plain branch for each case
        """Bindings, returns, and expressions for their calls."""
        if isinstance(node, ast.Assign):
            labels = self.labels(node.value)
            for target in node.targets:
                self.bind(target, labels)
        elif isinstance(node, ast.AugAssign):
            labels = self.labels(node.value)
            if isinstance(node.op, ast.BitXor) and self.in_decoder():
                labels |= BITS["decoded"]
            self.bind(node.target, labels)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                self.bind(node.target, self.labels(node.value))
        elif isinstance(node, ast.Return):
            if node.value is not None:
                self.summary.returns |= self.labels(node.value)
        elif isinstance(node, ast.For | ast.AsyncFor):
            self.bind(node.target, self.labels(node.iter))
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                labels = self.labels(item.context_expr)
                if item.optional_vars is not None:
                    self.bind(item.optional_vars, labels)
        elif isinstance(node, ast.Expr):
            self.labels(node.value)
        elif isinstance(node, ast.If | ast.While):
            self.labels(node.test)
        elif isinstance(node, ast.Match):
            self.labels(node.subject)

    def bind(self, target: ast.expr, labels: int) -> None:
        """Join labels onto whatever is bound."""
        if not labels:
            return
        if isinstance(target, ast.Name):
            self.env[target.id] = self.env.get(target.id, 0) | labels
        elif isinstance(target, ast.Attribute):
            known = labels & KNOWN
            if known:
                self.attributes[target.attr] = self.attributes.get(target.attr, 0) | known
        elif isinstance(target, ast.Subscript | ast.Starred):
            self.bind(target.value, labels)
        elif isinstance(target, ast.Tuple | ast.List):
            for element in target.elts:
                self.bind(element, labels)

    def labels(self, node: ast.AST | None, depth: int = 0) -> int:  # noqa: C901, PLR0911, PLR0912 - one plain branch for each case
        """The labels of an expression; calls in it are held against the sinks on the way."""
        if node is None or depth > DEPTH:
            return 0
        kind = type(node)
        if kind is ast.Constant:
            return 0
        if kind is ast.Name:
            return self.name_labels(node)  # type: ignore[arg-type] # compared above
        if kind is ast.Call:
            return self.call_labels(node, depth + 1)  # type: ignore[arg-type] # compared above
        if kind is ast.Attribute:
            return self.attribute_labels(node, depth + 1)  # type: ignore[arg-type] # compared above
        result = 0
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            for generator in node.generators:
                self.bind(generator.target, self.labels(generator.iter, depth + 1))
        elif isinstance(node, ast.NamedExpr):
            result = self.labels(node.value, depth + 1)
            self.bind(node.target, result)
            return result
        elif isinstance(node, ast.BinOp) and is_byte_arithmetic(node) and self.in_decoder():
            result = BITS["decoded"]
        elif isinstance(node, ast.Subscript) and is_reversal(node.slice):
            if len(self.walk.names.text(node.value)) >= 16:
                return BITS["decoded"]
        elif isinstance(node, ast.Compare):
            for side in (node.left, *node.comparators):
                self.labels(side, depth + 1)
            return 0
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr | ast.keyword | ast.comprehension):
                result |= self.labels(child, depth + 1)
        return result

    def in_decoder(self) -> bool:
        """Whether byte arithmetic here is part of a function that was found to decode."""
        return (
            bool(self.body.arithmetic and self.body.bytewise) or "decode" in self.body.function.capabilities
        )

    def name_labels(self, node: ast.Name) -> int:
        """What a name carries: bound here, at module level, or by import."""
        result = self.env.get(node.id, 0) | self.shared.get(node.id, 0)
        name = self.walk.names.head(node.id)
        return result | self.reference(name) if name else result

    def attribute_labels(self, node: ast.Attribute, depth: int) -> int:
        """What an attribute carries."""
        name = self.walk.names.dotted(node)
        if name:
            return self.reference(name) | self.labels(node.value, depth)
        return self.attributes.get(node.attr, 0) | self.labels(node.value, depth)

    def reference(self, name: str) -> int:
        """What naming something carries: the environment as a whole, or a made object."""
        if name in {"os.environ", "os.environb"} or name.startswith(
            ("os.environ.copy", "os.environ.items", "os.environ.values")
        ):
            return BITS["secret"]
        if "()" in name:
            return BITS.get(labels_of(name), 0)
        return 0

    def call_labels(self, node: ast.Call, depth: int) -> int:
        """What a call's result carries; where the call is a sink, what flows in is noted."""
        arguments = [self.labels(argument, depth) for argument in node.args]
        named = {keyword.arg or "**": self.labels(keyword.value, depth) for keyword in node.keywords}
        inflow = 0
        for labels in (*arguments, *named.values()):
            inflow |= labels
        func = node.func
        receiver = self.labels(func.value, depth) if isinstance(func, ast.Attribute) else 0
        name = self.walk.names.dotted(func)
        last = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
        if isinstance(func, ast.Call):
            receiver |= self.labels(func, depth)
        if is_decoding(node, self.walk.names):
            return inflow | receiver | BITS["decoded"]
        if name:
            return self.named_call(node, name, arguments, named, inflow | receiver)
        local = self.callee(func)
        if local:
            return self.local_call(node, local, arguments, named) | (receiver & KNOWN)
        if last in {"append", "extend", "update", "write", "add", "insert", "push"} and isinstance(
            func, ast.Attribute
        ):
            self.bind(func.value, inflow)
        if last in KEPT:
            return 0
        return inflow | receiver

    def named_call(  # noqa: C901 - one plain branch for each case
        self, node: ast.Call, name: str, arguments: list[int], named: dict[str, int], inflow: int
    ) -> int:
        """A call of a canonical name."""
        if name.startswith(("os.environ.get", "os.getenv")) or name.rpartition(".")[2] in KEPT:
            return 0
        sink = sinks_of(name)
        if sink:
            given = inflow
            if sink == "process":
                given = 0
                for labels in arguments:
                    given |= labels
                for word, labels in named.items():
                    given |= labels if word not in {"env", "cwd", "stdin", "stdout", "stderr"} else 0
            self.sink(sink, given, node.lineno)
            if name.startswith("ctypes.") and name.endswith((".CDLL", ".WinDLL")):
                return 0
        label = labels_of(name)
        if label:
            result = BITS.get(label, 0)
            if label in {"decoded", "encoded"}:
                result |= inflow
            return result
        if name == "os.environ.copy":
            return BITS["secret"]
        if sink and sink not in {"dynamic-code", "import"}:
            return 0
        return inflow

    def local_call(self, node: ast.Call, name: str, arguments: list[int], named: dict[str, int]) -> int:
        """A call of a function of this file, by what is known of it."""
        known = self.summaries.get(name)
        if known is None:
            return 0
        body = next((body for body in self.walk.bodies if body.function.name == name), None)
        given = list(arguments)
        if body is not None and isinstance(body.node, ast.FunctionDef | ast.AsyncFunctionDef) and named:
            order = parameters(body.node, method=bool(body.owner))
            given += [0] * (len(order) - len(given))
            for word, labels in named.items():
                if word in order:
                    given[order.index(word)] |= labels
        for sink, labels in known.sinks.items():
            self.sink(sink, passed(labels & ~KNOWN, given), node.lineno)
        return (known.returns & KNOWN) | passed(known.returns, given)

    def callee(self, func: ast.expr) -> str:
        """The function of this file that is called, or the empty string."""
        if isinstance(func, ast.Name):
            return self.walk.local.get(func.id, "")
        if isinstance(func, ast.Attribute):
            known = self.walk.methods.get(func.attr, [])
            if len(known) == 1:
                return known[0]
        return ""

    def sink(self, sink: str, labels: int, line: int) -> None:
        """Note what flows into a sink here; what came in by parameters is the callers' business."""
        if not labels:
            return
        self.summary.sinks[sink] = self.summary.sinks.get(sink, 0) | labels
        for source in FLOWS.get(sink, ()):
            if labels & BITS[source]:
                self.body.function.flows.setdefault(f"{source}-to-{sink}", line)


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef, *, method: bool) -> list[str]:
    """Names of the parameters that are followed, without `self`."""
    names = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    if method and names[:1] in (["self"], ["cls"]):
        names = names[1:]
    return names[:PARAMETERS]


def passed(labels: int, given: list[int]) -> int:
    """The labels of the arguments whose parameters are among these labels."""
    result = 0
    for number, argument in enumerate(given[:PARAMETERS]):
        if labels & (FIRST_PARAMETER << number):
            result |= argument
    return result


def follow(walk: Walk) -> None:
    """Add the flows of one file to its functions, if it has a source and a sink at all."""
    able = {capability for body in walk.bodies for capability in body.function.capabilities}
    # Reading a file is no capability, yet a file that is executed is a flow: dynamic code is enough.
    if (able & SOURCES and able & SINK_ABILITIES) or "dynamic-code" in able:
        Flow(walk).run()
