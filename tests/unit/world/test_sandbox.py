"""Workers that crash, hang, grow, lie or try to get out: each costs its one job, and says why."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from doorward.world.jail import MACHINES, filter_program
from doorward.world.sandbox import ConfinedWorkers, fences

WORKER = """
import ctypes, fcntl, json, os, resource, signal, socket, struct, subprocess, sys, time
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
    elif what == "truncate": answer(tried(lambda: os.truncate(job["path"], 0)))
    elif what == "chmod": answer(tried(lambda: os.chmod(job["path"], 0o777)))
    elif what == "chown": answer(tried(lambda: os.chown(job["path"], 1, 1)))
    elif what == "touch": answer(tried(lambda: os.utime(job["path"], (1, 1))))
    elif what == "attribute": answer(tried(lambda: os.setxattr(job["path"], "user.x", b"y")))
    elif what == "unlink": answer(tried(lambda: os.unlink(job["path"])))
    elif what == "symlink": answer(tried(lambda: os.symlink("/etc/passwd", job["path"])))
    elif what == "fifo": answer(tried(lambda: os.mkfifo(job["path"])))
    elif what == "folder": answer(tried(lambda: os.mkdir(job["path"])))
    elif what == "rename": answer(tried(lambda: os.rename(job["path"], job["path"] + "-renamed")))
    elif what == "limit": answer(tried(lambda: resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)))
    elif what == "own limit": answer(tried(lambda: resource.getrlimit(resource.RLIMIT_NOFILE)))
    elif what == "owner": answer(tried(lambda: fcntl.fcntl(0, fcntl.F_SETOWN, os.getppid())))
    elif what == "scheme": answer(tried(lambda: fcntl.fcntl(0, fcntl.F_GETFD)))
    elif what == "thread signal":
        number = {"x86_64": 234, "aarch64": 131}[os.uname().machine]
        libc = ctypes.CDLL(None, use_errno=True)
        answer([libc.syscall(number, pid, pid, 0) for pid in (os.getpid(), os.getppid())])
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


def test_a_machine_that_starts_no_process_is_a_reason_for_every_job(
    rooms: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    with workers(rooms) as pool:
        monkeypatch.setattr("doorward.world.sandbox.subprocess.Popen", refused)
        answers = pool.run([job("echo"), job("echo")], 1)
    assert answers == ["no worker could be started or reached: Resource temporarily unavailable"] * 2


def test_answers_keep_the_order_of_the_jobs(rooms: dict[str, Path]) -> None:
    with workers(rooms, count=2) as pool:
        answers = pool.run([job("echo", n=n) for n in range(50)], 10)
    assert [json.loads(answer)["n"] for answer in answers] == list(range(50))


def test_memory_is_bounded(rooms: dict[str, Path]) -> None:
    with workers(rooms) as pool:
        assert json.loads(pool.run([job("grow")], 10)[0]) == "MemoryError"


@pytest.mark.skipif(platform.machine() not in MACHINES, reason="no seccomp filter for this machine")
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


@pytest.mark.skipif(not fences()["landlock"], reason="this kernel has no Landlock")
def test_what_others_would_follow_cannot_be_put_into_the_spool(rooms: dict[str, Path]) -> None:
    inside = str(rooms["spool"] / "content")
    with workers(rooms) as pool:
        kinds = [job(what, path=inside) for what in ("symlink", "fifo", "folder", "write", "rename")]
        assert [json.loads(answer) for answer in pool.run(kinds, 10)] == ["PermissionError"] * 3 + [
            "done"
        ] * 2
    assert [(file.name, file.is_file()) for file in rooms["spool"].iterdir()] == [("content-renamed", True)]


def kept(path: Path) -> tuple[int, ...]:
    """What of a file nobody but its owner may change; it may well be read meanwhile."""
    found = path.stat()
    return found.st_mode, found.st_uid, found.st_gid, found.st_size, found.st_mtime_ns


@pytest.mark.skipif(platform.machine() not in MACHINES, reason="no seccomp filter for this machine")
@pytest.mark.parametrize("what", ["truncate", "chmod", "chown", "touch", "attribute"])
@pytest.mark.parametrize("place", ["secret", "script"])
def test_files_of_others_keep_length_mode_owner_and_times(
    rooms: dict[str, Path], what: str, place: str
) -> None:
    before = kept(rooms[place])
    with workers(rooms) as pool:
        assert json.loads(pool.run([job(what, path=str(rooms[place]))], 10)[0]) == "PermissionError"
    assert kept(rooms[place]) == before


@pytest.mark.skipif(platform.machine() not in MACHINES, reason="no seccomp filter for this machine")
def test_signals_and_limits_reach_the_worker_alone(rooms: dict[str, Path]) -> None:
    asked = ("limit", "owner", "own limit", "scheme", "thread signal")
    with workers(rooms) as pool:
        answers = [json.loads(answer) for answer in pool.run([job(what) for what in asked], 10)]
    assert answers == ["PermissionError", "PermissionError", "done", "done", [0, -1]]


def test_root_keeps_no_right_but_to_read() -> None:
    command = [
        sys.executable,
        "-c",
        "import doorward.world.jail as j; j.drop_capabilities(); print(open('/proc/self/status').read())",
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    effective = int(told.partition("CapEff:")[2].split()[0], 16)
    assert effective in {0, 4}, "CAP_DAC_READ_SEARCH at most"
    assert told.partition("CapPrm:")[2].split()[0] == told.partition("CapEff:")[2].split()[0]


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


@pytest.mark.parametrize("machine", sorted(MACHINES))
def test_the_filter_is_whole_instructions_and_ends_in_a_verdict(machine: str) -> None:
    program = filter_program(machine, 1)
    assert len(program) % 8 == 0
    assert int.from_bytes(program[-4:], "little") == 0x7FFF0000
