"""Pickles: which code a file names and calls. Made here, never loaded."""

from __future__ import annotations

import collections
import datetime as dt
import operator
import pickle
import zlib
from pathlib import Path
from typing import Any

import pytest

from doorward.inspect.probes import pickles
from doorward.inspect.probes.interface import CannotRead
from doorward.inspect.probes.pickles import PicklesProbe
from tests.samples.subjects import keys, subject, traits

PROBE = PicklesProbe()
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


class Calling:
    """Pickles as a call of something harmless."""

    def __init__(self, called: Any, *arguments: Any) -> None:
        self.called = called
        self.arguments = arguments

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.called, self.arguments


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_call_is_named(tmp_path: Path, protocol: int) -> None:
    data = pickle.dumps({"a": [1, Calling(operator.add, 1, 2)]}, protocol)
    found = traits(PROBE, tmp_path, "model.pkl", data)
    assert keys(found, "pickle.call") == ["_operator.add"]
    assert keys(found, "pickle.global") == ["_operator.add"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_benign_name_among_the_arguments_does_not_hide_the_call(tmp_path: Path, protocol: int) -> None:
    data = pickle.dumps(Calling(operator.add, set, collections.OrderedDict), protocol)
    assert keys(traits(PROBE, tmp_path, "x", data), "pickle.call") == ["_operator.add"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_callable_that_is_recalled_from_the_memo_is_named(tmp_path: Path, protocol: int) -> None:
    data = pickle.dumps([Calling(operator.add, 1, 2), Calling(operator.add, 3, 4)], protocol)
    calls = [t for t in traits(PROBE, tmp_path, "x.pkl", data) if t.kind == "pickle.call"]
    assert [(trait.key, trait.count) for trait in calls] == [("_operator.add", 2)]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_values_of_the_standard_library_call_nothing(tmp_path: Path, protocol: int) -> None:
    value = [
        collections.OrderedDict(a=1),
        {1, 2},
        dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
        b"x",
        1.5,
    ]
    assert keys(traits(PROBE, tmp_path, "x.pkl", pickle.dumps(value, protocol)), "pickle.call") == []


def test_the_name_of_the_file_does_not_decide(tmp_path: Path) -> None:
    data = pickle.dumps(Calling(operator.add, 1, 2))
    assert keys(traits(PROBE, tmp_path, "assets/logo.png", data), "pickle.call") == ["_operator.add"]
    assert traits(PROBE, tmp_path, "notes.txt", b"nothing of the kind") == []


def test_a_pickle_that_breaks_off_ran_all_the_same(tmp_path: Path) -> None:
    data = pickle.dumps(Calling(operator.add, 1, 2))[:-1] + b"\xff\xff"
    found = traits(PROBE, tmp_path, "x.pkl", data)
    assert keys(found, "pickle.call") == ["_operator.add"]
    assert keys(found, "pickle.broken") == ["breaks off"]


def test_streams_that_follow_each_other_and_compressed_ones(tmp_path: Path) -> None:
    data = pickle.dumps([1]) + pickle.dumps(Calling(operator.add, 1, 2))
    assert keys(traits(PROBE, tmp_path, "x.pkl", data), "pickle.call") == ["_operator.add"]
    assert keys(traits(PROBE, tmp_path, "x.joblib", zlib.compress(data)), "pickle.call") == ["_operator.add"]


def test_object_arrays_of_numpy_hold_a_pickle(tmp_path: Path) -> None:
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\n"
    data = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    found = traits(PROBE, tmp_path, "x.npy", data + pickle.dumps(Calling(operator.add, 1, 2)))
    assert keys(found, "pickle.call") == ["_operator.add"]
    plain = data.replace(b"'|O'", b"'<f8'") + bytes(8)
    assert traits(PROBE, tmp_path, "x.npy", plain) == []


def test_a_name_that_is_put_together_is_said_to_be(tmp_path: Path) -> None:
    data = b"\x80\x04\x8c\x02ab)R\x8c\x01c\x93)R."
    found = traits(PROBE, tmp_path, "x.pkl", data)
    assert keys(found, "pickle.global") == ["computed"]
    assert keys(found, "pickle.call") == ["computed"]


def test_what_was_not_walked_is_not_called_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pickles, "MAX_OPCODES", 10)
    data = pickle.dumps(list(range(100)))
    with pytest.raises(CannotRead, match="more than 10 opcodes: the rest was not walked"):
        list(PROBE.examine(subject(tmp_path, "x.pkl", data)))
