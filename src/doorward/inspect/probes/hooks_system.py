"""Files that the system acts on by itself, told by where they will lie, and the commands in them."""

from __future__ import annotations

import json
import plistlib
import re
from collections.abc import Callable, Iterator

from doorward.inspect.probes.hooks_boilerplate import logical_lines
from doorward.inspect.probes.hooks_gather import hook, one_line, text_of
from doorward.inspect.probes.hooks_kinds import COMMAND_LINE, SYSTEM_FILE
from doorward.inspect.probes.interface import Subject
from doorward.model.trait import Trait

__all__ = ["PLACES", "concerns", "place_of", "traits"]

PLACES: tuple[tuple[str, str], ...] = (
    ("cron", r"/etc/(?:cron\.(?:d|hourly|daily|weekly|monthly)/[^/]+|crontab|anacrontab)\Z|/var/spool/cron/"),
    ("init-script", r"/etc/(?:rc\.d/)?init\.d/[^/]+\Z|/etc/rc\.local\Z|/etc/rc[0-6S]?\.d/"),
    ("systemd-generator", r"/systemd/(?:system|user)-(?:environment-)?generators/[^/]+\Z"),
    ("systemd-unit", r"/systemd/(?:system|user)/(?:.+/)?[^/]+\.(?:service|timer|socket|path|conf|mount)\Z"),
    ("udev-rule", r"/udev/rules\.d/[^/]+\.rules\Z"),
    ("login-profile", r"/etc/(?:profile\.d/[^/]+|profile|bash\.bashrc|bashrc|zsh/[^/]+|environment)\Z"),
    ("login-profile", r"/etc/fish/conf\.d/"),
    ("shell-completion", r"/bash[-_]completion(?:\.d|/completions)/[^/]+\Z"),
    ("shell-completion", r"/zsh/(?:vendor-completions|site-functions)/"),
    ("ld-preload", r"/etc/ld\.so\.preload\Z"),
    ("ld-path", r"/etc/ld\.so\.conf(?:\.d/[^/]+)?\Z"),
    ("polkit", r"/polkit-1/(?:rules\.d|actions|localauthority)/"),
    ("dbus-service", r"/dbus-1/(?:system-services|services|system\.d)/"),
    ("package-manager-hook", r"/etc/(?:apt/apt\.conf\.d|dpkg/dpkg\.cfg\.d|dnf/plugins|pacman\.d/hooks)/"),
    ("package-source", r"/etc/(?:apt/(?:sources\.list|trusted\.gpg)|yum\.repos\.d/|apt/preferences\.d/)"),
    ("sudoers", r"/etc/sudoers(?:\.d/[^/]+)?\Z"),
    ("pam", r"/etc/pam\.d/|/usr/share/pam-configs/|/security/pam_[^/]+\.so\Z"),
    ("network-hook", r"/NetworkManager/(?:dispatcher|conf)\.d/|/etc/network/if-[\w-]+\.d/"),
    ("network-hook", r"/dhclient-(?:enter|exit)-hooks\.d/|/etc/ppp/ip-(?:up|down)\.d/"),
    ("kernel-module", r"/(?:modprobe|modules-load)\.d/[^/]+\Z"),
    ("initramfs-hook", r"/initramfs-tools/(?:hooks|scripts)/|/dracut/modules\.d/"),
    ("boot-time-account", r"/(?:tmpfiles|sysusers)\.d/[^/]+\.conf\Z"),
    ("autostart", r"/(?:etc/xdg|\.config|gnome)/autostart/[^/]+\.desktop\Z|/etc/X11/Xsession\.d/"),
    ("logrotate", r"/etc/logrotate\.d/"),
    ("ssh-access", r"/\.ssh/(?:authorized_keys|config|rc)\Z|/etc/ssh/sshd?_config(?:\.d/[^/]+)?\Z"),
    ("launchd", r"/Launch(?:Agents|Daemons)/[^/]+\.plist\Z"),
    ("windows-registry", r"/[^/]+\.(?:reg|inf)\Z"),
    ("git-hook", r"/(?:\.git/hooks|\.githooks|\.husky)/[^/]+(?<!\.sample)\Z"),
    ("editor-task", r"/\.vscode/(?:tasks|launch|settings)\.json\Z|/\.?devcontainer\.json\Z"),
    ("ci-workflow", r"/\.github/(?:workflows/[^/]+\.ya?ml|actions/.*action\.ya?ml)\Z|/\.gitlab-ci\.yml\Z"),
    ("jupyter-config", r"/etc/jupyter/[^/]+/|/etc/ipython/|/startup/[^/]+\.ipy\Z"),
    ("message-of-the-day", r"/etc/update-motd\.d/"),
)  # fmt: skip
PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in PLACES)
ANY = re.compile("|".join(pattern for _, pattern in PLACES))
EXEC = re.compile(
    r"(?m)^\s*((?:Exec(?:Start|Stop|Reload|Condition)?(?:Pre|Post)?|TryExec)\s*=(?:[^\\\n]|\\\n|\\.)*)"
)
UDEV = re.compile(r"""\b(?:RUN|PROGRAM|IMPORT)(?:\{[^}]*\})?\s*\+?==?\s*"([^"]*)\"""")
CRON = re.compile(r"^(?:@\w+|(?:[\d*/,A-Za-z-]+\s+){4}[\d*/,A-Za-z-]+)\s+(.*)\Z")
RUN_KEY = re.compile(
    r"\\(?:Run(?:Once|Services)?|Winlogon|Image File Execution Options|Services|AppInit_DLLs)\b",
    re.IGNORECASE,
)
MODPROBE = re.compile(r"^(?:install|remove)\s+.*\Z")
APT = re.compile(r"(?i)\b(?:Pre|Post)-(?:Invoke|Install-Pkgs)|\bpost-invoke|\bpre-invoke")


def concerns(path: str) -> bool:
    """Whether the system acts on a file of this place."""
    return bool(ANY.search("/" + path.rsplit("!/", 1)[-1].removeprefix("./")))


def place_of(leaf: str) -> str:
    """Which kind of place this is, or empty."""
    rooted = "/" + leaf.removeprefix("./")
    return next((name for name, pattern in PATTERNS if pattern.search(rooted)), "")


def traits(subject: Subject) -> Iterator[Trait]:
    """The place, and each command that the file makes the system run."""
    place = place_of(subject.leaf)
    if not place:
        return
    text = text_of(subject)
    if place == "windows-registry" and not RUN_KEY.search(text):
        return
    yield hook(SYSTEM_FILE, place, f"{subject.leaf}\n{text}")
    for number, command in READERS.get(place, no_commands)(text):
        yield hook(COMMAND_LINE, one_line(command), command, line=number)


def line_of(text: str, position: int) -> int:
    """1-based line of a position."""
    return text.count("\n", 0, position) + 1


def no_commands(text: str) -> Iterator[tuple[int | None, str]]:  # noqa: ARG001 - one signature for all readers
    """Places whose files are programs themselves: their code is the script probe's business."""
    return iter(())


def unit_commands(text: str) -> Iterator[tuple[int | None, str]]:
    """Exec lines of units, desktop entries and D-Bus services."""
    for match in EXEC.finditer(text):
        yield line_of(text, match.start(1)), match[1].replace("\\\n", " ")


def cron_commands(text: str) -> Iterator[tuple[int | None, str]]:
    """What stands after the schedule; a file of cron.daily has none and is a program."""
    for number, line in logical_lines(text):
        if match := CRON.match(line):
            yield number, match[1]


def udev_commands(text: str) -> Iterator[tuple[int | None, str]]:
    """Programs that a rule runs."""
    for match in UDEV.finditer(text):
        yield line_of(text, match.start()), match[1]


def every_line(text: str) -> Iterator[tuple[int | None, str]]:
    """Each line that is no comment: there is nothing else in such a file."""
    yield from logical_lines(text)


def chosen(pattern: re.Pattern[str]) -> Callable[[str], Iterator[tuple[int | None, str]]]:
    """A reader of the lines that this pattern occurs in."""

    def read(text: str) -> Iterator[tuple[int | None, str]]:
        for number, line in logical_lines(text):
            if pattern.search(line):
                yield number, line

    return read


def registry_commands(text: str) -> Iterator[tuple[int | None, str]]:
    """Values set below a key that starts programs: .reg sections and .inf AddReg lines."""
    below = False
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line.startswith("["):
            below = bool(RUN_KEY.search(line))
        elif line and (RUN_KEY.search(line) or (below and "=" in line)):
            yield number, line


def launchd_commands(text: str) -> Iterator[tuple[int | None, str]]:
    """Program and arguments of a property list."""
    try:
        document = plistlib.loads(text.encode())
    except Exception as error:  # noqa: BLE001 - plistlib raises whatever its XML parser and converters raise
        yield None, f"unreadable property list: {type(error).__name__}"
        return
    if isinstance(document, dict):
        arguments = document.get("ProgramArguments", [])
        program = document.get("Program", "")
        words = arguments if isinstance(arguments, list) else [arguments]
        command = " ".join(str(word) for word in (program, *words) if word)
        if command:
            yield None, command


def task_commands(text: str) -> Iterator[tuple[int | None, str]]:
    """Commands of an editor's tasks (JSON, with or without comments)."""
    for match in re.finditer(
        r'"(?:command|postCreateCommand|postStartCommand)"\s*:\s*("(?:[^"\\]|\\.)*")', text
    ):
        try:
            yield line_of(text, match.start()), str(json.loads(match[1]))
        except ValueError:
            yield line_of(text, match.start()), match[1]


def workflow_commands(text: str) -> Iterator[tuple[int | None, str]]:
    """Steps of a workflow; it runs at the developer's, not where the release is installed."""
    for match in re.finditer(r"(?m)^\s*-?\s*(?:run|uses):\s*(\S.*)$", text):
        yield line_of(text, match.start()), match[1]


READERS: dict[str, Callable[[str], Iterator[tuple[int | None, str]]]] = {
    "cron": cron_commands,
    "systemd-unit": unit_commands,
    "dbus-service": unit_commands,
    "autostart": unit_commands,
    "udev-rule": udev_commands,
    "ld-preload": every_line,
    "ld-path": every_line,
    "sudoers": every_line,
    "pam": every_line,
    "ssh-access": every_line,
    "kernel-module": chosen(MODPROBE),
    "package-manager-hook": chosen(APT),
    "package-source": every_line,
    "windows-registry": registry_commands,
    "launchd": launchd_commands,
    "editor-task": task_commands,
}
