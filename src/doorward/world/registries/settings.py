"""What the ordinary clients are set up to use: indexes, credentials, proxies, authorities.

Reads what pip, uv, npm and apt read, in their order of precedence, from an environment and folders
that are passed in. Two rules of our own. Configuration lying in the project's folder may say where
a registry is and nothing else: whoever proposes a change to a project writes those files too, so
credentials, proxies and `${VARIABLES}` in them are not read, and the address counts as one
of the project's, not of this machine's. And nothing switches certificate checking off: pip's
`trusted-host` and npm's `strict-ssl` are not obeyed for https.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from doorward.world.network import DIRECT, Credential, Network
from doorward.world.registries import npmrc, pip_config
from doorward.world.registries.apt_sources import apt_credentials, apt_proxies
from doorward.world.registries.netrc_file import netrc_credentials

__all__ = ["DebSettings", "NpmSettings", "PypiSettings", "Settings", "settings_from"]

PYPI = "https://pypi.org/simple"
NPM = "https://registry.npmjs.org"


@dataclass(frozen=True, slots=True)
class PypiSettings:
    """Where Python packages come from."""

    indexes: tuple[str, ...] = (PYPI,)
    """Index URLs in order of asking; the first that has the version is taken."""
    project_indexes: tuple[str, ...] = ()
    """Those that only the project's own files name: asked last."""
    plain_http_hosts: tuple[str, ...] = ()
    """Hosts that pip's `trusted-host` allows to be asked over http."""
    network: Network = DIRECT


@dataclass(frozen=True, slots=True)
class NpmSettings:
    """Where npm packages come from."""

    registry: str = NPM
    scopes: tuple[tuple[str, str], ...] = ()
    """(`@scope`, registry URL)."""
    project_scopes: tuple[tuple[str, str], ...] = ()
    """The same, from the project's own files; `*` for its registry of everything."""
    network: Network = DIRECT


@dataclass(frozen=True, slots=True)
class DebSettings:
    """Where Debian packages come from."""

    root: Path = Path("/")
    """Below it lie `etc/apt`, `var/lib/apt/lists`, `usr/share/keyrings`."""
    architecture: str = ""
    """As dpkg spells it; found from the machine where empty."""
    network: Network = DIRECT


@dataclass(frozen=True, slots=True)
class Settings:
    """All registries."""

    pypi: PypiSettings = PypiSettings()
    npm: NpmSettings = NpmSettings()
    deb: DebSettings = DebSettings()


def settings_from(
    environ: Mapping[str, str],
    home: Path,
    cwd: Path | None,
    *,
    root: Path = Path("/"),
    offline: bool = False,
) -> Settings:
    """Read the clients' configuration.

    Args:
        environ: the process's environment.
        home: the user's folder.
        cwd: the project's folder, or None to leave its files unread (what is under judgment brings
            no configuration).
        root: where `etc` lies.
        offline: forbid every request.

    Raises:
        Misuse: a configuration file cannot be read, with its name and line.
    """
    base = _network(environ, offline=offline)
    logins = netrc_credentials(environ, home)
    pip = pip_config.read(environ, home, cwd, root)
    npm = npmrc.read(environ, home, cwd, root)
    return Settings(
        pypi=PypiSettings(
            indexes=pip.indexes or (PYPI,),
            project_indexes=pip.project_indexes,
            plain_http_hosts=pip.plain_http_hosts,
            network=_with(base, pip.proxy, pip.ca_file, credentials=(*pip.credentials, *logins)),
        ),
        npm=NpmSettings(
            registry=npm.registry or NPM,
            scopes=npm.scopes,
            project_scopes=npm.project_scopes,
            network=_with(
                replace(base, extra_ca_file=environ.get("NODE_EXTRA_CA_CERTS", "")),
                npm.proxy,
                npm.ca_file,
                credentials=npm.credentials,
                https_proxy=npm.https_proxy,
            ),
        ),
        deb=DebSettings(
            root=root,
            network=replace(
                base,
                proxies=tuple(sorted({**dict(base.proxies), **apt_proxies(root)}.items())),
                credentials=(*apt_credentials(root), *logins),
            ),
        ),
    )


def _network(environ: Mapping[str, str], *, offline: bool) -> Network:
    """Proxies and authorities as curl, Python and OpenSSL read them."""

    def first(*names: str) -> str:
        return next((environ[name] for name in names if environ.get(name)), "")

    # HTTP_PROXY in capitals is not read by curl, for a CGI's caller can set it (CVE-2016-5385);
    # pip, uv and npm do read it, and Doorward is no CGI program.
    every = first("all_proxy", "ALL_PROXY")
    proxies = {
        "http": first("http_proxy", "HTTP_PROXY") or every,
        "https": first("https_proxy", "HTTPS_PROXY") or every,
    }
    exempt = first("no_proxy", "NO_PROXY")
    return Network(
        proxies=tuple((scheme, pip_config.with_scheme(proxy)) for scheme, proxy in proxies.items() if proxy),
        no_proxy=tuple(host.strip() for host in exempt.split(",") if host.strip()),
        ca_file=first("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
        ca_folder=first("SSL_CERT_DIR"),
        offline=offline,
    )


def _with(
    base: Network, proxy: str, ca_file: str, *, credentials: tuple[Credential, ...], https_proxy: str = ""
) -> Network:
    """One client's own proxy and authorities laid over what the environment says."""
    proxies = dict(base.proxies)
    if proxy:
        proxies.update(http=proxy, https=proxy)
    if https_proxy:
        proxies["https"] = https_proxy
    return replace(
        base,
        proxies=tuple(sorted(proxies.items())),
        ca_file=ca_file or base.ca_file,
        credentials=credentials,
    )
