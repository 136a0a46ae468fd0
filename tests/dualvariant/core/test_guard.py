"""What we start ends with us, however we end, and outlives nothing but a block that has ended."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from processes import descendants, end_tree, is_alive, wait_until

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="descendants are found in /proc")

#: A process of our group with a child in a session of its own: an installer that builds something.
GUARDED = """
import subprocess, sys
from dualvariant.core.guard import ending_with_us

below = "import subprocess; subprocess.run(['sleep', '3000'], start_new_session=True)"
with ending_with_us() as guard:
    process = subprocess.Popen([sys.executable, "-c", below], pass_fds=guard.descriptors)
    guard.watch(process)
    process.wait()
"""
#: A task of a build: it leads a group, and one of the group's processes has lost its parent.
TASK = """
import os
from pathlib import Path
from dualvariant.core.processes import Children

Children().run(["sh", "-c", "(sleep 3000 & echo $! > ORPHAN); sleep 3000"], None, dict(os.environ), Path(os.devnull))
"""
ENDED = """
import subprocess, time
from dualvariant.core.guard import ending_with_us

with ending_with_us() as guard:
    process = subprocess.Popen(["sleep", "3000"], pass_fds=guard.descriptors)
    guard.watch(process)
print(process.pid, flush=True)
time.sleep(300)
"""


@contextmanager
def running(code: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            end_tree(process.pid)


def sleepers(pids: list[int]) -> list[int]:
    """Those of the processes that have become ``sleep``."""
    names = {pid: Path(f"/proc/{pid}/comm") for pid in pids}
    return [pid for pid, path in names.items() if path.exists() and path.read_text().strip() == "sleep"]


def is_guarded(process: subprocess.Popen[str]) -> bool:
    """Whether all are there: the process that was started, its child, which sleeps, and the shell that waits."""
    below = descendants(process.pid)
    return len(below) == 3 and bool(sleepers(below))


def test_what_is_below_a_process_ends_with_us_too() -> None:
    with running(GUARDED) as process:
        assert wait_until(lambda: is_guarded(process))
        below = descendants(process.pid)
        process.kill()
        assert wait_until(lambda: not any(map(is_alive, below)))


@pytest.mark.parametrize("code", [GUARDED, TASK])
def test_a_process_that_the_shell_has_not_heard_of_ends_with_us_too(code: str, tmp_path: Path) -> None:
    """We may end between its start and the line to the shell."""
    told = "from dualvariant.core import guard\nguard.Guard.watch = property(lambda self: lambda process: None)\n"
    with running(told + code.replace("ORPHAN", str(tmp_path / "orphan"))) as process:
        assert wait_until(lambda: bool(sleepers(descendants(process.pid))))
        below = descendants(process.pid)
        process.kill()
        assert wait_until(lambda: not any(map(is_alive, below)))


def test_no_other_program_is_needed() -> None:
    """NixOS, say, has ``/bin/sh`` and nothing else where programs are by default."""
    with running(f"import os\nos.defpath = '/nowhere'\n{GUARDED}") as process:
        assert wait_until(lambda: is_guarded(process))
        below = descendants(process.pid)
        process.kill()
        assert wait_until(lambda: not any(map(is_alive, below)))


def test_the_group_of_a_task_ends_with_us(tmp_path: Path) -> None:
    orphan = tmp_path / "orphan"
    with running(TASK.replace("ORPHAN", str(orphan))) as process:
        assert wait_until(lambda: orphan.exists() and orphan.read_text().endswith("\n") and is_guarded(process))
        pids = [int(orphan.read_text()), *descendants(process.pid)]
        process.kill()
        assert wait_until(lambda: not any(map(is_alive, pids)))


def test_what_was_let_go_stays() -> None:
    with running(ENDED) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        assert descendants(process.pid) == [pid]  # the shell has ended
        process.kill()
        process.wait()
        assert is_alive(pid)
        end_tree(pid)
