"""The sandbox port: a few confined worker processes that parse hostile input.

Each job goes to one worker; a worker that crashes, hangs, runs out of memory or answers nonsense
is killed and replaced, and that one job's answer is the reason. Frames both ways are an unsigned
64-bit big-endian length followed by that many bytes.
"""

from __future__ import annotations

import json
import os
import queue
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["ConfinedWorkers", "fences"]

MODULE = "doorward.inspect.worker"
HEADER = struct.Struct(">Q")
START_SECONDS = 30.0
"""An interpreter on a loaded machine may take seconds to start; a job's own time begins after."""


class _Worker:
    """One confined process, started when first asked."""

    def __init__(self, command: list[str], most: int) -> None:
        self.command = command
        self.most = most
        self.process: subprocess.Popen[bytes] | None = None
        self.closed = False
        self.starting = threading.Lock()
        self.asking = threading.Lock()

    def ask(self, job: bytes, seconds: float) -> bytes | str:
        """The answer to one job, or why there is none; after a failure the process is gone."""
        with self.asking:
            try:
                return self._ask(job, seconds)
            except OSError as error:
                return self.stop(f"no worker could be started or reached: {error.strerror or error}")

    def _ask(self, job: bytes, seconds: float) -> bytes | str:
        fresh = self.process is None
        process = self.process or self._start()
        if process is None:
            return "stopped before it was looked at"
        assert process.stdin is not None  # noqa: S101 -- opened with pipes, two lines up
        assert process.stdout is not None  # noqa: S101 -- as above
        try:
            process.stdin.write(HEADER.pack(len(job)) + job)
            process.stdin.flush()
            return self._answer(process.stdout.fileno(), seconds + (START_SECONDS if fresh else 0.0))
        except BrokenPipeError:
            return self.stop(f"the worker ended before it took the job{self._ending()}")
        except EOFError:
            return self.stop(f"the worker ended without an answer{self._ending()}")
        except TimeoutError:
            return self.stop(f"killed after {seconds:g} seconds without an answer")
        except OverflowError as error:
            return self.stop(f"the worker's answer was refused: {error}")

    def _answer(self, descriptor: int, seconds: float) -> bytes:
        deadline = time.monotonic() + seconds
        (length,) = HEADER.unpack(self._read(descriptor, HEADER.size, deadline))
        if length > self.most:
            raise OverflowError(f"{length} bytes long, over the limit of {self.most}")
        return self._read(descriptor, length, deadline)

    @staticmethod
    def _read(descriptor: int, length: int, deadline: float) -> bytes:
        parts, missing = [], length
        while missing:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError
            part = os.read(descriptor, min(missing, 1 << 20))
            if not part:
                raise EOFError
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _start(self) -> subprocess.Popen[bytes] | None:
        with self.starting:
            if self.closed:
                return None
            self.process = subprocess.Popen(  # noqa: S603 -- our own interpreter and module, no shell
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"},
                close_fds=True,
                start_new_session=True,
            )
            return self.process

    def _ending(self) -> str:
        """How the process ended, for people."""
        if self.process is None:
            return ""
        try:
            code = self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return ""
        if code == -signal.SIGXCPU:
            return " (over its limit of CPU time)"
        if code == -signal.SIGKILL:
            return " (killed: out of memory, or by hand)"
        if code < 0:
            return f" (crashed: {signal.Signals(-code).name})"
        return f" (exit code {code})"

    def close(self) -> None:
        """Take no more jobs; the thread that waits for an answer sees the process end."""
        with self.starting:
            self.closed = True
            process = self.process
        if process is not None:
            process.kill()

    def stop(self, reason: str = "") -> str:
        """End the process for certain; gives the reason back."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None
        return reason


class ConfinedWorkers:
    """Several confined workers, each answering one job at a time (`ports.Workers`).

    Args:
        count: processes at most.
        readable: paths whose content the workers may read.
        writable: paths below which they may write: the spool.
        address_space, file_size: bytes; cpu_seconds: for a worker's whole life.
        most_answer: bytes of one answer.
        module: what runs inside: a module's name, or a script's path.
    """

    def __init__(
        self,
        *,
        count: int,
        readable: Sequence[Path],
        writable: Sequence[Path],
        address_space: int,
        file_size: int,
        cpu_seconds: int = 4 * 3600,
        most_answer: int,
        module: str = MODULE,
    ) -> None:
        rooms = {
            "read": [str(path) for path in readable],
            "write": [str(path) for path in writable],
            "address_space": address_space,
            "file_size": file_size,
            "cpu_seconds": cpu_seconds,
        }
        command = [sys.executable, "-I", "-m", "doorward.world.jail", json.dumps(rooms), module]
        self._workers = [_Worker(command, most_answer) for _ in range(max(1, count))]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # An interrupt may have come while threads wait for answers: none may start another process,
        # and pipes are closed only once nobody reads from them.
        for worker in self._workers:
            worker.close()
        for worker in self._workers:
            with worker.asking:
                worker.stop()

    def run(self, jobs: Sequence[bytes], seconds: float) -> list[bytes | str]:
        """Answer each job, in order (`ports.Workers.run`)."""
        answers: list[bytes | str] = [""] * len(jobs)
        waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
        for index in range(len(jobs)):
            waiting.put(index)

        def serve(worker: _Worker) -> None:
            while True:
                try:
                    index = waiting.get_nowait()
                except queue.Empty:
                    return
                answers[index] = worker.ask(jobs[index], seconds)

        threads = [
            threading.Thread(target=serve, args=(worker,), daemon=True)
            for worker in self._workers[: len(jobs)]
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers


def fences(python: str = sys.executable) -> dict[str, bool]:
    """Which fences this machine can put up: asked of a confined process, for `doorward doctor`."""
    rooms = {"read": [], "write": [], "address_space": 1 << 30, "file_size": 0, "cpu_seconds": 10}
    done = subprocess.run(  # noqa: S603 -- our own interpreter and module, no shell
        [python, "-I", "-m", "doorward.world.jail", json.dumps(rooms), "this"],
        capture_output=True,
        timeout=60,
        check=False,
    )
    first = done.stderr.split(b"\n", 1)[0]
    found: dict[str, bool] = json.loads(first)["fences"]
    return found
