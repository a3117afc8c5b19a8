"""Strategies for reports with any text a release may bring: controls, bidi marks, lone surrogates."""

from __future__ import annotations

from hypothesis import strategies as st

from doorward.model.artifact import Artifact, NotExamined
from doorward.model.finding import Change, ChangeKind, Coverage, Finding, Report, Severity, Verdict
from doorward.model.trait import Evidence

__all__ = ["REPORTS"]

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=30)
"""Surrogates and controls too: names come from the accused."""
COUNTS = st.integers(0, 2**60)
POINTS = st.floats(0, 100)
DIGESTS = st.binary(min_size=32, max_size=32).map(lambda raw: "sha256:" + raw.hex())
ENTROPIES = st.lists(st.integers(0, 64), max_size=64).map(tuple)
MAYBE_LINE = st.none() | st.integers(1, 10**9)

ARTIFACTS = st.builds(
    Artifact,
    name=ANY_TEXT,
    version=ANY_TEXT,
    ecosystem=st.sampled_from(["pypi", "npm", "deb", "rpm", ""]),
    path=ANY_TEXT,
    file_name=ANY_TEXT,
    digest=DIGESTS,
    size=COUNTS,
    origin=ANY_TEXT,
    facts=st.lists(st.tuples(ANY_TEXT, ANY_TEXT), max_size=2).map(tuple),
)
EVIDENCE = st.builds(Evidence, where=ANY_TEXT, line=MAYBE_LINE, offset=st.none() | COUNTS, excerpt=ANY_TEXT)
FINDINGS = st.builds(
    Finding,
    rule=st.text(min_size=1, max_size=9),
    severity=st.sampled_from(Severity),
    title=ANY_TEXT,
    path=ANY_TEXT,
    evidence=EVIDENCE,
    explanation=ANY_TEXT,
    rarity=ANY_TEXT,
    attack=st.lists(ANY_TEXT, max_size=2).map(tuple),
    weight=POINTS,
    suppressed_by=ANY_TEXT,
)
CHANGES = st.builds(
    Change,
    path=ANY_TEXT,
    kind=st.sampled_from(ChangeKind),
    old_path=ANY_TEXT,
    old_size=COUNTS,
    new_size=COUNTS,
    weight=POINTS,
    old_entropy=ENTROPIES,
    new_entropy=ENTROPIES,
)
COVERAGES = st.builds(
    Coverage,
    members=COUNTS,
    bytes=COUNTS,
    unchanged=COUNTS,
    examined=COUNTS,
    not_examined=st.lists(st.builds(NotExamined, path=ANY_TEXT, reason=ANY_TEXT), max_size=2).map(tuple),
)
REPORTS = st.builds(
    Report,
    verdict=st.sampled_from(Verdict),
    score=POINTS,
    old=st.lists(ARTIFACTS, max_size=2).map(tuple),
    new=ARTIFACTS,
    findings=st.lists(FINDINGS, max_size=3).map(tuple),
    coverage=COVERAGES,
    summary=ANY_TEXT,
    assumptions=st.lists(ANY_TEXT, max_size=2).map(tuple),
    changes=st.lists(CHANGES, max_size=2).map(tuple),
    timings=st.lists(st.tuples(ANY_TEXT, st.floats(0, 1e6)), max_size=3).map(tuple),
    notes=st.lists(ANY_TEXT, max_size=2).map(tuple),
)
