"""What a provider's process gives up before foreign code runs in it, as far as the system lets a user give it up.

- It ends with the supervisor (prctl(2), ``PR_SET_PDEATHSIG``), and a crash leaves no core file.
- It has no network: a network namespace of its own (unshare(2)), where user namespaces are allowed.
- It changes no file outside its scratch folder, and sends no signal outside (landlock(7), Linux 5.13 and 6.12).

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
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_RULE_BENEATH = 1
#: Every right to change the file system, by the first version of landlock that has it: writing files, removing and
#: making folders and files of any kind; linking across folders; truncating.
_WRITE_RIGHTS = ((1, 0b1_1111_1111_0010), (2, 1 << 13), (3, 1 << 14))
_SIGNAL_SCOPE = (6, 1 << 1)  # abstract sockets stay: CUDA's own services use them


def fork_closes(*pipes: int) -> None:
    """Close pipes in each process that is forked, so that none keeps them open after our end."""
    for pipe in pipes:
        os.register_at_fork(after_in_child=partial(_close, pipe))


def _close(pipe: int) -> None:
    with suppress(OSError):
        os.close(pipe)


def close_fence(parent: int, scratch: str) -> list[str]:
    """Give up what a provider does not need.

    Args:
        parent: the supervisor's process, which this one must not outlive.
        scratch: the only folder in which files may be written.

    Returns:
        What is closed: ``network``, ``files``, ``signals``.
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
    closed += _restrict(library, scratch)
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
        with suppress(OSError), open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123
            file.write(text)
    return True


def _restrict(library: Any, scratch: str) -> list[str]:
    import ctypes

    version = library.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_FLAG)
    if version < 1:
        return []
    rights = sum(right for since, right in _WRITE_RIGHTS if version >= since)
    scope = _SIGNAL_SCOPE[1] if version >= _SIGNAL_SCOPE[0] else 0
    attributes = (ctypes.c_uint64 * 3)(rights, 0, scope)
    size = ctypes.c_size_t(24 if version >= 6 else 16 if version >= 4 else 8)
    ruleset = library.syscall(_CREATE_RULESET, ctypes.byref(attributes), size, 0)
    if ruleset < 0:
        return []
    for path in (scratch, "/dev", "/proc/self"):
        _allow(library, ruleset, path, rights)
    done = library.syscall(_RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return (["files", "signals"] if scope else ["files"]) if done else []


def _allow(library: Any, ruleset: int, path: str, rights: int) -> None:
    """Allow what is given up everywhere else below one folder."""
    import ctypes

    with suppress(OSError):
        folder = os.open(path, getattr(os, "O_PATH", 0) | os.O_CLOEXEC)
        # struct landlock_path_beneath_attr is packed: 8 bytes of rights, 4 bytes of the descriptor.
        attributes = ctypes.create_string_buffer(rights.to_bytes(8, sys.byteorder) + folder.to_bytes(4, sys.byteorder))
        library.syscall(_ADD_RULE, ruleset, _RULE_BENEATH, attributes, 0)
        os.close(folder)
