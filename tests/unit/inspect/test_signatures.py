"""Signed and then not: the one loss that is news by itself."""

from __future__ import annotations

import pytest

from doorward.inspect.signatures import LOST, lost_signature
from doorward.model.trait import Trait

SIGNED = Trait("signature.signer", "Example Software / Example CA")
UNSIGNED = Trait("signature.none", "unsigned")


def test_signed_and_then_unsigned_blocks_and_names_the_signer() -> None:
    (drift,) = lost_signature("a.dll", "a.dll", [UNSIGNED], [SIGNED])
    assert (drift.trait.kind, drift.trait.key) == (LOST.name, "Example Software / Example CA")
    assert LOST.always_block


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ([UNSIGNED], [UNSIGNED]),
        ([SIGNED], [SIGNED]),
        ([SIGNED], [UNSIGNED]),
        ([UNSIGNED], []),
        ([], [SIGNED]),
    ],
)
def test_anything_else_is_no_loss(new: list[Trait], old: list[Trait]) -> None:
    assert lost_signature("a.dll", "a.dll", new, old) == []
