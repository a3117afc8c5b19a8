"""Boilerplate of packaging tools, told by what it does, so that hand-written lines stand out.

debhelper, rpm macros and their like append the same few statements to thousands of scripts. A marker
comment proves nothing (anyone can write one), so each statement is recognised by itself: control flow,
tests, literal assignments, and calls of helpers whose whole work is registration, with plain arguments.
A substitution, a pipe, a redirection to anything but nothing, an unknown command: hand-written.
"""

from __future__ import annotations

import re

__all__ = ["handwritten", "logical_lines"]

HELPERS = (
    "deb-systemd-helper|deb-systemd-invoke|systemctl|update-rc\\.d|invoke-rc\\.d|dpkg-maintscript-helper"
    "|update-alternatives|ldconfig|/sbin/ldconfig|py3compile|py3clean|pycompile|pyclean|pypy3compile|pypy3clean"
    "|dpkg-trigger|update-mime-database|update-desktop-database|gtk-update-icon-cache|update-icon-caches"
    "|glib-compile-schemas|install-info|update-initramfs|systemd-tmpfiles|systemd-sysusers|db_stop|db_purge"
    "|ucf|ucfr|update-catalog|update-xmlcatalog|rm_conffile|udevadm|/usr/lib/rpm/[\\w./-]+|depmod"
    "|/usr/lib/systemd/systemd-update-helper|update-fonts-(?:dir|scale|alias)|fc-cache|update-menus"
    "|add-shell|remove-shell|update-shells|gdk-pixbuf-query-loaders|update-binfmts|debconf-apt-progress"
)
VARIABLE = r"\$(?:[@*\d?]|\w+|\{\w+(?:[:+-][\w./-]*)?\})"
PLAIN = (
    r"(?:[\w@%+=:,./*{}~\[\]-]|\\[ .]|'[^'`]*'"
    rf'|"(?:[^"`$\\]|\\.|{VARIABLE})*"|{VARIABLE})+'
)
"""One word without any substitution but of variables."""
NOTHING = r"(?:\s*(?:[12&]?>\s*/dev/null|2>&1|>&2|1>&2))*"
SIMPLE = re.compile(
    "|".join(
        (
            r"",
            r"(?:fi|done|esac|else|then|do|;;|\}|\{|:|true|false|break|continue|shift|return|exit)(?:\s+[\w$?]+)?",
            r"set\s+[-+][eux]+",
            rf"case\s+{PLAIN}\s+in",
            rf"(?:if|elif|while)?\s*!?\s*(?:\[\s+(?:!\s+)?(?:{PLAIN}|\s|=|!=|-[a-z]\s)*\]|test\s(?:{PLAIN}|\s)+)",
            rf"(?:if|elif)?\s*!?\s*(?:command\s+-v|which|type)\s+{PLAIN}{NOTHING}",
            rf"(?:for\s+\w+\s+in(?:\s+{PLAIN})+)",
            r"\w+\s*\(\)\s*\{?",
            rf"(?:local\s+|export\s+)?\w+=(?:{PLAIN})?",
            r"umask\s+\d+",
            rf"chmod\s+[-+]x\s+\"/etc/init\.d/[\w.-]+\"{NOTHING}",
            rf"(?:if|elif)?\s*!?\s*(?:{HELPERS})(?:\s+{PLAIN})*{NOTHING}",
            rf"(?:rmdir|mkdir)(?:\s+{PLAIN})*{NOTHING}",
            r"\.\s+/usr/share/debconf/confmodule",
            rf"echo(?:\s+{PLAIN})*{NOTHING}",
        )
    )
)
SPLIT = re.compile(r"""((?:>&|&>|[^'"\\;&|]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+)|(;;|&&|\|\||;|[|&])|(['"])""")
LABEL = re.compile(r"\A[\w*.?\"'-]+(?:\s*\|\s*[\w*.?\"'-]+)*\s*\)(?=\s|\Z)")
"""A case label. No opening parenthesis: `(a | sh)` is a subshell."""
LOOKED_UP = re.compile(r"`(?:command -v|which) [\w.-]+`|\$\((?:command -v|which) [\w.-]+\)")
"""Asking where a command is runs nothing else; dh_installmenu writes it so."""
KEYWORD = re.compile(r"(?:then|do|else)\s+(?=\S)")


def logical_lines(text: str) -> list[tuple[int, str]]:
    """(number, line) of each statement line: continuations joined, comments and blank lines left out."""
    found: list[tuple[int, str]] = []
    pending, begun = "", 0
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        begun = begun or number
        if not pending and (not line or line.startswith("#")):
            begun = 0
            continue
        if line.endswith("\\") and not line.endswith("\\\\"):
            pending += line[:-1] + " "
            continue
        found.append((begun, " ".join((pending + line).split())))
        pending, begun = "", 0
    if pending:
        found.append((begun, " ".join(pending.split())))
    return found


def handwritten(line: str) -> bool:
    """Whether a logical line does anything that boilerplate does not."""
    line = LOOKED_UP.sub("x", line.replace("\\`", "."))
    if "`" in line or "$(" in line or "<(" in line:
        return True
    for statement, separator, loose in SPLIT.findall(LABEL.sub("", without_comment(line), count=1)):
        if loose or separator in {"|", "&"}:
            return True
        if statement and not all(SIMPLE.fullmatch(part.strip()) for part in KEYWORD.split(statement.strip())):
            return True
    return False


def without_comment(line: str) -> str:
    """The line without a trailing comment, when there are no quotes that could hold a `#`."""
    if " #" in line and "'" not in line and '"' not in line:
        return line.split(" #", 1)[0]
    return line
