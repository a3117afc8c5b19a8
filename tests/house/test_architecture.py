"""The house stands as its plan says, and each rule is shown a house that breaks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house.architecture import (
    Module,
    broken_exports,
    broken_floors,
    cycles,
    forbidden_acts,
    forbidden_names,
    hidden_imports,
    modules_below,
    silent_handlers,
    undocumented,
    working_init,
)

SOURCE = Path(__file__).parents[2] / "src"

PERMITTED_ACTS = {
    ("doorward.world.jail", "exit"): "a process of its own: it ends itself once whoever asks is gone",
    ("doorward.world.jail", "environment"): "a process of its own: its arguments say what it may read",
    ("doorward.wiring", "clock"): "hands the clock on to what needs one; reads it nowhere",
    ("doorward.world.jail", "print"): "a process of its own: it answers which fences stand on its stderr",
}
"""What a module may do although its room may not, each with its reason."""

PERMITTED_HIDDEN_IMPORTS: dict[tuple[str, str], str] = {
    ("doorward.inspect.worker", "doorward.inspect.probes.yara_rules"): "60 ms that only --rules needs",
    ("doorward.wiring", "doorward.inspect.probes.yara_rules"): "60 ms that only --rules needs",
}
"""Imports inside a function, each with its reason: an optional dependency, or a lazily loaded command."""


@pytest.fixture(scope="module")
def house() -> dict[str, Module]:
    return modules_below(SOURCE)


def built(**sources: str) -> dict[str, Module]:
    """A small house: module names with `__` for dots, each with its source."""
    return {
        name.replace("__", "."): Module.of(name.replace("__", "."), source)
        for name, source in sources.items()
    }


def test_a_module_imports_only_from_its_own_room_or_a_lower_floor(house: dict[str, Module]) -> None:
    assert broken_floors(house) == []


@pytest.mark.parametrize(
    ("importer", "imported", "reason"),
    [
        ("doorward.formats.a", "doorward.cli.b", "floor 1 may not look up to floor 5"),
        ("doorward.inspect.a", "doorward.rebuild.b", "two rooms of floor 3 never import each other"),
        ("doorward.inspect.a", "doorward.world.b", "world is imported by wiring alone"),
        ("doorward.cli.a", "doorward.world.b", "world is imported by wiring alone"),
        ("doorward.world.a", "doorward.inspect.b", "world imports floors 0 and 1 only"),
        ("doorward.world.a", "doorward.trust.b", "world imports floors 0 and 1 only"),
        ("doorward.attic.a", "doorward.model.b", "attic is no room of this house"),
        ("doorward.model.a", "doorward.formats.b", "floor 0 may not look up to floor 1"),
    ],
)
def test_an_import_that_goes_up_or_across_is_named(importer: str, imported: str, reason: str) -> None:
    house = {
        importer: Module.of(importer, f"from {imported.rpartition('.')[0]} import b"),
        imported: Module.of(imported, ""),
    }
    assert broken_floors(house) == [f"{importer} imports {imported}: {reason}"]


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("doorward.cli.a", "doorward.wiring"),
        ("doorward.wiring", "doorward.world.b"),
        ("doorward.world.a", "doorward.formats.b"),
        ("doorward.ports", "doorward.model.b"),
        ("doorward.inspect.a", "doorward.inspect.open.b"),
    ],
)
def test_an_import_that_goes_down_is_fine(importer: str, imported: str) -> None:
    house = {importer: Module.of(importer, f"import {imported}"), imported: Module.of(imported, "")}
    assert broken_floors(house) == []


def test_modules_import_each_other_in_no_circle(house: dict[str, Module]) -> None:
    assert cycles(house) == []


def test_a_circle_is_named_even_when_an_import_hides_in_a_function() -> None:
    house = built(
        doorward__inspect__a="import doorward.inspect.b",
        doorward__inspect__b="def f():\n    from doorward.inspect import c",
        doorward__inspect__c="from doorward.inspect.a import x",
        doorward__inspect__d="import doorward.inspect.a",
    )
    assert cycles(house) == ["doorward.inspect.a ⇄ doorward.inspect.b ⇄ doorward.inspect.c"]


def test_every_module_says_what_it_exports_in_order(house: dict[str, Module]) -> None:
    assert broken_exports(house) == []


def test_missing_unsorted_and_empty_promises_are_named() -> None:
    house = built(
        doorward__a="x = 1",
        doorward__b='__all__ = ["b", "a"]\na = b = 1',
        doorward__c='__all__ = ["gone"]',
        doorward__d='__all__ = ["LIMIT", "Ask", "ask", "v2", "v10"]\nLIMIT = Ask = ask = v2 = v10 = 1',
    )
    assert broken_exports(house) == [
        "doorward.a has no __all__",
        "doorward.b: __all__ is not sorted",
        "doorward.c: __all__ names gone, which is not there",
    ]


def test_an_init_holds_a_docstring_and_public_names(house: dict[str, Module]) -> None:
    assert working_init(house) == []


def test_an_init_that_works_is_named() -> None:
    source = '"""A room."""\nfrom doorward.x import y\n__all__ = ["y"]\nregistry = {}\nfor a in b: pass\n'
    house = {"doorward.x": Module.of("doorward.x", source, is_package=True)}
    assert working_init(house) == [
        "doorward.x/__init__.py, line 4: code",
        "doorward.x/__init__.py, line 5: code",
    ]


def test_who_prints_exits_and_reads_environment_or_clock(house: dict[str, Module]) -> None:
    broken = [
        sentence for module, act, sentence in forbidden_acts(house) if (module, act) not in PERMITTED_ACTS
    ]
    assert broken == []


@pytest.mark.parametrize(
    ("source", "act"),
    [
        ("print(1)", "print"),
        ("import sys\nsys.stdout.write('x')", "print"),
        ("import click as c\nc.echo(1)", "print"),
        ("import sys\nsys.exit(1)", "exit"),
        ("raise SystemExit", "exit"),
        ("from os import _exit\n_exit(1)", "exit"),
        ("import os\nos.environ['X']", "environment"),
        ("from os import environ\nenviron.get('X')", "environment"),
        ("from os import getenv as g\ng('X')", "environment"),
        ("from pathlib import Path\nPath.home()", "environment"),
        ("from time import monotonic\nmonotonic()", "clock"),
        ("from datetime import datetime\ndatetime.now()", "clock"),
        ("import datetime as d\nd.datetime.now()", "clock"),
        ("import datetime\ndatetime.date.today()", "clock"),
        ("import subprocess as s\ns.run([])", "process"),
        ("from socket import create_connection", "process"),
    ],
)
def test_a_module_below_that_does_so_is_named(source: str, act: str) -> None:
    acts = [found for _, found, _ in forbidden_acts(built(doorward__inspect__a=source))]
    assert act in acts
    assert set(acts) == {act}


def test_the_command_line_may_print_exit_and_look_around() -> None:
    source = "import sys, os, time\nprint(os.environ, time.time())\nsys.exit(0)"
    assert list(forbidden_acts(built(doorward__cli__a=source))) == []


def test_permissions_are_all_in_use(house: dict[str, Module]) -> None:
    used = {(module, act) for module, act, _ in forbidden_acts(house)}
    assert set(PERMITTED_ACTS) <= used
    hidden = {(module, imported) for module, imported, _ in hidden_imports(house)}
    assert set(PERMITTED_HIDDEN_IMPORTS) <= hidden


def test_no_import_hides_in_a_function(house: dict[str, Module]) -> None:
    broken = [
        f"{module}, line {line}: {imported}"
        for module, imported, line in hidden_imports(house)
        if (module, imported) not in PERMITTED_HIDDEN_IMPORTS
    ]
    assert broken == []


def test_a_hidden_import_is_named() -> None:
    house = built(
        doorward__a="def f():\n    import json\nclass C:\n    def m(self):\n        from a.b import c"
    )
    assert list(hidden_imports(house)) == [("doorward.a", "json", 2), ("doorward.a", "a.b", 5)]


def test_no_module_is_named_for_nothing(house: dict[str, Module]) -> None:
    tests = Path(__file__).parents[1]
    paths = [name.replace(".", "/") for name in house]
    paths += [str(path.relative_to(tests.parent)) for path in tests.rglob("*.py")]
    assert forbidden_names(paths) == []


@pytest.mark.parametrize(
    "name", ["util", "utils", "helpers", "common", "misc", "manager", "zip_utils", "helper"]
)
def test_a_vague_name_is_named(name: str) -> None:
    assert forbidden_names([f"inspect/{name}.py", "inspect/managed.py", "inspect/uncommon.py"]) == [
        f"inspect/{name}.py"
    ]


def test_no_exception_is_caught_and_forgotten(house: dict[str, Module]) -> None:
    assert silent_handlers(house) == []


def test_a_forgotten_exception_is_named() -> None:
    source = (
        "try:\n    f()\nexcept ValueError:\n    pass\n"
        "try:\n    f()\nexcept Exception:\n    ...\n"
        "try:\n    f()\nexcept OSError as e:\n    g(e)\n"
        "with contextlib.suppress(Exception):\n    f()\n"
        "with contextlib.suppress(FileNotFoundError):\n    f()\n"
    )
    assert silent_handlers(built(doorward__a=source)) == [
        "doorward.a, line 3: an exception is caught and forgotten",
        "doorward.a, line 7: an exception is caught and forgotten",
        "doorward.a, line 13: suppress(Exception)",
    ]


def test_every_module_begins_with_a_sentence(house: dict[str, Module]) -> None:
    assert undocumented(house) == []


def test_a_module_without_a_sentence_is_named() -> None:
    house = built(
        doorward__a="",
        doorward__b='"""Helpers"""',
        doorward__c='"""The nouns, frozen values, standard library only."""',
    )
    assert undocumented(house) == [
        "doorward.a: its docstring begins with ''",
        "doorward.b: its docstring begins with 'Helpers'",
    ]
