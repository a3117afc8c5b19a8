# ruff: noqa: E501 - snippets stand on one line, as they are told apart
"""The Python probe: names resolved, functions told apart, ordinary code left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from doorward.inspect.probes.interface import Subject
from doorward.inspect.probes.python import PythonProbe, analyse_python_source, decode_python
from doorward.model.trait import EXCERPT_LIMIT, Trait


def traits(source: str) -> dict[str, Trait]:
    return {f"{trait.kind} {trait.key}": trait for trait in analyse_python_source(source)}


def keys(source: str, kind: str) -> set[str]:
    return {trait.key for trait in analyse_python_source(source) if trait.kind == kind}


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.system('x')",
        "import os as o\no.system('x')",
        "from os import system\nsystem('x')",
        "from os import system as run\nrun('x')",
        "import os\nrun = os.system\nrun('x')",
        "import os\ngetattr(os, 'system')('x')",
        "import os\ngetattr(os, 'sys' + 'tem')('x')",
        "__import__('os').system('x')",
        "import importlib\nimportlib.import_module('os').system('x')",
        "import sys\nsys.modules['os'].system('x')",
        "import os\nos.__dict__['system']('x')",
        "import os\nvars(os)['system']('x')",
        "import os\nclass A:\n    def __init__(self):\n        self.run = os.system\n    def go(self):\n        self.run('x')",
    ],
)
def test_a_name_is_one_name_however_it_is_reached(source: str) -> None:
    assert "process" in keys(source, "script.capability")


def test_key_survives_renaming_moving_and_reformatting() -> None:
    one = "import base64\ndef a(x):\n    exec(base64.b64decode(x))\n"
    two = "\n\nfrom base64 import (\n  b64decode as q,\n)\nclass Z:\n  def longer_name(self, value):\n    y = q(value)\n    exec(y)\n"
    for kind in ("script.capability", "script.combination", "script.dataflow"):
        assert keys(one, kind) == keys(two, kind)


def test_evidence_names_function_line_and_code() -> None:
    trait = traits("import os\n\ndef tidy(path):\n    # comment\n    os.system('rm ' + path)\n")[
        "script.capability process"
    ]
    assert (trait.evidence.where, trait.evidence.line) == ("tidy", 5)
    assert trait.evidence.excerpt == "def tidy(path):\n    # comment\n    os.system('rm ' + path)"


def test_excerpts_are_bounded() -> None:
    source = (
        "import os\ndef f():\n"
        + "".join(f"    x{n} = '{'y' * 300}'\n" for n in range(200))
        + "    os.system('x')\n"
    )
    assert all(len(trait.evidence.excerpt) <= EXCERPT_LIMIT for trait in analyse_python_source(source))


def test_one_variable_is_not_the_environment() -> None:
    assert keys("import os\nx = os.environ['HOME']\ny = os.getenv('PATH')", "script.capability") == {
        "environment"
    }
    assert "environment-bulk" in keys(
        "import os, json\ndef f():\n    return json.dumps(dict(os.environ))", "script.capability"
    )


def test_passing_the_environment_to_a_child_is_ordinary() -> None:
    source = "import os, subprocess\ndef f():\n    env = os.environ.copy()\n    env['A'] = 'b'\n    subprocess.run(['x'], env=env)"
    assert keys(source, "script.capability") == {"environment", "process"}
    assert keys(source, "script.dataflow") == set()


def test_secrets_by_name() -> None:
    assert keys("import os\nt = os.environ['AWS_SECRET_ACCESS_KEY']", "script.capability") == {"credentials"}
    assert keys("p = '~/.ssh/id_rsa'", "script.capability") == {"credentials"}


def test_a_docstring_names_no_path() -> None:
    assert keys('def f():\n    """Reads ~/.ssh/config."""\n', "script.capability") == set()


def test_code_for_direct_runs_does_not_run_on_import() -> None:
    source = "import subprocess\nif __name__ == '__main__':\n    subprocess.run(['x'])\n"
    assert keys(source, "script.import-time") == set()
    assert keys("import subprocess\nsubprocess.run(['x'])\n", "script.import-time") == {"process"}
    assert keys("import subprocess\ndef f():\n    subprocess.run(['x'])\nf()\n", "script.import-time") == {
        "process"
    }


def test_naming_is_not_running() -> None:
    source = "import subprocess\nfrom urllib.request import HTTPRedirectHandler\nclass A(HTTPRedirectHandler):\n    p: subprocess.Popen\n"
    assert keys(source, "script.import-time") == set()


def test_swallowed_failures() -> None:
    source = "import socket\ndef f():\n    try:\n        socket.create_connection(('x', 1))\n    except {}:\n        {}\n"
    assert keys(source.format("Exception", "pass"), "script.silenced") == {"network"}
    assert keys(source.format("Exception", "log()"), "script.silenced") == set()
    assert keys(source.format("OSError", "pass"), "script.silenced") == set()
    quiet = "import socket\nfrom contextlib import suppress\ndef f():\n    with suppress(Exception):\n        socket.socket()\n"
    assert keys(quiet, "script.silenced") == {"network"}


@pytest.mark.parametrize(
    "source",
    [
        "import hashlib\ndef f(data):\n    return hashlib.sha256(data).hexdigest()\n",
        "import json\ndef load(path):\n    with open(path) as f:\n        return json.load(f)\n",
        "import re\nP = re.compile(r'\\\\x[0-9a-f]{2}')\n",
        "class A:\n    def send(self, x):\n        return self.transport.write(x)\n",
        "def main():\n    for name in sorted(globals()):\n        print(name)\n",
        "def area(w, h):\n    return w * h % 256\n",
    ],
)
def test_ordinary_code_says_little(source: str) -> None:
    said = {trait.kind for trait in analyse_python_source(source)}
    assert said <= {"script.import", "script.capability"}


def test_concealment_in_the_text() -> None:
    far = "x = 1;" + " " * 200 + "import os\n"
    assert keys(far, "script.concealment") == {"code-far-right"}
    assert keys(
        "def \u0430dmin(): pass\n".replace("\u0430dmin", "\u0430dmin(")[:0] + "p\u0430y = 1\n",
        "script.concealment",
    ) == {"lookalike-letters"}
    assert keys("x = 1 # \u202e hidden\n", "script.concealment") == {"bidi-control"}
    assert keys("x = '\u200bhidden'\n", "script.concealment") == {"invisible-character"}


def test_what_no_parser_takes_is_still_read() -> None:
    source = (
        "import os, base64\ndef f(x):\n    exec base64.b64decode(x)\n    os.system(x)\nprint 'python 2'\n"
    )
    said = traits(source)
    assert said["script.unparsable python"].key == "python"
    assert {"decode", "dynamic-code", "process"} <= keys(source, "script.capability")
    assert "decode+dynamic-code" in keys(source, "script.combination")


def test_nesting_beyond_the_parser_is_no_crash() -> None:
    assert "script.unparsable python" in traits("x = " + "(" * 5000 + ")" * 5000)
    assert traits("x = " + "-" * 3000 + "1") is not None
    assert traits("x = " + " + ".join(["a"] * 20_000)) is not None


def test_folding_cannot_explode() -> None:
    source = (
        "a0 = 'x' + 'y'\n"
        + "".join(f"a{n + 1} = a{n} + a{n} + a{n} + a{n}\n" for n in range(60))
        + "getattr(b, a60)\n"
    )
    assert traits(source) is not None


def test_declared_encodings() -> None:
    assert decode_python("# -*- coding: latin-1 -*-\nx = 'é'\n".encode("latin-1"))[0].endswith("x = 'é'\n")
    assert decode_python(b"# coding: utf-7\nx = 1\n")[1] == "utf-7"
    assert decode_python(b"# coding: rot13\nvzcbeg bf\n")[1] == "rot13"
    assert decode_python(b"x = 1\n")[1] == ""


def test_notebooks_are_read_cell_by_cell(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": "exec(1)"},
        {
            "cell_type": "code",
            "source": ["%matplotlib inline\n", "import base64\n", "exec(base64.b64decode('eA=='))"],
        },
    ]
    file = tmp_path / "a.ipynb"
    file.write_text(json.dumps({"cells": cells}))
    found = list(PythonProbe().examine(Subject(path="a.ipynb", file=file, size=file.stat().st_size)))
    assert "decoded-to-dynamic-code" in {trait.key for trait in found}


def test_accepts_by_extension_and_first_line() -> None:
    probe = PythonProbe()
    assert probe.accepts("pkg/mod.py", b"")
    assert probe.accepts("bin/tool", b"#!/usr/bin/env python3\n")
    assert probe.accepts("bin/tool", b"#!/opt/pypy3.9\n")
    assert not probe.accepts("bin/tool", b"#!/bin/sh\n")
    assert not probe.accepts("data.bin", b"\x7fELF")


def test_every_kind_that_is_told_is_declared() -> None:
    declared = {kind.name for kind in PythonProbe.kinds}
    source = "import os, base64\nexec(base64.b64decode(os.environ))\n"
    assert {trait.kind for trait in analyse_python_source(source)} <= declared


def test_a_file_that_is_executed_is_a_flow_without_any_other_capability() -> None:
    source = "def go():\n    exec(open('picture.png', 'rb').read().partition(b'tEXt')[2])\n"
    assert "file-to-dynamic-code" in keys(source, "script.dataflow")


def test_a_call_is_shown_where_it_stands_first() -> None:
    source = (
        "import subprocess\n\n\ndef page(text):\n    c = subprocess.Popen(['less'])\n"
        "    while True:\n        try:\n            c.wait()\n        except KeyboardInterrupt:\n            pass\n"
    )
    evidence = traits(source)["script.call subprocess.Popen"].evidence
    assert (evidence.line, evidence.excerpt) == (5, "    c = subprocess.Popen(['less'])")


STATIC = (
    "import base64\nclass A:\n    @staticmethod\n    def sum(blob):\n        return base64.b64decode(blob)\n"
)


def test_a_static_method_does_not_run_where_it_is_defined() -> None:
    assert keys(STATIC, "script.import-time") == set()


@pytest.mark.parametrize(
    "before",
    [
        "def staticmethod(f):\n    return f(1)\n",
        "from x.test import y as staticmethod\n",
        "staticmethod = call\n",
        "import builtins\nbuiltins.staticmethod = call\n",
        "import builtins\nsetattr(builtins, 'staticmethod', call)\n",
    ],
)
def test_a_name_given_to_another_decorator_counts_as_a_call(before: str) -> None:
    assert keys(before + STATIC, "script.import-time") == {"decode"}


def test_what_runs_on_import_through_a_function_is_shown_in_that_function() -> None:
    source = "import os\n\n\ndef go():\n    inner()\n\n\ndef inner():\n    os.system('x')\n\n\ngo()\n"
    evidence = traits(source)["script.import-time process"].evidence
    assert (evidence.where, evidence.line) == ("inner", 9)
