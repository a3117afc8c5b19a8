# ruff: noqa: E501 - a table reads best by rows
"""Which shell commands give which ability, by the command's own name and, where it hangs on them, its words."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["COMMANDS", "INTERPRETERS", "WORDS", "abilities"]

COMMANDS: Final[dict[str, str]] = {
    name: capability
    for capability, names in {
        "network": "curl wget nc ncat netcat socat ssh scp sftp rsync ftp telnet aria2c lynx links http "
        "httpie axel tftp websocat busybox-wget",
        "dns": "dig nslookup host drill kdig delv resolvectl systemd-resolve",
        "persistence": "crontab update-rc.d chkconfig at batch schtasks insserv",
        "host-info": "hostname uname whoami id ifconfig lsb_release hostnamectl dmidecode lscpu logname arch",
        "native": "insmod modprobe gdb ld.so ptrace memexec",
        "decode": "uudecode base32 zcat gunzip unxz bunzip2 xzcat bzcat zstdcat lzcat unlzma rev",
        "credentials": "security secret-tool gnome-keyring kwalletcli pass xclip xsel pbpaste",
        "process": "nohup setsid disown daemonize start-stop-daemon systemd-run screen tmux",
        "encode": "base64 xxd od hexdump uuencode",
        "thread": "trap",
    }.items()
    for name in names.split()
}
"""Commands whose name is enough."""

INTERPRETERS: Final = frozenset(
    [
        "sh",
        "bash",
        "dash",
        "ash",
        "zsh",
        "ksh",
        "mksh",
        "busybox",
        "fish",
        "csh",
        "tcsh",
        "python",
        "python2",
        "python3",
        "perl",
        "ruby",
        "node",
        "nodejs",
        "php",
        "lua",
        "osascript",
        "pwsh",
        "powershell",
        "awk",
        "gawk",
        "tclsh",
        "Rscript",
        "deno",
        "bun",
    ]
)
"""Commands that run what they are given."""

WORDS: Final = (
    ("decode", re.compile(r"base64\b.* (?:-d|-D|--decode|-di)\b")),
    ("decode", re.compile(r"openssl\b.* (?:enc|aes\S*|base64|des\S*)\b.* -d\b")),
    ("decode", re.compile(r"(?:xxd|xxd\.exe)\b.* -\w*r")),
    (
        "decode",
        re.compile(r"(?:gzip|xz|bzip2|zstd|lzma|lz4|brotli)\b.* (?:-\w*d\w*|--decompress|--uncompress)\b"),
    ),
    ("decode", re.compile(r"tr\b +[\"']?[^ ]{6,}[\"']? +[\"']?[^ ]{6,}")),
    (
        "decode",
        re.compile(
            r"(?:printf|echo\b.* -\w*e).*(?:\\x[0-9a-fA-F]{2}.*?){6}|printf.*(?:\\[0-3][0-7]{2}.*?){6}",
            re.DOTALL,
        ),
    ),
    ("decode", re.compile(r"(?:tail|head)\b.* -(?:c|-bytes)[ =]?\+?[\w$]")),
    ("decode", re.compile(r"dd\b.*\bskip=")),
    ("decode", re.compile(r"(?:gpg|age)\b.* (?:-d|--decrypt)\b")),
    ("network", re.compile(r"/dev/(?:tcp|udp)/")),
    ("network", re.compile(r"openssl\b.* s_client\b")),
    ("network", re.compile(r"(?:git)\b.* (?:clone|fetch|pull)\b")),
    ("dns", re.compile(r"getent\b.* a?hosts")),
    ("persistence", re.compile(r"systemctl\b.* enable\b")),
    ("persistence", re.compile(r"launchctl\b.* (?:load|bootstrap|submit)\b")),
    ("persistence", re.compile(r"git\b.* config\b.*core\.hooksPath")),
    ("make-executable", re.compile(r"chmod\b.* (?:[ugoa]*\+\w*[xs]|[0-7]?[0-7]{0,2}[1357][0-7]{0,2})\b")),
    ("make-executable", re.compile(r"(?:setcap)\b")),
    ("environment-bulk", re.compile(r"^(?:env|printenv|export -p|declare -x|set)$")),
    ("credentials", re.compile(r"/proc/(?:self|\$\$|\d+|1)/environ")),
    ("host-info", re.compile(r"/etc/machine-id|/etc/hostname|ip (?:addr|a|route|link)\b")),
    ("time-trigger", re.compile(r"sleep +(?:\d{4,}|[3-9]\d\d|\d+[hd]|[5-9]m|\d\dm)\b")),
    ("filesystem-write", re.compile(r"(?:tee|install|dd\b.*\bof=|mktemp)\b")),
    (
        "self-read",
        re.compile(r"(?:tail|sed|awk|dd|head|grep|cat|unzip|tar)\b.*[\"' =]\$\{?(?:0|BASH_SOURCE)"),
    ),
    ("native", re.compile(r"LD_(?:PRELOAD|AUDIT)=|ld\.so\.preload")),
)
"""Commands whose words tell, matched on the command with single spaces."""


def abilities(name: str, command: str) -> set[str]:
    """The abilities of one command.

    Args:
        name: the command's own name, without its directory.
        command: the whole command, words separated by single spaces, quotes kept.
    """
    found = {capability for capability, pattern in WORDS if pattern.search(command)}
    known = COMMANDS.get(name)
    if known is not None and not (known == "encode" and "decode" in found):
        found.add(known)
    if name == "xxd" and "-p" not in command and "-ps" not in command:
        found.discard("encode")
    return found
