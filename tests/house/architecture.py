"""The house's rules as pure functions: modules in, sentences about what breaks a rule out.

Each rule takes parsed modules, so that a test can show it a house that breaks the rule. The rules
themselves are the ones that `docs/explanation/rooms.md` tells contributors.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "FLOORS",
    "Module",
    "broken_exports",
    "broken_floors",
    "cycles",
    "forbidden_acts",
    "forbidden_names",
    "hidden_imports",
    "imports_of",
    "modules_below",
    "silent_handlers",
    "undocumented",
    "working_init",
]

PACKAGE = "doorward"

FLOORS = {
    "model": 0,
    "errors": 0,
    "ports": 0,
    "formats": 1,
    "trust": 2,
    "inspect": 3,
    "rebuild": 3,
    "gate": 3,
    "ledger": 3,
    "delivery": 3,
    "watch": 3,
    "trace": 3,
    "recall": 3,
    "fleet": 3,
    "drill": 3,
    "wiring": 4,
    "release": 4,
    "response": 4,
    "cli": 5,
    "console": 5,
}
"""Which floor each room is on; `world` stands beside them."""

BASEMENT = ("model", "errors", "ports")
"""Floor 0 is one room: the ports speak of the nouns."""

ACTS = {
    "print": ("print", "click.echo", "sys.stdout", "sys.stderr", "click.secho"),
    "exit": ("exit", "quit", "sys.exit", "os._exit", "SystemExit"),
    "environment": ("os.environ", "os.environb", "os.getenv", "sys.argv", "pathlib.Path.home", "Path.home"),
    "clock": (
        "time.time",
        "time.time_ns",
        "time.monotonic",
        "time.perf_counter",
        "time.sleep",
        "time.gmtime",
        "time.localtime",
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "date.today",
    ),
    "process": ("subprocess", "socket", "os.system", "os.fork", "os.execv", "multiprocessing"),
}
"""What only some rooms may do, by the dotted names that do it."""

ALLOWED = {
    "print": ("cli", "console"),
    "exit": ("cli", "console"),
    "environment": ("cli", "console"),
    "clock": ("cli", "console", "world"),
    "process": ("world",),
}

VAGUE = re.compile(r"(^|_)(utils?|helpers?|common|misc|managers?)($|_)")


@dataclass(frozen=True)
class Module:
    """One parsed module."""

    name: str
    """Dotted name; a package's `__init__` has the package's name."""
    tree: ast.Module
    is_package: bool = False

    @classmethod
    def of(cls, name: str, source: str, *, is_package: bool = False) -> Module:
        """Parse a module's source."""
        return cls(name, ast.parse(source), is_package)

    @property
    def room(self) -> str:
        """The room it belongs to; empty for the package itself."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else ""


def modules_below(folder: Path) -> dict[str, Module]:
    """Every module below the folder that holds the package."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        found[name] = Module.of(name, path.read_text(encoding="utf-8"), is_package=is_package)
    return found


def imports_of(module: Module, known: Iterable[str]) -> set[str]:
    """The package's own modules that a module imports, wherever the import stands."""
    names = set(known)
    found: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            found.update(
                f"{base}.{alias.name}" if f"{base}.{alias.name}" in names else base for alias in node.names
            )
    return {name for name in found if name.split(".")[0] == PACKAGE}


def room_of(name: str) -> str:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


def broken_floors(modules: Mapping[str, Module]) -> list[str]:
    """Imports that go up, or across to another room of the same floor."""
    broken = []
    for module in modules.values():
        for target in sorted(imports_of(module, modules)):
            reason = why_not(module.room, room_of(target))
            if reason:
                broken.append(f"{module.name} imports {target}: {reason}")
    return broken


def why_not(room: str, other: str) -> str:
    """Why a room may not import from another; empty if it may."""
    if other in {"", room}:
        return ""  # its own room, or the package's version
    unknown = {room, other} - {"", "world"} - FLOORS.keys()
    if unknown:
        return f"{', '.join(sorted(unknown))} is no room of this house"
    if "world" in {room, other}:
        return why_not_world(room, other)
    here, there = FLOORS.get(room, 0), FLOORS[other]
    if there > here:
        return f"floor {here} may not look up to floor {there}"
    if there == here and not (room in BASEMENT and other in BASEMENT):
        return f"two rooms of floor {here} never import each other"
    return ""


def why_not_world(room: str, other: str) -> str:
    if other == "world":
        return "" if room == "wiring" else "world is imported by wiring alone"
    return "" if FLOORS[other] <= 1 else "world imports floors 0 and 1 only"


def cycles(modules: Mapping[str, Module]) -> list[str]:
    """Groups of modules that import each other in a circle."""
    graph = {name: imports_of(module, modules) & modules.keys() - {name} for name, module in modules.items()}
    reached = {name: reach(graph, name) for name in graph}
    circles = {
        " ⇄ ".join(sorted(other for other in beyond if name in reached[other]))
        for name, beyond in reached.items()
        if name in beyond
    }
    return sorted(circles)


def reach(graph: Mapping[str, set[str]], start: str) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        for name in graph[waiting.pop()] - reached:
            reached.add(name)
            waiting.append(name)
    return reached


def broken_exports(modules: Mapping[str, Module]) -> list[str]:
    """Modules whose `__all__` is missing, unsorted, or names what is not there."""
    broken = []
    for module in modules.values():
        exported = exports(module)
        if exported is None:
            if not module.is_package:
                broken.append(f"{module.name} has no __all__")
            continue
        if exported != sorted(exported, key=order):
            broken.append(f"{module.name}: __all__ is not sorted")
        missing = [name for name in exported if name not in bound(module)]
        broken.extend(f"{module.name}: __all__ names {name}, which is not there" for name in missing)
    return broken


def order(name: str) -> tuple[int, list[object]]:
    """As ruff's RUF022 sorts: constants, classes, the rest; numbers by value."""
    kind = 0 if len(name) > 1 and name.isupper() else 1 if name.lstrip("_")[:1].isupper() else 2
    return kind, [(0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"(\d+)", name)]


def exports(module: Module) -> list[str] | None:
    for node in module.tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            assert isinstance(node, ast.Assign)
            return list(ast.literal_eval(node.value))
    return None


def bound(module: Module) -> set[str]:
    """Names bound at the top level of a module."""
    names: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.ImportFrom | ast.Import):
            names.update(alias.asname or alias.name for alias in node.names)
    return names


def working_init(modules: Mapping[str, Module]) -> list[str]:
    """Packages whose `__init__` does more than say what it is and name what is public."""
    broken = []
    for module in modules.values():
        if not module.is_package:
            continue
        for node in module.tree.body:
            documents = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            names = isinstance(node, ast.Assign) and all(
                isinstance(target, ast.Name) and target.id in {"__all__", "__version__"}
                for target in node.targets
            )
            if not documents and not names and not isinstance(node, ast.ImportFrom):
                broken.append(f"{module.name}/__init__.py, line {node.lineno}: code")
    return broken


def forbidden_acts(modules: Mapping[str, Module]) -> Iterator[tuple[str, str, str]]:
    """What a room does that only others may: (module, act, sentence)."""
    for module in modules.values():
        for act, names in ACTS.items():
            if module.room in ALLOWED[act]:
                continue
            for used, line in sorted(uses(module.tree)):
                if used in names or any(used.startswith(f"{name}.") for name in names):
                    yield module.name, act, f"{module.name}, line {line}: {used} ({act})"


def uses(tree: ast.Module) -> set[tuple[str, int]]:
    """Every dotted name that a module uses or imports, with the alias it was imported under resolved."""
    aliases: dict[str, str] = {}
    found: set[tuple[str, int]] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                aliases[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
                found.add((alias.name, node.lineno))
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                found.add((f"{node.module}.{alias.name}", node.lineno))
    for node in ast.walk(tree):
        name = dotted(node)
        if name and isinstance(node, ast.expr):
            first, _, rest = name.partition(".")
            whole = f"{aliases.get(first, first)}.{rest}".rstrip(".")
            found.add(
                (whole.removeprefix("datetime.") if whole.startswith("datetime.date") else whole, node.lineno)
            )
    return found


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def forbidden_names(paths: Iterable[str]) -> list[str]:
    """Modules and folders named for no idea at all."""
    return sorted(
        path
        for path in paths
        if any(VAGUE.search(part.removesuffix(".py")) for part in path.split("/") if part)
    )


def hidden_imports(modules: Mapping[str, Module]) -> Iterator[tuple[str, str, int]]:
    """Imports inside functions: (module, what it imports, line)."""
    for module in modules.values():
        for function in ast.walk(module.tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Import):
                    for alias in node.names:
                        yield module.name, alias.name, node.lineno
                elif isinstance(node, ast.ImportFrom):
                    yield module.name, node.module or ".", node.lineno


def silent_handlers(modules: Mapping[str, Module]) -> list[str]:
    """Exceptions that are caught and forgotten."""
    broken = []
    for module in modules.values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ExceptHandler) and all(
                says_nothing(statement) for statement in node.body
            ):
                broken.append(f"{module.name}, line {node.lineno}: an exception is caught and forgotten")
            if isinstance(node, ast.Call) and dotted(node.func).rsplit(".", 1)[-1] == "suppress":
                wide = [dotted(a) for a in node.args if dotted(a) in {"Exception", "BaseException"}]
                broken.extend(f"{module.name}, line {node.lineno}: suppress({name})" for name in wide)
    return broken


def says_nothing(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def undocumented(modules: Mapping[str, Module]) -> list[str]:
    """Modules whose docstring does not begin with a sentence."""
    broken = []
    for module in modules.values():
        text = ast.get_docstring(module.tree) or ""
        first = text.partition("\n")[0]
        if len(first.split()) < 3 or not re.search(r"[.?!]$", first) or not re.match(r"[A-Za-z`]", first):
            broken.append(f"{module.name}: its docstring begins with {first!r}")
    return broken
