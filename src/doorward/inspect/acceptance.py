"""What is written down of a release that somebody accepts: its digest, and a digest of what it can do.

Accepting is a person's act: nothing here judges. A release that could not be examined whole cannot be
accepted, for its traits would be written down as fewer than they are.
"""

from __future__ import annotations

from datetime import date

from doorward.errors import Undecided
from doorward.formats.accepted import Accepted, trait_digest
from doorward.inspect.whole import traits_in, whole
from doorward.inspect.workbench import Workbench
from doorward.model.artifact import Artifact

__all__ = ["accepted_release"]


def accepted_release(artifact: Artifact, bench: Workbench, *, by: str, reason: str, today: date) -> Accepted:
    """The entry for a release.

    Args:
        artifact: the release.
        bench: workers, cache and spool.
        by: who accepts it.
        reason: on what grounds.
        today: the day.

    Raises:
        Undecided: it cannot be opened, or something in it could not be examined.
    """
    (release,) = bench.open([artifact])
    examined = whole(release, bench)
    missing = examined.not_examined
    if missing:
        first = missing[0]
        raise Undecided(
            f"examining {artifact.origin}",
            expected="every member of it",
            found=f"{len(missing)} not examined, first {first.path or 'the file itself'}: {first.reason}",
            next_step="accept nothing that nobody could read; with --limit a bound can be set wider",
        )
    pairs = ((trait.kind, trait.key) for _, trait in traits_in(examined))
    opened = release.artifact
    return Accepted(
        ecosystem=opened.ecosystem,
        name=opened.name,
        version=opened.version,
        file=opened.file_name,
        digest=opened.digest,
        traits=trait_digest(pairs),
        date=today,
        by=by,
        reason=reason,
    )
