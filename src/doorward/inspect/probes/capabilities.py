"""The abilities that a script's function may have, and which of them honest code keeps apart.

The words are those of what an implant needs, whatever its author's style: a way to hide (`decode`,
`dynamic-code`), to act (`process`, `native`), something to take (`credentials`, `environment-bulk`,
`host-info`), a way out or in (`network`, `dns`, `encode`), a trigger (`time-trigger`, `thread`) and
a way to stay (`persistence`, `filesystem-write`, `make-executable`). Tables per language say which
names give which ability; these here are the same for all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

__all__ = [
    "CAPABILITIES",
    "COMBINATIONS",
    "CREDENTIAL_NAME",
    "CREDENTIAL_PATH",
    "FLOWS",
    "PERSISTENCE_PATH",
    "TELLING",
    "may_name_paths",
    "path_hits",
]

CAPABILITIES: Final = (
    "credentials",
    "decode",
    "dns",
    "dynamic-code",
    "dynamic-import",
    "encode",
    "environment",
    "environment-bulk",
    "filesystem-write",
    "host-info",
    "make-executable",
    "native",
    "network",
    "persistence",
    "process",
    "self-read",
    "thread",
    "time-trigger",
)
"""Closed keys of `script.capability`."""

TELLING: Final = frozenset(CAPABILITIES) - {
    "environment",
    "encode",
    "thread",
    "host-info",
    "filesystem-write",
}
"""Those whose use at import time, or in silence, is worth telling."""

COMBINATIONS: Final = tuple(
    tuple(pair.split("+"))
    for pair in [
        "decode+dynamic-code",
        "decode+dynamic-import",
        "decode+process",
        "decode+network",
        "decode+dns",
        "decode+native",
        "decode+filesystem-write",
        "decode+persistence",
        "decode+self-read",
        "decode+time-trigger",
        "decode+make-executable",
        "decode+environment-bulk",
        "decode+credentials",
        "dynamic-code+network",
        "dynamic-code+dns",
        "dynamic-code+process",
        "dynamic-code+self-read",
        "dynamic-code+time-trigger",
        "dynamic-code+thread",
        "dynamic-code+host-info",
        "dynamic-code+environment-bulk",
        "dynamic-import+network",
        "network+process",
        "dns+process",
        "network+native",
        "dns+native",
        "native+process",
        "native+thread",
        "native+make-executable",
        "environment-bulk+network",
        "dns+environment-bulk",
        "encode+environment-bulk",
        "environment-bulk+host-info",
        "credentials+network",
        "credentials+dns",
        "credentials+encode",
        "credentials+process",
        "credentials+host-info",
        "host-info+network",
        "dns+host-info",
        "encode+host-info",
        "host-info+process",
        "dns+encode",
        "encode+network",
        "dns+network",
        "filesystem-write+network",
        "filesystem-write+process",
        "make-executable+process",
        "make-executable+network",
        "persistence+process",
        "filesystem-write+persistence",
        "network+persistence",
        "host-info+persistence",
        "network+time-trigger",
        "dns+time-trigger",
        "process+time-trigger",
        "network+thread",
        "dns+thread",
        "process+thread",
        "decode+dynamic-code+network",
        "decode+network+process",
        "filesystem-write+network+process",
        "filesystem-write+make-executable+process",
        "encode+host-info+network",
        "dns+encode+host-info",
        "decode+dns+network",
        "host-info+network+process",
        "environment-bulk+host-info+network",
    ]
)
"""Closed keys of `script.combination`: what loaders, stealers and droppers need together."""

FLOWS: Final = {
    "dynamic-code": ("decoded", "network", "dns", "file", "secret"),
    "process": ("decoded", "network", "dns"),
    "native": ("decoded", "network", "dns"),
    "import": ("decoded", "network", "dns"),
    "unpickle": ("decoded", "network", "dns"),
    "network": ("decoded", "secret", "host"),
    "dns": ("decoded", "secret", "host", "encoded"),
    "write": ("decoded", "network"),
}
"""Sinks, and the sources whose values are worth telling there: keys `decoded-to-process` and so on."""

CREDENTIAL_PATH: Final = re.compile(
    r"(?:^|[/\\~ "
    r"\"'])(?:\.ssh(?:$|[/\\])|\.aws(?:$|[/\\])|\.gnupg(?:$|[/\\])|\.kube(?:$|[/\\])|\.azure(?:$|[/\\])"
    r"|\.docker[/\\]config|\.config[/\\]gcloud|\.netrc|_netrc|\.npmrc|\.pypirc|\.git-credentials|\.pgpass|\.my\.cnf"
    r"|\.bash_history|\.zsh_history|id_(?:rsa|ed25519|ecdsa|dsa)\b)"
    r"|/etc/(?:shadow|gshadow|sudoers|krb5\.keytab)|\\(?:SAM|NTDS\.dit)$|Login Data|Local "
    r"State|logins\.json|key4\.db"
    r"|cookies\.sqlite|wallet\.dat|[/\\](?:Chrome|Chromium|Brave-Browser|Firefox|Microsoft[/\\]Edge)[/\\]"
    r"|application_default_credentials|/var/run/secrets/|169\.254\.169\.254|metadata\.google\.internal"
    r"|login\.keychain|/proc/(?:self|\d+|\*|%[sd])/environ|\.electrum|[/\\]Exodus[/\\]|\.ethereum[/\\]keystore",
    re.IGNORECASE,
)
"""Places where secrets lie on a developer's or a server's disk, and the cloud's metadata address."""

CREDENTIAL_NAME: Final = re.compile(
    r"(?:^|_)(?:TOKEN|SECRET|SECRETS|PASSWORD|PASSWD|PASSPHRASE|API_?KEY|ACCESS_?KEY(?:_ID)?|PRIVATE_?KEY|CREDENTIALS?|AUTH)"
    r"(?:$|_)",
    re.IGNORECASE,
)
"""Names of environment variables that hold secrets."""

PERSISTENCE_PATH: Final = re.compile(
    r"/etc/(?:cron|init\.d|rc\.local|systemd/(?:system|user)|profile|ld\.so\.preload|xdg/autostart|update-motd|udev/rules|bash\.bashrc|sudoers\.d)"
    r"|/var/spool/cron|\.config/(?:systemd/user|autostart)|/(?:lib|usr/lib)/systemd/system/|Library/Launch(?:Agents|Daemons)"
    r"|CurrentVersion\\{1,2}(?:Run|Policies\\{1,2}Explorer\\{1,2}Run|Winlogon)|Start "
    r"Menu.{1,4}Programs.{1,4}Startup"
    r"|(?:^|[/\\~ "
    r"\"'])\.(?:bashrc|bash_profile|bash_login|profile|zshrc|zprofile|zshenv|xinitrc|xprofile|cshrc)\b"
    r"|authorized_keys|(?:site|user)customize\.py|config\.fish|Image File Execution "
    r"Options|\\{1,2}Services\\{1,2}"
    r"|AppInit_DLLs|/etc/rc\d?\.d/|\.git/hooks/|core\.hooksPath",
)
"""Places from which code is run again without being asked."""

PATH_WORDS: Final = (
    ".ssh",
    ".aws",
    ".gnupg",
    ".kube",
    ".azure",
    ".docker",
    "gcloud",
    "netrc",
    ".npmrc",
    ".pypirc",
    ".git-credentials",
    ".pgpass",
    ".my.cnf",
    "_history",
    "id_rsa",
    "id_ed25519",
    "id_ecdsa",
    "id_dsa",
    "/etc/",
    "\\sam",
    "ntds.dit",
    "login data",
    "local state",
    "logins.json",
    "key4.db",
    "cookies.sqlite",
    "wallet.dat",
    "chrome",
    "chromium",
    "brave-browser",
    "firefox",
    "microsoft",
    "default_credentials",
    "/var/run/secrets",
    "169.254.169.254",
    "google.internal",
    "login.keychain",
    "/environ",
    ".electrum",
    "exodus",
    ".ethereum",
    "/var/spool/cron",
    "systemd",
    "autostart",
    "library/launch",
    "currentversion",
    "startup",
    ".bashrc",
    ".bash_",
    ".profile",
    ".zshrc",
    ".zprofile",
    ".zshenv",
    ".xinitrc",
    ".xprofile",
    ".cshrc",
    "authorized_keys",
    "customize.py",
    "config.fish",
    "image file execution",
    "services",
    "appinit_dlls",
    ".git/hooks",
    "core.hookspath",
)
"""One of these stands, in lower case, in any text that the two patterns above can match."""

MAX_PATH_HITS: Final = 200
"""Of one word in one file."""


def may_name_paths(text: str) -> bool:
    """A cheap look whether a script can name such a place at all."""
    lowered = text.lower()
    return any(word in lowered for word in PATH_WORDS)


def path_hits(text: str) -> Iterator[tuple[int, str]]:
    """Yield offsets in a text where a place of secrets or of start-up is named, and which of the two."""
    lowered = text.lower()
    seen: set[tuple[int, str]] = set()
    for word in PATH_WORDS:
        start = lowered.find(word)
        for _ in range(MAX_PATH_HITS):
            if start < 0:
                break
            window = text[max(0, start - 40) : start + 80]
            for capability, pattern in (("credentials", CREDENTIAL_PATH), ("persistence", PERSISTENCE_PATH)):
                for match in pattern.finditer(window):
                    offset = max(0, start - 40) + match.start()
                    if (offset, capability) not in seen:
                        seen.add((offset, capability))
                        yield offset, capability
            start = lowered.find(word, start + len(word))
