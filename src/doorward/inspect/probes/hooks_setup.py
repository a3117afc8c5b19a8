"""What a setup.py replaces and calls as soon as it is read."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator

from doorward.inspect.probes.hooks_gather import hook
from doorward.inspect.probes.hooks_kinds import SETUP_CALL, SETUP_COMMAND
from doorward.model.trait import Trait

__all__ = ["setup_traits"]

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def setup_traits(text: str) -> Iterator[Trait]:
    """Overridden commands and calls at module level.

    A setup.py in another dialect (Python 2) gives nothing here: the script probe says that it cannot
    be read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    lines = text.splitlines()
    for node in ast.walk(tree):
        yield from overridden(node, lines)
    for call in module_calls(tree):
        name = dotted(call.func)
        if name.rsplit(".", 1)[-1] != "setup":
            yield hook(SETUP_CALL, name, quoted(lines, call), line=call.lineno)


def overridden(node: ast.AST, lines: list[str]) -> Iterator[Trait]:
    """Commands given in `cmdclass=…` or assigned to `cmdclass[…]`."""
    value: ast.expr | None = None
    if isinstance(node, ast.keyword) and node.arg == "cmdclass":
        value = node.value
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id == "cmdclass":
                value = node.value
            elif isinstance(target, ast.Subscript) and dotted(target.value).endswith("cmdclass"):
                yield hook(SETUP_COMMAND, literal(target.slice), quoted(lines, node), line=node.lineno)
    for name in commands(value):
        yield hook(
            SETUP_COMMAND, name, quoted(lines, value) if value else "", line=value.lineno if value else None
        )


def commands(value: ast.expr | None) -> Iterator[str]:
    """Names in `{"install": …}` or `dict(install=…)`; `computed` where the program makes them up."""
    if isinstance(value, ast.Dict):
        yield from (literal(key) for key in value.keys)
    elif isinstance(value, ast.Call):
        yield from (item.arg or "computed" for item in value.keywords)
        if not value.keywords and value.args:
            yield "computed"


def literal(node: ast.expr | None) -> str:
    """A string constant's value, or the word `computed`."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "computed"


def module_calls(tree: ast.Module) -> Iterator[ast.Call]:
    """Calls that run when the module is read: none inside of functions or classes' methods."""
    pending: list[ast.AST] = list(reversed(tree.body))
    while pending:
        node = pending.pop()
        if isinstance(node, ast.ClassDef):
            pending.extend(child for child in reversed(node.body) if not isinstance(child, DEFINITIONS))
            continue
        if isinstance(node, DEFINITIONS):
            continue
        if isinstance(node, ast.Call):
            yield node
        pending.extend(reversed(list(ast.iter_child_nodes(node))))


def dotted(node: ast.AST) -> str:
    """`os.path.join` for such an expression; a call's or subscript's own name within longer chains."""
    parts: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Subscript):
            node = node.value
        else:
            break
    parts.append(node.id if isinstance(node, ast.Name) else "…")
    return ".".join(reversed(parts))


def quoted(lines: list[str], node: ast.expr | ast.stmt) -> str:
    """The lines of a node, at most twelve of them."""
    end = min(node.end_lineno or node.lineno, node.lineno + 11)
    return "\n".join(lines[node.lineno - 1 : end])
