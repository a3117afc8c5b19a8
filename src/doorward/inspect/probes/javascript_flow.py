"""Where values come from and where they go in a JavaScript or TypeScript file.

The same labels and sinks as for Python, over the syntax tree: closures see the names around them,
callbacks get the labels of what they are called for (`https.get(url, res => …)`, `.then(text => …)`),
functions of the file are summed up and used at their calls. Only ever joined, bounded in steps, and
done only where a source and a sink exist. In large bundles only the surroundings of sinks are read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from doorward.inspect.probes.capabilities import FLOWS
from doorward.inspect.probes.capabilities_javascript import GLOBALS, labels_of, sinks_of
from doorward.inspect.probes.javascript_tree import FUNCTIONS, GLOBAL_OBJECTS, Node, arguments
from doorward.inspect.probes.javascript_walk import JavaScriptWalk, normal_module

__all__ = ["follow"]

BITS: Final = {
    name: 1 << number
    for number, name in enumerate(("decoded", "network", "dns", "file", "secret", "host", "encoded"))
}
FIRST_PARAMETER: Final = 1 << 8
PARAMETERS: Final = 10
KNOWN: Final = FIRST_PARAMETER - 1
ROUNDS: Final = 2
DEPTH: Final = 150
STEPS: Final = 400_000
"""Nodes that are visited in one file."""
WHOLE: Final = 300_000
"""Bytes up to which a file is read as a whole."""
AROUND: Final = 60_000
"""Bytes around a sink that are read in larger files."""
SOURCES: Final = frozenset(
    ("decode", "network", "dns", "environment-bulk", "credentials", "host-info", "encode")
)
SINK_ABILITIES: Final = frozenset(
    ("dynamic-code", "process", "native", "dynamic-import", "network", "dns", "filesystem-write")
)
KEPT: Final = frozenset(
    [
        "existsSync",
        "indexOf",
        "includes",
        "startsWith",
        "endsWith",
        "test",
        "has",
        "isArray",
        "hasOwnProperty",
        "lastIndexOf",
        "log",
        "error",
        "warn",
    ]
)
"""Calls whose result tells too little of their arguments to carry their labels."""
ENCODINGS: Final = frozenset(("base64", "hex", "base64url"))


@dataclass(slots=True)
class Summary:
    """What is known of one function of the file."""

    returns: int = 0
    sinks: dict[str, int] = field(default_factory=dict)


class Scope:
    """Names bound in one function, and the functions around it."""

    __slots__ = ("labels", "outer", "summary")

    def __init__(self, outer: Scope | None, summary: Summary) -> None:
        self.labels: dict[str, int] = {}
        self.outer = outer
        self.summary = summary

    def get(self, name: str) -> int:
        """The labels of a name here or around."""
        here: Scope | None = self
        result = 0
        while here is not None:
            result |= here.labels.get(name, 0)
            here = here.outer
        return result

    def put(self, name: str, labels: int) -> None:
        """Join labels onto a name: where it is bound, or here."""
        here: Scope | None = self
        while here is not None:
            if name in here.labels:
                here.labels[name] |= labels
                return
            here = here.outer
        self.labels[name] = labels


class Flow:
    """The flows of one file."""

    def __init__(self, walk: JavaScriptWalk) -> None:
        self.walk = walk
        self.tree = walk.tree
        self.summaries: dict[str, Summary] = {}
        self.members: dict[str, int] = {}
        self.steps = 0

    def run(self) -> None:
        """Read the file, or the surroundings of its sinks, twice."""
        for _ in range(ROUNDS):
            self.steps = 0
            for root in self.roots():
                self.labels(root, Scope(None, Summary()), 0)

    def roots(self) -> list[Node]:
        """What is to be read."""
        if len(self.tree.data) <= WHOLE:
            return [self.tree.root]
        found: dict[int, Node] = {}
        for site in self.walk.sites:
            if site.capability not in SINK_ABILITIES or len(found) >= 100:
                continue
            node = self.tree.root.descendant_for_byte_range(site.offset, site.offset + 1)
            best: Node | None = None
            while node is not None and node.end_byte - node.start_byte <= AROUND:
                best = node
                node = node.parent
            if best is not None:
                found[best.id] = best
        return list(found.values())

    def labels(self, node: Node | None, scope: Scope, depth: int) -> int:
        """The labels of an expression; statements are read for what they bind and call."""
        self.steps += 1
        if node is None or depth > DEPTH or self.steps > STEPS:
            return 0
        kind = node.type
        if kind in LEAVES:
            return 0
        reader = READERS.get(kind)
        if reader is not None:
            return reader(self, node, scope, depth + 1)
        if kind in FUNCTIONS:
            return self.function(node, scope, depth + 1, 0)
        result = 0
        for child in node.named_children:
            result |= self.labels(child, scope, depth + 1)
        return result

    def identifier(self, node: Node, scope: Scope, _depth: int) -> int:
        """What a name carries."""
        return scope.get(self.tree.text(node))

    def function(self, node: Node, scope: Scope, depth: int, given: int) -> int:
        """A function is read where it stands; callbacks are given the labels of their caller."""
        name = self.tree.function_name(node)
        summary = self.summaries.setdefault(name, Summary()) if name else Summary()
        inner = Scope(scope, summary)
        parameters = node.child_by_field_name("parameters") or node.child_by_field_name("parameter")
        if parameters is not None:
            listed = [parameters] if parameters.type == "identifier" else parameters.named_children
            for number, parameter in enumerate(listed[:PARAMETERS]):
                self.bind(parameter, given | (FIRST_PARAMETER << number if name else 0), inner, fresh=True)
        body = node.child_by_field_name("body")
        labels = self.labels(body, inner, depth)
        if body is not None and body.type != "statement_block":
            summary.returns |= labels
        return summary.returns & KNOWN if not name else 0

    def bind(self, target: Node | None, labels: int, scope: Scope, *, fresh: bool = False) -> None:
        """Join labels onto whatever is bound."""
        if target is None:
            return
        kind = target.type
        if kind in {"identifier", "shorthand_property_identifier_pattern"}:
            name = self.tree.text(target)
            if fresh:
                scope.labels[name] = scope.labels.get(name, 0) | labels
            elif labels:
                scope.put(name, labels)
        elif kind == "member_expression":
            member = target.child_by_field_name("property")
            if member is not None and labels & KNOWN:
                name = self.tree.text(member)
                self.members[name] = self.members.get(name, 0) | (labels & KNOWN)
        elif kind == "subscript_expression":
            self.bind(target.child_by_field_name("object"), labels, scope)
        elif kind in PATTERNS:
            for child in target.named_children[:64]:
                self.bind(child, labels, scope, fresh=fresh)

    def declarator(self, node: Node, scope: Scope, depth: int) -> int:
        """`const x = …`."""
        labels = self.labels(node.child_by_field_name("value"), scope, depth)
        self.bind(node.child_by_field_name("name"), labels, scope, fresh=True)
        return 0

    def assignment(self, node: Node, scope: Scope, depth: int) -> int:
        """`x = …` and `x += …`."""
        labels = self.labels(node.child_by_field_name("right"), scope, depth)
        if (
            node.type == "augmented_assignment_expression"
            and b"^=" in self.tree.data[node.start_byte : node.end_byte][:200]
        ):
            labels |= self.decoding(node)
        self.bind(node.child_by_field_name("left"), labels, scope)
        return labels

    def returned(self, node: Node, scope: Scope, depth: int) -> int:
        """`return …`."""
        labels = 0
        for child in node.named_children:
            labels |= self.labels(child, scope, depth)
        scope.summary.returns |= labels
        return 0

    def loop(self, node: Node, scope: Scope, depth: int) -> int:
        """`for (x of …)`."""
        self.bind(
            node.child_by_field_name("left"),
            self.labels(node.child_by_field_name("right"), scope, depth),
            scope,
            fresh=True,
        )
        self.labels(node.child_by_field_name("body"), scope, depth)
        return 0

    def binary(self, node: Node, scope: Scope, depth: int) -> int:
        """Operators join labels; comparisons lose them; xor in a decoder decodes."""
        labels = self.labels(node.child_by_field_name("left"), scope, depth) | self.labels(
            node.child_by_field_name("right"), scope, depth
        )
        operator = node.child_by_field_name("operator")
        if operator is None:
            return labels
        if operator.type in COMPARISONS:
            return 0
        if operator.type in {"^", "%"}:
            labels |= self.decoding(node)
        return labels

    def decoding(self, node: Node) -> int:
        """`decoded`, where byte arithmetic is part of a function that was found to decode."""
        function = self.walk.script.functions.get(self.tree.owner(node))
        return BITS["decoded"] if function is not None and "decode" in function.capabilities else 0

    def member(self, node: Node, scope: Scope, depth: int) -> int:
        """`a.b`: what is known of the object, of the member's name, and of the canonical name."""
        labels = self.labels(node.child_by_field_name("object"), scope, depth)
        member = node.child_by_field_name("property")
        if member is not None:
            if self.tree.text(member) == "length":
                return 0
            labels |= self.members.get(self.tree.text(member), 0)
        name = self.name_of(node)
        if (name == "global.process.env" and self.walk.takes_all(node)) or name == "global.document.cookie":
            labels |= BITS["secret"]
        return labels

    def call(self, node: Node, scope: Scope, depth: int) -> int:  # noqa: C901, PLR0911, PLR0912 - one plain branch for each case
        """A call's result; where it is a sink, what flows in is noted."""
        function = node.child_by_field_name("function") or node.child_by_field_name("constructor")
        if function is None:
            return 0
        name = self.name_of(function)
        receiver = 0
        last = ""
        if function.type in {"member_expression", "subscript_expression"}:
            receiver = self.labels(function.child_by_field_name("object"), scope, depth)
            member = function.child_by_field_name("property")
            last = self.tree.text(member) if member is not None else ""
        elif function.type != "identifier":
            receiver = self.labels(function, scope, depth)
        else:
            last = self.tree.text(function)
        label = BITS.get(labels_of(name), 0) if name else 0
        given: list[int] = []
        for one in arguments(node):
            if one.type in FUNCTIONS:
                given.append(self.function(one, scope, depth, (label | receiver) & KNOWN))
            else:
                given.append(self.labels(one, scope, depth))
        inflow = receiver
        for labels in given:
            inflow |= labels
        if self.decodes(node, name, last):
            return inflow | BITS["decoded"]
        if last in {"constructor", "_compile"}:
            self.sink("dynamic-code", inflow, node, scope)
            return inflow
        if name:
            return self.named_call(node, name, label, inflow, scope)
        known = self.summaries.get(last)
        if known is not None and function.type in {"identifier", "member_expression"}:
            for sink, labels in known.sinks.items():
                self.sink(sink, passed(labels, given), node, scope)
            return (known.returns & KNOWN) | passed(known.returns, given) | (receiver & KNOWN)
        if (
            last in {"push", "append", "write", "set", "unshift", "concat", "add"}
            and function.type == "member_expression"
        ):
            self.bind(function.child_by_field_name("object"), inflow, scope)
        if last == "toString" and any(self.tree.fold(one) in ENCODINGS for one in arguments(node)):
            return inflow | BITS["encoded"]
        return 0 if last in KEPT else inflow

    def named_call(self, node: Node, name: str, label: int, inflow: int, scope: Scope) -> int:
        """A call of a canonical name."""
        sink = sinks_of(name)
        if sink:
            self.sink(sink, inflow, node, scope)
        if label:
            return label | (inflow if label & (BITS["decoded"] | BITS["encoded"]) else 0)
        if name.rpartition(".")[2] in KEPT:
            return 0
        return inflow

    def decodes(self, node: Node, name: str, last: str) -> bool:
        """Whether a call makes readable what was not, by other means than a named decoder."""
        given = arguments(node)
        if name in {"global.Buffer.from", "global.Buffer"}:
            return (len(given) > 1 and self.tree.fold(given[1]).lower() in ENCODINGS) or bool(
                given and given[0].type == "array" and given[0].named_child_count >= 16
            )
        if last in {"fromCharCode", "fromCodePoint"}:
            return len(given) >= 8 or any(
                one.type in {"spread_element", "binary_expression"} for one in given
            )
        return False

    def name_of(self, node: Node | None, depth: int = 0) -> str:  # noqa: PLR0911 - one plain branch for each case
        """The canonical name of an expression, or the empty string."""
        if node is None or depth > 12:
            return ""
        kind = node.type
        if kind == "identifier":
            word = self.tree.text(node)
            bound = self.walk.meaning(word, node.start_byte)
            if bound is not None:
                return bound
            if word in GLOBAL_OBJECTS:
                return "global"
            return f"global.{word}" if word in GLOBALS else ""
        if kind == "member_expression":
            owner = self.name_of(node.child_by_field_name("object"), depth + 1)
            member = node.child_by_field_name("property")
            return normal_module(f"{owner}.{self.tree.text(member)}") if owner and member is not None else ""
        if kind == "subscript_expression":
            owner = self.name_of(node.child_by_field_name("object"), depth + 1)
            index = self.tree.fold(node.child_by_field_name("index"))
            return f"{owner}.{index}" if owner and index else ""
        if kind in {"call_expression", "new_expression"}:
            function = node.child_by_field_name("function") or node.child_by_field_name("constructor")
            name = self.name_of(function, depth + 1)
            if name == "global.require":
                given = arguments(node)
                return normal_module(self.tree.fold(given[0])) if given else ""
            return f"{name}()" if name else ""
        if (
            kind in {"parenthesized_expression", "await_expression", "non_null_expression", "as_expression"}
            and node.named_child_count
        ):
            return self.name_of(node.named_child(0), depth + 1)
        return ""

    def sink(self, sink: str, labels: int, node: Node, scope: Scope) -> None:
        """Note what flows into a sink here; what came in by parameters is the callers' business."""
        if not labels:
            return
        scope.summary.sinks[sink] = scope.summary.sinks.get(sink, 0) | (labels & ~KNOWN)
        function = None
        for source in FLOWS.get(sink, ()):
            if labels & BITS[source]:
                line = self.tree.line(node)
                function = function or self.walk.script.function(self.tree.owner(node), line)
                function.flows.setdefault(f"{source}-to-{sink}", line)


def passed(labels: int, given: list[int]) -> int:
    """The labels of the arguments whose parameters are among these labels."""
    result = 0
    for number, argument in enumerate(given[:PARAMETERS]):
        if labels & (FIRST_PARAMETER << number):
            result |= argument
    return result


LEAVES: Final = frozenset(
    [
        "comment",
        "string",
        "number",
        "true",
        "false",
        "null",
        "undefined",
        "regex",
        "property_identifier",
        "this",
        "super",
        "escape_sequence",
        "string_fragment",
        "import_statement",
        "type_annotation",
        "interface_declaration",
        "type_alias_declaration",
    ]
)
PATTERNS: Final = frozenset(
    [
        "object_pattern",
        "array_pattern",
        "pair_pattern",
        "assignment_pattern",
        "rest_pattern",
        "required_parameter",
        "optional_parameter",
        "object_assignment_pattern",
        "parenthesized_expression",
    ]
)
COMPARISONS: Final = frozenset(["<", ">", "<=", ">=", "==", "!=", "===", "!==", "instanceof", "in"])
READERS: Final = {
    "identifier": Flow.identifier,
    "shorthand_property_identifier": Flow.identifier,
    "variable_declarator": Flow.declarator,
    "assignment_expression": Flow.assignment,
    "augmented_assignment_expression": Flow.assignment,
    "return_statement": Flow.returned,
    "for_in_statement": Flow.loop,
    "binary_expression": Flow.binary,
    "member_expression": Flow.member,
    "call_expression": Flow.call,
    "new_expression": Flow.call,
}


def follow(walk: JavaScriptWalk) -> None:
    """Add the flows of one file to its functions, if it has a source and a sink at all."""
    able = {site.capability for site in walk.sites}
    if able & SOURCES and able & SINK_ABILITIES:
        Flow(walk).run()
