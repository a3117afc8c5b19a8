"""Confine this process, then run a module in it: the inside of the sandbox.

    python -I -m doorward.world.jail ROOMS MODULE

ROOMS is a JSON object (`confine`), MODULE a module's name or a script's path.

Rule: a parser that hostile bytes have taken over can compute and answer, nothing else. Three
fences, each from the kernel, none needing privileges; they are put up before the first hostile
byte is read and cannot be taken down again:

- resource limits (setrlimit(2)): address space, CPU, file size, no core files;
- Landlock (landlock(7), Linux ≥ 5.13): reads below the interpreter, its libraries and the named
  inputs; writes below the spool alone;
- seccomp (seccomp(2)): no sockets, no new programs or processes, no tracing, no mounts, no
  io_uring (which would go round the filter).

A fence that this kernel lacks is named in the `fences` line written to standard error, and
`doorward doctor` shows it; limits always hold. What is *not* handled: side channels, and reading
the named inputs themselves.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import resource
import runpy
import struct
import sys
import threading
import time
from pathlib import Path

__all__ = ["confine", "main"]

WATCH_SECONDS = 0.5
"""How soon an orphan ends."""

PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2

# <linux/seccomp.h>, <linux/bpf_common.h>
RET_ALLOW = 0x7FFF0000
RET_ERRNO_EPERM = 0x00050001
RET_ERRNO_ENOSYS = 0x00050026
RET_KILL_PROCESS = 0x80000000
LOAD_WORD_ABSOLUTE = 0x20
JUMP_EQUAL = 0x15
JUMP_ANY_BIT_SET = 0x45
RETURN = 0x06
CLONE_THREAD = 0x00010000
X32_BIT = 0x40000000

# Audit architecture and system call numbers: <asm/unistd_64.h>, <asm-generic/unistd.h>.
ARCHITECTURES: dict[str, tuple[int, int, int, tuple[int, ...]]] = {
    # machine: (audit arch, clone, clone3, refused)
    "x86_64": (
        0xC000003E,
        56,
        435,
        (
            # socket connect accept sendto sendmsg bind listen socketpair accept4 sendmmsg
            *(41, 42, 43, 44, 46, 49, 50, 53, 288, 307),
            # fork vfork execve execveat kill ptrace process_vm_readv process_vm_writev pidfd_send_signal
            *(57, 58, 59, 322, 62, 101, 310, 311, 424),
            # mount umount2 pivot_root chroot unshare setns bpf perf_event_open keyctl add_key request_key
            *(165, 166, 155, 161, 272, 308, 321, 298, 250, 248, 249),
            # io_uring_setup init_module finit_module kexec_load userfaultfd open_by_handle_at
            *(425, 175, 313, 246, 323, 304),
        ),
    ),
    "aarch64": (
        0xC00000B7,
        220,
        435,
        (
            *(198, 203, 202, 206, 211, 200, 201, 199, 242, 269),
            *(221, 281, 129, 117, 270, 271, 424),
            *(40, 39, 41, 51, 97, 268, 280, 241, 219, 217, 218),
            *(425, 105, 273, 104, 282, 265),
        ),
    ),
}

# <linux/landlock.h>
LANDLOCK_CREATE_RULESET = 444
LANDLOCK_ADD_RULE = 445
LANDLOCK_RESTRICT_SELF = 446
LANDLOCK_RULE_PATH_BENEATH = 1
ACCESS_EXECUTE, ACCESS_WRITE_FILE, ACCESS_READ_FILE, ACCESS_READ_DIR = 1, 2, 4, 8
ACCESS_ALL_V1 = (1 << 13) - 1
READ = ACCESS_READ_FILE | ACCESS_READ_DIR | ACCESS_EXECUTE
READ_FILE_ONLY = ACCESS_READ_FILE | ACCESS_EXECUTE
WRITE = ACCESS_ALL_V1 & ~ACCESS_EXECUTE
WRITE_FILE_ONLY = ACCESS_READ_FILE | ACCESS_WRITE_FILE


def limit(address_space: int, file_size: int, cpu_seconds: int) -> None:
    """Bound what this process may use; limits already lower stay."""
    for what, most in (
        (resource.RLIMIT_AS, address_space),
        (resource.RLIMIT_FSIZE, file_size),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 256),
    ):
        _, hard = resource.getrlimit(what)
        most_allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most_allowed, most_allowed))


def landlock(readable: list[str], writable: list[str]) -> bool:
    """Allow reads and writes below these paths only. False if this kernel cannot."""
    libc = ctypes.CDLL(None, use_errno=True)
    handled = struct.pack("Q", ACCESS_ALL_V1)
    ruleset = libc.syscall(LANDLOCK_CREATE_RULESET, handled, len(handled), 0)
    if ruleset < 0:
        return False
    for paths, below, exact in ((readable, READ, READ_FILE_ONLY), (writable, WRITE, WRITE_FILE_ONLY)):
        for path in paths:
            try:
                descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            access = below if Path(path).is_dir() else exact
            rule = struct.pack("=Qi", access, descriptor)
            added = libc.syscall(LANDLOCK_ADD_RULE, ruleset, LANDLOCK_RULE_PATH_BENEATH, rule, 0)
            os.close(descriptor)
            if added != 0:
                os.close(ruleset)
                return False
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    done = libc.syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)
    return bool(done == 0)


def filter_program(machine: str) -> bytes:
    """The seccomp filter for one machine, as an array of `struct sock_filter`."""
    arch, clone, clone3, refused = ARCHITECTURES[machine]
    # Jumps are relative; every refusal returns at once, so that no offset needs counting.
    program = [
        (LOAD_WORD_ABSOLUTE, 0, 0, 4),
        (JUMP_EQUAL, 1, 0, arch),
        (RETURN, 0, 0, RET_KILL_PROCESS),
        (LOAD_WORD_ABSOLUTE, 0, 0, 0),
        (JUMP_ANY_BIT_SET, 0, 1, X32_BIT),
        (RETURN, 0, 0, RET_KILL_PROCESS),
        # glibc falls back from clone3, whose flags a filter cannot see, to clone.
        (JUMP_EQUAL, 0, 1, clone3),
        (RETURN, 0, 0, RET_ERRNO_ENOSYS),
    ]
    for number in refused:
        program += [(JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, RET_ERRNO_EPERM)]
    program += [
        (JUMP_EQUAL, 0, 3, clone),
        (LOAD_WORD_ABSOLUTE, 0, 0, 16),
        (JUMP_ANY_BIT_SET, 1, 0, CLONE_THREAD),
        (RETURN, 0, 0, RET_ERRNO_EPERM),
        (RETURN, 0, 0, RET_ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in program)


def seccomp(machine: str) -> bool:
    """Refuse the system calls that a parser never needs. False if this kernel or machine cannot."""
    if machine not in ARCHITECTURES:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    program = filter_program(machine)
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(buffer))
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return bool(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0) == 0)


def confine(rooms: dict[str, object]) -> dict[str, bool]:
    """Put up every fence this kernel has, and say which.

    Args:
        rooms: `read` and `write` (lists of paths), `address_space`, `file_size`, `cpu_seconds`.
    """
    readable = [sys.prefix, sys.base_prefix, sys.exec_prefix, "/usr", "/lib", "/lib64", "/etc/ld.so.cache"]
    readable += ["/dev/urandom", "/dev/null", *(path for path in sys.path if path)]
    readable += [str(path) for path in _list(rooms["read"])]
    limit(_int(rooms["address_space"]), _int(rooms["file_size"]), _int(rooms["cpu_seconds"]))
    fences = {"limits": True}
    fences["landlock"] = landlock(readable, ["/dev/null", *(str(path) for path in _list(rooms["write"]))])
    fences["seccomp"] = seccomp(platform.machine())
    return fences


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"a list of paths was expected, not {value!r}")
    return value


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"a number was expected, not {value!r}")
    return value


def _end_with(parent: int) -> None:
    """End when the process that asks is gone: `kill -9` lets it say nothing, and a job may take a minute.

    PR_SET_PDEATHSIG would not do: it follows the thread that started this process, which ends with its jobs.
    """
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os._exit(1)


def main() -> None:
    """Confine this process and become the module."""
    rooms, module = json.loads(sys.argv[1]), sys.argv[2]
    fences = confine(rooms)
    sys.stderr.write(json.dumps({"fences": fences}) + "\n")
    sys.stderr.flush()
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    sys.argv = [module]
    if module.endswith(".py"):
        runpy.run_path(module, run_name="__main__")
    else:
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
