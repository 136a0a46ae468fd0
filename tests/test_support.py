"""The tests' own helpers: what they promise to the tests that use them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

import long_form
import property_tests
from messages import error_code
from processes import descendants, end_tree, is_alive, wait_until
from tool import Tool

SUPPORT = Path(__file__).resolve().parent / "support"
posix = pytest.mark.skipif(os.name != "posix", reason="signals and process trees are those of POSIX")
proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="process trees are read from /proc")


# --- messages


@pytest.mark.parametrize(
    ("stderr", "code"),
    [
        ("dualvariant: error: no wheel fits [nothing-fits]\n", "nothing-fits"),
        ("dualvariant: error: no wheel fits [nothing-fits]\n  hint: see [this-page]\n", "nothing-fits"),
        ("dualvariant: error: bad line:\n  [global]\n  x [bad-data]\n  hint: mend it\n", "bad-data"),
        ("WARNING: something [odd]\ndualvariant: error: no access [index-unreachable]\n", "index-unreachable"),
        ("dualvariant: error: unknown [x] option\n", None),
        ("dualvariant: error: not the end [usage] of the line\n", None),
        ("dualvariant: error: upper case [USAGE]\n", None),
        ("something else [usage]\n", None),
        ("", None),
    ],
)
def test_the_code_of_an_error_is_found(stderr: str, code: str | None) -> None:
    assert error_code(stderr) == code


# --- processes


@posix
@pytest.mark.parametrize("name", ["INT", "HUP"])
def test_children_get_a_signal_that_is_ignored_here(name: str) -> None:
    """As in a background job, or under nohup: the process goes on ignoring it, its children do not inherit that."""
    program = (
        "import os, signal, subprocess, sys\n"
        "from processes import undo_ignored_signals\n"
        f"sent = signal.SIG{name}\n"
        "assert signal.getsignal(sent) is signal.SIG_IGN\n"
        "undo_ignored_signals()\n"
        "os.kill(os.getpid(), sent)\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        "child.send_signal(sent)\n"
        "assert child.wait() == -sent\n"
        "print('both as expected')\n"
    )
    line = ["sh", "-c", f'trap "" {name}; exec "$0" -c "$1"', sys.executable, program]
    done = subprocess.run(line, env={**os.environ, "PYTHONPATH": str(SUPPORT)}, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "both as expected\n"), done.stderr


@posix
def test_a_handler_of_sigint_stays() -> None:
    program = (
        "import signal\n"
        "from processes import undo_ignored_signals\n"
        "undo_ignored_signals()\n"
        "assert signal.getsignal(signal.SIGINT) is signal.default_int_handler\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(SUPPORT)}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)


@proc
def test_a_process_ends_together_with_its_descendants() -> None:
    program = "import subprocess; subprocess.run(['sh', '-c', 'sleep 600 & wait'])"
    process = subprocess.Popen([sys.executable, "-c", program])
    try:
        assert wait_until(lambda: len(descendants(process.pid)) == 2)
        tree = [process.pid, *descendants(process.pid)]
    finally:
        end_tree(process.pid)
        process.wait()
    assert wait_until(lambda: not any(map(is_alive, tree)))
    assert descendants(process.pid) == []


@proc
def test_a_command_that_a_test_leaves_behind_is_ended(tmp_path: Path) -> None:
    tool = Tool(tmp_path / "home")
    profile = tmp_path / "profile"
    os.mkfifo(profile)
    process = tool.popen("explain", "demo", "--no-index", "-f", tmp_path, "--profile", profile)
    writers: list[int] = []
    try:
        assert wait_until(lambda: _open_for_writing(profile, writers) or process.poll() is not None)
        assert process.poll() is None  # it waits for what is written there
    finally:
        tool.end_processes()
        for writer in writers:
            os.close(writer)
    assert process.returncode == -signal.SIGKILL
    assert not is_alive(process.pid)


def _open_for_writing(fifo: Path, writers: list[int]) -> bool:
    """Open a named pipe if a process reads from it, and tell whether one does."""
    with suppress(OSError):
        writers.append(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
    return bool(writers)


def test_waiting_in_vain_has_an_end() -> None:
    assert not wait_until(lambda: False, seconds=0)
    assert wait_until(lambda: True, seconds=0)


# --- property tests


@pytest.mark.parametrize(
    ("profile", "seed", "expected"),
    [(None, None, None), ("default", None, None), (None, "7", "7"), ("ci", "7", "7"), ("night", "7", "7")],
)
def test_a_given_seed_is_used_and_none_is_made_by_default(
    profile: str | None, seed: str | None, expected: str | None
) -> None:
    assert property_tests.choose_seed(profile, seed) == expected


def test_a_night_has_a_new_seed_each_time_and_ci_always_the_same() -> None:
    seeds = {property_tests.choose_seed("night", None) for _ in range(5)}
    assert len(seeds) == 5
    assert all(seed is not None and seed.isdecimal() for seed in seeds)
    assert len({property_tests.choose_seed("ci", None) for _ in range(5)}) == 1


@pytest.mark.skipif(find_spec("xdist") is None, reason="pytest-xdist is not installed")
def test_all_workers_use_the_seed_that_the_header_prints(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "from runpy import run_path\n"
        f"names = run_path({str(SUPPORT.parent / 'conftest.py')!r})\n"
        "globals().update({name: hook for name, hook in names.items() if name.startswith('pytest_')})\n"
    )
    (tmp_path / "test_seed.py").write_text(
        "import os, pathlib, pytest\n"
        "from hypothesis import core\n"
        "@pytest.mark.parametrize('number', range(8))\n"
        "def test_seed(number):\n"
        "    worker = os.environ['PYTEST_XDIST_WORKER']\n"
        "    pathlib.Path(f'{worker}-{number}.seed').write_text(str(core.global_force_seed))\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "2", "--hypothesis-profile=ci"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SUPPORT), os.environ.get("PYTHONPATH", "")])}
    for name in [name for name in environment if name.startswith("PYTEST_")]:
        del environment[name]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    printed = re.findall(r"--hypothesis-seed=(\d+)", done.stdout)
    assert {path.read_text() for path in tmp_path.glob("*.seed")} == set(printed)
    assert len(printed) == 1


@pytest.mark.parametrize(("profile", "usual", "special"), [("default", 100, 30), ("ci", 100, 30), ("night", 1000, 300)])
def test_the_night_tries_ten_times_as_many_examples(profile: str, usual: int, special: int) -> None:
    chosen = settings.get_current_profile_name()
    settings.load_profile(profile)
    try:
        assert settings().max_examples == usual
        assert property_tests.examples(30).max_examples == special
        assert (settings().derandomize, settings().print_blob) == (False, True)
        assert settings().deadline is None
    finally:
        settings.load_profile(chosen)


def test_the_night_has_more_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(long_form.VARIABLE, raising=False)
    assert long_form.rounds(3, night=20) == 3
    monkeypatch.setenv(long_form.VARIABLE, "1")
    assert long_form.rounds(3, night=20) == 20
