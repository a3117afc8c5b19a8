"""The behaviour contract: TOML, strict, the names and addresses a release may reach, each with a reason.

    schema_version = 1
    product = "example-agent"

    [[allow]]
    name = "updates.vendor.example"     # a host in lower-case A-labels
    reason = "looks for new versions once a day"

    [[allow]]
    name = "*.telemetry.vendor.example" # every host below, at any depth; not the domain itself
    reason = "sends crash reports, if the user agreed"

    [[allow]]
    address = "203.0.113.0/24"          # an address or a network
    reason = "time servers of the vendor"

The rules this format enforces: one spelling per name (lower case, A-labels, no final dot, no port);
a wildcard stands first and leaves at least a registered domain behind it, for `*.com` allows everybody;
no host bits in a network; nothing twice; unknown keys are refused, because a mistyped one would allow
more or less than was meant. The same file is what the customer's watch compares DNS queries with. Not
handled here: what a release does reach, and whose contract counts (`doorward.inspect.contract`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from doorward.errors import Misuse

__all__ = ["Allowed", "Contract", "parse", "render"]

SCHEMA_VERSION = 1
LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
NAME = re.compile(rf"(?:\*\.)?(?:{LABEL}\.)+[a-z][a-z0-9-]*[a-z0-9]")
LONGEST = 253
"""Characters of a host name (RFC 1035 section 2.3.4)."""
SHARED = re.compile(r"(?:ac|co|com|edu|gov|net|org|gob|or|ne|go)\.[a-z]{2}")
"""Second levels below which countries register: `*.co.uk` allows everybody too."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """One thing a release may reach."""

    what: str
    """A host, `*.` and a domain, or an address or network in its canonical spelling."""
    reason: str
    line: int = 0
    """1-based line in the file; 0 if it came from none. Not part of its identity."""

    @property
    def network(self) -> IPv4Network | IPv6Network | None:
        """The network, if this is an address."""
        return None if NAME.fullmatch(self.what) else ip_network(self.what)

    def covers(self, other: str) -> bool:
        """Whether a host, wildcard, address or network lies within what this allows."""
        mine = self.network
        if mine is None:
            if self.what == other:
                return True
            return self.what.startswith("*.") and other.removeprefix("*.").endswith(self.what[1:])
        try:
            theirs = ip_network(other)
        except ValueError:
            return False
        if isinstance(mine, IPv4Network):
            return isinstance(theirs, IPv4Network) and theirs.subnet_of(mine)
        return isinstance(theirs, IPv6Network) and theirs.subnet_of(mine)


@dataclass(frozen=True, slots=True)
class Contract:
    """What one product may reach."""

    product: str
    allowed: tuple[Allowed, ...] = ()

    def covers(self, what: str) -> bool:
        """Whether any entry allows this."""
        return any(entry.covers(what) for entry in self.allowed)


def parse(text: str, name: str) -> Contract:
    """Read a contract.

    Args:
        text: the file's content.
        name: how the caller calls the file, for messages.

    Raises:
        Misuse: not TOML, an unknown or missing key, a name in another spelling; with file and line.
    """
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise refused(name, "TOML", str(error)) from error
    lines = text.splitlines()
    for key in document:
        if key not in {"schema_version", "product", "allow"}:
            raise refused(
                at(name, line_of(lines, key)), "schema_version, product and [[allow]]", f"unknown key `{key}`"
            )
    version = document.get("schema_version")
    if type(version) is not int or version != SCHEMA_VERSION:
        raise refused(
            at(name, line_of(lines, "schema_version")), f"schema_version = {SCHEMA_VERSION}", repr(version)
        )
    product = one_line(document, "product", name, lines, 0)
    entries = document.get("allow", [])
    if not isinstance(entries, list):
        raise refused(at(name, line_of(lines, "allow")), "[[allow]] tables", "[allow]")
    starts = [number for number, line in enumerate(lines, 1) if re.match(r"\s*\[\[\s*allow\s*\]\]", line)]
    if len(starts) != len(entries):
        starts = [0] * len(entries)
    allowed = tuple(
        allowed_entry(entry, name, lines, start) for entry, start in zip(entries, starts, strict=True)
    )
    for entry in repeated(allowed):
        raise refused(at(name, entry.line), "each name once", f"`{entry.what}` again")
    return Contract(product, allowed)


def render(contract: Contract) -> str:
    """The one spelling of a contract: entries sorted, names before addresses."""
    parts = [f"schema_version = {SCHEMA_VERSION}\nproduct = {quoted(contract.product)}\n"]
    for entry in sorted(
        contract.allowed, key=lambda entry: (entry.network is not None, reversed_name(entry))
    ):
        key = "name" if entry.network is None else "address"
        parts.append(f"[[allow]]\n{key} = {quoted(entry.what)}\nreason = {quoted(entry.reason)}\n")
    return "\n".join(parts)


def reversed_name(entry: Allowed) -> list[str]:
    """Hosts of one domain stand together."""
    return entry.what.split(".")[::-1] if entry.network is None else [entry.what]


def quoted(text: str) -> str:
    """A TOML basic string (TOML 1.0)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in escaped) + '"'


def allowed_entry(entry: Any, name: str, lines: list[str], start: int) -> Allowed:
    """One [[allow]] table."""
    if not isinstance(entry, dict):
        raise refused(at(name, start), "[[allow]] tables", repr(entry))
    for key in entry:
        if key not in {"name", "address", "reason"}:
            where = at(name, line_of(lines, key, start))
            raise refused(where, "name or address, and reason", f"unknown key `{key}`")
    if ("name" in entry) == ("address" in entry):
        found = "both" if "name" in entry else "neither"
        raise refused(at(name, start), "either `name` or `address` in every [[allow]]", found)
    reason = one_line(entry, "reason", name, lines, start)
    if "name" in entry:
        what = one_line(entry, "name", name, lines, start)
        problem = wrong_name(what)
        if problem:
            raise refused(at(name, line_of(lines, "name", start)), problem, repr(what))
        return Allowed(what, reason, start)
    what = one_line(entry, "address", name, lines, start)
    canonical = canonical_address(what)
    if what != canonical:
        expected = f"`{canonical}`" if canonical else "an address, or a network without host bits"
        raise refused(at(name, line_of(lines, "address", start)), expected, repr(what))
    return Allowed(what, reason, start)


def wrong_name(what: str) -> str:
    """What should have been there instead of this name; empty if it is right."""
    if not NAME.fullmatch(what) or len(what) > LONGEST:
        return "a host in lower-case A-labels, without port or final dot, perhaps after `*.`"
    domain = what.removeprefix("*.")
    if what != domain and ("." not in domain or SHARED.fullmatch(domain)):
        return "a registered domain behind `*.`"
    return ""


def canonical_address(what: str) -> str:
    """The canonical spelling of an address or network; empty if it is none."""
    try:
        network = ip_network(what)
    except ValueError:
        return ""
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def repeated(allowed: tuple[Allowed, ...]) -> Iterator[Allowed]:
    """Entries that were there before."""
    seen: set[str] = set()
    for entry in allowed:
        if entry.what in seen:
            yield entry
        seen.add(entry.what)


def one_line(table: dict[str, Any], key: str, name: str, lines: list[str], start: int) -> str:
    """A required text of one printable line."""
    value = table.get(key)
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        where = at(name, line_of(lines, key, start))
        raise refused(where, f"`{key}` as one line of text", "none" if value is None else repr(value))
    return value


def line_of(lines: list[str], key: str, start: int = 0) -> int:
    """The first line from `start` on that sets a key, or the start itself."""
    pattern = re.compile(rf"\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[=\].]")
    for number, line in enumerate(lines[start:], start + 1):
        if pattern.match(line):
            return number
    return start


def at(name: str, line: int) -> str:
    """File and line."""
    return f"{name}:{line}" if line else name


def refused(where: str, expected: str, found: str) -> Misuse:
    """The error of every rule here."""
    return Misuse(
        f"reading the behaviour contract {where}",
        expected=expected,
        found=found,
        next_step="correct the file, or write a first one with `doorward contract draft NEW`",
    )
