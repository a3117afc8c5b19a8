"""Changes of logic: the control group. The artifact alone holds nothing that an honest change would not.

Each is one small edit that keeps the file valid: a comparison, a check, a number, a flag.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from doorward.drill.scene import NoPlace, Scene

__all__ = ["PLANTS"]

_TURNED = {"==": "!=", "!=": "==", "<": "<=", ">": ">=", "<=": "<", ">=": ">"}


def _python_edit(scene: Scene, edit: Callable[[str], str | None]) -> None:
    """Apply an edit to some module where it changes something and the result still parses."""
    modules = scene.modules()
    scene.chance.shuffle(modules)
    for path in modules:
        changed = edit(scene.new.files[path].decode())
        if changed is not None:
            scene.new.files[path] = changed.encode()
            return
    raise NoPlace(f"family {scene.family}", expected="a module that the edit fits", found="none")


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def _swap(scene: Scene, text: str, pattern: str, other: Callable[[re.Match[str]], str]) -> str | None:
    found = list(re.finditer(pattern, text, re.MULTILINE))
    scene.chance.shuffle(found)
    for match in found[:8]:
        changed = text[: match.start()] + other(match) + text[match.end() :]
        if _parses(changed):
            return changed
    return None


def _comparison(scene: Scene) -> None:
    pattern = r"(?<=\w )(==|!=|<=|>=|<|>)(?= [\w'\"])"
    _python_edit(scene, lambda text: _swap(scene, text, rf"{pattern}", lambda m: _TURNED[m[1]]))


def _check_removed(scene: Scene) -> None:
    """One `raise` becomes `pass`."""
    _python_edit(scene, lambda text: _swap(scene, text, r"(?<= )raise \w+\(.*\)$", lambda _m: "pass"))


def _constant(scene: Scene) -> None:
    pattern = r"(?<= = )\d{2,6}$"
    _python_edit(scene, lambda text: _swap(scene, text, pattern, lambda m: str(max(1, int(m[0]) // 10))))


def _js_flag(scene: Scene) -> None:
    paths = [path for path in scene.paths(".js", ".mjs", ".cjs") if ".min." not in path]
    scene.chance.shuffle(paths)
    swaps = {b"true": b"false", b"false": b"true", b"===": b"!==", b"!==": b"==="}
    for path in paths:
        data = scene.new.files[path]
        found = list(re.finditer(rb"(?<=[ (])(true|false|===|!==)(?=[ ;,)])", data))
        if found:
            match = scene.chance.pick(found)
            scene.new.files[path] = data[: match.start()] + swaps[match[1]] + data[match.end() :]
            return
    raise NoPlace(f"family {scene.family}", expected="a flag or comparison", found="none")


PLANTS: dict[str, Callable[[Scene], None]] = {
    "logic-py-comparison": _comparison,
    "logic-py-check-removed": _check_removed,
    "logic-py-constant": _constant,
    "logic-js-flag": _js_flag,
}
