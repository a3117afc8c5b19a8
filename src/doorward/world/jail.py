"""Confine this process, then run a module in it: the inside of the sandbox.

    python -I -m doorward.world.jail ROOMS MODULE

ROOMS is a JSON object (`confine`), MODULE a module's name or a script's path.

Rule: a parser that hostile bytes have taken over can compute and answer, nothing else. Four
fences, each from the kernel, none needing privileges; they are put up before the first hostile
byte is read and cannot be taken down again:

- resource limits (setrlimit(2)): address space, CPU, file size, no core files;
- capabilities (capabilities(7)): root keeps the right to read its inputs, and no other;
- Landlock (landlock(7), Linux ≥ 5.13): reads below the interpreter, its libraries and the named
  inputs; plain files written below the spool alone, no links, FIFOs or folders that whoever reads
  the spool later would follow; where the kernel knows of them, no truncation, device, TCP or signal
  outside either;
- seccomp (seccomp(2)): no sockets, no new programs or processes, no tracing, no mounts, no
  io_uring (which would go round the filter); and what Landlock does not see: modes, owners,
  attributes and lengths of files by name, signals and limits for other processes, shared memory.

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
from dataclasses import dataclass
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
ARGUMENTS = 16
"""Offset of the first argument, its low half, in `struct seccomp_data` of little-endian machines."""

CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_READ_SEARCH = 1 << 2
"""<linux/capability.h>: root reads its inputs whosever they are."""


@dataclass(frozen=True, slots=True)
class Machine:
    """System call numbers of one architecture: <asm/unistd_64.h>, <asm-generic/unistd.h>."""

    audit: int
    """Its number in <linux/audit.h>."""
    clone: int
    clone3: int
    tgkill: int
    prlimit: int
    fcntl: int
    refused: tuple[int, ...]


EVERYWHERE = (
    # open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr
    *(428, 429, 430, 431, 432, 433, 442),
    # pidfd_send_signal pidfd_open pidfd_getfd process_madvise process_mrelease
    *(424, 434, 438, 440, 448),
    # io_uring_setup io_uring_enter io_uring_register
    *(425, 426, 427),
    # fchmodat2 setxattrat removexattrat open_tree_attr file_setattr
    *(452, 463, 466, 467, 469),
)
"""Calls newer than the common numbering (Linux 5.0) have one number on every machine."""
MACHINES = {
    "x86_64": Machine(
        audit=0xC000003E,
        clone=56,
        clone3=435,
        tgkill=234,
        prlimit=302,
        fcntl=72,
        refused=(
            # socket connect accept sendto sendmsg bind listen socketpair accept4 sendmmsg
            *(41, 42, 43, 44, 46, 49, 50, 53, 288, 307),
            # fork vfork execve execveat kill ptrace process_vm_readv process_vm_writev
            *(57, 58, 59, 322, 62, 101, 310, 311),
            # mount umount2 pivot_root chroot unshare setns bpf perf_event_open keyctl add_key request_key
            *(165, 166, 155, 161, 272, 308, 321, 298, 250, 248, 249),
            # init_module finit_module kexec_load userfaultfd open_by_handle_at
            *(175, 313, 246, 323, 304),
            # truncate chmod fchmod fchmodat chown fchown lchown fchownat
            *(76, 90, 91, 268, 92, 93, 94, 260),
            # setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr
            *(188, 189, 190, 197, 198, 199),
            # utime utimes futimesat utimensat
            *(132, 235, 261, 280),
            # tkill rt_sigqueueinfo rt_tgsigqueueinfo kcmp migrate_pages move_pages
            *(200, 129, 297, 312, 256, 279),
            # shmget shmat semget msgget mq_open
            *(29, 30, 64, 68, 240),
        ),
    ),
    "aarch64": Machine(
        audit=0xC00000B7,
        clone=220,
        clone3=435,
        tgkill=131,
        prlimit=261,
        fcntl=25,
        refused=(
            *(198, 203, 202, 206, 211, 200, 201, 199, 242, 269),
            *(221, 281, 129, 117, 270, 271),
            *(40, 39, 41, 51, 97, 268, 280, 241, 219, 217, 218),
            *(105, 273, 104, 282, 265),
            *(45, 52, 53, 55, 54),
            *(5, 6, 7, 14, 15, 16),
            *(88,),
            *(130, 138, 240, 272, 238, 239),
            *(194, 196, 190, 186, 180),
        ),
    ),
}
F_SETOWN, F_SETSIG, F_SETOWN_EX = 8, 10, 15
"""<asm-generic/fcntl.h>: a descriptor that sends another process any signal when it is ready."""

# <linux/landlock.h>
LANDLOCK_CREATE_RULESET = 444
LANDLOCK_ADD_RULE = 445
LANDLOCK_RESTRICT_SELF = 446
LANDLOCK_CREATE_RULESET_VERSION = 1
LANDLOCK_RULE_PATH_BENEATH = 1
ACCESS_WRITE_FILE, ACCESS_READ_FILE, ACCESS_READ_DIR = 1 << 1, 1 << 2, 1 << 3
ACCESS_REMOVE_FILE, ACCESS_MAKE_REG, ACCESS_TRUNCATE = 1 << 5, 1 << 8, 1 << 14
ACCESS_BITS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""Kinds of access to files that each version of Landlock knows; later ones as the last."""
NET_ALL = 0b11
"""Binding and connecting TCP, from version 4."""
SCOPE_ALL = 0b11
"""Abstract sockets and signals, from version 6."""
READ = ACCESS_READ_FILE | ACCESS_READ_DIR
WRITE_FILE = ACCESS_READ_FILE | ACCESS_WRITE_FILE | ACCESS_TRUNCATE
WRITE = WRITE_FILE | ACCESS_READ_DIR | ACCESS_REMOVE_FILE | ACCESS_MAKE_REG


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


def drop_capabilities() -> bool:
    """Keep no right of root's but that to read. False if the kernel would not."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = struct.pack("=Ii", CAPABILITY_VERSION_3, 0)
    held = ctypes.create_string_buffer(24)
    if libc.capget(header, held) != 0:
        return False
    permitted = struct.unpack("=6I", held.raw)[1] & CAP_DAC_READ_SEARCH
    return bool(libc.capset(header, struct.pack("=6I", permitted, permitted, 0, 0, 0, 0)) == 0)


def landlock(readable: list[str], writable: list[str]) -> bool:
    """Allow reads and writes below these paths only. False if this kernel cannot."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(LANDLOCK_CREATE_RULESET, None, 0, LANDLOCK_CREATE_RULESET_VERSION)
    if version < 1:
        return False
    handled = (1 << ACCESS_BITS[min(version, max(ACCESS_BITS))]) - 1
    fields = (handled, *((NET_ALL,) if version >= 4 else ()), *((SCOPE_ALL,) if version >= 6 else ()))
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    ruleset = libc.syscall(LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0)
    if ruleset < 0:
        return False
    for paths, below, exact in ((readable, READ, ACCESS_READ_FILE), (writable, WRITE, WRITE_FILE)):
        for path in paths:
            try:
                descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            access = (below if Path(path).is_dir() else exact) & handled
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


def filter_program(machine: str, pid: int) -> bytes:
    """The seccomp filter for one machine and process, as an array of `struct sock_filter`."""
    numbers = MACHINES[machine]
    # Jumps are relative; every refusal returns at once, so that no offset needs counting.
    program = [
        (LOAD_WORD_ABSOLUTE, 0, 0, 4),
        (JUMP_EQUAL, 1, 0, numbers.audit),
        (RETURN, 0, 0, RET_KILL_PROCESS),
        (LOAD_WORD_ABSOLUTE, 0, 0, 0),
        (JUMP_ANY_BIT_SET, 0, 1, X32_BIT),
        (RETURN, 0, 0, RET_KILL_PROCESS),
        # glibc falls back from clone3, whose flags a filter cannot see, to clone.
        (JUMP_EQUAL, 0, 1, numbers.clone3),
        (RETURN, 0, 0, RET_ERRNO_ENOSYS),
    ]
    for number in (*numbers.refused, *EVERYWHERE):
        program += [(JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, RET_ERRNO_EPERM)]
    program += [
        # Signals and limits for itself alone: abort(3) and getrlimit(2) are made of these.
        *_first_argument(numbers.tgkill, (pid,)),
        *_first_argument(numbers.prlimit, (0, pid)),
        (JUMP_EQUAL, 0, 6, numbers.fcntl),
        (LOAD_WORD_ABSOLUTE, 0, 0, ARGUMENTS + 8),
        (JUMP_EQUAL, 2, 0, F_SETOWN),
        (JUMP_EQUAL, 1, 0, F_SETSIG),
        (JUMP_EQUAL, 0, 1, F_SETOWN_EX),
        (RETURN, 0, 0, RET_ERRNO_EPERM),
        (RETURN, 0, 0, RET_ALLOW),
        (JUMP_EQUAL, 0, 3, numbers.clone),
        (LOAD_WORD_ABSOLUTE, 0, 0, ARGUMENTS),
        (JUMP_ANY_BIT_SET, 1, 0, CLONE_THREAD),
        (RETURN, 0, 0, RET_ERRNO_EPERM),
        (RETURN, 0, 0, RET_ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in program)


def _first_argument(number: int, allowed: tuple[int, ...]) -> list[tuple[int, int, int, int]]:
    """Steps that refuse one call unless its first argument is one of these, else go on."""
    matches = [(JUMP_EQUAL, len(allowed) - at, 0, value) for at, value in enumerate(allowed)]
    return [
        (JUMP_EQUAL, 0, len(allowed) + 3, number),
        (LOAD_WORD_ABSOLUTE, 0, 0, ARGUMENTS),
        *matches,
        (RETURN, 0, 0, RET_ERRNO_EPERM),
        (RETURN, 0, 0, RET_ALLOW),
    ]


def seccomp(machine: str) -> bool:
    """Refuse the system calls that a parser never needs. False if this kernel or machine cannot."""
    if machine not in MACHINES:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    program = filter_program(machine, os.getpid())
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
    fences = {"limits": True, "capabilities": drop_capabilities()}
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
