"""Names and addresses: one spelling for each, and whether a string is one at all.

Rules. A host is lower-case A-labels (RFC 5890), two labels at least, each of 1 to 63 letters, digits
and inner hyphens (RFC 1123, underscore allowed in all but the last two). Its identity is its registered
domain: what somebody had to register, by the shape of public suffixes, with a tenant's label under
domains that rent names to anyone. Version numbers, file names and attribute paths are no hosts.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from doorward.inspect.probes.reach_tlds import FILE_LIKE, HOSTING, SECOND_LEVEL, TLDS, WORD_LIKE

__all__ = ["bare_host", "host_name", "known_host", "public_address", "registered_domain"]

LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")
LAST = re.compile(r"(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})\Z")
DOCUMENTATION = (
    IPv4Network("192.0.2.0/24"),
    IPv4Network("198.51.100.0/24"),
    IPv4Network("203.0.113.0/24"),
    IPv6Network("2001:db8::/32"),
)
"""Reserved for documentation (RFC 5737, RFC 3849): addresses like any other here."""
CACHE = 8192
SMALL_OCTET = 20


@lru_cache(CACHE)
def host_name(raw: bytes) -> str:
    """The host in its one spelling, or empty if these bytes are none.

    Args:
        raw: the host part of a URL or a bare name, without port; UTF-8 or ASCII.
    """
    try:
        text = raw.decode("utf-8").rstrip(".").lower()
        if not text.isascii():
            text = text.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    labels = text.split(".")
    if len(labels) < 2 or len(text) > 253 or not LAST.match(labels[-1]):
        return ""
    if not all(LABEL.match(label) for label in labels):
        return ""
    return text


@lru_cache(CACHE)
def known_host(raw: bytes) -> str:
    """The host if its last label is a top-level domain; empty otherwise."""
    host = host_name(raw)
    return host if host and host.rsplit(".", 1)[1] in TLDS else ""


@lru_cache(CACHE)
def bare_host(raw: bytes, *, endpoint: bool) -> str:
    """The host that a whole literal spells without any scheme, or empty.

    Args:
        raw: the literal, without port and path.
        endpoint: whether a port or path followed, which attribute paths do not have.
    """
    if not (raw.islower() or raw.isupper()):
        return ""  # `System.Net`, `Foo.bar`: namespaces mix cases, names in programs hardly ever do
    host = known_host(raw)
    if not host or "_" in host:
        return ""
    labels = host.split(".")
    last = labels[-1]
    if endpoint:
        return host
    if last in FILE_LIKE:
        return ""
    # A hyphen or leading digit cannot stand so in a dotted path of identifiers.
    odd = any("-" in label or label[0].isdigit() for label in labels[:-1])
    if last in WORD_LIKE and not odd and len(labels) < 3:
        return ""
    return host


@lru_cache(CACHE)
def registered_domain(host: str) -> str:
    """What somebody had to register for this host to exist.

    >>> registered_domain("a.b.example.co.uk")
    'example.co.uk'
    >>> registered_domain("x.tenant.github.io")
    'tenant.github.io'
    """
    labels = host.split(".")
    size = 2
    if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL:
        size = 3
    for depth in range(2, min(len(labels), 5)):
        if ".".join(labels[-depth:]) in HOSTING:
            size = depth + 1
    return ".".join(labels[-size:])


@lru_cache(CACHE)
def public_address(raw: bytes, *, endpoint: bool) -> str:
    """The address if it is one that packets leave the local network for, or empty.

    Args:
        raw: dotted quad or IPv6 text.
        endpoint: whether a scheme, port or path says that it is no version number.
    """
    try:
        address = ip_address(raw.decode("ascii"))
    except (ValueError, UnicodeError):
        return ""
    if not (address.is_global or any(address in net for net in DOCUMENTATION)):
        return ""
    if address.is_multicast:
        return ""
    if isinstance(address, IPv4Address) and not endpoint and version_like(address):
        return ""
    if isinstance(address, IPv6Address) and not endpoint and len(raw) < 8:
        return ""
    return str(address)


def version_like(address: IPv4Address) -> bool:
    """Whether a bare quad is rather a version (`4.2.0.1`) than an address: small, unlike octets."""
    octets = address.packed
    return len(set(octets)) > 1 and sum(octet >= SMALL_OCTET for octet in octets) < 2
