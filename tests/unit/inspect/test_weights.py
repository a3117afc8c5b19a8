"""Rates: never zero, leaning on coarser places where counts are thin, growing with the update."""

from __future__ import annotations

from importlib.resources import files

import pytest

from doorward.errors import Misuse
from doorward.inspect.signs import Place, place_of, sign_of
from doorward.inspect.weights import Weights, shipped, spread_from, weights_from, with_coarser
from doorward.model.drift import Drift, Scope, Step
from doorward.model.trait import Channel, Suspicion, Trait, TraitKind

KIND = TraitKind("k", Channel.REACH, Suspicion.WEAK, "t", "w", "i", "s")
CODE = place_of("pkg/a.py", ["script.import"], 500, 1500, Step.PATCH)
TEST = place_of("tests/a.py", ["script.import"], 500, 1500, Step.PATCH)
RARE_PLACE = place_of("pkg/a.so", ["exe.section"], None, 10, Step.PATCH)


def weights(counted: dict[str, float], seen: dict[str, float]) -> Weights:
    return Weights(
        pairs=100,
        files=with_coarser(counted),
        occurrences={"k|package": with_coarser(seen)},
        spread=spread_from({"script": {"80": 50, "84": 40, "88": 9, "100": 1}}),
        totals={"k|package": 3},
        review_at=1.0,
        block_at=2.0,
        provenance={},
    )


def rate(w: Weights, place: Place) -> float:
    return w.rate(sign_of(Drift("p", "p", Scope.PACKAGE, Trait("k", "x")), KIND, place))


def test_a_rate_is_the_share_of_files_where_there_are_many() -> None:
    assert rate(weights({CODE.name: 10_000}, {CODE.name: 1_000}), CODE) == pytest.approx(0.1, rel=0.01)


def test_what_was_never_seen_is_rare_and_not_impossible() -> None:
    assert 0 < rate(weights({CODE.name: 10_000}, {}), CODE) < 1e-4


def test_a_thin_place_leans_on_its_coarser_neighbour() -> None:
    w = weights({CODE.name: 1_000, TEST.name: 2}, {CODE.name: 500, TEST.name: 0})
    assert 0.3 < rate(w, TEST) < 0.5


def test_a_well_counted_place_stands_by_itself() -> None:
    w = weights({CODE.name: 1_000, TEST.name: 1_000}, {CODE.name: 500, TEST.name: 10})
    assert rate(w, TEST) < 0.03


def test_an_unknown_place_leans_on_everything() -> None:
    assert rate(weights({CODE.name: 1_000}, {CODE.name: 100}), RARE_PLACE) == pytest.approx(0.1, rel=0.05)


def test_heavier_files_surprise_more_and_the_tail_goes_on() -> None:
    w = weights({CODE.name: 1_000}, {})
    told = [w.surprise(CODE.matter, digits) for digits in (0.0, 1.0, 2.0, 5.0, 8.0, 12.0)]
    assert told == sorted(told)
    assert told[0] == pytest.approx(0.0, abs=0.02)
    assert told[2] == pytest.approx(1.0, abs=0.1)
    assert told[-1] > 3


def test_a_matter_that_benign_updates_never_brought_surprises_at_once() -> None:
    w = weights({CODE.name: 1_000}, {})
    assert w.surprise(RARE_PLACE.matter, 3.0) > w.surprise(CODE.matter, 3.0) > 1


def test_coarser_places_sum_finer_ones() -> None:
    assert with_coarser({"a/b": 1.0, "a/c": 2.0}) == {"": 3.0, "a": 3.0, "a/b": 1.0, "a/c": 2.0}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema_version": 2}', '{"schema_version": 1, "pairs": "many"}']
)
def test_another_file_is_refused_by_name(text: str) -> None:
    expected = r"read the weights in other\.json; expected a weights file of schema_version 1"
    with pytest.raises(Misuse, match=expected):
        weights_from(text, "other.json")


def test_the_shipped_weights_say_where_they_come_from() -> None:
    ours = shipped()
    assert ours.pairs >= 1000
    assert sum(ours.provenance["pairs"].values()) == ours.pairs
    assert ours.provenance["packages"] >= 200
    assert set(ours.provenance["pairs"]) == {"deb", "npm", "pypi"}
    assert 0 < ours.review_at < ours.block_at


def test_the_shipped_weights_are_small() -> None:
    assert len((files("doorward.inspect") / "weights.json").read_bytes()) < 2_000_000
