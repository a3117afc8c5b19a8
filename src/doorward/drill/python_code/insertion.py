"""Places where an implant's source can stand, and guards before it.

Guards vary from none to impossible, because no verdict may lean on them: a guard that never opens
today opens tomorrow. Whatever would touch files or processes if it ran is kept dormant.
"""

from __future__ import annotations

import ast
import textwrap

from doorward.drill.chance import Chance
from doorward.drill.python_code.draft import Draft

__all__ = ["append_to", "new_module", "place"]

_IMPOSSIBLE = (
    "if False:",
    "if 0:",
    "if len(__name__) > 4096:",
    "if __name__ == '__never__':",
    "if not __file__:",
    "if {sys}.maxsize < 0:",
    "if {sys}.platform == 'os400':",
    "if {os}.environ.get('{word}_{word}'.upper()) == '{hex}':",
    "if {time}.time() < 1000:",
    "if {sys}.version_info < (2, 6):",
    "if hash({hexq}) == 0:",
    "while False:",
)
_OPEN = ("", "try:", "if __debug__:", "if {sys}.version_info >= (3,):", "if __name__:")


def _guard(draft: Draft, *, dormant: bool) -> str:
    chance = draft.chance
    text = chance.pick(_IMPOSSIBLE if dormant or chance.maybe(0.5) else _OPEN)
    text = text.replace("{word}", chance.word()).replace("{hexq}", repr(chance.letters(6, 9)))
    text = text.replace("{hex}", chance.letters(6, 9))
    for module in ("sys", "os", "time"):
        if "{" + module + "}" in text:
            style, draft.style = draft.style, "plain"
            text = text.replace("{" + module + "}", draft.use(module))
            draft.style = style
    return text


def _guarded(draft: Draft, call: str, *, dormant: bool) -> str:
    guard = _guard(draft, dormant=dormant)
    if not guard:
        return call
    tail = "\nexcept Exception:\n    pass" if guard == "try:" else ""
    return f"{guard}\n    {call}{tail}"


_SETTINGS: dict[str, str] = {
    "getattr": "class $Lazy:\n    def __getattr__(self, name):\n        return CALL",
    "decorator": """def $wrap(function):
    def inner(*args):
        CALL
        return function(*args)
    return inner


@$wrap
def $probe():
    return None""",
    "default": "def $late(value=None):\n    return value or CALL",
    "finally": "def $late(value):\n    try:\n        return value.read()\n    finally:\n        CALL",
    "del": "class $Lazy:\n    def __del__(self):\n        CALL",
    "after-return": "def $late(value):\n    return value\n    CALL",
}


def _set_off(draft: Draft, *, dormant: bool) -> str:
    """Statements at module level that set it off, or nothing at all."""
    call = draft.trigger
    shape = draft.chance.pick(("none", "call", "call", "atexit", "thread", "class", *_SETTINGS))
    if shape in _SETTINGS:
        return draft.fill(_SETTINGS[shape]).replace("CALL", call)
    if shape == "none":
        return ""
    if shape == "class":
        inner = textwrap.indent(_guarded(draft, f"{draft.names['flag']} = {call}", dormant=dormant), "    ")
        return draft.fill(f"class $Holder:\n    kind = None\n{inner}")
    if shape == "atexit":
        call = f"{draft.use('atexit')}.register(lambda: {call})"
    elif shape == "thread":
        call = f"{draft.use('threading')}.Thread(target=lambda: {call}, daemon=True).start()"
    return _guarded(draft, call, dormant=dormant)


def _text(draft: Draft, *, dormant: bool) -> tuple[list[str], str]:
    """Import lines, and the rest at module level."""
    end = draft.outside(_set_off(draft, dormant=dormant))
    parts = ["\n".join(draft.consts), *draft.functions, end]
    return draft.imports, "\n\n\n".join(part for part in parts if part)


def new_module(draft: Draft, *, dormant: bool = False) -> bytes:
    """The source of a module of its own."""
    imports, body = _text(draft, dormant=dormant)
    doc = f'"""{draft.chance.prose(5).capitalize()}."""\n' if draft.chance.maybe(0.6) else ""
    return f"{doc}{chr(10).join(sorted(imports))}\n\n{body}\n".encode()


def append_to(source: bytes, text: str) -> bytes:
    """The module with text after its last line."""
    return source.rstrip(b"\n") + b"\n\n\n" + text.encode() + b"\n"


def place(draft: Draft, source: bytes, *, dormant: bool = False) -> bytes:
    """The module with the implant in it: at its end, or set off from within a function of its own."""
    host = _hosts(source, draft.chance) if draft.chance.maybe(0.45) else None
    if host is None:
        imports, body = _text(draft, dormant=dormant)
        return _with_imports(append_to(source, body), imports, draft.chance)
    line, indent = host
    inner = _guarded(draft, draft.trigger, dormant=dormant or draft.chance.maybe(0.5))
    draft.outside(inner)
    lines = source.decode().split("\n")
    lines[line - 1 : line - 1] = textwrap.indent(inner, indent).split("\n")
    body = "\n\n\n".join(part for part in ("\n".join(draft.consts), *draft.functions) if part)
    return _with_imports(append_to("\n".join(lines).encode(), body), draft.imports, draft.chance)


def _hosts(source: bytes, chance: Chance) -> tuple[int, str] | None:
    """Line and indent of the first statement of some function of this module."""
    tree = ast.parse(source)
    places = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and len(node.body) > 1:
            first = node.body[1]
            start = min([first.lineno, *(d.lineno for d in getattr(first, "decorator_list", []))])
            if start > (node.body[0].end_lineno or 0):
                places.append((start, " " * first.col_offset))
    return chance.pick(places) if places else None


def _with_imports(source: bytes, imports: list[str], chance: Chance) -> bytes:
    if not imports:
        return source
    tree = ast.parse(source)
    at = 0
    for node in tree.body:
        doc = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not (doc or isinstance(node, ast.Import | ast.ImportFrom)):
            break
        at = node.end_lineno or at
    lines = source.decode().split("\n")
    kept = [line for line in imports if line not in lines]
    chance.shuffle(kept)
    lines[at:at] = kept
    return "\n".join(lines).encode()
