"""Each command's exit code for each class of failure, on one table."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.samples.hostile_place import Place


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "inspect GOOD GOOD"),
        (0, "accept GOOD --reason r --by b --file new.toml"),
        (0, "contract draft GOOD"),
        (0, "config show --origin"),
        (0, "completion bash"),
        (2, "inspect"),
        (2, "inspect GOOD GOOD --lock a b"),
        (2, "inspect GOOD GOOD --format pdf"),
        (2, "inspect GOOD GOOD --jobs -1"),
        (2, "inspect GOOD GOOD --unknown"),
        (2, "inspect GOOD GOOD --accepted gone.toml"),
        (2, "inspect GOOD GOOD --suppressions GOOD"),
        (2, "inspect GOOD GOOD --contract gone.toml"),
        (2, "inspect GOOD GOOD --config gone.toml"),
        (2, "accept GOOD"),
        (2, "accept GONE --reason r --by b --file new.toml"),
        (2, "accept GOOD --reason r --by b --file GOOD"),
        (2, "accept GOOD --reason r --by b --file no/where.toml"),
        (2, "contract"),
        (2, "contract draft"),
        (2, "contract draft GONE"),
        (2, "contract draft GOOD --output no/where.toml"),
        (2, "config"),
        (2, "config show --config gone.toml"),
        (2, "completion tcsh"),
        (2, "doctor --unknown"),
        (2, "nonsense"),
        (3, "inspect GOOD EMPTY"),
        (3, "inspect GOOD pypi:sample==1.0 --offline"),
        (3, "accept EMPTY --reason r --by b --file new.toml"),
        (3, "accept pypi:sample==1.0 --reason r --by b --file new.toml --offline"),
        (3, "accept GOOD --reason r --by b --file new.toml --cache-dir /proc/none"),
        (3, "contract draft EMPTY"),
        (3, "contract draft GOOD --cache-dir /proc/none"),
    ],
)
def test_every_command_and_every_class_of_failure(place: Place, good: Path, code: int, words: str) -> None:
    (empty := place.here / "empty.whl").write_bytes(b"")
    names = {"GOOD": str(good), "EMPTY": str(empty), "GONE": "gone.whl"}
    made = ["new.toml"] if code == 0 and "new.toml" in words else []
    told = place.run(*(names.get(word, word) for word in words.split()), makes=made)
    assert told.code == code, told
    assert "Traceback" not in told.err
    assert "an error of its own" not in told.err
    if code:
        assert told.err.startswith("doorward: "), told.err
