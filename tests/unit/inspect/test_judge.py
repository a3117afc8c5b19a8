"""The judge: rules first, then rarity; two independent channels in one place; undecided never clear."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doorward.inspect import judge as judging
from doorward.inspect.judge import Case, judge
from doorward.inspect.signs import place_of
from doorward.inspect.weights import Weights, spread_from, with_coarser
from doorward.model.artifact import NotExamined
from doorward.model.drift import Drift, Scope, Step
from doorward.model.finding import Severity, Verdict
from doorward.model.trait import Channel, Evidence, Suspicion, Trait, TraitKind

KINDS = {
    kind.name: kind
    for kind in (
        TraitKind("t.common", Channel.CAPABILITY, Suspicion.STRONG, "common {key}", "w", "i", "s"),
        TraitKind("t.rare", Channel.CAPABILITY, Suspicion.STRONG, "rare {key}", "w", "i", "s", ("T1027",)),
        TraitKind("t.rare-too", Channel.CAPABILITY, Suspicion.STRONG, "rare too", "w", "i", "s"),
        TraitKind("t.blob", Channel.PAYLOAD, Suspicion.STRONG, "blob", "w", "i", "s"),
        *(
            TraitKind(f"t.payload{end}", Channel.PAYLOAD, Suspicion.STRONG, "p", "w", "i", "s")
            for end in ("", "-0", "-1", "-2")
        ),
        TraitKind("t.context", Channel.NATIVE, Suspicion.CONTEXT, "context", "w", "i", "s"),
        TraitKind("t.rule", Channel.HOOK, Suspicion.MEDIUM, "rule", "w", "i", "s", always_block=True),
    )
}
PLACE = place_of("pkg/a.py", ["script.import"], 500, 1500, Step.PATCH)
WEIGHTS = Weights(
    pairs=1000,
    files=with_coarser({PLACE.name: 4000.0}),
    occurrences={
        "t.common|package": with_coarser({PLACE.name: 1000.0}),
        "t.rare|package": with_coarser({PLACE.name: 4.0}),
        "t.blob|package": with_coarser({PLACE.name: 1.0}),
    },
    spread=spread_from({"script": {"80": 700, "84": 200, "88": 80, "92": 15, "96": 5}}),
    totals={"t.common|package": 500, "t.rare|package": 4, "t.blob|package": 1},
    review_at=0.9,
    block_at=2.5,
    provenance={},
)


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "kind_named", KINDS.__getitem__)


def drift(kind: str, path: str = "pkg/a.py", scope: Scope = Scope.PACKAGE, key: str = "x") -> Drift:
    return Drift(path, path, scope, Trait(kind, key, 1, Evidence("f", 3, None, "the line")))


def case(*drifts: Drift, not_examined: tuple[NotExamined, ...] = (), files: int = 1) -> Case:
    return Case(
        drifts=drifts,
        not_examined=not_examined,
        places={d.path: PLACE for d in drifts},
        files={PLACE.name: files},
        has_forerunner=True,
        forerunner_accepted=True,
        same=False,
    )


UNREAD = (NotExamined("pkg/b.bin", "encrypted"),)


def test_what_benign_updates_bring_is_clear() -> None:
    found = judge(case(drift("t.common"), drift("t.context")), WEIGHTS)
    assert found.verdict is Verdict.CLEAR
    assert found.score < 40
    assert found.summary == "Nothing new here that benign updates do not bring as well."


def test_one_rare_thing_asks_for_review_and_tells_how_rare() -> None:
    found = judge(case(drift("t.rare", key="dns")), WEIGHTS)
    assert found.verdict is Verdict.REVIEW
    (finding,) = found.findings
    assert finding.title == "rare dns"
    assert finding.rarity == "in 4 of 1,000 benign updates"
    assert finding.attack == ("T1027",)
    assert finding.severity is Severity.REVIEW
    assert 40 <= found.score < 70


def test_two_channels_in_one_file_block() -> None:
    found = judge(case(drift("t.rare"), drift("t.blob")), WEIGHTS)
    assert found.verdict is Verdict.BLOCK
    assert [f.severity for f in found.findings] == [Severity.BLOCK, Severity.BLOCK]
    assert found.score >= 70


def test_the_same_channel_twice_is_not_two_witnesses() -> None:
    both = judge(case(drift("t.rare"), drift("t.rare-too")), WEIGHTS)
    apart = judge(case(drift("t.rare"), drift("t.blob")), WEIGHTS)
    assert both.digits < apart.digits


def test_far_apart_weighs_less_than_together() -> None:
    together = judge(case(drift("t.rare"), drift("t.blob")), WEIGHTS)
    apart = judge(case(drift("t.rare"), drift("t.blob", "pkg/b.py")), WEIGHTS)
    alone = judge(case(drift("t.rare")), WEIGHTS)
    assert alone.digits < apart.digits < together.digits


def test_a_thousand_small_files_do_not_add_up() -> None:
    one = judge(case(drift("t.rare")), WEIGHTS)
    many = judge(case(*(drift("t.rare", f"pkg/{n}.py") for n in range(1000))), WEIGHTS)
    assert many.digits == one.digits


def test_a_bigger_update_may_bring_more() -> None:
    small = judge(case(drift("t.rare"), files=1), WEIGHTS)
    large = judge(case(drift("t.rare"), files=500), WEIGHTS)
    assert large.digits < small.digits


def test_junk_takes_off_no_more_than_its_share() -> None:
    alone = case(drift("t.rare"), drift("t.blob"))
    buried = replace(alone, files={PLACE.name: 1_000_000})
    (small,) = judging.file_sums(alone, judging.weigh(alone, WEIGHTS))
    (large,) = judging.file_sums(buried, judging.weigh(buried, WEIGHTS))
    whole = sum(w.digits for w in judging.weigh(alone, WEIGHTS))
    assert large.digits == pytest.approx(whole * (1 - judging.MOST_TAKEN))
    assert large.digits < small.digits


def test_a_decoy_does_not_stand_before_what_is_corroborated() -> None:
    real = [drift("t.rare"), drift("t.blob")]
    decoy = [drift(f"t.payload{end}", "pkg/decoy.py") for end in ("", "-0", "-1", "-2")]
    assert judge(case(*real), WEIGHTS).verdict is Verdict.BLOCK
    assert judge(case(*real, *decoy), WEIGHTS).verdict is Verdict.BLOCK


def test_no_single_sign_decides_by_being_unheard_of() -> None:
    (weighed,) = judging.weigh(case(drift("t.rare-too")), WEIGHTS)
    assert weighed.digits == judging.MOST[Suspicion.STRONG]


def test_new_to_the_whole_history_weighs_more() -> None:
    (once,) = judging.weigh(case(drift("t.common")), WEIGHTS)
    (ever,) = judging.weigh(case(drift("t.common", scope=Scope.HISTORY)), WEIGHTS)
    assert ever.digits == pytest.approx(once.digits + judging.HISTORY_BONUS)


@pytest.mark.parametrize("scope", [Scope.PACKAGE, Scope.HISTORY])
def test_a_rule_blocks_however_common_it_is(scope: Scope) -> None:
    found = judge(case(drift("t.rule", scope=scope)), replace(WEIGHTS, totals={"t.rule|package": 1000}))
    assert found.verdict is Verdict.BLOCK
    assert found.score >= 90


def test_a_rule_does_not_block_what_the_package_had() -> None:
    assert judge(case(drift("t.rule", scope=Scope.FILE)), WEIGHTS).verdict is not Verdict.BLOCK


@pytest.mark.parametrize(
    ("drifts", "verdict"),
    [
        ((), Verdict.UNDECIDED),
        ((drift("t.common"),), Verdict.UNDECIDED),
        ((drift("t.rare"),), Verdict.REVIEW),
        ((drift("t.rare"), drift("t.blob")), Verdict.BLOCK),
        ((drift("t.rule"),), Verdict.BLOCK),
    ],
)
def test_what_was_not_examined_turns_clear_into_undecided_and_lowers_nothing(
    drifts: tuple[Drift, ...], verdict: Verdict
) -> None:
    found = judge(case(*drifts, not_examined=UNREAD), WEIGHTS)
    assert found.verdict is verdict


def test_undecided_says_how_much_was_not_examined() -> None:
    assert (
        judge(case(not_examined=UNREAD), WEIGHTS).summary == "Could not be judged: 1 thing was not examined."
    )


def test_without_a_forerunner_nothing_is_clear_and_no_rule_applies() -> None:
    found = judge(replace(case(drift("t.rule")), has_forerunner=False), WEIGHTS)
    assert found.verdict is Verdict.UNDECIDED
    assert found.assumptions == ("There is no forerunner: nothing could be compared.",)


def test_a_forerunner_that_nobody_accepted_is_said_to_be_assumed_good() -> None:
    found = judge(replace(case(), forerunner_accepted=False), WEIGHTS)
    assert found.verdict is Verdict.CLEAR
    assert found.assumptions[0].startswith("The forerunner is assumed good")


def test_every_report_says_what_inspection_cannot_see() -> None:
    assert "change of logic alone leaves no sign" in judge(case(), WEIGHTS).notes[0]


def test_fingerprints_outlive_moved_lines_and_tell_files_apart() -> None:
    moved = replace(drift("t.rare"), trait=Trait("t.rare", "x", 1, Evidence("f", 99)))
    here, there = judge(case(drift("t.rare")), WEIGHTS), judge(case(moved), WEIGHTS)
    other = judge(case(drift("t.rare", "pkg/b.py")), WEIGHTS)
    assert here.findings[0].fingerprint == there.findings[0].fingerprint
    assert here.findings[0].fingerprint != other.findings[0].fingerprint


def test_fingerprints_outlive_the_version_in_a_path() -> None:
    one, next_one = (
        drift("t.rare", "pkg-1.0.dist-info/METADATA"),
        drift("t.rare", "pkg-1.1.dist-info/METADATA"),
    )
    assert judging.fingerprint_of(one) == judging.fingerprint_of(next_one)
