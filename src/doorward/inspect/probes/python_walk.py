"""One walk over a Python syntax tree: which function can do what, and what it hides.

Two passes with explicit stacks (hostile nesting must not exhaust ours): statements first, for
functions, imports, bindings and handlers; then expressions, with every name resolved. Code under
`if __name__ == "__main__"` belongs to `<main>`, as it does not run on import. Conditions are not
evaluated: code that seems dead is read like any other.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from doorward.inspect.probes.capabilities import (
    CREDENTIAL_NAME,
    CREDENTIAL_PATH,
    PERSISTENCE_PATH,
    may_name_paths,
)
from doorward.inspect.probes.capabilities_python import ROOTS, capability_of
from doorward.inspect.probes.literals import MIN_PAYLOAD, blob_of_bytes, blob_of_numbers, blob_of_text
from doorward.inspect.probes.python_names import Names
from doorward.inspect.probes.script_model import MODULE, Function, Script

__all__ = ["Body", "Walk", "is_byte_arithmetic", "is_decoding", "is_reversal"]

MAIN: Final = "<main>"
LOOP: Final = 1
"""Context: inside a loop or comprehension."""
SERIAL: Final = 2
"""Context: an argument of something that writes values out as text."""
CHILD: Final = 4
"""Context: the environment of a child process."""
CALLED: Final = 8
"""Context: what is called, or handed to a call."""

SERIALISERS: Final = frozenset(
    [
        "json.dumps",
        "json.dump",
        "builtins.str",
        "pickle.dumps",
        "urllib.parse.urlencode",
        "pprint.pformat",
        "yaml.dump",
        "yaml.safe_dump",
        "marshal.dumps",
        "builtins.repr",
        "urllib.urlencode",
        "simplejson.dumps",
        "orjson.dumps",
        "ujson.dumps",
    ]
)
WALKING: Final = frozenset(
    ("__class__", "__base__", "__bases__", "__mro__", "__subclasses__", "__globals__", "__builtins__")
)
WRAPPERS: Final = frozenset(("staticmethod", "classmethod", "property"))
CLOCKS: Final = (
    "time.time",
    "time.localtime",
    "time.gmtime",
    "time.strftime",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
)
DECODING_CODECS: Final = frozenset(
    [
        "rot13",
        "rot_13",
        "hex",
        "hex_codec",
        "base64",
        "base64_codec",
        "zlib",
        "zlib_codec",
        "zip",
        "bz2",
        "bz2_codec",
        "uu",
        "uu_codec",
        "unicode_escape",
        "unicode-escape",
        "raw_unicode_escape",
        "punycode",
        "utf_7",
        "utf-7",
        "quopri",
    ]
)
PLAIN: Final = frozenset(
    ("utf-8", "utf8", "ascii", "latin-1", "latin1", "utf_8", "utf-16", "utf-16le", "utf-8-sig")
)

Statements = tuple[type[ast.AST], ...]
EXPRESSIONS: Final[dict[type, tuple[str, ...]]] = {}
"""Fields of each node type that hold expressions; leaves have none."""
STATEMENT_LISTS: Final = ("body", "orelse", "finalbody")

for _kind in vars(ast).values():
    if isinstance(_kind, type) and issubclass(_kind, ast.AST):
        EXPRESSIONS[_kind] = tuple(
            name
            for name in _kind._fields
            if name
            not in {"ctx", "op", "ops", "body", "orelse", "finalbody", "handlers", "cases", "decorator_list"}
            and name
            not in {
                "type_comment",
                "type_ignores",
                "kind",
                "conversion",
                "attr",
                "id",
                "arg",
                "name",
                "names",
            }
            and name
            not in {"lineno", "level", "module", "is_async", "simple", "asname", "rest", "kwd_attrs", "cls"}
        )
for _kind in (ast.IfExp, ast.Lambda):
    EXPRESSIONS[_kind] = ("test", "body", "orelse") if _kind is ast.IfExp else ("args", "body")
for _kind in (
    ast.Constant,
    ast.Name,
    ast.Pass,
    ast.Break,
    ast.Continue,
    ast.Global,
    ast.Nonlocal,
    ast.Import,
    ast.ImportFrom,
):
    EXPRESSIONS[_kind] = ()
EXPRESSIONS[ast.AnnAssign] = ("value",)  # an annotation names, it does not use
EXPRESSIONS[ast.MatchSingleton] = ()
EXPRESSIONS[ast.arguments] = ("defaults", "kw_defaults")
EXPRESSIONS[ast.keyword] = ("value",)


@dataclass(slots=True)
class Body:
    """What belongs to one function while it is being read."""

    function: Function
    node: ast.AST | None = None
    statements: list[tuple[ast.stmt, int]] = field(default_factory=list)
    """In source order, nested blocks included, each with its context."""
    expressions: list[tuple[ast.AST, int]] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)
    constants: dict[str, ast.expr] = field(default_factory=dict)
    owner: str = ""
    """Class that it is a method of."""
    quiet: list[tuple[int, int]] = field(default_factory=list)
    """Line spans in which every failure is swallowed."""
    arithmetic: int = 0
    """Line of byte arithmetic in a loop."""
    bytewise: bool = False
    """Makes characters or bytes from numbers."""


class Walk:
    """One walk over one module."""

    def __init__(self, tree: ast.Module, script: Script) -> None:
        self.script = script
        self.names = Names()
        self.bodies: list[Body] = []
        self.local: dict[str, str] = {}
        """Simple name of a function or class of this file → its full name."""
        self.methods: dict[str, list[str]] = {}
        self.paths = may_name_paths(script.text)
        self.module = self.body_of(Function(MODULE, 1, unasked=True), tree)
        self.read_statements(tree)
        for body in self.bodies:
            self.read_expressions(body)

    def body_of(self, function: Function, node: ast.AST | None, owner: str = "") -> Body:
        """A new body, under a name of its own."""
        name = function.name
        number = 2
        while name in self.script.functions:
            name = f"{function.name}#{number}"
            number += 1
        function.name = name
        self.script.functions[name] = function
        body = Body(function, node, owner=owner)
        if name == MODULE:
            body.aliases, body.constants = self.names.aliases, self.names.constants
        self.bodies.append(body)
        return body

    # Statements ---------------------------------------------------------------------------------

    def read_statements(self, tree: ast.Module) -> None:
        """First pass: functions, imports, bindings, handlers; expressions are put aside."""
        stack: list[tuple[ast.AST, Body, str, int]] = [
            (node, self.module, "", 0) for node in reversed(tree.body)
        ]
        while stack:
            node, body, prefix, context = stack.pop()
            kind = type(node)
            if kind is ast.FunctionDef or kind is ast.AsyncFunctionDef:
                self.read_function(node, body, prefix, stack)  # type: ignore[arg-type] # compared above
                continue
            if kind is ast.ClassDef:
                self.read_class(node, body, prefix, stack, context)  # type: ignore[arg-type] # compared above
                continue
            reader = READERS.get(kind)
            if reader is not None:
                reader(self, node, body)
            if isinstance(node, ast.stmt):
                body.statements.append((node, context))
            inner = body
            if kind is ast.If and body is self.module and names_main(node.test):  # type: ignore[attr-defined]
                inner = self.body_of(Function(MAIN, node.lineno), None)  # type: ignore[attr-defined]
                inner.aliases, inner.constants = body.aliases, body.constants
            deeper = context | LOOP if kind in LOOPS else context
            if EXPRESSIONS[kind] and not (kind is ast.Expr and type(node.value) is ast.Constant):  # type: ignore[attr-defined]
                body.expressions.append((node, context))
            for name in BLOCKS.get(kind, ()):
                for child in reversed(getattr(node, name)):
                    place = inner if name == "body" else body
                    stack.append((child, place, prefix, deeper))

    def read_function(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef,
        body: Body,
        prefix: str,
        stack: list[tuple[ast.AST, Body, str, int]],
    ) -> None:
        """A function is a body of its own; what is evaluated at its definition belongs to the outer one."""
        name = prefix + node.name
        body.expressions.append((node.args, 0))
        body.expressions.extend((decorator, 0) for decorator in node.decorator_list)
        start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        inner = self.body_of(Function(name, start, node.end_lineno or 0), node, prefix.rpartition(".")[0])
        name = inner.function.name
        if inner.owner:
            self.methods.setdefault(node.name, []).append(name)
        else:
            self.local[node.name] = name
        if any(not self.only_wraps(decorator) for decorator in node.decorator_list):
            body.function.calls.add(name)  # a decorator is handed the function and may call it
        stack.extend((child, inner, "", 0) for child in reversed(node.body))

    def only_wraps(self, decorator: ast.expr) -> bool:
        """Whether a decorator is one of Python's own that never call a function where it is defined.

        A file that gives the name to anything else does not count.
        """
        if type(decorator) is not ast.Name or decorator.id not in WRAPPERS:
            return False
        name = decorator.id
        rebound = rf"\b(?:def|class|import|as)\s+{name}\b|\b{name}\b(?:[\"']\s*,|\s*=(?!=)|\s*:\s*\w+\s*=)"
        return re.search(rebound, self.script.text) is None

    def read_class(
        self,
        node: ast.ClassDef,
        body: Body,
        prefix: str,
        stack: list[tuple[ast.AST, Body, str, int]],
        context: int,
    ) -> None:
        """A class body runs where the class is defined."""
        body.expressions.extend(
            (part, context) for part in (*node.bases, *node.keywords, *node.decorator_list)
        )
        self.local[node.name] = f"{prefix}{node.name}.__init__"
        stack.extend((child, body, f"{prefix}{node.name}.", context) for child in reversed(node.body))

    def read_import(self, node: ast.Import, body: Body) -> None:
        """`import a.b as c`."""
        for alias in node.names:
            top = alias.name.partition(".")[0]
            self.script.imports.setdefault(top, []).append(node.lineno)
            if alias.asname:
                body.aliases[alias.asname] = alias.name
            else:
                body.aliases[top] = top

    def read_import_from(self, node: ast.ImportFrom, body: Body) -> None:
        """`from a import b as c`; relative ones name no outside module."""
        if node.level:
            return
        module = node.module or ""
        self.script.imports.setdefault(module.partition(".")[0], []).append(node.lineno)
        for alias in node.names:
            body.aliases[alias.asname or alias.name] = f"{module}.{alias.name}"

    def read_assign(self, node: ast.Assign, body: Body) -> None:
        """`x = name`, `x = call()`, `self.x = call()`, `x = constant`."""
        for target in node.targets:
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                for left, right in zip(target.elts, node.value.elts, strict=False):
                    self.bind(left, right, body)
            else:
                self.bind(target, node.value, body)

    def read_annotated(self, node: ast.AnnAssign | ast.NamedExpr, body: Body) -> None:
        """`x: int = call()`."""
        if node.value is not None:
            self.bind(node.target, node.value, body)

    def read_with(self, node: ast.With | ast.AsyncWith, body: Body) -> None:
        """`with call() as x`, and `with suppress(Exception)`."""
        for item in node.items:
            if item.optional_vars is not None:
                self.bind(item.optional_vars, item.context_expr, body)
            call = item.context_expr
            if isinstance(call, ast.Call) and self.dotted(call.func, body) == "contextlib.suppress":
                wide = {self.exception(argument) for argument in call.args} & {"Exception", "BaseException"}
                if wide:
                    body.quiet.append((node.lineno, node.end_lineno or node.lineno))

    def read_try(self, node: ast.Try, body: Body) -> None:
        """A handler for everything that does nothing."""
        for handler in node.handlers:
            caught = handler.type
            names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
            wide = caught is None or any(
                self.exception(name) in {"Exception", "BaseException"} for name in names
            )
            if wide and all(is_idle(statement) for statement in handler.body):
                last = node.body[-1]
                body.quiet.append((node.body[0].lineno, last.end_lineno or last.lineno))

    def exception(self, node: ast.AST | None) -> str:
        """The name of a caught exception."""
        return node.id if isinstance(node, ast.Name) else ""

    def bind(self, target: ast.expr, value: ast.expr, body: Body) -> None:
        """Remember what a name was bound to, as far as it helps to resolve others."""
        kind = type(value)
        if isinstance(target, ast.Name):
            if kind in BOUND_NAMES:
                name = self.dotted(value, body)
                if name:
                    body.aliases[target.id] = name
                    return
            if kind in BOUND_CONSTANTS:
                body.constants[target.id] = value
            if target.id in body.aliases and kind not in BOUND_NAMES:
                del body.aliases[target.id]
        elif isinstance(target, ast.Attribute) and kind in BOUND_NAMES:
            name = self.dotted(value, body)
            if name and isinstance(target.value, ast.Name) and target.value.id == "self":
                self.names.attributes[target.attr] = name

    def dotted(self, node: ast.AST, body: Body) -> str:
        """The canonical name of an expression in this body."""
        self.names.local_aliases, self.names.local_constants = body.aliases, body.constants
        return self.names.dotted(node)

    # Expressions --------------------------------------------------------------------------------

    def read_expressions(self, body: Body) -> None:
        """Second pass: every expression of one function."""
        names = self.names
        names.local_aliases, names.local_constants = body.aliases, body.constants
        stack = body.expressions
        handlers = HANDLERS
        fields = EXPRESSIONS
        pop, push = stack.pop, stack.append
        while stack:
            node, context = pop()
            kind = type(node)
            handler = handlers.get(kind)
            if handler is not None:
                changed = handler(self, node, body, context)
                if changed is None:
                    continue
                context = changed
            for name in fields.get(kind, ()):
                child = getattr(node, name)
                if type(child) is list:
                    for part in child:
                        if part is not None:
                            push((part, context))
                elif child is not None:
                    push((child, context))
        self.close(body)

    def close(self, body: Body) -> None:
        """What can be said once the whole function was read."""
        function = body.function
        if body.arithmetic and body.bytewise:
            function.can("decode", body.arithmetic)
        for first, last in body.quiet:
            for capability, at in function.capabilities.items():
                if any(first <= line <= last for line in at):
                    function.silenced.setdefault(
                        capability, next(line for line in at if first <= line <= last)
                    )

    def on_constant(self, node: ast.Constant, body: Body, _context: int) -> int | None:
        """Paths of secrets and of start-up files; long opaque literals."""
        value = node.value
        if isinstance(value, str):
            if self.paths and 3 < len(value) < 2000:
                if CREDENTIAL_PATH.search(value):
                    body.function.can("credentials", node.lineno)
                if PERSISTENCE_PATH.search(value):
                    body.function.can("persistence", node.lineno)
            if len(value) >= MIN_PAYLOAD and " " not in value[:200]:
                self.script.holds(filter(None, (blob_of_text("".join(value.split()), self.offset(node)),)))
        elif isinstance(value, bytes) and len(value) >= MIN_PAYLOAD:
            blob = blob_of_bytes(value, "escapes", self.offset(node)) or blob_of_text(
                value.decode("latin-1"), self.offset(node)
            )
            self.script.holds(filter(None, (blob,)))
        elif isinstance(value, int) and value.bit_length() >= 8 * MIN_PAYLOAD:
            body.function.can("decode", node.lineno)
        return None

    def offset(self, node: ast.expr) -> int:
        """Where a node starts, in characters: enough to quote it."""
        return self.script.line_start(node.lineno)

    def on_name(self, node: ast.Name, body: Body, context: int) -> int | None:
        """A bare name: imported, builtin, or a function of this file."""
        name = self.names.head(node.id)
        if name:
            self.use(name, node, body, context, plain=True)
        else:
            local = self.local.get(node.id)
            if local is not None:
                body.function.calls.add(local)
        return None

    def on_attribute(self, node: ast.Attribute, body: Body, context: int) -> int | None:  # noqa: C901 - one plain branch for each case
        """A dotted name, from its outermost attribute."""
        base: ast.expr = node
        walked = 0
        while type(base) is ast.Attribute:
            if base.attr in WALKING:
                walked += 1
            base = base.value
        if walked >= 2:
            body.function.hides("object-walk", node.lineno)
        if type(base) is ast.Name:
            name = self.names.dotted(node)
            if name:
                self.use(name, node, body, context, plain=True)
            elif base.id in {"self", "cls"} or base.id in self.local:
                body.function.calls.update(self.methods.get(node.attr, ()))
                if base.id in self.local:
                    body.function.calls.add(self.local[base.id])
            elif node.attr in self.methods and base.id not in self.names.aliases:
                known = self.methods[node.attr]
                if len(known) == 1:
                    body.function.calls.add(known[0])
        else:
            name = self.names.dotted(node)
            if name:
                self.use(name, node, body, context, plain=False)
            elif node.attr in self.methods and len(self.methods[node.attr]) == 1:
                body.function.calls.add(self.methods[node.attr][0])
            body.expressions.append((base, context))
        return None

    def use(self, name: str, node: ast.expr, body: Body, context: int, *, plain: bool) -> None:
        """A canonical name is used here."""
        capabilities = capability_of(name)
        if capabilities:
            for capability in capabilities:
                body.function.can(capability, node.lineno, called=bool(context & CALLED))
            if plain and not name.startswith("builtins."):
                self.script.calls.setdefault(name.partition("()")[0], []).append(node.lineno)
        elif name.startswith("os.environ"):
            self.use_environment(name, node, body, context)
        elif name in BYTEWISE:
            body.bytewise = True
        elif name.startswith("os.getenv"):
            body.function.can("environment", node.lineno)

    def use_environment(self, name: str, node: ast.expr, body: Body, context: int) -> None:
        """One variable is not all of them: only the latter is what stealers take."""
        method = name[11:].partition("(")[0]
        whole = (
            method in {"items", "values"}
            or (not method and context & SERIAL)
            or (method == "copy" and context & SERIAL)
        )
        body.function.can("environment-bulk" if whole and not context & CHILD else "environment", node.lineno)

    def on_call(self, node: ast.Call, body: Body, context: int) -> int | None:  # noqa: C901 - one plain branch for each case
        """Calls: what is called, and the special ones whose arguments tell."""
        name = self.names.dotted(node.func)
        function = body.function
        inner = context | CALLED
        if name:
            special = SPECIAL.get(name)
            if special is not None:
                special(self, node, body)
            if name in SERIALISERS:
                inner |= SERIAL
            if capability_of(name)[:1] == ("process",):
                inner |= CHILD
                hidden_process(node, function)
        elif type(node.func) is ast.Call and self.names.dotted(node.func.func) == "builtins.getattr":
            function.hides("computed-call", node.lineno) if is_computed(node.func) else None
        if is_decoding(node, self.names):
            function.can("decode", node.lineno)
        elif type(node.func) is ast.Attribute and node.func.attr in {
            "to_bytes",
            "maketrans",
            "fromhex",
            "append",
            "extend",
            "tobytes",
        }:
            body.bytewise = True
        push = body.expressions.append
        func = node.func
        resolved = self.names.called(node, 0) if name in LOOKUPS else ""
        if resolved:
            self.use(resolved, node, body, context, plain=False)
        push((func, context | CALLED))
        for argument in node.args:
            push((argument, inner))
        for keyword in node.keywords:
            push((keyword.value, inner))
        return None

    def on_binary(self, node: ast.BinOp, body: Body, context: int) -> int | None:
        """Byte arithmetic in a loop: xor, or addition brought back into a byte."""
        if context & LOOP and not body.arithmetic and is_byte_arithmetic(node):
            body.arithmetic = node.lineno
        return context

    def on_augmented(self, node: ast.AugAssign, body: Body, context: int) -> int | None:
        """`x ^= k` in a loop."""
        if context & LOOP and isinstance(node.op, ast.BitXor):
            body.arithmetic = node.lineno
        return context

    def on_comprehension(self, _node: ast.expr, _body: Body, context: int) -> int | None:
        """A comprehension is a loop."""
        return context | LOOP

    def on_loop(self, _node: ast.stmt, _body: Body, context: int) -> int | None:
        """The head of a loop runs before it."""
        return context

    def on_sequence(self, node: ast.List | ast.Tuple | ast.Set, _body: Body, context: int) -> int | None:
        """Long tables of constants are data: looked at whole, not element by element."""
        elements = node.elts
        if (
            len(elements) >= MIN_PAYLOAD
            and type(elements[0]) is ast.Constant
            and type(elements[0].value) is int
        ):
            numbers = [
                part.value for part in elements if type(part) is ast.Constant and type(part.value) is int
            ]
            if len(numbers) == len(elements):
                self.script.holds(filter(None, (blob_of_numbers(numbers, self.offset(node)),)))
                return None
        return context

    def on_subscript(self, node: ast.Subscript, body: Body, context: int) -> int | None:
        """Tables of names: `globals()[…]`, `sys.modules[…]`; and single environment variables."""
        table = self.names.dotted(node.value)
        if not table:
            if is_reversal(node.slice) and len(self.names.text(node.value)) >= 16:
                body.function.can("decode", node.lineno)
            return context
        if table == "os.environ":
            secret = CREDENTIAL_NAME.search(self.names.text(node.slice))
            body.function.can("credentials" if secret else "environment", node.lineno)
            body.expressions.append((node.slice, context))
            return None
        if table in {".globals", "sys.modules", "builtins"} or table.endswith(".__dict__"):
            resolved = self.names.item(node, 0)
            if resolved:
                self.use(resolved, node, body, context, plain=False)
                if is_computed_text(node.slice):
                    body.function.hides("computed-name", node.lineno)
            if table in {"builtins", "builtins.__dict__"}:
                body.function.hides("computed-builtin", node.lineno)
        return context

    def on_compare(self, node: ast.Compare, body: Body, context: int) -> int | None:
        """A clock held against a fixed date."""
        sides = [node.left, *node.comparators]
        fixed = any(type(side) is ast.Constant or is_date(self.names.dotted(side)) for side in sides)
        if fixed and any(self.names.dotted(side).startswith(CLOCKS) for side in sides):
            body.function.can("time-trigger", node.lineno)
        return context

    # Special calls ------------------------------------------------------------------------------

    def on_open(self, node: ast.Call, body: Body) -> None:
        """`open`: for writing, or of one's own file."""
        mode = (
            node.args[1]
            if len(node.args) > 1
            else next((k.value for k in node.keywords if k.arg == "mode"), None)
        )
        if isinstance(mode, ast.Constant) and isinstance(mode.value, str) and set(mode.value) & set("wax+"):
            body.function.can("filesystem-write", node.lineno)
        if node.args and isinstance(node.args[0], ast.Name) and node.args[0].id == "__file__":
            body.function.can("self-read", node.lineno)

    def on_getattr(self, node: ast.Call, body: Body) -> None:
        """`getattr(os, "sys" + "tem")`."""
        if len(node.args) < 2:
            return
        owner = self.names.dotted(node.args[0])
        wanted = node.args[1]
        if is_computed_text(wanted) and self.names.text(wanted):
            body.function.hides("computed-name", node.lineno)
        elif owner in ROOTS and not isinstance(wanted, ast.Constant):
            body.function.hides("computed-attribute", node.lineno)

    def on_dynamic_import(self, node: ast.Call, body: Body) -> None:
        """`__import__("o" + "s")`."""
        if node.args and is_computed_text(node.args[0]) and self.names.text(node.args[0]):
            body.function.hides("computed-import", node.lineno)

    def on_sleep(self, node: ast.Call, body: Body) -> None:
        """A sleep of five minutes and more is not a retry."""
        value = self.names.fold(node.args[0]) if node.args else None
        if isinstance(value, int) and value >= 300:
            body.function.can("time-trigger", node.lineno)

    def on_chmod(self, node: ast.Call, body: Body) -> None:
        """Any chmod is noted by the table; nothing more to say."""

    def on_getenv(self, node: ast.Call, body: Body) -> None:
        """One variable, which may hold a secret."""
        if node.args and CREDENTIAL_NAME.search(self.names.text(node.args[0])):
            body.function.can("credentials", node.lineno)


def names_main(test: ast.expr) -> bool:
    """Whether a condition is `__name__ == "__main__"`."""
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
        and len(test.comparators) == 1
        and isinstance(test.comparators[0], ast.Constant)
        and test.comparators[0].value == "__main__"
        and isinstance(test.ops[0], ast.Eq)
    )


def is_idle(statement: ast.stmt) -> bool:
    """Whether a handler's statement tells nobody anything."""
    if isinstance(statement, ast.Pass | ast.Continue | ast.Break):
        return True
    if isinstance(statement, ast.Return):
        return statement.value is None or isinstance(statement.value, ast.Constant)
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def is_date(name: str) -> bool:
    """Whether a canonical name is a fixed date."""
    return name in {
        "datetime.datetime()",
        "datetime.date()",
        "time.mktime()",
        "datetime.datetime.fromisoformat()",
    }


def is_reversal(cut: ast.expr) -> bool:
    """Whether a slice is `[::-1]`."""
    return (
        isinstance(cut, ast.Slice)
        and cut.lower is None
        and cut.upper is None
        and isinstance(cut.step, ast.UnaryOp)
        and isinstance(cut.step.op, ast.USub)
    )


def is_computed_text(node: ast.expr) -> bool:
    """Whether a string is put together where it could have been written plainly."""
    if isinstance(node, ast.BinOp):
        return True
    if isinstance(node, ast.Call):
        return True
    return isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice)


def is_computed(node: ast.Call) -> bool:
    """Whether the attribute that `getattr` is asked for is put together."""
    return len(node.args) >= 2 and is_computed_text(node.args[1])


def is_byte_arithmetic(node: ast.BinOp) -> bool:
    """`a ^ b`, `(a - k) % 256`, `(a + k) & 0xFF`."""
    if isinstance(node.op, ast.BitXor):
        return True
    wrap = 256 if isinstance(node.op, ast.Mod) else 255 if isinstance(node.op, ast.BitAnd) else 0
    return (
        wrap > 0
        and isinstance(node.right, ast.Constant)
        and node.right.value == wrap
        and isinstance(node.left, ast.BinOp)
        and isinstance(node.left.op, ast.Add | ast.Sub | ast.Mult)
    )


def is_decoding(node: ast.Call, names: Names) -> bool:  # noqa: PLR0911 - one plain branch for each case
    """Whether a call makes readable what was not, by other means than a named decoder."""
    func = node.func
    if isinstance(func, ast.Attribute):
        attribute = func.attr
        if attribute == "decode" and node.args and not isinstance(func.value, ast.Name):
            codec = node.args[0]
            return isinstance(codec, ast.Constant) and codec.value in DECODING_CODECS
        if attribute == "decode" and node.args:
            return isinstance(node.args[0], ast.Constant) and node.args[0].value in DECODING_CODECS
        if attribute == "join" and len(node.args) == 1:
            return spells(node.args[0], names)
        if attribute == "maketrans" and len(node.args) >= 2:
            return all(len(names.text(argument)) >= 20 for argument in node.args[:2])
        if attribute == "pack" and len(node.args) >= 5:
            return sum(isinstance(names.fold(argument), int) for argument in node.args[1:]) >= 4
        return False
    if isinstance(func, ast.Name) and func.id in {"bytes", "bytearray"} and len(node.args) == 1:
        argument = node.args[0]
        if isinstance(argument, ast.List | ast.Tuple):
            return len(argument.elts) >= 16
        if isinstance(argument, ast.GeneratorExp | ast.ListComp):
            return any(
                isinstance(part, ast.BinOp) and is_byte_arithmetic(part) for part in ast.walk(argument.elt)
            )
    return False


def spells(node: ast.expr, names: Names) -> bool:
    """Whether characters are made one by one from numbers."""
    if isinstance(node, ast.Call):
        return (
            len(node.args) == 2
            and names.dotted(node.func) == "builtins.map"
            and names.dotted(node.args[0]) == "builtins.chr"
        )
    if isinstance(node, ast.GeneratorExp | ast.ListComp):
        return isinstance(node.elt, ast.Call) and names.dotted(node.elt.func) == "builtins.chr"
    return False


def hidden_process(node: ast.Call, function: Function) -> None:
    """A process that nobody shall see: detached, or with its voice cut off."""
    words = {keyword.arg: keyword.value for keyword in node.keywords}
    session = words.get("start_new_session")
    if (
        (isinstance(session, ast.Constant) and session.value)
        or "creationflags" in words
        or "preexec_fn" in words
    ):
        function.hides("detached-process", node.lineno)
    streams = (words.get("stdout"), words.get("stderr"))
    if all(isinstance(stream, ast.Attribute) and stream.attr == "DEVNULL" for stream in streams):
        function.hides("muted-process", node.lineno)


LOOPS: Final = frozenset((ast.For, ast.AsyncFor, ast.While))
BLOCKS: Final[dict[type, tuple[str, ...]]] = {
    ast.If: ("orelse", "body"),
    ast.For: ("orelse", "body"),
    ast.AsyncFor: ("orelse", "body"),
    ast.While: ("orelse", "body"),
    ast.With: ("body",),
    ast.AsyncWith: ("body",),
    ast.Try: ("finalbody", "orelse", "handlers", "body"),
    ast.ExceptHandler: ("body",),
    ast.Match: ("cases",),
    ast.match_case: ("body",),
}
if hasattr(ast, "TryStar"):
    BLOCKS[ast.TryStar] = BLOCKS[ast.Try]
BOUND_NAMES: Final = frozenset((ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Await))
BOUND_CONSTANTS: Final = frozenset(
    (ast.Constant, ast.BinOp, ast.List, ast.Tuple, ast.JoinedStr, ast.Call, ast.Subscript)
)
BYTEWISE: Final = frozenset(("builtins.bytes", "builtins.bytearray", "builtins.chr", "builtins.memoryview"))
LOOKUPS: Final = frozenset(
    ("builtins.getattr", "builtins.__import__", "importlib.import_module", "importlib.__import__")
)

READERS: Final[dict[type, Callable[[Walk, Any, Body], None]]] = {
    ast.Import: Walk.read_import,
    ast.ImportFrom: Walk.read_import_from,
    ast.Assign: Walk.read_assign,
    ast.AnnAssign: Walk.read_annotated,
    ast.With: Walk.read_with,
    ast.AsyncWith: Walk.read_with,
    ast.Try: Walk.read_try,
}
HANDLERS: Final[dict[type, Callable[[Walk, Any, Body, int], int | None]]] = {
    ast.Constant: Walk.on_constant,
    ast.Name: Walk.on_name,
    ast.Attribute: Walk.on_attribute,
    ast.Call: Walk.on_call,
    ast.BinOp: Walk.on_binary,
    ast.AugAssign: Walk.on_augmented,
    ast.ListComp: Walk.on_comprehension,
    ast.SetComp: Walk.on_comprehension,
    ast.DictComp: Walk.on_comprehension,
    ast.GeneratorExp: Walk.on_comprehension,
    ast.List: Walk.on_sequence,
    ast.Tuple: Walk.on_sequence,
    ast.Set: Walk.on_sequence,
    ast.Subscript: Walk.on_subscript,
    ast.Compare: Walk.on_compare,
}
SPECIAL: Final[dict[str, Callable[[Walk, Any, Body], None]]] = {
    "builtins.open": Walk.on_open,
    "io.open": Walk.on_open,
    "codecs.open": Walk.on_open,
    "builtins.getattr": Walk.on_getattr,
    "builtins.__import__": Walk.on_dynamic_import,
    "importlib.import_module": Walk.on_dynamic_import,
    "time.sleep": Walk.on_sleep,
    "os.getenv": Walk.on_getenv,
    "os.environ.get": Walk.on_getenv,
    "os.environ.pop": Walk.on_getenv,
}
