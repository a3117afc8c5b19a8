"""A signature that was there and is gone: signed in the forerunner, unsigned in the new release.

The probe of executables tells who signed a file, or that nobody did. Neither is news by itself: most
programs are unsigned. Rule: what was signed and no longer is blocks, since whoever cannot sign can
only take the signature off. Another signer is weighed (`signature.signer`), a signature that does not
fit its bytes blocks by its own rule (`signature.mismatch`).
"""

from __future__ import annotations

from collections.abc import Iterable

from doorward.model.drift import Drift, Scope
from doorward.model.trait import Channel, Evidence, Suspicion, Trait, TraitKind

__all__ = ["LOST", "lost_signature"]

SIGNER, NONE = "signature.signer", "signature.none"

LOST = TraitKind(
    name="signature.lost",
    channel=Channel.SIGNATURE,
    suspicion=Suspicion.STRONG,
    title="is no longer signed; it was signed by {key}",
    why="Whoever changes a signed program and has no key must leave it unsigned.",
    innocent="A build that skipped the signing step.",
    settle="Ask the vendor for the signed build, and compare it with this one byte for byte.",
    attack=("T1553.002", "T1195.002"),
    always_block=True,
)


def lost_signature(path: str, forerunner: str, new: Iterable[Trait], old: Iterable[Trait]) -> list[Drift]:
    """A drift if a file was signed and no longer is, else nothing.

    Args:
        path: logical path in the new release.
        forerunner: logical path of the file it is compared with.
        new: its traits.
        old: its forerunner's.
    """
    signers = sorted(trait.key for trait in old if trait.kind == SIGNER)
    unsigned = any(trait.kind == NONE for trait in new)
    if not signers or not unsigned:
        return []
    evidence = Evidence(where="certificate table", excerpt="; ".join(signers))
    return [Drift(path, forerunner, Scope.PACKAGE, Trait(LOST.name, signers[0], evidence=evidence))]
