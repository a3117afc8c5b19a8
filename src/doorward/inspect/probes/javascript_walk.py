"""What the functions of a JavaScript or TypeScript file can do, and what they hide.

First what is imported (`require`, `import`, destructured or renamed, valid in the function that binds
it), then every word that is a global or an imported name, with the syntax around it. Aliases found on
the way are followed in further rounds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from doorward.inspect.probes.capabilities import CREDENTIAL_NAME, path_hits
from doorward.inspect.probes.capabilities_javascript import GLOBALS, MODULES, capability_of
from doorward.inspect.probes.javascript_tree import (
    CLIMB,
    FUNCTIONS,
    GLOBAL_OBJECTS,
    SHORT,
    Node,
    Tree,
    argument,
    arguments,
    is_plain_string,
)
from doorward.inspect.probes.script_model import MODULE, Script

__all__ = ["JavaScriptWalk"]

LOADING: Final = frozenset(("require", "import", "getBuiltinModule"))
EXTRA: Final = frozenset(
    (
        "catch",
        "constructor",
        "detached",
        "fromCharCode",
        "fromCodePoint",
        "charCodeAt",
        "codePointAt",
        "_compile",
    )
)
ARITHMETIC: Final = re.compile(rb"[\w$\])]\s*(\^=?|%\s*(?:256|0x100)\b)")
QUIET_ERROR: Final = re.compile(
    rb"on\(\s*[\"']error[\"']\s*,\s*(?:function\s*\(\w*\)\s*|\(?\w*\)?\s*=>\s*)\{\s*\}"
)
ENCODING: Final = re.compile(rb"\.\s*(toString)\(\s*[\"'`](?:base64|base64url|hex)[\"'`]")
HIDDEN_CONSTRUCTOR: Final = re.compile(rb"\[\s*[\"']constructor[\"']\s*\]\s*\(")
ENCODINGS: Final = frozenset(("base64", "hex", "base64url", "binary", "latin1", "utf16le", "ucs2"))
INTEROP: Final = re.compile(
    r"(?:__importDefault|__importStar|_?_?interop\w*|__toESM|__toModule|_interop\w*|\w{1,3})$"
)
MAX_HITS: Final = 60_000
"""Words of one file that are looked at."""
ROUNDS: Final = 3
"""Aliases of aliases that are followed."""
MAX_SITES: Final = 4_000
"""Uses of abilities that are looked at for handlers around them."""
MAX_CALLERS: Final = 400
"""References to one function of the file."""
BULK_CALL: Final = re.compile(
    r"(?:JSON\.stringify|Object\.(?:keys|entries|values)|stringify|Reflect\.ownKeys|inspect|String|encodeURIComponent)$"
)
GLOBAL_THIS: Final = frozenset(("return this", "return globalThis", "return (this)"))
"""What bundles ask `Function` for, to find the global object."""
FAR_AWAY: Final = 300_000
"""Milliseconds: a timer of five minutes and more is no debouncing."""
DECLARING: Final = {
    "variable_declarator": "name",
    "function_declaration": "name",
    "class_declaration": "name",
    "generator_function_declaration": "name",
    "required_parameter": "pattern",
    "optional_parameter": "pattern",
    "assignment_pattern": "left",
}


DECLARED: Final = frozenset(("function_declaration", "generator_function_declaration", "class_declaration"))
"""What binds its name outside of itself."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A name that stands for a module or a member of one; an empty meaning shadows a global."""

    meaning: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Site:
    """Where an ability is used."""

    owner: str
    capability: str
    offset: int
    line: int


class JavaScriptWalk:
    """One walk over one script."""

    def __init__(self, tree: Tree, script: Script) -> None:
        self.tree = tree
        self.script = script
        self.bindings: dict[str, list[Binding]] = {}
        self.fresh: set[str] = set()
        self.sites: list[Site] = []
        self.quiet: list[tuple[int, int]] = []
        self.bytewise: set[str] = set()
        script.function(MODULE).unasked = True
        self.read_imports()
        self.read_words()
        self.read_extras()
        self.read_arithmetic()
        self.read_paths()
        self.read_quiet()
        self.read_calls()

    # What is noted ------------------------------------------------------------------------------

    def can(self, capability: str, node: Node) -> None:
        """Note an ability at a node."""
        owner, line = self.tree.owner(node), self.tree.line(node)
        self.sites.append(Site(owner, capability, node.start_byte, line))
        self.script.function(owner, line).can(capability, line)

    def hides(self, trick: str, node: Node) -> None:
        """Note a trick at a node."""
        line = self.tree.line(node)
        self.script.function(self.tree.owner(node), line).hides(trick, line)

    def bind(self, name: str, meaning: str, node: Node) -> None:
        """A name stands for something within the function around a node."""
        scope: Node | None = node
        while scope is not None and scope.type not in FUNCTIONS:
            scope = scope.parent
        start, end = (0, len(self.tree.data)) if scope is None else (scope.start_byte, scope.end_byte)
        known = self.bindings.setdefault(name, [])
        if len(known) < 64:
            known.append(Binding(meaning, start, end))
            if meaning:
                self.fresh.add(name)

    def meaning(self, name: str, offset: int) -> str | None:
        """What a name stands for at an offset: by the narrowest scope; None if nothing binds it."""
        best: Binding | None = None
        for binding in self.bindings.get(name, ()):
            if binding.start <= offset < binding.end and (best is None or binding.start >= best.start):
                best = binding
        return None if best is None else best.meaning

    # Imports ------------------------------------------------------------------------------------

    def read_imports(self) -> None:  # noqa: C901 - one plain branch for each case
        """`require`, `import … from`, `import(…)` and `process.getBuiltinModule`."""
        for node, word in self.tree.words(sorted(LOADING)):
            parent = node.parent
            if parent is not None and parent.type == "import":  # the keyword within the node of that name
                node, parent = parent, parent.parent  # noqa: PLW2901 - the same word, one level up
            if parent is None:
                continue
            if parent.type == "call_expression" and parent.child_by_field_name("function") == node:
                self.read_load(parent)
            elif word == "getBuiltinModule" and parent.type == "member_expression":
                if parent.parent is not None and parent.parent.type == "call_expression":
                    self.read_load(parent.parent)
            elif word == "require" and parent.type == "variable_declarator":
                name = parent.child_by_field_name("name")
                if name is not None and parent.child_by_field_name("value") == node:
                    self.bind(self.tree.text(name), "global.require", node)
        if {b"import", b"from"} & self.tree.vocabulary:
            for node in self.tree.root.children:  # the language allows them nowhere else
                if node.type in {"import_statement", "export_statement"}:
                    self.read_import_statement(node)

    def read_import_statement(self, node: Node) -> None:
        """`import a, {b as c} from "m"`."""
        source = node.child_by_field_name("source")
        module = normal_module(self.tree.fold(source))
        if not module:
            return
        self.note_import(module, node)
        for clause in node.named_children:
            if clause.type != "import_clause":
                continue
            for part in clause.named_children:
                if part.type == "identifier":
                    self.bind(self.tree.text(part), module, node)
                elif part.type == "namespace_import":
                    self.bind(self.tree.text(part.named_children[-1]), module, node)
                elif part.type == "named_imports":
                    for item in part.named_children:
                        name = item.child_by_field_name("name")
                        alias = item.child_by_field_name("alias") or name
                        if name is not None and alias is not None:
                            self.bind(self.tree.text(alias), f"{module}.{self.tree.text(name)}", node)

    def note_import(self, module: str, node: Node) -> None:
        """One module is imported; relative ones are the package's own."""
        if not module.startswith((".", "/")) and len(module) < 200:
            parts = module.split("/")
            top = "/".join(parts[:2]) if module.startswith("@") else parts[0]
            self.script.imports.setdefault(top, []).append(self.tree.line(node))

    def read_load(self, call: Node) -> None:
        """`require(x)` or `import(x)`: a plain name, a computed one, or one that nobody can tell."""
        given = argument(call, 0)
        if given is None:
            return
        module = normal_module(self.tree.fold(given))
        if module and len(module) < 200:
            if not is_plain_string(given, self.tree.data):
                self.hides("computed-import", call)
            else:
                self.note_import(module, call)
            self.bind_value(call, module)
        elif (
            given.type not in {"identifier", "template_string", "member_expression"}
            or self.tree.text(given) == ""
        ):
            self.can("dynamic-import", call)
        else:
            self.can("dynamic-import", call)

    def bind_value(self, value: Node, meaning: str) -> None:  # noqa: C901 - one plain branch for each case
        """Follow an expression that stands for something to the names that it is bound to, or its use."""
        here = value
        for _ in range(12):
            parent = here.parent
            if parent is None:
                return
            if parent.type == "member_expression" and parent.child_by_field_name("object") == here:
                member = parent.child_by_field_name("property")
                meaning = normal_module(
                    f"{meaning}.{self.tree.text(member)}" if member is not None else meaning
                )
            elif parent.type == "subscript_expression" and parent.child_by_field_name("object") == here:
                index = parent.child_by_field_name("index")
                folded = self.tree.fold(index)
                if not folded:
                    if index is not None and index.type not in {"number", "identifier"}:
                        self.hides("computed-attribute", parent)
                    break
                if not is_plain_string(index, self.tree.data):
                    self.hides("computed-name", parent)
                meaning = f"{meaning}.{folded}"
            elif parent.type == "arguments" and parent.parent is not None and self.is_interop(parent.parent):
                parent = parent.parent
            elif parent.type not in {
                "await_expression",
                "parenthesized_expression",
                "as_expression",
                "non_null_expression",
            }:
                break
            here = parent
        if here.parent is not None:
            self.bind_target(here, here.parent, meaning)

    def is_interop(self, call: Node) -> bool:
        """Whether a call only wraps a module for another module system."""
        function = call.child_by_field_name("function")
        return (
            function is not None
            and function.type == "identifier"
            and INTEROP.match(self.tree.text(function)) is not None
        )

    def bind_target(self, value: Node, parent: Node, meaning: str) -> None:
        """The names on the left of a value, or the use of it."""
        target: Node | None = None
        if parent.type == "variable_declarator" and parent.child_by_field_name("value") == value:
            target = parent.child_by_field_name("name")
        elif parent.type == "assignment_expression" and parent.child_by_field_name("right") == value:
            target = parent.child_by_field_name("left")
        if target is not None and target.type == "identifier":
            self.bind(self.tree.text(target), meaning, parent)
            return
        if target is not None and target.type == "object_pattern":
            self.bind_pattern(target, meaning, parent)
            return
        self.use(meaning, value)

    def bind_pattern(self, pattern: Node, meaning: str, at: Node) -> None:
        """`const {exec, spawn: s} = …`."""
        for item in pattern.named_children[:200]:
            if item.type == "shorthand_property_identifier_pattern":
                name = self.tree.text(item)
                self.bind(name, f"{meaning}.{name}", at)
            elif item.type == "pair_pattern":
                key, value = item.child_by_field_name("key"), item.child_by_field_name("value")
                if key is not None and value is not None and value.type == "identifier":
                    self.bind(self.tree.text(value), f"{meaning}.{self.tree.text(key)}", at)

    # Words --------------------------------------------------------------------------------------

    def read_words(self) -> None:
        """Every word that is a global or an imported name; aliases found are searched in the next round."""
        wanted = set(GLOBALS) | self.fresh
        hits = 0
        for _ in range(ROUNDS):
            self.fresh = set()
            nodes = []
            for node, word in self.tree.words(sorted(wanted)):
                if node.type in {"identifier", "shorthand_property_identifier"}:
                    if self.declares(node):
                        place = node.parent or node
                        self.bind(word, "", place.parent or place if place.type in DECLARED else place)
                    else:
                        nodes.append((node, word))
                hits += 1
                if hits > MAX_HITS:
                    break
            for node, word in nodes:
                self.read_word(node, word)
            wanted = self.fresh - wanted
            if not wanted:
                return

    def declares(self, node: Node) -> bool:
        """Whether a word is bound here to something of the file's own."""
        parent = node.parent
        if parent is None:
            return False
        if parent.type == "formal_parameters":
            return True
        if parent.type == "arrow_function":
            return bool(parent.child_by_field_name("parameter") == node)
        field = DECLARING.get(parent.type)
        if field is None or parent.child_by_field_name(field) != node:
            return False
        meaning = self.meaning(self.tree.text(node), node.start_byte)
        return not meaning

    def read_word(self, node: Node, word: str) -> None:
        """One reference to a global or an imported name."""
        bound = self.meaning(word, node.start_byte)
        if bound == "":
            return
        parent = node.parent
        if (
            parent is not None
            and parent.type == "variable_declarator"
            and parent.child_by_field_name("name") == node
        ):
            return
        chain, outer, computed = self.tree.chain(node)
        rest = chain.partition(".")[2]
        if bound is None:
            if word not in GLOBALS:
                return
            head = "global" if word in GLOBAL_OBJECTS else f"global.{word}"
        else:
            head = bound
        name = normal_module(f"{head}.{rest}" if rest else head)
        while name.startswith(("global.global.", "global.globalThis.", "global.window.", "global.self.")):
            name = "global." + name.split(".", 2)[2]
        if computed:
            self.hides("computed-name", outer)
        self.index_of_global(name, outer)
        above = outer.parent
        if above is not None and above.type in {"variable_declarator", "assignment_expression"}:
            field = "value" if above.type == "variable_declarator" else "right"
            if above.child_by_field_name(field) == outer and (
                name in ALIASED or capability_of(name) or name in MODULES
            ):
                self.bind_target(outer, above, name)
        self.use(name, outer)

    def index_of_global(self, name: str, outer: Node) -> None:
        """`globalThis[…]` and `process[…]` with a name that is computed."""
        parent = outer.parent
        if name not in {"global", "global.process", "global.module", "global.Reflect"} or parent is None:
            return
        if parent.type == "subscript_expression" and parent.child_by_field_name("object") == outer:
            index = parent.child_by_field_name("index")
            if index is not None and index.type in {"call_expression", "binary_expression"}:
                self.hides("computed-attribute", parent)

    def use(self, name: str, outer: Node) -> None:
        """A canonical name is used at a node."""
        special = SPECIAL.get(name)
        if special is not None:
            special(self, name, outer)
            return
        if name.startswith("global.process.env"):
            self.use_environment(name, outer)
            return
        capabilities = capability_of(name)
        if not capabilities or self.is_type_only(outer):
            return
        for capability in capabilities:
            self.can(capability, outer)
        called = name.removeprefix("global.")
        if len(called) < 120:
            self.script.calls.setdefault(called, []).append(self.tree.line(outer))

    def is_type_only(self, outer: Node) -> bool:
        """Whether a name stands where only its type or existence matters."""
        parent = outer.parent
        if parent is None:
            return False
        if parent.type == "unary_expression":
            return self.tree.text(parent).startswith("typeof")
        if parent.type == "binary_expression":
            operator = parent.child_by_field_name("operator")
            return operator is not None and operator.type in {"instanceof", "===", "!==", "==", "!=", "in"}
        return parent.type in {"type_query", "type_annotation", "export_specifier", "import_specifier"}

    def call_of(self, outer: Node) -> Node | None:
        """The call or `new` whose function a node is, or None."""
        parent = outer.parent
        if parent is None:
            return None
        if parent.type == "call_expression" and parent.child_by_field_name("function") == outer:
            return parent
        if parent.type == "new_expression" and parent.child_by_field_name("constructor") == outer:
            return parent
        return None

    def use_environment(self, name: str, outer: Node) -> None:
        """One variable is not all of them: only the latter is what stealers take."""
        rest = name[len("global.process.env") :].strip(".")
        if rest:
            self.can(
                "credentials" if CREDENTIAL_NAME.search(rest.partition(".")[0]) else "environment", outer
            )
            return
        self.can("environment-bulk" if self.takes_all(outer) else "environment", outer)

    def takes_all(self, outer: Node) -> bool:
        """Whether the environment as a whole goes somewhere where it can be read out."""
        parent = outer.parent
        if parent is None:
            return False
        if parent.type == "template_substitution":
            return True
        if parent.type == "for_in_statement":
            return bool(parent.child_by_field_name("right") == outer)
        call: Node | None = None
        if parent.type == "arguments":
            call = parent.parent
        elif parent.type in {"spread_element", "object", "pair"}:
            above = parent.parent
            while above is not None and above.type in {"object", "pair", "spread_element", "arguments"}:
                if above.type == "arguments":
                    call = above.parent
                    break
                above = above.parent
        function = call.child_by_field_name("function") if call is not None else None
        return function is not None and BULK_CALL.search(self.tree.text(function)[-60:]) is not None

    def use_eval(self, name: str, outer: Node) -> None:
        """`eval` and `Function`, unless only compared or asked for the global object."""
        call = self.call_of(outer)
        if call is None:
            return
        given = [self.tree.fold(one).strip().rstrip(";") for one in arguments(call)]
        if name == "global.Function" and (not given or given[-1] in GLOBAL_THIS):
            return
        self.can("dynamic-code", outer)
        self.script.calls.setdefault(name.removeprefix("global."), []).append(self.tree.line(outer))

    def use_buffer(self, _name: str, outer: Node) -> None:
        """`Buffer.from(x, "base64")`, `new Buffer(x, "hex")`, `Buffer.from([numbers])`."""
        self.bytewise.add(self.tree.owner(outer))
        call = self.call_of(outer)
        if call is None:
            return
        given = arguments(call)
        if (len(given) > 1 and self.tree.fold(given[1]).lower() in ENCODINGS - {"binary", "latin1"}) or (
            given and given[0].type == "array" and given[0].named_child_count >= 16
        ):
            self.can("decode", outer)

    def use_timer(self, _name: str, outer: Node) -> None:
        """A timer that runs text, or one that fires long after everybody has stopped looking."""
        call = self.call_of(outer)
        if call is None:
            return
        given = arguments(call)
        if given and given[0].type in {"string", "template_string"}:
            self.can("dynamic-code", outer)
        if len(given) > 1 and milliseconds(self.tree.text(given[1])) >= FAR_AWAY:
            self.can("time-trigger", outer)

    def use_date(self, _name: str, outer: Node) -> None:
        """A clock held against a fixed date."""
        here = outer
        for _ in range(6):
            parent = here.parent
            if parent is None:
                return
            if parent.type == "binary_expression":
                operator = parent.child_by_field_name("operator")
                if operator is not None and operator.type in {"<", ">", "<=", ">=", "===", "=="}:
                    sides = (parent.child_by_field_name("left"), parent.child_by_field_name("right"))
                    other = next((side for side in sides if side is not None and side != here), None)
                    if other is not None and self.is_fixed(other):
                        self.can("time-trigger", outer)
                return
            if parent.type not in {
                "call_expression",
                "new_expression",
                "member_expression",
                "parenthesized_expression",
                "unary_expression",
            }:
                return
            here = parent

    def is_fixed(self, node: Node) -> bool:
        """Whether an expression is a constant moment."""
        text = self.tree.text(node)
        return (
            (node.type == "number" and text != "0")
            or (text.startswith("new Date(") and len(text) > 10)
            or "Date.parse(" in text
            or "Date.UTC(" in text
        )

    def use_process_on(self, _name: str, outer: Node) -> None:
        """Handlers at the end of the process."""
        call = self.call_of(outer)
        first = argument(call, 0) if call is not None else None
        if first is not None and self.tree.fold(first) in {"exit", "beforeExit", "uncaughtException"}:
            self.can("thread", outer)

    # The rest -----------------------------------------------------------------------------------

    def read_extras(self) -> None:  # noqa: C901, PLR0912 - one plain branch for each case
        """Members that matter whatever they hang on."""
        for node, word in self.tree.words(sorted(EXTRA)):
            parent = node.parent
            if parent is None:
                continue
            call = parent.parent if parent.type == "member_expression" else None
            if word == "catch" and call is not None and call.type == "call_expression":
                handler = argument(call, 0)
                if handler is not None and is_idle_function(handler):
                    self.quiet.append((parent.start_byte, node.start_byte))
            elif word == "constructor":
                self.read_constructor(parent, call)
            elif word == "detached" and parent.type == "pair":
                value = parent.child_by_field_name("value")
                if value is not None and self.tree.text(value) in {"true", "!0"}:
                    self.hides("detached-process", node)
            elif word == "_compile" and call is not None and call.type == "call_expression":
                self.can("dynamic-code", node)
            elif word in {"charCodeAt", "codePointAt"}:
                self.bytewise.add(self.tree.owner(node))
            elif word in {"fromCharCode", "fromCodePoint"} and parent.type == "member_expression":
                self.read_from_code(node, parent, call)
        for match in ENCODING.finditer(self.tree.data):
            named = self.tree.root.descendant_for_byte_range(match.start(1), match.end(1))
            if named is not None and named.type == "property_identifier":
                self.can("encode", named)
        for match in HIDDEN_CONSTRUCTOR.finditer(self.tree.data):
            index = self.tree.root.descendant_for_byte_range(match.start(), match.start() + 1)
            above = index.parent if index is not None else None
            if (
                index is not None
                and above is not None
                and above.type in {"subscript_expression", "call_expression"}
            ):
                self.can("dynamic-code", index)
                self.hides("constructor-call", index)

    def read_constructor(self, member: Node, call: Node | None) -> None:
        """`(() => {}).constructor("code")()`: `Function` without its name."""
        if call is None or call.type != "call_expression" or call.child_by_field_name("function") != member:
            return
        given = arguments(call)
        again = (
            call.parent is not None
            and call.parent.type == "call_expression"
            and call.parent.child_by_field_name("function") == call
        )
        owner = member.child_by_field_name("object")
        if (
            given
            and owner is not None
            and owner.type not in {"this", "super"}
            and (again or given[-1].type in {"string", "template_string", "binary_expression"})
        ):
            self.can("dynamic-code", member)
            self.hides("constructor-call", member)

    def read_from_code(self, node: Node, _member: Node, call: Node | None) -> None:
        """`String.fromCharCode` over many numbers, or over computed ones."""
        self.bytewise.add(self.tree.owner(node))
        if call is None or call.type != "call_expression":
            if call is not None and call.type in {"arguments", "member_expression"}:
                self.can("decode", node)
            return
        given = arguments(call)
        arithmetic = any(
            one.type == "binary_expression" and self.tree.text(one).find("^") >= 0 for one in given
        )
        if len(given) >= 8 or arithmetic or any(one.type == "spread_element" for one in given):
            self.can("decode", node)

    def read_arithmetic(self) -> None:
        """Byte arithmetic in functions that make characters from numbers."""
        if not self.bytewise:
            return
        for match in ARITHMETIC.finditer(self.tree.data):
            node = self.tree.root.descendant_for_byte_range(match.start(1), match.start(1) + 1)
            if node is not None and node.type in {"^", "^=", "%"} and self.tree.owner(node) in self.bytewise:
                self.can("decode", node)

    def read_paths(self) -> None:
        """Places of secrets and of start-up, named in strings."""
        text = self.script.text
        if not text.isascii():
            text = self.tree.data.decode("latin-1")  # so that offsets are those of the bytes
        for offset, capability in path_hits(text):
            node = self.tree.root.descendant_for_byte_range(offset, offset + 1)
            if node is not None and (
                node.type
                in {"string_fragment", "string", "template_string", "escape_sequence", '"', "'", "`"}
            ):
                self.can(capability, node)

    def read_quiet(self) -> None:
        """Abilities whose every failure is swallowed."""
        if b"catch" in self.tree.vocabulary:
            for site in self.sites[:MAX_SITES]:
                self.find_handler(site)
        for match in QUIET_ERROR.finditer(self.tree.data):
            node = self.tree.root.descendant_for_byte_range(match.start(), match.start() + 2)
            owner = self.tree.owner(node) if node is not None else ""
            for site in self.sites:
                if site.owner == owner and site.capability == "network":
                    self.script.function(owner).silenced.setdefault("network", site.line)
        if len(self.quiet) * len(self.sites) < 4_000_000:
            for site in self.sites:
                if any(start <= site.offset < end for start, end in self.quiet):
                    self.script.function(site.owner).silenced.setdefault(site.capability, site.line)

    def find_handler(self, site: Site) -> None:
        """Climb from a use to a handler around it that does nothing."""
        inner = self.tree.root.descendant_for_byte_range(site.offset, site.offset + 1)
        above = inner.parent if inner is not None else None
        for _ in range(CLIMB):
            if inner is None or above is None:
                return
            if above.type == "try_statement" and above.child_by_field_name("body") == inner:
                handler = above.child_by_field_name("handler")
                body = handler.child_by_field_name("body") if handler is not None else None
                if body is not None and all(is_idle_statement(child) for child in body.named_children):
                    self.quiet.append((inner.start_byte, inner.end_byte))
                    return
            inner, above = above, above.parent

    def read_calls(self) -> None:
        """Who calls the functions that can do something, two levels up."""
        border = {name for name, function in self.script.functions.items() if function.capabilities}
        done: set[str] = set()
        for _ in range(2):
            names = {
                name.rpartition(".")[2]: name
                for name in border - done
                if len(name.rpartition(".")[2]) > SHORT
            }
            names.pop(MODULE, None)
            done |= border
            border = set()
            if not names or len(names) > 400:
                return
            hits = 0
            for node, word in self.tree.words(sorted(names)):
                hits += 1
                if hits > MAX_CALLERS * len(names):
                    break
                parent = node.parent
                if (
                    parent is None
                    or parent.type in {"method_definition", "function_declaration", "pair"}
                    or self.declares(node)
                ):
                    continue
                caller = self.tree.owner(node)
                if caller != names[word]:
                    self.script.function(caller, self.tree.line(node)).calls.add(names[word])
                    border.add(caller)


def normal_module(name: str) -> str:
    """A module's name without `node:`, and without the `default` of another module system."""
    return name.removeprefix("node:").replace(".default.", ".").removesuffix(".default")


def milliseconds(text: str) -> float:
    """The value of a number or of a product of numbers, 0 for anything else."""
    product = 1.0
    for part in text.replace("_", "").split("*"):
        try:
            product *= float(part.strip() or "x")
        except ValueError:
            return 0
    return product


def is_idle_statement(node: Node) -> bool:
    """Whether a statement tells nobody anything."""
    if node.type in {"comment", "empty_statement", "continue_statement", "break_statement"}:
        return True
    return node.type == "return_statement" and all(
        child.type in {"null", "undefined", "true", "false", "number", "comment"}
        for child in node.named_children
    )


def is_idle_function(node: Node) -> bool:
    """Whether a handler does nothing: `() => {}`, `function () {}`."""
    if node.type not in {"arrow_function", "function_expression"}:
        return False
    body = node.child_by_field_name("body")
    return body is not None and (
        (body.type == "statement_block" and all(is_idle_statement(child) for child in body.named_children))
        or body.type in {"null", "undefined", "false"}
    )


ALIASED: Final = frozenset(
    (
        "global",
        "global.eval",
        "global.Function",
        "global.require",
        "global.process",
        "global.process.env",
        "global.Buffer",
        "global.atob",
    )
)
SPECIAL: Final = {
    "global.eval": JavaScriptWalk.use_eval,
    "global.Function": JavaScriptWalk.use_eval,
    "global.Buffer": JavaScriptWalk.use_buffer,
    "global.Buffer.from": JavaScriptWalk.use_buffer,
    "global.Buffer.alloc": JavaScriptWalk.use_buffer,
    "global.TextDecoder": JavaScriptWalk.use_buffer,
    "global.setTimeout": JavaScriptWalk.use_timer,
    "global.setInterval": JavaScriptWalk.use_timer,
    "global.Date": JavaScriptWalk.use_date,
    "global.Date.now": JavaScriptWalk.use_date,
    "global.process.on": JavaScriptWalk.use_process_on,
    "global.process.once": JavaScriptWalk.use_process_on,
}
