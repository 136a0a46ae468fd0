"""``refit`` where something disturbs it: a read-only or full file system, running processes, a second run, kills."""

from __future__ import annotations

import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from long_form import rounds
from messages import error_code
from processes import PATIENCE, wait_until
from refit_environments import assert_whole, labels, level, make_environment, on_v3, refit, site_of
from refit_wheels import V3, make_release, read_tree
from tool import Tool


def in_namespace(script: str) -> list[str | Path]:
    """The beginning of a command that runs in a mount namespace of its own, after a line of shell."""
    namespace = ["unshare", "--user", "--map-root-user", "--mount"]
    if shutil.which("unshare") is None or subprocess.run([*namespace, "true"], capture_output=True).returncode:
        pytest.skip("no private mount namespace here")
    return [*namespace, "sh", "-c", script, "sh"]


def test_a_read_only_environment(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    """As on a file system that is mounted to be read, which stops root, too."""
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    before = read_tree(tmp_path / "env")
    place = shlex.quote(str(tmp_path / "env"))
    prefix = in_namespace(f'mount --bind {place} {place} && mount -o remount,bind,ro {place} && exec "$@"')
    prefix += [sys.executable, "-m", "dualvariant", "refit", *on_v3(tool, python, wheels)]
    done = tool.run(*prefix, code=2)
    assert error_code(done.stderr) == "unwritable"
    assert "would exchange demo" in tool.run(*prefix, "--dry-run").stderr
    assert read_tree(tmp_path / "env") == before


def test_a_process_of_the_environment_goes_on(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    python = make_environment(tmp_path / "env", "pip", wheels, "demo", tool=tool)
    program = "import sys, demo\nprint('ready', flush=True)\nsys.stdin.readline()\n"
    program += "import demo_speed\nprint(demo_speed.LEVEL)\n"
    with subprocess.Popen([python, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        refit(tool, python, wheels)
        out, _ = process.communicate("\n", timeout=PATIENCE)
    assert out == f"{V3}\n"
    assert process.returncode == 0


def test_two_at_once(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    python = make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    command = ["refit", *on_v3(tool, python, wheels)]
    runs = [tool.popen(*command) for _ in range(2)]
    said = [run.communicate(timeout=PATIENCE)[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert sorted("exchanged demo" in text for text in said) == [False, True], said
    assert labels(tool, python) == {"demo": [V3]}
    assert_whole(site_of(python))


#: Copies an environment to a small file system and fills that, but for some blocks; refits, makes room, refits again.
FULL_DISK = """
place=$1; blocks=$2; shift 2
mount -t tmpfs -o size=32m none "$place/full" && cp -a "$place/env/." "$place/full" || exit 99
cat /dev/zero > "$place/full/filler" 2> "$place/said"
truncate -s "-${blocks}k" "$place/full/filler"
"$@"; echo "code $?"
diff -r --exclude=filler --exclude=__pycache__ "$place/env" "$place/full" && echo unchanged
rm "$place/full/filler"
"$@"; echo "code $?"
cp -a "$place/full" "$place/after"
"""


@pytest.mark.parametrize("blocks", [4, 12])
def test_a_full_disk(blocks: int, tool: Tool, wheels: Path, tmp_path: Path) -> None:
    """It ends before anything is exchanged, or where there is room enough, with the variant; never in between."""
    make_environment(tmp_path / "env", "uv", wheels, "demo", tool=tool)
    (tmp_path / "full").mkdir()
    prefix = [*in_namespace(FULL_DISK), tmp_path, str(blocks), sys.executable, "-m", "dualvariant", "refit"]
    said = tool.run(*prefix, *on_v3(tool, tmp_path / "full" / "bin" / "python", wheels)).stdout
    assert "Traceback" not in said
    first, *_, last = [line for line in said.splitlines() if line.startswith("code ")]
    assert last == "code 0"
    assert ("unchanged" in said) == (first != "code 0"), said
    assert_whole(site_of(tmp_path / "after" / "bin" / "python"))
    assert labels(tool, tmp_path / "after" / "bin" / "python") == {"demo": [V3]}


NEEDED = [f"part{number}" for number in range(6)]


def of_session(leader: int) -> Iterator[int]:
    """The processes of a session; each run has one of its own."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[3]) == leader and fields[0] != "Z":
                yield int(path.parent.name)


INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.mark.parametrize(
    ("numbers", "engine"), [((signal.SIGKILL,), "uv"), (INTERRUPTIONS, "uv"), (INTERRUPTIONS, "pip")], ids=str
)
def test_kills_and_interruptions_at_random_moments(
    numbers: tuple[signal.Signals, ...], engine: str, tool: Tool, tmp_path: Path
) -> None:
    """The next run heals what a kill has left; after an interruption, and several, there is nothing to heal."""
    wheels = tmp_path / "wheels"
    for name in NEEDED:
        make_release(wheels, name)
    python = make_environment(tmp_path / "env", "pip", wheels, *NEEDED, tool=tool)
    site = site_of(python)
    before = read_tree(tmp_path / "env")
    command: list[str | Path] = ["refit", "--python", python, "--no-index", "-f", wheels, "--engine", engine]
    command += ["--profile", level(tool, "v3")]
    begun = time.monotonic()
    tool(*command)
    usual = time.monotonic() - begun
    moments = random.Random(f"refit {engine}")
    forth = False
    for count in range(rounds(4, night=40)):
        again = [*command, *([] if forth else ["--undo"])]
        forth = not forth
        run = tool.popen(*again, start_new_session=True, stdout=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.3 * usual, usual))
        for _ in range(1 if signal.SIGKILL in numbers else moments.randint(1, 3)):
            for victim in [run.pid] if count % 2 else list(of_session(run.pid)):
                with suppress(ProcessLookupError):
                    os.kill(victim, moments.choice(numbers))
            time.sleep(moments.choice([0, 0.01, 0.1]))
        said = run.communicate(timeout=PATIENCE)[1]
        assert wait_until(lambda run=run: not list(of_session(run.pid)))  # type: ignore[misc]
        if signal.SIGKILL not in numbers:
            assert run.returncode in (0, 130, *(-number for number in numbers)), said
            assert said.count("[interrupted]") == (run.returncode == 130), said
            assert "Traceback" not in said and "KeyboardInterrupt" not in said
            assert_whole(site)
            assert not (site / ".dualvariant-refit").exists()
        said = tool(*again).stderr
        assert signal.SIGKILL in numbers or "the old files are back" not in said
        assert_whole(site)
        expected = [] if "--undo" in again else [V3]
        assert labels(tool, python) == dict.fromkeys(NEEDED, expected)
        assert not (site / ".dualvariant-refit").exists()
    tool(*command, "--undo")
    assert read_tree(tmp_path / "env") == before
    assert list(tool.temporary.iterdir()) == []
