"""The trait cache under crowds, kills, full disks and ruin: entries may be lost, never wrong."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorward.world.store import TraitStore
from tests.adversary.packages import seeded

HAMMER = """
import hashlib, sys
from pathlib import Path
from doorward.world.store import TraitStore
store = TraitStore(Path(sys.argv[1]), max_bytes=int(sys.argv[4]))
print("ready", flush=True)
for turn in range(int(sys.argv[3])):
    items = {}
    for n in range(20):
        key = f"{(turn * 7 + n) % 300}"
        items[key] = hashlib.sha256(key.encode()).digest() * 40
    store.put_many(items)
    for key, value in store.get_many([str(n) for n in range(0, 300, 3)]).items():
        assert value == hashlib.sha256(key.encode()).digest() * 40, key
print("done", store.problem, flush=True)
"""


def value_of(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest() * 40


def hammer(folder: Path, turns: int, max_bytes: int = 1 << 30) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HAMMER, str(folder), "-", str(turns), str(max_bytes)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TraitStore]:
    made = TraitStore(tmp_path)
    yield made
    made.close()


def test_three_processes_hammer_one_store(tmp_path: Path, store: TraitStore) -> None:
    running = [hammer(tmp_path, 60) for _ in range(3)]
    for process in running:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
        assert out == "ready\ndone \n"
    found = store.get_many([str(n) for n in range(300)])
    assert len(found) == 300
    assert all(value == value_of(key) for key, value in found.items())


def test_twenty_kills_at_random_moments_leave_a_whole_store(tmp_path: Path, store: TraitStore) -> None:
    chance = seeded(7)
    store.put("kept", b"from the start")
    for _ in range(20):
        process = hammer(tmp_path, 100_000)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.06))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        found = store.get_many([str(n) for n in range(300)])
        assert all(value == value_of(key) for key, value in found.items())
        assert store.get("kept") == b"from the start"
    assert store.problem == ""
    store.close()
    with sqlite3.connect(tmp_path / "traits-1.sqlite") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


@pytest.mark.parametrize("ruin", ["garbage", "empty", "truncated", "other-tables", "flipped-pages"])
def test_a_ruined_file_is_made_anew(tmp_path: Path, ruin: str) -> None:
    before = TraitStore(tmp_path)
    before.put_many({str(n): value_of(str(n)) for n in range(300)})
    before.close()
    path = tmp_path / "traits-1.sqlite"
    data = path.read_bytes()
    if ruin == "garbage":
        path.write_bytes(seeded(1).randbytes(100_000))
    elif ruin == "empty":
        path.write_bytes(b"")
    elif ruin == "truncated":
        path.write_bytes(data[: len(data) // 2])
    elif ruin == "flipped-pages":
        path.write_bytes(data[:4096] + seeded(1).randbytes(len(data) - 4096))
    else:
        path.unlink()
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE entry (other INTEGER)")
        connection.close()
    after = TraitStore(tmp_path)
    for _ in range(3):  # the first question may be the one that finds out
        found = after.get_many([str(n) for n in range(300)])
        assert all(value == value_of(key) for key, value in found.items())
        after.put_many({str(n): value_of(str(n)) for n in range(300)})
    assert len(after.get_many([str(n) for n in range(300)])) == 300
    after.close()


def test_a_value_altered_in_the_file_is_a_miss_and_goes(tmp_path: Path, store: TraitStore) -> None:
    store.put_many({"a": b"one", "b": b"two"})
    connection = sqlite3.connect(tmp_path / "traits-1.sqlite")
    with connection:
        connection.execute(
            "UPDATE entry SET value = (SELECT value FROM entry WHERE key = 'b') WHERE key = 'a'"
        )
    assert store.get_many(["a", "b"]) == {"b": b"two"}
    assert connection.execute("SELECT key FROM entry").fetchall() == [("b",)]
    connection.close()


def test_the_bound_holds_and_the_used_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1_000_000.0]
    monkeypatch.setattr("doorward.world.store.time.time", lambda: clock[0])
    bound = 2 * 1024 * 1024
    store = TraitStore(tmp_path, max_bytes=bound)
    store.put("loved", b"x" * 1000)
    for turn in range(600):
        clock[0] += 7 * 3600
        store.put(str(turn), bytes([turn % 256]) * 10_000)
        assert store.get("loved") == b"x" * 1000
    assert store.get("599") is not None
    assert store.get("0") is None
    assert (tmp_path / "traits-1.sqlite").stat().st_size < bound * 1.2
    store.close()


def test_a_value_too_large_for_the_bound_is_not_kept(tmp_path: Path) -> None:
    store = TraitStore(tmp_path, max_bytes=1024 * 1024)
    store.put_many({"large": b"x" * 500_000, "small": b"y"})
    assert store.get_many(["large", "small"]) == {"small": b"y"}
    store.close()


def test_a_full_disk_raises_nothing(tmp_path: Path) -> None:
    """The file may not grow (RLIMIT_FSIZE), as on a full disk."""
    script = """
import resource, signal, sys
from pathlib import Path
from doorward.world.store import TraitStore
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
store = TraitStore(Path(sys.argv[1]))
for n in range(200):
    store.put(str(n), b"x" * 10_000)
    store.get(str(n))
print(bool(store.problem), store.get("0") in (None, b"x" * 10_000))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("True True\n", "", 0)


def test_a_folder_that_cannot_be_made_forgets_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = TraitStore(tmp_path / "file" / "cache")
    store.put("a", b"1")
    assert store.get("a") is None
    assert store.problem == f"the cache {tmp_path}/file/cache/traits-1.sqlite cannot be used: Not a directory"


def test_a_folder_in_place_of_the_file_forgets_and_removes_nothing(tmp_path: Path) -> None:
    (tmp_path / "traits-1.sqlite").mkdir()
    (tmp_path / "traits-1.sqlite" / "mine").write_text("x")
    store = TraitStore(tmp_path)
    store.put("a", b"1")
    assert store.get("a") is None
    assert "unable to open database file" in store.problem
    assert (tmp_path / "traits-1.sqlite" / "mine").exists()


def test_a_fork_opens_the_file_for_itself(store: TraitStore) -> None:
    store.put("a", b"1")
    child = os.fork()
    if child == 0:
        store.put("b", b"2")
        os._exit(0 if store.get_many(["a", "b"]) == {"a": b"1", "b": b"2"} else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert store.get("b") == b"2"


def test_threads_share_a_store(store: TraitStore) -> None:
    def work(name: int) -> None:
        for n in range(50):
            store.put(f"{name}-{n}", value_of(str(n)))
            assert store.get(f"{name}-{n}") == value_of(str(n))

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.get_many([f"{name}-{n}" for name in range(4) for n in range(50)])) == 200


def test_a_thousand_warm_entries_take_under_thirty_milliseconds(tmp_path: Path) -> None:
    items = {f"sha256:{n:064x}": seeded(n).randbytes(2000) for n in range(1000)}
    first = TraitStore(tmp_path)
    first.put_many(items)
    first.close()
    store = TraitStore(tmp_path)
    best = float("inf")
    for _ in range(10):
        # Processor time: what other processes take of a busy machine is not the store's.
        begun = time.process_time()
        found = store.get_many(list(items))
        best = min(best, time.process_time() - begun)
    assert found == items
    store.close()
    # Measured: 9 ms.
    assert best < 0.030
