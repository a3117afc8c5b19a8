"""What the new release does that its forerunners did not: pure set arithmetic over traits.

Three scopes, each asked only of what the one before found new: new for this file, new for this
package, in none of the forerunners. A trait the file had already, and now has more of, is
`GROWN`. What an *older* forerunner had and the last one had not is not new to the product.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from doorward.model.drift import Drift, Scope, Step
from doorward.model.trait import Trait

__all__ = ["drifts_of_file", "rescope", "step_between"]

NUMBERS = re.compile(r"\d+")


def drifts_of_file(path: str, forerunner: str, new: Iterable[Trait], old: Iterable[Trait]) -> list[Drift]:
    """Drifts of one file against the file it was paired with, at scope `FILE` or `GROWN`.

    Args:
        path: logical path in the new release.
        forerunner: logical path in the old one, empty for a new file.
        new: the file's traits.
        old: its forerunner's, empty for a new file.
    """
    known = {(trait.kind, trait.key): trait for trait in old}
    found = []
    for trait in new:
        before = known.get((trait.kind, trait.key))
        if trait.values:
            added = _new_values(trait, before)
            if added:
                scope = Scope.FILE if before is None else Scope.GROWN
                smaller = replace(trait, values=added)
                found.append(Drift(path, forerunner, scope, smaller, len(added), len(trait.values)))
        elif before is None:
            found.append(Drift(path, forerunner, Scope.FILE, trait, trait.count, trait.count))
        elif trait.count > before.count:
            amount = trait.count - before.count
            found.append(Drift(path, forerunner, Scope.GROWN, trait, amount, trait.count))
    return found


def _new_values(trait: Trait, before: Trait | None) -> tuple[str, ...]:
    if before is None:
        return trait.values
    seen = set(before.values)
    return tuple(value for value in trait.values if value not in seen)


def rescope(
    drifts: Sequence[Drift],
    elsewhere: Callable[[Trait], bool],
    earlier: Callable[[Trait], bool] | None,
) -> list[Drift]:
    """Widen the scope of file drifts as far as it goes, and drop set values that are not new.

    Args:
        drifts: at scope `FILE` or `GROWN`.
        elsewhere: whether another file of the last forerunner had the trait.
        earlier: whether any file of an older forerunner had it; None if only one was given.
    """
    found = []
    for drift in drifts:
        if drift.scope is Scope.FILE and not elsewhere(drift.trait):
            if earlier is None:
                found.append(replace(drift, scope=Scope.PACKAGE))
            elif not earlier(drift.trait):
                found.append(replace(drift, scope=Scope.HISTORY))
            else:
                found.append(drift)
        else:
            found.append(drift)
    return found


def traits_by_identity(examined: Mapping[str, Iterable[Trait]]) -> frozenset[tuple[str, str]]:
    """The (kind, key) pairs of many files."""
    return frozenset((trait.kind, trait.key) for traits in examined.values() for trait in traits)


def step_between(old: str, new: str) -> Step:
    """Size of the step between two version texts, by the first number that differs.

    `1.2.3` → `1.2.9` is a patch, → `1.3.0` a minor, → `2.0` a major step. Where the leading
    number is 0, or a year, the second number's step counts as minor all the same: that is how
    such projects move.
    """
    before, after = ([int(n) for n in NUMBERS.findall(text)[:3]] for text in (old, new))
    if not before or not after:
        return Step.UNKNOWN
    for place, step in enumerate((Step.MAJOR, Step.MINOR, Step.PATCH)):
        a, b = (numbers[place] if place < len(numbers) else 0 for numbers in (before, after))
        if a != b:
            calendar = place == 0 and a > 1000 and b > 1000
            return Step.MINOR if calendar else step
    return Step.PATCH
