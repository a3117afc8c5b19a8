"""Everything a release can do, not only what is new: to accept it, or to hold it to a contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from doorward.formats.contract import Contract
from doorward.inspect import contract as contracts
from doorward.inspect.compare import Comparison
from doorward.inspect.workbench import Examined, Release, Workbench
from doorward.model.artifact import MemberKind
from doorward.model.drift import Drift
from doorward.model.trait import Trait

__all__ = ["held_to", "traits_in", "whole"]


def whole(release: Release, bench: Workbench) -> Examined:
    """Traits of every file of an opened release, with everything in it that could not be examined."""
    files = [m for m in release.listing.members if m.kind is MemberKind.FILE and not m.container]
    examined = bench.probe([(release, member) for member in files])
    return Examined(examined.traits, (*release.listing.not_examined, *examined.not_examined))


def traits_in(examined: Examined) -> Iterator[tuple[str, Trait]]:
    """Each trait with the path of its file."""
    for path, traits in sorted(examined.traits.items()):
        for trait in traits:
            yield path, trait


def held_to(
    contract: Contract, older: Contract | None, bench: Workbench
) -> Callable[[Comparison], Sequence[Drift]]:
    """What a contract says of the new release, as `inspection.Basis.extra` wants it.

    Args:
        contract: the one the caller names.
        older: the one that was accepted before; None if there is none.
        bench: workers, cache and spool.
    """

    def says(compared: Comparison) -> Sequence[Drift]:
        examined = whole(compared.releases[-1], bench)
        return contracts.compare(contract, traits_in(examined), older)

    return says
