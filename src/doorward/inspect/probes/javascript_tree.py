"""A JavaScript or TypeScript syntax tree, asked only about the words that matter.

Files reach megabytes on one line. So the text is searched for words that can matter (globals, and
names bound to imported modules), and only there the tree is asked what the word is, what is done
with it and in which function it stands. Words in strings and comments fall away by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

import tree_sitter
import tree_sitter_javascript
import tree_sitter_typescript

from doorward.inspect.probes.script_model import MODULE

__all__ = [
    "CLIMB",
    "FUNCTIONS",
    "GLOBAL_OBJECTS",
    "SHORT",
    "Node",
    "Tree",
    "argument",
    "arguments",
    "is_plain_string",
    "string_value",
]

FUNCTIONS: Final = frozenset(
    [
        "function_declaration",
        "function_expression",
        "arrow_function",
        "method_definition",
        "generator_function",
        "generator_function_declaration",
    ]
)
WORD_LIKE: Final = frozenset(
    [
        "identifier",
        "property_identifier",
        "shorthand_property_identifier",
        "shorthand_property_identifier_pattern",
        "this",
        "import",
    ]
)
GLOBAL_OBJECTS: Final = frozenset(["globalThis", "global", "window", "self", "top", "frames", "parent"])
NAME_BYTES: Final = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$")
SHORT: Final = 2
"""A name of at most two letters must have a member to count."""
CLIMB: Final = 400
"""Levels of the tree that are climbed to find a name or a function."""
NAME: Final = re.compile(rb"[A-Za-z_$][\w$]*+")
ESCAPED: Final = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|([0-7]{1,3})|(.))", re.DOTALL
)
PLAIN_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "\n": ""}

Node = tree_sitter.Node


@cache
def language(dialect: str) -> tree_sitter.Language:
    """The grammar of a dialect: `javascript`, `typescript` or `tsx`."""
    if dialect == "typescript":
        return tree_sitter.Language(tree_sitter_typescript.language_typescript())
    if dialect == "tsx":
        return tree_sitter.Language(tree_sitter_typescript.language_tsx())
    return tree_sitter.Language(tree_sitter_javascript.language())


class Tree:
    """One parsed script."""

    def __init__(self, data: bytes, dialect: str) -> None:
        self.data = data
        self.root = tree_sitter.Parser(language(dialect)).parse(data).root_node
        self.owners: dict[int, str] = {}
        self.vocabulary = frozenset(NAME.findall(data))
        """Every name in the text: most words that could matter are not among them."""

    def text(self, node: Node) -> str:
        """The source of a node, bounded."""
        return self.data[node.start_byte : min(node.end_byte, node.start_byte + 100_000)].decode(
            "utf-8", "replace"
        )

    def line(self, node: Node) -> int:
        """The 1-based line of a node."""
        return int(node.start_point[0]) + 1

    def words(self, wanted: Iterable[str]) -> Iterator[tuple[Node, str]]:
        """Yield nodes for these words where they are names in code.

        Very short ones only where a member, an index or a call follows: in minified code they are
        bound again and again.
        """
        for word in wanted:
            raw = word.encode()
            if raw in self.vocabulary:
                for offset in self.places(raw):
                    node = self.root.descendant_for_byte_range(offset, offset + len(raw))
                    if (
                        node is not None
                        and node.type in WORD_LIKE
                        and node.end_byte - node.start_byte == len(raw)
                    ):
                        yield node, word

    def places(self, word: bytes) -> Iterator[int]:
        """Offsets where a whole word stands."""
        data = self.data
        size = len(word)
        if size <= SHORT:
            for match in re.finditer(re.escape(word) + rb"(?=\s{0,20}(?:\.|\?\.|\[|\())", data):
                if not match.start() or data[match.start() - 1] not in NAME_BYTES:
                    yield match.start()
            return
        start = data.find(word)
        while start >= 0:
            after = start + size
            if (not start or data[start - 1] not in NAME_BYTES) and (
                after >= len(data) or data[after] not in NAME_BYTES
            ):
                yield start
            start = data.find(word, after)

    def owner(self, node: Node) -> str:
        """The named function that a node stands in; callbacks belong to the function around them."""
        climbed: list[int] = []
        here: Node | None = node
        name = MODULE
        for _ in range(CLIMB):
            if here is None:
                break
            known = self.owners.get(here.id)
            if known is not None:
                name = known
                break
            if here.type in FUNCTIONS:
                climbed.append(here.id)
                given = self.function_name(here)
                if given:
                    name = given
                    break
            here = here.parent
        for identity in climbed:
            self.owners[identity] = name
        return name

    def function_name(self, function: Node) -> str:
        """The name that a function has or is bound to, or the empty string."""
        own = function.child_by_field_name("name")
        if own is not None:
            return self.text(own)[:80]
        parent = function.parent
        if parent is None:
            return ""
        field = {
            "variable_declarator": "name",
            "assignment_expression": "left",
            "pair": "key",
            "public_field_definition": "name",
            "field_definition": "property",
        }.get(parent.type)
        named = parent.child_by_field_name(field) if field else None
        return self.text(named)[:80] if named is not None else ""

    def chain(self, node: Node) -> tuple[str, Node, bool]:
        """The dotted name that starts at a word, its outermost node, and whether a part was computed.

        `a.b["c"]` gives `a.b.c`; a computed part that folds to a constant counts, others end the chain.
        """
        parts = [self.text(node)]
        computed = False
        here = node
        for _ in range(12):
            parent = here.parent
            if parent is None:
                break
            if parent.type == "member_expression" and parent.child_by_field_name("object") == here:
                member = parent.child_by_field_name("property")
                parts.append(self.text(member) if member is not None else "")
            elif parent.type == "subscript_expression" and parent.child_by_field_name("object") == here:
                index = parent.child_by_field_name("index")
                folded = self.fold(index)
                if not folded or len(folded) > 100:
                    break
                computed = computed or not is_plain_string(index, self.data)
                parts.append(folded)
            elif parent.type not in {"parenthesized_expression", "non_null_expression", "as_expression"}:
                break
            here = parent
        return ".".join(parts), here, computed

    def fold(self, node: Node | None, depth: int = 0) -> str:  # noqa: PLR0911 - one plain branch for each case
        """The string that an expression always is, or the empty string."""
        if node is None or depth > 40:
            return ""
        if node.type == "string":
            return string_value(node, self.data)
        if node.type == "template_string":
            return self.text(node)[1:-1] if node.named_child_count == 0 or "${" not in self.text(node) else ""
        if node.type == "binary_expression":
            operator = node.child_by_field_name("operator")
            if operator is not None and operator.type == "+":
                left = self.fold(node.child_by_field_name("left"), depth + 1)
                right = self.fold(node.child_by_field_name("right"), depth + 1)
                return (left + right)[:100_000] if left and right else ""
        if node.type == "parenthesized_expression" and node.named_child_count == 1:
            return self.fold(node.named_child(0), depth + 1)
        if node.type == "call_expression":
            return self.fold_call(node, depth + 1)
        return ""

    def fold_call(self, node: Node, depth: int) -> str:
        """`["a", "b"].join("")`, `"cba".split("").reverse().join("")`, `atob("…")` stay unrun but known."""
        function = node.child_by_field_name("function")
        if function is None or function.type != "member_expression":
            return ""
        member = function.child_by_field_name("property")
        target = function.child_by_field_name("object")
        if member is None or target is None:
            return ""
        method = self.text(member)
        if method == "join" and target.type == "array":
            parts = [self.fold(child, depth) for child in target.named_children[:4000]]
            return "".join(parts) if all(parts) else ""
        if method == "join" and target.type == "call_expression":
            inner = self.text(target)
            if "reverse" in inner and "split" in inner:
                first = next((child for child in descend_left(target) if child.type == "string"), None)
                return string_value(first, self.data)[::-1] if first is not None else ""
        if method == "concat":
            parts = [self.fold(target, depth), *(self.fold(child, depth) for child in arguments(node))]
            return "".join(parts) if all(parts) else ""
        return ""


def descend_left(node: Node) -> Iterator[Node]:
    """The nodes at the left edge of a chain of calls."""
    here: Node | None = node
    for _ in range(20):
        if here is None:
            return
        yield here
        here = here.child_by_field_name("function") or here.child_by_field_name("object")


def arguments(call: Node) -> list[Node]:
    """The arguments of a call or of `new`, at most 64 of them."""
    given = call.child_by_field_name("arguments")
    return (
        [child for child in given.named_children[:64] if child.type != "comment"] if given is not None else []
    )


def argument(call: Node, number: int) -> Node | None:
    """One argument of a call, or None."""
    given = arguments(call)
    return given[number] if number < len(given) else None


def is_plain_string(node: Node | None, data: bytes) -> bool:
    """Whether a string is written plainly: one literal without escapes of readable letters."""
    return (
        node is not None
        and node.type in {"string", "template_string"}
        and b"\\x" not in data[node.start_byte : node.end_byte]
        and b"\\u" not in data[node.start_byte : node.end_byte]
    )


def string_value(node: Node, data: bytes) -> str:
    """The value of a string literal."""
    raw = data[node.start_byte + 1 : min(node.end_byte - 1, node.start_byte + 100_000)].decode(
        "utf-8", "replace"
    )
    return ESCAPED.sub(unescaped, raw) if "\\" in raw else raw


def unescaped(match: re.Match[str]) -> str:
    """The character that one escape stands for."""
    code = match[1] or match[2] or match[3]
    if code:
        number = int(code, 16)
        return chr(number) if number < 0x110000 else ""
    if match[4]:
        return chr(int(match[4], 8))
    return PLAIN_ESCAPES.get(match[5], match[5])
