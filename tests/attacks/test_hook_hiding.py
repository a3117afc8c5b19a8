"""Attacks on the hooks probe: a hook that tries to look like none."""

from __future__ import annotations

from pathlib import Path

import pytest

from doorward.inspect.probes.hooks import HooksProbe
from tests.samples.subjects import keys, traits

PROBE = HooksProbe()


@pytest.mark.parametrize(
    "line",
    [
        "import os; exec(open('x').read())",
        "import\tos",
        "import base64,sys;exec(base64.b64decode('cHJpbnQoKQ=='))",
        "import x" + " " * 500 + "; y()",
    ],
)
def test_a_line_of_a_pth_file_however_it_is_written(tmp_path: Path, line: str) -> None:
    """1. `site` runs any line that begins with import and white space; 2. so each is a hook."""
    for path in ("zz.pth", "pkg-1.data/purelib/zz.pth", "data.tar.xz!/usr/lib/python3/dist-packages/zz.pth"):
        found = traits(PROBE, tmp_path, path, f"# harmless\n/usr/share/x\n{line}\n")
        assert len(keys(found, "hook.pth-import")) == 1, path


def test_a_byte_order_mark_hides_no_line(tmp_path: Path) -> None:
    found = traits(PROBE, tmp_path, "zz.pth", b"\xef\xbb\xbfimport os\n")
    assert keys(found, "hook.pth-import") == ["import os"]


def test_a_reformatted_hook_is_the_same_hook_and_another_command_is_not(tmp_path: Path) -> None:
    def commands(command: str) -> list[str]:
        text = f'{{"scripts": {{"postinstall": "{command}"}}}}'
        return keys(traits(PROBE, tmp_path, "package/package.json", text), "hook.install-command")

    assert commands("node  a.js") == commands("node a.js") == ["postinstall: node a.js"]
    assert commands("node b.js") == ["postinstall: node b.js"]


@pytest.mark.parametrize(
    "disguise",
    [
        "# Automatically added by dh_installsystemd/13.11\n{}\n# End automatically added section",
        'if [ "$1" = "configure" ]; then {}; fi',
        "ldconfig && {}",
        "ldconfig\\\n  ; {}",
        'case "$1" in configure) {} ;; esac',
        "deb-systemd-helper enable x.service >/dev/null || {}",
        'update-alternatives --install "$({})" x y 1',
        "X=1 {}",
    ],
)  # fmt: skip
def test_a_command_between_generated_snippets_stands_out(tmp_path: Path, disguise: str) -> None:
    script = f"#!/bin/sh\nset -e\n{disguise.format('/usr/lib/x/setup --quiet')}\nexit 0\n"
    found = traits(PROBE, tmp_path, "control.tar.zst!/./postinst", script)
    assert keys(found, "hook.package-script") == ["deb"]
    assert any("/usr/lib/x/setup" in key for key in keys(found, "hook.package-script-line"))


def test_a_script_in_another_language_is_hand_written_throughout(tmp_path: Path) -> None:
    found = traits(PROBE, tmp_path, "control.tar.xz!/preinst", "#!/usr/bin/perl\nldconfig;\nprint 1;\n")
    assert keys(found, "hook.package-script-line") == ["ldconfig;", "print 1;"]
