"""Logins from `.netrc`, which pip, uv, curl and apt's users keep."""

from __future__ import annotations

import base64
import netrc
from collections.abc import Mapping
from pathlib import Path

from doorward.errors import Misuse
from doorward.world.network import Credential

__all__ = ["basic", "netrc_credentials"]


def netrc_credentials(environ: Mapping[str, str], home: Path) -> tuple[Credential, ...]:
    """Every login of `$NETRC` or `~/.netrc`; its `default` entry is left out, for it fits any host.

    Raises:
        Misuse: it cannot be read.
    """
    path = Path(environ.get("NETRC") or home / ".netrc")
    if not path.is_file():
        return ()
    try:
        hosts = netrc.netrc(str(path)).hosts
    except (netrc.NetrcParseError, OSError, UnicodeDecodeError) as error:
        line = getattr(error, "lineno", None)
        raise Misuse(
            f"reading {path}" + (f", line {line}" if line else ""),
            expected="`machine HOST login NAME password SECRET`",
            found=getattr(error, "msg", "") or type(error).__name__,
            next_step="correct it, or point NETRC at another file",
        ) from error
    return tuple(
        Credential(host.lower(), "/", basic(login, password))
        for host, (login, _, password) in hosts.items()
        if host != "default"
    )


def basic(login: str, password: str) -> str:
    """The header of RFC 7617."""
    return "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()
