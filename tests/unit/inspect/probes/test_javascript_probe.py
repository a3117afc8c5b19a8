# ruff: noqa: E501 - snippets stand on one line, as they are told apart
"""The JavaScript probe: imports of every kind, scopes, minified files, ordinary code left alone."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from doorward.inspect.probes.interface import Subject
from doorward.inspect.probes.javascript import JavaScriptProbe, analyse_javascript


def keys(source: str, kind: str) -> set[str]:
    return {trait.key for trait in analyse_javascript(source) if trait.kind == kind}


@pytest.mark.parametrize(
    "source",
    [
        "const cp = require('child_process'); cp.exec('x');",
        "const { exec } = require('node:child_process'); exec('x');",
        "const { exec: run } = require('child_process'); run('x');",
        "require('child_process').exec('x');",
        "var e = require('child_process').exec; e('x');",
        "import { exec } from 'child_process'; exec('x');",
        "import * as cp from 'node:child_process'; cp.exec('x');",
        "import cp from 'child_process'; cp.exec('x');",
        "const cp = await import('child_process'); cp.exec('x');",
        "const cp = __importStar(require('child_process')); cp.exec('x');",
        "const cp = require('child_process')['exec']('x');",
        "const r = require; const cp = r('child_process'); require('child_process'); cp.exec('x');".replace(
            "cp = r(", "cp = require("
        ),
        "let cp; cp = require('child_process'); cp.spawn('x');",
    ],
)
def test_a_module_is_one_module_however_it_is_imported(source: str) -> None:
    assert "process" in keys(source, "script.capability")


@pytest.mark.parametrize(
    "source",
    [
        "const m = /a/.exec('a'); m.exec;",
        "function fetch(x) { return x; } fetch(1);",
        "class A { eval(x) { return x; } go() { return this.eval(1); } }",
        "// eval(atob('x'))\n/* require('child_process').exec('x') */ const s = \"eval('x')\";",
        "const g = Function('return this')();",
        "if (typeof fetch === 'function') { ok(); }",
        "const r = value instanceof Function;",
        "function f(process) { return process.env; }",
        "const home = process.env.HOME; const x = { ...defaults };",
    ],
)
def test_ordinary_code_says_little(source: str) -> None:
    assert keys(source, "script.capability") <= {"environment"}
    assert (
        keys(source, "script.combination")
        | keys(source, "script.dataflow")
        | keys(source, "script.concealment")
        == set()
    )


def test_evidence_names_the_function() -> None:
    source = "const cp = require('child_process');\nexports.tidy = function () {\n  list.map((x) => cp.execSync(x));\n};\n"
    trait = next(trait for trait in analyse_javascript(source) if trait.key == "process")
    assert (trait.evidence.where, trait.evidence.line) == ("exports.tidy", 3)
    assert "cp.execSync(x)" in trait.evidence.excerpt


def test_a_binding_holds_in_its_function_only() -> None:
    source = "function a() { const e = require('child_process'); }\nfunction b(e) { return e.exec('x'); }\n"
    assert keys(source, "script.capability") == set()


def test_swallowed_failures() -> None:
    assert keys("async function f() { try { await fetch('x'); } catch {} }", "script.silenced") == {"network"}
    assert keys("fetch('x').catch(() => {});", "script.silenced") == {"network"}
    assert (
        keys("async function f() { try { await fetch('x'); } catch (e) { log(e); } }", "script.silenced")
        == set()
    )


def test_scrambled_identifiers_and_symbols() -> None:
    names = "".join(f"var _0x{n:04x}{n * 7919 % 65536:04x}=_0x12ab({n});" for n in range(60))
    assert "scrambled-identifiers" in keys(names, "script.concealment")
    assert "symbols-only" in keys("[][(![]+[])[+[]]+(![]+[])[!+[]+!+[]]]" * 60, "script.concealment")


def test_inline_scripts_of_a_page(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text(
        "<html>\n<script type='application/ld+json'>{\"eval\": 1}</script>\n<p>\n<script>\neval(atob('x'));\n</script></html>"
    )
    found = list(JavaScriptProbe().examine(Subject(path="a.html", file=file, size=file.stat().st_size)))
    flow = next(trait for trait in found if trait.kind == "script.dataflow")
    assert (flow.key, flow.evidence.line) == ("decoded-to-dynamic-code", 5)


def test_a_page_without_scripts_says_nothing(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text("<p>eval(atob('x'))</p>")
    assert list(JavaScriptProbe().examine(Subject(path="a.html", file=file, size=file.stat().st_size))) == []


def test_accepts_what_it_can_read() -> None:
    probe = JavaScriptProbe()
    assert probe.accepts("a/b.mjs", b"")
    assert probe.accepts("a/b.ts", b"export {}")
    assert not probe.accepts("app_de.ts", b"<?xml version='1.0'?><!DOCTYPE TS>")
    assert probe.accepts("bin/x", b"#!/usr/bin/env node\n")


def test_five_megabytes_on_one_line_are_read_in_time() -> None:
    piece = "function a%d(e,t){var n=t(%d);return e.exports=n(e,function(r){return r+t[%d]}),n}"
    source = "!function(){" + ";".join(piece % (n, n, n) for n in range(60_000)) + ";eval(atob('MQ=='))}();"
    start = time.process_time()
    shown = keys(source, "script.dataflow")
    assert "decoded-to-dynamic-code" in shown
    assert time.process_time() - start < 12
