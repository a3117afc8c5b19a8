"""How this machine reaches servers: proxies, authorities, credentials and patience, as values.

Everything here is found by `doorward.world.registries.settings` in the configuration of the
ordinary clients. A credential belongs to one host and one path on it and is sent nowhere else:
a redirect to another host, or a file that an index lists on another host, does not carry it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

__all__ = ["DIRECT", "Credential", "Network", "host_of", "is_loopback", "joined", "without_secrets"]

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Credential:
    """One `Authorization` header and where it may be sent."""

    host: str
    """Host in lower case, with `:port` unless it is the scheme's own."""
    path: str
    """Path prefix, from `/`."""
    header: str = field(repr=False)
    """Value of the `Authorization` header; never shown."""

    def covers(self, parts: SplitResult) -> bool:
        """Whether it may be sent to this address: same host, and a path below its own."""
        prefix = self.path.rstrip("/")
        path = parts.path or "/"
        return host_of(parts) == self.host and (path == prefix or path.startswith(prefix + "/"))


@dataclass(frozen=True, slots=True)
class Network:
    """What a client needs to know to reach servers."""

    proxies: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """(scheme of the target, proxy URL with its user and password if any)."""
    no_proxy: tuple[str, ...] = ()
    """Hosts, or domains with everything below them, reached directly; `*` for all."""
    ca_file: str = ""
    """PEM file of authorities; the system's own where empty."""
    ca_folder: str = ""
    extra_ca_file: str = ""
    """PEM file of authorities that are trusted beside the others."""
    credentials: tuple[Credential, ...] = ()
    offline: bool = False
    """Forbids every request."""
    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    """Longest silence of a server within an answer."""
    document_seconds: float = 120.0
    """Longest time for one whole index page, however steadily it drips."""
    slowest: int = 8 * 1024
    """Bytes a second below which a download is given up, once `patience` seconds have gone."""
    patience: float = 60.0
    tries: int = 4
    """Attempts at one request, for broken connections and answers of 5xx and 429."""
    backoff: float = 0.5
    """Seconds before the second attempt; doubled before each further one."""

    def proxy_for(self, url: str) -> str:
        """The proxy to use for this address, or an empty string."""
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        for entry in self.no_proxy:
            bare = entry.lower().lstrip(".").removeprefix("*.")
            if entry == "*" or host == bare or host_of(parts) == bare or host.endswith("." + bare):
                return ""
        return dict(self.proxies).get(parts.scheme, "")

    def authorization_for(self, url: str) -> str:
        """The `Authorization` header for this address: the most specific credential's, or empty."""
        parts = urlsplit(url)
        fitting = [credential for credential in self.credentials if credential.covers(parts)]
        return max(fitting, key=lambda credential: len(credential.path)).header if fitting else ""


DIRECT = Network()
"""No proxy, the system's authorities, no credentials."""


def host_of(parts: SplitResult) -> str:
    """The host of an address in lower case, with its port unless that is the scheme's own."""
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    port = parts.port
    return host if port is None or DEFAULT_PORTS.get(parts.scheme) == port else f"{host}:{port}"


def joined(base: str, link: str) -> str:
    """Where a link leads, or an empty string if that is no address of a web server."""
    try:
        address = urljoin(base, link)
        parts = urlsplit(address)
        fits = parts.scheme in DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return ""
    return address if fits else ""


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine itself."""
    bare = host.removeprefix("[").split("]")[0] if host.startswith("[") else host.split(":", maxsplit=1)[0]
    return bare in {"localhost", "::1"} or bare.startswith("127.") or bare.endswith(".localhost")


def without_secrets(url: str) -> str:
    """An address fit for messages: without user, password, query and fragment.

    A query may hold a signed download's token, so it goes too.
    """
    try:
        parts = urlsplit(url)
        host = host_of(parts)
    except ValueError:
        return "(an address that cannot be read)"
    return urlunsplit((parts.scheme, host, parts.path, "", ""))
