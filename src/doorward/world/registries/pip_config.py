"""Where pip and uv look for packages: their configuration files and variables, in their order.

pip: `/etc/pip.conf` and its XDG neighbours, `~/.pip/pip.conf`, `~/.config/pip/pip.conf`, the virtual
environment's, `PIP_CONFIG_FILE`, then `PIP_*`. uv: `/etc/uv/uv.toml`, `~/.config/uv/uv.toml`, then
`UV_*`. What uv says of the main index wins over pip: whoever set it up uses uv. From the project's
`uv.toml` or `pyproject.toml` only index addresses are taken.
"""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from doorward.errors import Misuse
from doorward.world.network import Credential, host_of
from doorward.world.registries.netrc_file import basic

__all__ = ["PipConfig", "read", "with_scheme"]

SECTIONS = ("global", "install", "download")
"""Sections of pip.conf that hold for a download; later ones win."""


@dataclass(frozen=True, slots=True)
class PipConfig:
    """What pip and uv are set up to use; empty where they say nothing."""

    indexes: tuple[str, ...] = ()
    project_indexes: tuple[str, ...] = ()
    plain_http_hosts: tuple[str, ...] = ()
    proxy: str = ""
    ca_file: str = ""
    credentials: tuple[Credential, ...] = field(default=(), repr=False)


def read(environ: Mapping[str, str], home: Path, cwd: Path | None, root: Path) -> PipConfig:
    """Read everything.

    Raises:
        Misuse: a file cannot be read.
    """
    options: dict[str, str] = {}
    for file in _pip_files(environ, home, root):
        options.update(_pip_file(file))
    for name, value in environ.items():
        if name.startswith("PIP_") and value:
            options[name.removeprefix("PIP_").lower().replace("_", "-")] = value
    main, extra = _uv_indexes(environ, home, root)
    main = main or options.get("index-url", "")
    if not main and (extra or options.get("extra-index-url")):
        main = "https://pypi.org/simple"
    found = [url for url in (main, *extra, *options.get("extra-index-url", "").split()) if url]
    indexes = tuple(dict.fromkeys(url.rstrip("/") for url in found))
    project = tuple(url.rstrip("/") for url in _project_indexes(cwd)) if cwd else ()
    return PipConfig(
        indexes=indexes,
        project_indexes=tuple(_without_login(url) for url in dict.fromkeys(project) if url not in indexes),
        plain_http_hosts=tuple(options.get("trusted-host", "").split()),
        proxy=with_scheme(options.get("proxy", "")),
        ca_file=options.get("cert", ""),
        credentials=tuple(_named_logins(environ)),
    )


def with_scheme(proxy: str) -> str:
    """A proxy's address; clients accept `host:port` too and mean http."""
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def _pip_files(environ: Mapping[str, str], home: Path, root: Path) -> Iterator[Path]:
    chosen = environ.get("PIP_CONFIG_FILE", "")
    if chosen == "/dev/null":
        return
    system = environ.get("XDG_CONFIG_DIRS") or str(root / "etc/xdg")
    for folder in reversed(system.split(":")):
        yield Path(folder) / "pip/pip.conf"
    yield root / "etc/pip.conf"
    yield home / ".pip/pip.conf"
    yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip/pip.conf"
    if environ.get("VIRTUAL_ENV"):
        yield Path(environ["VIRTUAL_ENV"]) / "pip.conf"
    if chosen:
        yield Path(chosen)


def _pip_file(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(path.read_text("utf-8"), source=str(path))
    except (configparser.Error, OSError, UnicodeDecodeError) as error:
        line = getattr(error, "lineno", None)
        raise Misuse(
            f"reading {path}" + (f", line {line}" if line else ""),
            expected="pip's configuration (sections of `name = value`)",
            found=type(error).__name__,
            next_step="correct it, or set PIP_CONFIG_FILE=/dev/null",
        ) from error
    found: dict[str, str] = {}
    for section in SECTIONS:
        if parser.has_section(section):
            found.update((name.lower().replace("_", "-"), value) for name, value in parser.items(section))
    return found


def _uv_indexes(environ: Mapping[str, str], home: Path, root: Path) -> tuple[str, list[str]]:
    """(main index or empty, further ones)."""
    main, extra = "", list[str]()
    user = Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "uv/uv.toml"
    for path in (root / "etc/uv/uv.toml", user):
        stated, more = _uv_table(_toml(path))
        main, extra = stated or main, [*more, *extra]
    main = environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL") or main
    named = (environ.get("UV_INDEX") or "").split() + (environ.get("UV_EXTRA_INDEX_URL") or "").split()
    return _unnamed(main), [*(_unnamed(url) for url in named), *extra]


def _unnamed(index: str) -> str:
    """Strip the `name=` that uv accepts, as in `name=https://…`."""
    name, equals, url = index.partition("=")
    return url if equals and "/" not in name and ":" not in name else index


def _uv_table(table: Mapping[str, object]) -> tuple[str, list[str]]:
    main = table.get("index-url")
    more = table.get("extra-index-url")
    extra = [url for url in more if isinstance(url, str)] if isinstance(more, list) else []
    indexes = table.get("index")
    for index in indexes if isinstance(indexes, list) else []:
        # An index marked `explicit` serves only the packages that name it.
        if not isinstance(index, dict) or not isinstance(index.get("url"), str) or index.get("explicit"):
            continue
        if index.get("default"):
            main = index["url"]
        else:
            extra.append(index["url"])
    return (main if isinstance(main, str) else ""), extra


def _project_indexes(cwd: Path) -> list[str]:
    own = cwd / "uv.toml"
    if own.is_file():
        table: object = _toml(own)
    else:
        tool = _toml(cwd / "pyproject.toml").get("tool")
        table = tool.get("uv") if isinstance(tool, dict) else None
    main, extra = _uv_table(table if isinstance(table, dict) else {})
    return [url for url in (main, *extra) if url]


def _toml(path: Path) -> dict[str, object]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError, RecursionError) as error:
        raise Misuse(
            f"reading {path}",
            expected="TOML",
            found=str(error) or type(error).__name__,
            next_step="correct it",
        ) from error


def _without_login(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=host_of(parts)).geturl()


def _named_logins(environ: Mapping[str, str]) -> Iterator[Credential]:
    """Give `UV_INDEX_<NAME>_USERNAME` and `_PASSWORD` for an index `name=url` of `UV_INDEX`."""
    stated = [*(environ.get("UV_INDEX") or "").split(), environ.get("UV_DEFAULT_INDEX") or ""]
    for index in stated:
        name, equals, url = index.partition("=")
        if not equals or "/" in name or ":" in name:
            continue
        key = "UV_INDEX_" + "".join(c if c.isalnum() else "_" for c in name.upper())
        login, password = environ.get(f"{key}_USERNAME", ""), environ.get(f"{key}_PASSWORD", "")
        if login or password:
            yield Credential(host_of(urlsplit(url)), "/", basic(login, password))
