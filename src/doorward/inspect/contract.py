"""A behaviour contract against what a release can reach: pure comparison of names.

Rule: what stands in code, executables and data that code reads is reached; what text only mentions is
not. A name is allowed if an entry covers it. A contract counts only if it comes from the caller or from
an accepted release, never from the release under judgment; and one that allows more than the accepted
one did is itself news, whoever wrote it. What is declared and never reached is told too: contracts rot.
Names that a program puts together at run time are seen by neither side here, but by the watch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from doorward.formats.contract import Allowed, Contract
from doorward.inspect.probes.reach_kinds import ADDRESS, HOST, NAME, SUBDOMAIN
from doorward.inspect.probes.reach_names import registered_domain
from doorward.model.drift import Drift, Scope
from doorward.model.trait import Channel, Evidence, Suspicion, Trait, TraitKind

__all__ = ["KINDS", "UNDECLARED", "UNUSED", "WIDENED", "compare", "draft", "reached", "widened"]

UNDECLARED = TraitKind(
    "contract.undeclared",
    Channel.REACH,
    Suspicion.STRONG,
    "can reach {key}, which its contract does not allow",
    "The vendor stated what the product talks to. Whoever adds a back door needs another name.",
    "A new service that nobody wrote into the contract yet.",
    "Ask the vendor; if the name is right, add it to the contract with its reason and have that approved.",
    ("T1071",),
)
UNUSED = TraitKind(
    "contract.unused",
    Channel.REACH,
    Suspicion.CONTEXT,
    "is allowed to reach {key}, and nothing in it does",
    "What is allowed and not needed is room for somebody else.",
    "The name is put together at run time, or the service is gone.",
    "Remove the entry, or say in its reason where the name comes from.",
)
WIDENED = TraitKind(
    "contract.widened",
    Channel.REACH,
    Suspicion.MEDIUM,
    "its contract now also allows {key}",
    "Whoever can change the contract can allow the back door's name before it is used.",
    "The product learned to talk to a new service.",
    "See who approved the change, and why.",
    ("T1562.001",),
)
KINDS = (UNDECLARED, UNUSED, WIDENED)
REACHING = frozenset({HOST.name, NAME.name, SUBDOMAIN.name, ADDRESS.name})


def reached(traits: Iterable[tuple[str, Trait]]) -> dict[str, tuple[str, Evidence]]:
    """What a release can reach: each name or address, with the first file and its evidence.

    Args:
        traits: (path, trait) of the reach probe, of every file of the release.
    """
    found: dict[str, tuple[str, Evidence]] = {}
    domains: dict[str, tuple[str, Evidence]] = {}
    below: set[tuple[str, str]] = set()
    pairs = [(path, trait) for path, trait in traits if trait.kind in REACHING]
    for path, trait in pairs:
        if trait.kind == SUBDOMAIN.name:
            found.setdefault(trait.key, (path, trait.evidence))
            below.add((path, registered_domain(trait.key)))
        elif trait.kind == ADDRESS.name:
            found.setdefault(trait.key, (path, trait.evidence))
    for path, trait in pairs:
        # The domain of a host below it is not itself reached, unless another file names it alone.
        if trait.kind in {HOST.name, NAME.name} and (path, trait.key) not in below:
            domains.setdefault(trait.key, (path, trait.evidence))
    return dict(sorted((found | domains).items()))


def draft(product: str, traits: Iterable[tuple[str, Trait]]) -> Contract:
    """A first contract: everything the release can reach, each with the place that says so.

    The reasons are for a person to replace: a contract nobody read allows whatever is there.
    """
    return Contract(
        product,
        tuple(
            Allowed(what, f"found in {printable(path)}; say why")
            for what, (path, _) in reached(traits).items()
        ),
    )


def printable(path: str) -> str:
    """A path of the accused, fit for one line of a contract."""
    return path if path.isprintable() else ascii(path)


def compare(
    contract: Contract, traits: Iterable[tuple[str, Trait]], older: Contract | None = None
) -> list[Drift]:
    """Hold a release against its contract, and the contract against the accepted one.

    Args:
        contract: from the caller or an accepted release.
        traits: (path, trait) of the reach probe, of every file of the release.
        older: the contract that was accepted before, if there is one.

    Returns:
        Drifts to be judged with the others (`Basis.extra`): undeclared names at the file that holds
        them, unused and widening entries with an empty path.
    """
    found = reached(traits)
    drifts = [
        Drift(path, "", Scope.PACKAGE, Trait(UNDECLARED.name, what, evidence=evidence, token=what))
        for what, (path, evidence) in found.items()
        if not contract.covers(what)
    ]
    unused = (entry for entry in contract.allowed if not any(entry.covers(what) for what in found))
    drifts += [entry_drift(UNUSED, entry) for entry in unused]
    if older is not None:
        drifts += [entry_drift(WIDENED, entry) for entry in widened(contract, older)]
    return drifts


def widened(contract: Contract, older: Contract) -> Iterator[Allowed]:
    """Entries that allow something the older contract did not."""
    yield from (entry for entry in contract.allowed if not older.covers(entry.what))


def entry_drift(kind: TraitKind, entry: Allowed) -> Drift:
    """A drift that stands in the contract, not in a file of the release."""
    evidence = Evidence(where="contract", line=entry.line or None, excerpt=f"{entry.what}: {entry.reason}")
    return Drift("", "", Scope.PACKAGE, Trait(kind.name, entry.what, evidence=evidence))
