"""What a process can do so that its memory is not written down: no core file, no tracer, no swap (T2, T15).

Python cannot wipe its strings, so what was typed stays in memory for a while. These calls keep it there.
"""

from __future__ import annotations

import ctypes
import os
import resource

# linux/prctl.h and linux/mman.h
_PR_SET_DUMPABLE = 4
_PR_GET_DUMPABLE = 3
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4
# malloc.h of glibc; the value is the number of heaps.
_M_ARENA_MAX = -8
_HEAPS = 2


def harden() -> tuple[str, ...]:
    """Do what can be done; return one plain line for each thing that could not be had."""
    lacking = []
    if not forbid_dumps():
        lacking.append("core dumps and tracers could not be forbidden")
    if not lock_memory():
        lacking.append("memory could not be kept out of swap: set LimitMEMLOCK=infinity, or use no swap")
    return tuple(lacking)


def forbid_dumps() -> bool:
    """No core file, and no other process of this user reads our memory. Forks inherit it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = _libc()
    if libc is None:
        return False
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    return bool(libc.prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0) == 0)


def lock_memory() -> bool:
    """Keep pages out of swap. Not inherited: each process calls it."""
    libc = _libc()
    # Under a limit the lock may be granted now and a later allocation fail: all or nothing.
    if libc is None or not _may_lock_all():
        return False
    # On fault, or the stacks of all threads would be filled at once.
    return bool(libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) == 0)


def bound_heaps() -> bool:
    """Keep all threads on two heaps of the C library; call it before any thread starts. Forks inherit it.

    With one heap a thread, as glibc has it, what each derivation used (protocol.md §4) stays with its thread:
    twice the memory, and old secrets in more places.
    """
    mallopt = getattr(_libc(), "mallopt", None)
    return mallopt is not None and bool(mallopt(_M_ARENA_MAX, _HEAPS) == 1)


def _may_lock_all() -> bool:
    unlimited = resource.RLIM_INFINITY
    if resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == unlimited:
        return True
    try:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (unlimited, unlimited))
    except (OSError, ValueError):
        return False
    return True


def _libc() -> ctypes.CDLL | None:
    # Elsewhere than on Linux there is nothing of this, and the numbers would mean something else.
    return ctypes.CDLL(None, use_errno=True) if os.uname().sysname == "Linux" else None
