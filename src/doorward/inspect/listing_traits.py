"""Traits that only the listing shows: permission bits, and links into places the system acts on.

Rule: a set-uid or set-gid bit makes a program run as somebody else, and a link in a `wants` folder or
beside the rules of udev starts what it points to; neither is in any file's bytes. Modes come from the
container (`Member.mode`); containers without modes give no such traits.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.inspect.probes.hooks_system import place_of
from doorward.model.artifact import Listing, Member, MemberKind
from doorward.model.trait import Channel, Evidence, Suspicion, Trait, TraitKind

__all__ = ["KINDS", "listing_traits"]

SET_ID = 0o6000
WORLD_WRITABLE = 0o002

SETUID = TraitKind(
    "listing.set-id",
    Channel.HOOK,
    Suspicion.STRONG,
    "a program that runs with its owner's rights, whoever starts it ({key})",
    "A set-uid program of the administrator gives every local user a way to become administrator.",
    "A few system tools need it, and are known for it.",
    "See whether earlier releases documented the need; drop the bit if unsure.",
    ("T1548.001",),
    closed_keys=True,
    always_block=True,
)
LINK = TraitKind(
    "listing.hook-link",
    Channel.HOOK,
    Suspicion.MEDIUM,
    "a link that makes the system start or load something: {key}",
    "Enabling a unit or rule is a link in the right folder: no script has to run for it.",
    "Distributions enable sockets and timers of their own so.",
    "See what the link points to.",
    ("T1543.002",),
)
WRITABLE = TraitKind(
    "listing.world-writable",
    Channel.HOOK,
    Suspicion.WEAK,
    "a file that anybody may change ({key})",
    "What anybody may write, anybody may turn into something else later.",
    "Archives made on systems without permissions.",
    "Correct the mode.",
    ("T1222.002",),
    closed_keys=True,
)
KINDS = (SETUID, LINK, WRITABLE)


def listing_traits(listing: Listing) -> Iterator[tuple[str, Trait]]:
    """Yield (path, trait) for every member whose entry alone says something."""
    for member in listing.members:
        if member.kind in {MemberKind.FILE, MemberKind.HARDLINK}:
            yield from mode_traits(member)
        elif member.kind is MemberKind.SYMLINK:
            leaf = member.path.rsplit("!/", 1)[-1]
            if place := place_of(leaf):
                excerpt = f"{leaf} -> {member.link}"
                yield member.path, Trait(LINK.name, f"{place}: {excerpt}", evidence=Evidence(excerpt=excerpt))


def mode_traits(member: Member) -> Iterator[tuple[str, Trait]]:
    """Bits that give rights."""
    evidence = Evidence(excerpt=f"mode {member.mode:04o} {member.path}")
    if member.mode & SET_ID:
        key = {0o4000: "setuid", 0o2000: "setgid"}.get(member.mode & SET_ID, "setuid and setgid")
        yield member.path, Trait(SETUID.name, key, evidence=evidence)
    if member.mode & WORLD_WRITABLE:
        yield member.path, Trait(WRITABLE.name, "world-writable", evidence=evidence)
