"""What names and addresses mean when they are new."""

from __future__ import annotations

from doorward.model.trait import Channel, Suspicion, TraitKind

__all__ = ["ADDRESS", "HOST", "KINDS", "MENTION", "NAME", "SUBDOMAIN"]

HOST = TraitKind(
    "reach.url-host",
    Channel.REACH,
    Suspicion.MEDIUM,
    "can reach {key}",
    "A back door has to call somebody: its address is in the file, or is put together there.",
    "A link in a message, a new service of the vendor, an XML namespace, test data.",
    "See what uses the address, and whether the domain belongs to the vendor and since when.",
    ("T1071",),
)
NAME = TraitKind(
    "reach.name",
    Channel.REACH,
    Suspicion.MEDIUM,
    "holds the bare host name {key}",
    "DNS tunnels and raw sockets take a bare name, without any URL that a reader would notice.",
    "A default host, an example, a file or attribute name that is spelt like a host.",
    "See which call the literal is handed to.",
    ("T1071.004", "T1095"),
)
SUBDOMAIN = TraitKind(
    "reach.host",
    Channel.REACH,
    Suspicion.WEAK,
    "names the host {key}",
    "A new host under a known domain can be a taken-over or rented one.",
    "The vendor's services grow by hosts all the time.",
    "Ask the vendor, or look the host up in its documentation.",
    ("T1071",),
)
ADDRESS = TraitKind(
    "reach.address",
    Channel.REACH,
    Suspicion.MEDIUM,
    "holds the public address {key}",
    "An address literal needs no DNS query that would be logged; vendors hardly ever ship one.",
    "A version number in four parts, a public resolver, an example from documentation.",
    "See what uses the address and who holds it.",
    ("T1071", "T1095"),
)
MENTION = TraitKind(
    "reach.mention",
    Channel.REACH,
    Suspicion.CONTEXT,
    "mentions {key} in text",
    "Says what the release talks about; text can hide an address that code reads, which is rare.",
    "Links in documents and comments change in most updates.",
    "Nothing to do, unless some code reads this file.",
)
KINDS = (HOST, NAME, SUBDOMAIN, ADDRESS, MENTION)
