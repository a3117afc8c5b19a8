"""Workers that crash, hang, grow, lie or try to get out: each costs its one job, and says why."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path

import pytest

from doorward.world.jail import ARCHITECTURES, filter_program
from doorward.world.sandbox import ConfinedWorkers, fences

WORKER = """
import ctypes, json, os, socket, struct, subprocess, sys, time
source, sink = sys.stdin.buffer, sys.stdout.buffer
def answer(value):
    data = json.dumps(value).encode()
    sink.write(struct.pack(">Q", len(data)) + data); sink.flush()
def tried(act):
    try:
        act()
    except BaseException as error:
        return type(error).__name__
    return "done"
while header := source.read(8):
    job = json.loads(source.read(struct.unpack(">Q", header)[0]))
    what = job["what"]
    if what == "echo": answer(job)
    elif what == "hang": time.sleep(60)
    elif what == "exit": os._exit(3)
    elif what == "crash": ctypes.string_at(0)
    elif what == "grow": answer(tried(lambda: bytearray(8 << 30)))
    elif what == "long": sink.write(struct.pack(">Q", 1 << 50)); sink.flush()
    elif what == "half": sink.write(struct.pack(">Q", 100) + b"half"); sink.flush(); os._exit(0)
    elif what == "socket": answer(tried(lambda: socket.socket()))
    elif what == "program": answer(tried(lambda: subprocess.run(["/bin/true"])))
    elif what == "fork": answer(tried(os.fork))
    elif what == "write": answer(tried(lambda: open(job["path"], "w").write("x")))
    elif what == "read": answer(tried(lambda: open(job["path"]).read()))
    elif what == "fill": answer(tried(lambda: open(job["path"], "wb").write(bytes(1 << 20))))
"""


@pytest.fixture
def rooms(tmp_path: Path) -> dict[str, Path]:
    script = tmp_path / "inside" / "worker.py"
    script.parent.mkdir()
    script.write_text(WORKER, encoding="ascii")
    spool = tmp_path / "spool"
    spool.mkdir()
    (tmp_path / "secret").write_text("of someone else", encoding="ascii")
    return {"script": script, "spool": spool, "secret": tmp_path / "secret", "outside": tmp_path / "outside"}


def workers(rooms: dict[str, Path], count: int = 1) -> ConfinedWorkers:
    return ConfinedWorkers(
        count=count,
        readable=[rooms["script"].parent],
        writable=[rooms["spool"]],
        address_space=1 << 30,
        file_size=1 << 16,
        most_answer=1 << 20,
        module=str(rooms["script"]),
    )


def job(what: str, **more: object) -> bytes:
    return json.dumps({"what": what, **more}).encode()


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("hang", "killed after 1 seconds without an answer"),
        ("exit", "the worker ended without an answer (exit code 3)"),
        ("crash", "the worker ended without an answer (crashed: SIGSEGV)"),
        ("long", "the worker's answer was refused: 1125899906842624 bytes long, over the limit of 1048576"),
        ("half", "the worker ended without an answer (exit code 0)"),
    ],
)
def test_a_broken_worker_costs_its_one_job(
    rooms: dict[str, Path], what: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("doorward.world.sandbox.START_SECONDS", 5.0)
    with workers(rooms) as pool:
        before, broken, after = (
            pool.run([job("echo", n=1)], 1)[0],
            pool.run([job(what)], 1)[0],
            pool.run([job("echo", n=2)], 1)[0],
        )
    assert json.loads(before) == {"what": "echo", "n": 1}
    assert broken == reason
    assert json.loads(after) == {"what": "echo", "n": 2}


def test_answers_keep_the_order_of_the_jobs(rooms: dict[str, Path]) -> None:
    with workers(rooms, count=2) as pool:
        answers = pool.run([job("echo", n=n) for n in range(50)], 10)
    assert [json.loads(answer)["n"] for answer in answers] == list(range(50))


def test_memory_is_bounded(rooms: dict[str, Path]) -> None:
    with workers(rooms) as pool:
        assert json.loads(pool.run([job("grow")], 10)[0]) == "MemoryError"


@pytest.mark.skipif(platform.machine() not in ARCHITECTURES, reason="no seccomp filter for this machine")
@pytest.mark.parametrize("what", ["socket", "program", "fork"])
def test_no_network_no_programs_no_processes(rooms: dict[str, Path], what: str) -> None:
    with workers(rooms) as pool:
        assert json.loads(pool.run([job(what)], 10)[0]) == "PermissionError"


@pytest.mark.skipif(not fences()["landlock"], reason="this kernel has no Landlock")
def test_reads_and_writes_end_at_the_spool(rooms: dict[str, Path]) -> None:
    inside = str(rooms["spool"] / "content")
    with workers(rooms) as pool:
        jobs = [
            job("write", path=inside),
            job("read", path=inside),
            job("write", path=str(rooms["outside"])),
            job("read", path=str(rooms["secret"])),
            job("write", path=str(rooms["script"])),
            job("fill", path=inside),
        ]
        answers = [json.loads(answer) for answer in pool.run(jobs, 10)]
    assert answers == ["done", "done", "PermissionError", "PermissionError", "PermissionError", "OSError"]
    assert not rooms["outside"].exists()


def test_nothing_of_the_callers_environment_comes_in(
    rooms: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    rooms["script"].write_text(
        "import os, json, struct, sys\n"
        "sys.stdin.buffer.read(8)\n"
        "data = json.dumps(sorted(os.environ)).encode()\n"
        "sys.stdout.buffer.write(struct.pack('>Q', len(data)) + data); sys.stdout.flush()\n",
        encoding="ascii",
    )
    with workers(rooms) as pool:
        assert json.loads(pool.run([job("any")], 10)[0]) == ["LC_ALL", "PATH", "PYTHONHASHSEED"]


def test_workers_are_gone_when_the_block_ends(rooms: dict[str, Path]) -> None:
    with workers(rooms) as pool:
        pool.run([job("echo")], 10)
        process = pool._workers[0].process
        assert process is not None
        pid = process.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize("machine", sorted(ARCHITECTURES))
def test_the_filter_is_whole_instructions_and_ends_in_a_verdict(machine: str) -> None:
    program = filter_program(machine)
    assert len(program) % 8 == 0
    assert int.from_bytes(program[-4:], "little") == 0x7FFF0000
