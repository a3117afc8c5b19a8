"""Where apt takes packages from: `sources.list`, `sources.list.d`, `auth.conf`, proxies in `apt.conf`.

Both forms of sources.list(5): one line each (`deb [options] URI suite components`) and deb822 stanzas.
Sources that are not web addresses (`cdrom:`, `file:`) are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from doorward.errors import Misuse
from doorward.world.network import Credential, joined
from doorward.world.registries.netrc_file import basic

__all__ = ["Suite", "apt_credentials", "apt_proxies", "read_suites", "stanzas"]

ONE_LINE = re.compile(r"deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)(?P<components>.*)")
PROXY = re.compile(r'^\s*Acquire::(https?)::Proxy\s+"([^"]+)"\s*;', re.MULTILINE | re.IGNORECASE)
MACHINE = re.compile(r"machine\s+(\S+)\s+login\s+(\S+)\s+password\s+(\S+)")


@dataclass(frozen=True, slots=True)
class Suite:
    """One archive and suite."""

    uri: str
    """With a slash at its end."""
    suite: str
    components: tuple[str, ...]
    """Empty for a flat archive, whose suite ends in a slash."""
    signed_by: str = ""
    """Paths of keyrings, or a key itself; empty for apt's own trusted keys."""
    trusted: bool = False
    """`trusted=yes`: apt checks no signature."""

    @property
    def base(self) -> str:
        """Address of the folder in which `InRelease` lies, with a slash at its end."""
        return f"{self.uri}dists/{self.suite}/" if self.components else f"{self.uri}{self.suite}"


def read_suites(root: Path) -> tuple[Suite, ...]:
    """Every suite of apt's sources, in the order of the files.

    Raises:
        Misuse: a file cannot be read.
    """
    apt = root / "etc/apt"
    files = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]
    found: list[Suite] = []
    for path in files:
        if not path.is_file():
            continue
        if path.suffix == ".sources":
            found += _deb822(_text(path))
        elif path.suffix == ".list":
            found += _one_line(_text(path))
    return tuple(dict.fromkeys(found))


def apt_proxies(root: Path) -> dict[str, str]:
    """`Acquire::http::Proxy` and its https sister, the last one said."""
    files = [root / "etc/apt/apt.conf", *sorted((root / "etc/apt/apt.conf.d").glob("*"))]
    found: dict[str, str] = {}
    for path in files:
        if path.is_file():
            found.update((scheme.lower(), url) for scheme, url in PROXY.findall(_text(path)))
    return {scheme: url for scheme, url in found.items() if url.upper() != "DIRECT"}


def apt_credentials(root: Path) -> tuple[Credential, ...]:
    """The logins of `auth.conf` and `auth.conf.d`, apt_auth.conf(5)."""
    files = [root / "etc/apt/auth.conf", *sorted((root / "etc/apt/auth.conf.d").glob("*.conf"))]
    found = []
    for path in files:
        for machine, login, password in MACHINE.findall(_text(path)) if path.is_file() else ():
            host, _, folder = (
                machine.partition("://")[2].partition("/") if "://" in machine else machine.partition("/")
            )
            found.append(Credential(host.lower(), f"/{folder}", basic(login, password)))
    return tuple(found)


def stanzas(text: str) -> Iterator[dict[str, str]]:
    """The fields of each stanza of a control file, deb822(5); names in lower case."""
    fields: dict[str, str] = {}
    last = ""
    for line in [*text.split("\n"), ""]:
        if line.startswith("#"):
            continue
        if not line.strip():
            if fields:
                yield fields
            fields, last = {}, ""
        elif line[0] in " \t" and last:
            fields[last] += "\n" + line.strip()
        else:
            name, colon, value = line.partition(":")
            if colon:
                last = name.strip().lower()
                fields[last] = value.strip()


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError as error:
        raise Misuse(
            f"reading {path}",
            expected="apt's configuration",
            found=error.strerror or type(error).__name__,
            next_step="make it readable for you",
        ) from error


def _one_line(text: str) -> Iterator[Suite]:
    for line in text.splitlines():
        match = ONE_LINE.fullmatch(line.partition("#")[0].strip())
        if match:
            options = dict(option.partition("=")[::2] for option in (match["options"] or "").split())
            yield from _suites(
                [match["uri"]],
                [match["suite"]],
                tuple(match["components"].split()),
                options.get("signed-by", ""),
                trusted=options.get("trusted") == "yes",
            )


def _deb822(text: str) -> Iterator[Suite]:
    for stanza in stanzas(text):
        if "deb" in stanza.get("types", "").split() and stanza.get("enabled", "yes").lower() != "no":
            yield from _suites(
                stanza.get("uris", "").split(),
                stanza.get("suites", "").split(),
                tuple(stanza.get("components", "").split()),
                stanza.get("signed-by", ""),
                trusted=stanza.get("trusted") == "yes",
            )


def _suites(
    uris: list[str], suites: list[str], components: tuple[str, ...], signed_by: str, *, trusted: bool
) -> Iterator[Suite]:
    for uri in uris:
        if joined(uri, ""):
            for suite in suites:
                yield Suite(uri.rstrip("/") + "/", suite, components, signed_by, trusted)
