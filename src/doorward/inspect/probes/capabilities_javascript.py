"""Which JavaScript names give which ability: `module.member`, or `global.name` for what needs no import.

Module names are without `node:`; `package.*` stands for all of a package. What hangs on an argument
(`Buffer.from(x, "base64")`, `setTimeout("code")`) is decided by the front end, not here.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from doorward.inspect.probes.capabilities_python import found

__all__ = ["GLOBALS", "LABELS", "MODULES", "SINKS", "capability_of", "labels_of", "sinks_of"]

NAMES: Final[dict[str, str]] = {
    "network": """
        http.request http.get http.createServer http.ClientRequest https.request https.get https.createServer
        http2.connect net.connect net.createConnection net.Socket net.createServer tls.connect tls.TLSSocket
        dgram.createSocket axios.* got.* node-fetch.* request.* request-promise.*
        superagent.* undici.* ws.* needle.*
        cross-fetch.* isomorphic-fetch.* simple-get.* follow-redirects.* phin.* ky.*
        socket.io-client.* nodemailer.*
        make-fetch-happen.* centra.* bent.* unfetch.* urllib.* ssh2.* basic-ftp.* mqtt.* bun.connect
        global.fetch global.XMLHttpRequest global.WebSocket global.EventSource global.navigator.sendBeacon
        global.RTCPeerConnection global.importScripts global.WebTransport
        global.Deno.connect global.Bun.connect
        global.ActiveXObject global.$.ajax global.jQuery.ajax global.$.get global.$.post global.$.getScript
    """,
    "dns": """
        dns.* dns/promises.* native-dns.* dns-packet.* dns-socket.* dns2.* global.Deno.resolveDns
    """,
    "process": """
        child_process.* cluster.fork execa.* cross-spawn.* shelljs.* node-pty.* spawn-sync.*
        foreground-child.* tinyexec.* zx.*
        global.Deno.Command global.Deno.run global.Bun.spawn global.WScript.Shell global.process.execve
    """,
    "dynamic-code": """
        vm.* vm2.* global.eval global.Function global.GeneratorFunction global.AsyncFunction module._compile
        module.prototype._compile module._load module._extensions require-from-string.*
        node-eval.* safe-eval.* eval.*
        global.execScript isolated-vm.* repl.start v8.setFlagsFromString inspector.* global.require.extensions
        global.module.constructor._compile global.module._compile global.Module._load
    """,
    "decode": """
        global.atob global.unescape zlib.inflate zlib.inflateSync zlib.inflateRaw
        zlib.inflateRawSync zlib.gunzip
        zlib.gunzipSync zlib.unzip zlib.unzipSync zlib.brotliDecompress
        zlib.brotliDecompressSync zlib.createGunzip
        zlib.createInflate zlib.createBrotliDecompress zlib.createInflateRaw
        crypto.createDecipheriv crypto.createDecipher
        crypto.privateDecrypt crypto.subtle.decrypt crypto.webcrypto.subtle.decrypt
        global.crypto.subtle.decrypt
        crypto-js.AES.decrypt crypto-js.RC4.decrypt crypto-js.enc.Base64.parse pako.inflate
        pako.ungzip lz-string.*
        fflate.inflateSync fflate.gunzipSync fflate.decompressSync js-base64.*
        base-64.decode global.DecompressionStream
        global.CryptoJS.AES.decrypt global.Uint8Array.fromBase64 global.Uint8Array.fromHex
    """,
    "encode": """
        global.btoa global.escape zlib.gzip zlib.gzipSync zlib.deflate zlib.deflateSync
        zlib.brotliCompressSync
        crypto.createCipheriv crypto.publicEncrypt querystring.stringify global.CompressionStream
    """,
    "native": """
        global.WebAssembly.instantiate global.WebAssembly.compile global.WebAssembly.Module
        global.WebAssembly.Instance
        global.WebAssembly.instantiateStreaming global.process.dlopen global.process.binding
        global.process._linkedBinding
        ffi-napi.* ffi.* koffi.* ref-napi.* node-ffi.* bindings.* node-gyp-build.*
        global.Deno.dlopen bun:ffi.*
        global.WebAssembly.compileStreaming
    """,
    "credentials": """
        keytar.* global.navigator.clipboard.readText global.navigator.clipboard.read
        global.document.cookie clipboardy.*
        chrome-cookies-secure.* global.chrome.cookies.* global.browser.cookies.*
        global.navigator.credentials.*
        netrc.*
        global.ethereum.request global.window.ethereum global.solana
    """,
    "filesystem-write": """
        fs.writeFile fs.writeFileSync fs.appendFile fs.appendFileSync fs.createWriteStream
        fs.copyFile fs.copyFileSync
        fs.rename fs.renameSync fs.symlink fs.symlinkSync fs.write fs.writeSync fs.promises.writeFile
        fs.promises.appendFile fs.promises.rename fs.promises.copyFile fs.promises.symlink
        fs/promises.writeFile
        fs/promises.appendFile fs/promises.rename fs/promises.copyFile fs/promises.symlink fs-extra.writeFile
        fs-extra.writeFileSync fs-extra.outputFile fs-extra.outputFileSync fs-extra.copy
        fs-extra.copySync fs-extra.move
        graceful-fs.writeFile graceful-fs.writeFileSync global.Deno.writeFile
        global.Deno.writeTextFile global.Bun.write
    """,
    "make-executable": """
        fs.chmod fs.chmodSync fs.fchmod fs.fchmodSync fs.promises.chmod fs/promises.chmod
        fs-extra.chmod fs-extra.chmodSync
        global.Deno.chmod
    """,
    "host-info": """
        os.hostname os.userInfo os.networkInterfaces os.release os.cpus os.version
        os.machine systeminformation.*
        node-machine-id.* global.process.getuid global.navigator.hardwareConcurrency
        global.navigator.platform public-ip.* macaddress.* global.Deno.hostname
    """,
    "thread": """
        worker_threads.Worker global.Worker global.SharedWorker global.process.on global.process.once
        global.navigator.serviceWorker.register async_hooks.createHook
    """,
    "persistence": """
        auto-launch.* node-windows.* node-mac.* node-linux.* winreg.* regedit.* cron.* node-cron.* crontab.*
    """,
}

TABLE: Final[dict[str, tuple[str, ...]]] = {}
for _capability, _names in NAMES.items():
    for _name in _names.split():
        TABLE[_name] = (*TABLE.get(_name, ()), _capability)
for _name in [
    "http.STATUS_CODES",
    "http.METHODS",
    "vm.isContext",
    "child_process.ChildProcess",
    "dns.ADDRCONFIG",
    "dns.V4MAPPED",
    "ws.OPEN",
    "dns.setDefaultResultOrder",
    "global.Function.prototype",
    "axios.isCancel",
    "axios.isAxiosError",
    "axios.CancelToken",
    "axios.AxiosError",
    "undici.FormData",
    "undici.Headers",
]:
    TABLE[_name] = ()

GLOBALS: Final = frozenset(
    {name.split(".")[1] for name in TABLE if name.startswith("global.")}
    | {
        "Buffer",
        "String",
        "TextDecoder",
        "require",
        "globalThis",
        "global",
        "window",
        "self",
        "process",
        "setTimeout",
    }
    | {"setInterval", "Reflect", "module", "Module", "Date", "setImmediate"}
)
"""Bare words that matter without an import."""

MODULES: Final = frozenset(name.split(".")[0] for name in TABLE if not name.startswith("global.")) | {
    "os",
    "fs",
    "module",
    "crypto",
}
"""Modules whose members matter."""

LABELS: Final[dict[str, str]] = {
    **{name: "decoded" for name, given in TABLE.items() if "decode" in given},
    **{name: "encoded" for name, given in TABLE.items() if "encode" in given},
    **{name: "network" for name, given in TABLE.items() if "network" in given},
    **{name: "dns" for name, given in TABLE.items() if "dns" in given},
    **{name: "host" for name, given in TABLE.items() if "host-info" in given},
    **{name: "secret" for name, given in TABLE.items() if "credentials" in given},
    "fs.readFile": "file",
    "fs.readFileSync": "file",
    "fs.promises.readFile": "file",
    "fs/promises.readFile": "file",
    "crypto.createHash": "encoded",
}
"""What the result of a call carries."""

SINKS: Final[dict[str, str]] = {
    **{name: "dynamic-code" for name, given in TABLE.items() if "dynamic-code" in given},
    **{name: "process" for name, given in TABLE.items() if "process" in given},
    **{name: "native" for name, given in TABLE.items() if "native" in given},
    **{name: "network" for name, given in TABLE.items() if "network" in given},
    **{name: "dns" for name, given in TABLE.items() if "dns" in given},
    "global.require": "import",
    "fs.writeFile": "write",
    "fs.writeFileSync": "write",
    "fs.promises.writeFile": "write",
    "fs/promises.writeFile": "write",
    "global.setTimeout": "",
}
"""Where a value does something."""


@cache
def capability_of(name: str) -> tuple[str, ...]:
    """The abilities that a canonical name gives, or none."""
    return found(TABLE, name) or ()


@cache
def labels_of(name: str) -> str:
    """What the result of calling this name carries, or the empty string."""
    return found(LABELS, name) or ""


@cache
def sinks_of(name: str) -> str:
    """What kind of sink calling this name is, or the empty string."""
    return found(SINKS, name) or ""
