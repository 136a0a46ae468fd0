"""What a provider's process gives up before foreign code runs in it, as far as the system lets a user give it up.

- It ends with the supervisor (prctl(2), ``PR_SET_PDEATHSIG``), and a crash leaves no core file.
- It has no network: a network namespace of its own (unshare(2)), where user namespaces are allowed.
- It sends no signal to processes that it has not started, and does not look into them (landlock(7), Linux 6.12).

A system that lacks one of these has the others. What is closed is told, so that ``plugins check`` can show it.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import partial
from typing import Any

__all__ = ["close_fence", "fork_closes"]

_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_SET_DEATH_SIGNAL, _SET_NO_NEW_PRIVILEGES = 1, 38
_KILL = 9

#: The largest file that a provider may write, in bytes.
_LARGEST_FILE = 64 << 20

# landlock(7): the numbers of its calls are the same on every architecture.
_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_VERSION_FLAG = 1
#: The version that has scopes, and the scope of signals. That of abstract sockets stays open: CUDA's services use them.
_SCOPES_SINCE, _SIGNAL_SCOPE = 6, 1 << 1


def fork_closes(*pipes: int) -> None:
    """Close pipes in each process that is forked, so that none keeps them open after our end."""
    for pipe in pipes:
        os.register_at_fork(after_in_child=partial(_close, pipe))


def _close(pipe: int) -> None:
    with suppress(OSError):
        os.close(pipe)


def close_fence(parent: int) -> list[str]:
    """Give up what a provider does not need.

    Args:
        parent: the supervisor's process, which this one must not outlive.

    Returns:
        What is closed: ``network``, ``signals``.
    """
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    largest = _LARGEST_FILE if hard == resource.RLIM_INFINITY else min(hard, _LARGEST_FILE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    if not sys.platform.startswith("linux"):
        return []
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    closed = ["network"] if _leave_network(library) else []
    library.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    closed += ["signals"] if _restrict_signals(library) else []
    library.prctl(_SET_DEATH_SIGNAL, _KILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    return closed


def _leave_network(library: Any) -> bool:
    """Move to a network without interfaces; users and groups keep their numbers."""
    user, group = os.geteuid(), os.getegid()
    if library.unshare(_NEW_USER | _NEW_NET) != 0:
        return False
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with suppress(OSError), open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
    return True


def _restrict_signals(library: Any) -> bool:
    """Let this process, and what it starts, send signals to each other only."""
    import ctypes

    if library.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_FLAG) < _SCOPES_SINCE:
        return False
    attributes = (ctypes.c_uint64 * 3)(0, 0, _SIGNAL_SCOPE)  # files, network, scopes
    ruleset = library.syscall(_CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(24), 0)
    if ruleset < 0:
        return False
    done = library.syscall(_RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return bool(done)
