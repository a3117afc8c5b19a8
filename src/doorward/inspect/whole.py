"""Everything a release can do, not only what is new: to accept it, or to hold it to a contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from doorward.formats.contract import Contract
from doorward.inspect import contract as contracts
from doorward.inspect.compare import Comparison
from doorward.inspect.source import source_drifts
from doorward.inspect.workbench import Examined, Release, Workbench
from doorward.model.artifact import Artifact, MemberKind
from doorward.model.drift import Drift
from doorward.model.trait import Trait

__all__ = ["explained_by", "held_to", "traits_in", "whole"]


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


def explained_by(source: Artifact, bench: Workbench) -> Callable[[Comparison], Sequence[Drift]]:
    """What the source does not explain of the new release, as `inspection.Basis.extra` wants it.

    Args:
        source: what the release is said to be made from: a folder, an sdist, a revision.
        bench: workers, cache and spool; its workers may read the source.
    """

    def says(compared: Comparison) -> Sequence[Drift]:
        candidate = compared.releases[-1]
        (opened,) = bench.open([source])
        places = {m.digest: (release, m) for release in (opened, candidate) for m in release.listing.members}

        def read(digest: str) -> bytes:
            return bench.read(*places[digest])

        return source_drifts(candidate.listing.members, opened.listing.members, read)

    return says
