"""Shapes of acts in build files: a table of patterns, one row each, matched against one logical line."""
# ruff: noqa: E501 - a table of patterns reads best with one row on one line
# fmt: off

from __future__ import annotations

import re

from doorward.inspect.probes.build_files_kinds import DECODES, DOWNLOADS, READS, RUNS, TO_SHELL
from doorward.model.trait import TraitKind

__all__ = ["ALTERNATIVES", "NAMES", "ROWS", "TRANSFORMS", "TRIGGER"]

NAMES = re.compile(
    r"(?:^|/)(?:configure(?:\.(?:ac|in|sh))?|acinclude|aclocal|config\.(?:status|rpath|guess|sub)|ltmain\.sh|bootstrap"
    r"|autogen\.sh|(?:GNU|BSD)?[Mm]akefile(?:\.[\w.]+)?|CMakeLists\.txt|meson(?:\.build|_options\.txt)|build\.rs"
    r"|build\.(?:xml|sbt|zig|ninja)|SConstruct|SConscript|wscript|Rakefile|[Jj]ustfile|Dockerfile[\w.-]*|Containerfile"
    r"|binding\.gyp|BUILD(?:\.bazel)?|WORKSPACE|pom\.xml|conanfile\.py|rules"
    r"|[^/]+\.(?:m4|am|mk|mak|cmake|gradle|gradle\.kts|gypi?|bzl|targets|props|(?:cs|vb|vcx|fs)proj|wixproj|pro|pri))\Z"
)
TOOLS = "sed|awk|gawk|tr|cut|head|tail|dd|xxd|od|base64|base32|rev|xz|unxz|xzcat|gzip|gunzip|zcat|bzip2|bunzip2|bzcat|zstd"
TRANSFORMS = re.compile(
    rf"(?:^|[|;&(`\"'\s=])\s*(?:/usr)?(?:/bin/)?({TOOLS}|openssl|perl|printf|cat|grep|strings|lz4|lzma|unlzma)\b"
)
BUILD_SHELL = r"(?:\$\{?(?:CONFIG_)?SHELL\}?|\$\((?:CONFIG_)?SHELL\)|(?:/usr)?(?:/bin/)?(?:ba|da|z|k)?sh|python[\d.]*|perl|ruby|node|pwsh|powershell)"
DATA = r"(?:[\w$./{}()*@-]*(?:tests?|testdata|fixtures?|samples?|corpus|assets|examples)/[\w$./{}*()-]+|[\w$./{}()*@-]+\.(?:xz|lzma|gz|bz2|zst|bin|dat|png|jpe?g|gif|ico|pdf|wav|pcap|raw|img))"

Row = tuple[TraitKind, str, re.Pattern[str]]
ROWS: tuple[Row, ...] = tuple(
    (kind, key, re.compile(pattern, re.IGNORECASE if kind is DOWNLOADS else 0))
    for kind, key, pattern in (
        (DECODES, "base64 or hexadecimal", r"\bbase(?:64|32)\s+(?:-\w*[dD]|--decode)|\bxxd\s+-\w*r|\bb64decode\b|\bfromhex\b|openssl\s+(?:base64|enc\s+-base64)[^|;]*\s-d\b|FromBase64String|\bunhexlify\b|uudecode"),
        (DECODES, "compression", r"\b(?:xz|lzma|gzip|bzip2|zstd|lz4|brotli)\s+(?:-\w*d|--decompress)|\b(?:unxz|xzcat|unlzma|gunzip|zcat|bunzip2|bzcat|unzstd|zstdcat)\b[^;]*\|"),
        (DECODES, "cipher", r"openssl\s+(?:enc|aes|des|rc4|chacha)[\w-]*\s[^|;]*-d\b|gpg\s[^|;]*--decrypt|\bopenssl_decrypt\b"),
        (DECODES, "by a tool that a variable names", r"(?:\|\s*|eval\s+|`\s*)\$[\w{(\[\]$)}]+\s+(?:-d\b|-dc\b|--decompress|--decode)"),
        (DECODES, "swapped characters", r"\btr\s+(?!-[cds])[\"']?([^\s\"']*[\\\w-][^\s\"']*)[\"']?\s+"),
        (DECODES, "printed codes", r"printf\s+['\"](?:\\+(?:x[0-9a-fA-F]{2}|[0-7]{3})){6,}"),
        (TO_SHELL, "pipe into an interpreter", rf"\|\s*(?:sudo\s+|exec\s+|env\s+|eval\s+)?{BUILD_SHELL}(?:\s+-[se]*)?\s*(?:$|[;&|)\]\"'`>0-9])"),
        (TO_SHELL, "evaluated pipeline", r"\beval\s+[\"']?(?:\$\([^)]*\||`[^`]*\||\$\w+\s*\|)|\|\s*eval\b"),
        (TO_SHELL, "interpreter of an output", rf"{BUILD_SHELL}\s+-c\s+[\"']?(?:\$\(|`)|<\(\s*(?:{TOOLS}|curl|wget)\b"),
        (READS, "searches binary files for a mark", r"\bgrep\s+(?:-[\w-]+\s+)*-\w*(?:a\w*[rlEF]|[rlE]\w*a)\w*|\bgrep\s[^|;]*--(?:text|binary-files)|\bstrings\s+[^|;]*\|"),
        (READS, "cuts bytes out of a file", r"\bdd\s+[^|;]*\bskip=|\b(?:head|tail)\s+-c\s*[+\d$]|\bcut\s+-b\b|\bxxd\s|\bod\s+-\w*[tx]"),
        (READS, "feeds a data file to a tool", rf"\b(?:{TOOLS}|openssl|perl)\b[^|;&]*?\s{DATA}|\bcat\s+{DATA}\s*\||<\s*{DATA}\s*\|"),
        (DOWNLOADS, "curl or wget", r"(?:^|[\s;&|(`\"'@])(?:curl|wget|aria2c|fetch)\s+(?:-|https?:|ftp:|\$|\"|')|invoke-webrequest|downloadfile\b|urlretrieve|urlopen\("),
        (DOWNLOADS, "fetched sources", r"file\s*\(\s*DOWNLOAD|FetchContent_Declare|ExternalProject_Add|CPMAddPackage|<DownloadFile\b|http_archive\s*\(|git_repository\s*\(|de\.undercouch\.download"),
        (DOWNLOADS, "git clone", r"\bgit\s+(?:clone|fetch|submodule\s+update)\b|GIT_REPOSITORY\b"),
        (DOWNLOADS, "a package manager", r"\b(?:pip3?|pipx|npm|npx|yarn|gem|cargo|go|apt-get|apk|dnf|yum|brew|choco)\s+(?:install|add|ci|get|exec)\b|\bnpx\s+\w"),
        (RUNS, "m4 system call", r"\bm4_e?syscmd|\be?syscmd\s*\("),
        (RUNS, "configuration command", r"AC_CONFIG_COMMANDS(?:_PRE|_POST)?\b|AC_OUTPUT_COMMANDS"),
        (RUNS, "test program", r"AC_(?:RUN_IFELSE|TRY_RUN)|\btry_run\s*\(|check_(?:c|cxx)_source_runs"),
        (RUNS, "CMake process", r"\bexecute_process\s*\(|\bexec_program\s*\("),
        (RUNS, "CMake build command", r"\badd_custom_(?:command|target)\s*\("),
        (RUNS, "make shell function", r"\$\(shell\s|!="),
        (RUNS, "gyp command", r"<!@?\(|['\"]action['\"]\s*:"),
        (RUNS, "Gradle process", r"\bcommandLine\b|\bexec\s*\{|\.execute\(\)|Runtime\.getRuntime|ProcessBuilder"),
        (RUNS, "MSBuild process", r"<Exec\b|<(?:Pre|Post)BuildEvent|UsingTask\b[^>]*(?:RoslynCodeTaskFactory|CodeTaskFactory)"),
        (RUNS, "meson process", r"\brun_command\s*\(|\bcustom_target\s*\(|add_(?:install|postconf|dist)_script"),
        (RUNS, "Rust process", r"\bCommand::new\s*\("),
        (RUNS, "other process", r"\b(?:subprocess|os\.system|os\.popen|genrule|ctx\.execute)\b|<exec\b"),
    )
)

TRIGGER = re.compile(
    r"\||eval|base(?:64|32)|xxd|decode|[Hh]ex|openssl|gpg|xz|lzma|zip|zstd|lz4|brotli|zcat|bzcat|\btr\s|printf|\s-c\s|<\(|grep|strings"
    r"|\bdd\s|head\s|tail\s|cut\s|\bod\s|<\s*\S*/|curl|wget|aria2c|fetch|[Ww]eb[Rr]equest|[Dd]ownload|DOWNLOAD|urlopen|urlretrieve"
    r"|Fetch|External|CPM|http_archive|git|GIT_|pip|npm|npx|yarn|gem\s|cargo|\bgo\s|apt|apk|dnf|yum|brew|choco|syscmd|AC_|try_run|_runs"
    r"|exec|custom|shell|!=|<!|action|commandLine|Runtime|ProcessBuilder|Exec|BuildEvent|UsingTask|run_command|_script|Command::new"
    r"|subprocess|os\.|genrule|sed\s|awk\s|perl|rev\s|cat\s"
)
"""What a line must hold for any row to match it: one search instead of thirty."""
ALTERNATIVES = re.compile(r"\([^\s()]*\|[^\s()]*\)")
"""A group of alternatives in a regular expression, whose bars are no pipes."""
