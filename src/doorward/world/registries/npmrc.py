"""Where npm looks for packages: `.npmrc` files and `npm_config_*`, in npm's order.

Global (`PREFIX/etc/npmrc`, `/etc/npmrc`), the user's (`~/.npmrc` or `npm_config_userconfig`), then the
environment. From the project's own `.npmrc` only `registry` and `@scope:registry` are taken, and
only if they hold no `${VARIABLE}`: such a file comes with the change under judgment, and
`//host/:_authToken=${NPM_TOKEN}` in it would send the token wherever that file says.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from doorward.errors import Misuse
from doorward.world.network import Credential
from doorward.world.registries.netrc_file import basic
from doorward.world.registries.pip_config import with_scheme

__all__ = ["NpmConfig", "read"]

VARIABLE = re.compile(r"(?<!\\)\$\{([^}?]+)(\?)?\}")


@dataclass(frozen=True, slots=True)
class NpmConfig:
    """What npm is set up to use; empty where it says nothing."""

    registry: str = ""
    scopes: tuple[tuple[str, str], ...] = ()
    project_scopes: tuple[tuple[str, str], ...] = ()
    proxy: str = ""
    https_proxy: str = ""
    ca_file: str = ""
    credentials: tuple[Credential, ...] = field(default=(), repr=False)


def read(environ: Mapping[str, str], home: Path, cwd: Path | None, root: Path) -> NpmConfig:
    """Read everything.

    Raises:
        Misuse: a file cannot be read.
    """
    env = {
        name[len("npm_config_") :].lower(): value
        for name, value in environ.items()
        if name.lower().startswith("npm_config_") and value
    }
    files = [root / "etc/npmrc", root / "usr/etc/npmrc", root / "usr/local/etc/npmrc"]
    if env.get("globalconfig"):
        files = [Path(env["globalconfig"])]
    files.append(Path(env.get("userconfig") or home / ".npmrc"))
    options: dict[str, str] = {}
    for path in files:
        options.update((name, _expand(value, environ)) for name, value in _npmrc(path).items())
    for name, value in env.items():
        options[name if name.startswith(("@", "//")) else name.replace("_", "-")] = value
    project = _npmrc(cwd / ".npmrc") if cwd and cwd / ".npmrc" not in files else {}
    project = {name: value for name, value in project.items() if not VARIABLE.search(value)}
    return NpmConfig(
        registry=options.get("registry", "").rstrip("/"),
        scopes=_scopes(options),
        project_scopes=_scopes(project)
        + ((("*", project["registry"].rstrip("/")),) if "registry" in project else ()),
        proxy=with_scheme(options.get("proxy", "")),
        https_proxy=with_scheme(options.get("https-proxy", "")),
        ca_file=options.get("cafile", ""),
        credentials=_credentials(options),
    )


def _npmrc(path: Path) -> dict[str, str]:
    """The `name = value` lines of an ini file without sections, as npm's `ini` reads them."""
    if not path.is_file():
        return {}
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misuse(
            f"reading {path}",
            expected="npm's configuration",
            found=type(error).__name__,
            next_step="correct it",
        ) from error
    found = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith(("#", ";", "[")):
            bare = value.strip()
            quoted = len(bare) >= 2 and bare[0] == bare[-1] and bare[0] in "\"'"
            found[name.strip()] = bare[1:-1] if quoted else bare
    return found


def _expand(value: str, environ: Mapping[str, str]) -> str:
    """Put `${NAME}` in; an unset one stays as written, and `${NAME?}` becomes empty, as npm has it."""

    def replace(match: re.Match[str]) -> str:
        return environ.get(match[1], "" if match[2] else match[0])

    return VARIABLE.sub(replace, value)


def _scopes(options: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name.removesuffix(":registry"), value.rstrip("/"))
        for name, value in sorted(options.items())
        if name.startswith("@") and name.endswith(":registry")
    )


def _credentials(options: Mapping[str, str]) -> tuple[Credential, ...]:
    """`//host/path/:_authToken`, `:_auth`, or `:username` with `:_password` (base64)."""
    found = []
    for name, value in sorted(options.items()):
        place, colon, kind = name.rpartition(":")
        if not colon or not place.startswith("//"):
            continue
        header = ""
        if kind == "_authToken":
            header = f"Bearer {value}"
        elif kind == "_auth":
            header = f"Basic {value}"
        elif kind == "_password" and f"{place}:username" in options:
            header = _basic(options[f"{place}:username"], value)
        if header and header.isprintable():
            host, _, path = place.removeprefix("//").partition("/")
            found.append(Credential(host.lower(), f"/{path}", header))
    return tuple(found)


def _basic(user: str, password: str) -> str:
    try:
        return basic(user, base64.b64decode(password, validate=True).decode())
    except (binascii.Error, UnicodeDecodeError):
        return ""
