"""Damaged data by the ten thousand: no traceback, no hang, no full memory, whatever a stranger wrote.

``nox -s night`` reads ten times as many. A failure prints the command that repeats it.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import fuzzer
from fuzz_targets import TARGETS
from long_form import rounds
from mutations import Mutator

SCRIPT = Path(fuzzer.__file__)
#: Inputs for each target: 30,000 together, more where an input is cheap.
COUNTS = dict.fromkeys(TARGETS, 1800) | {
    "elf": 1500,
    "wheel": 1500,
    "names": 2000,
    "json_page": 2000,
    "html_page": 2000,
}
#: Seconds after which a target is a hang that takes no time of the processor, such as a pipe that is waited for.
PATIENCE = 1800


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """That of the property tests, which pytest's header names; else a new one."""
    given = request.config.getoption("hypothesis_seed")
    return int(given) if given and given.isdecimal() else random.SystemRandom().getrandbits(32)


def test_there_are_enough_inputs() -> None:
    assert sum(COUNTS.values()) >= 30_000


@pytest.mark.parametrize("target", TARGETS)
def test_whatever_is_damaged_ends_in_one_kind_of_error(target: str, seed: int) -> None:
    count = rounds(COUNTS[target], night=10 * COUNTS[target])
    command = [sys.executable, "-W", "error", str(SCRIPT), target, str(count), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, f"{command}\n{done.stderr[-3000:]}"
    result = json.loads(done.stdout)
    assert result["findings"] == [], f"{command}\n{json.dumps(result['findings'], indent=1)}"
    assert result["memory"] < fuzzer.MEMORY, f"{command}\n{result['memory']:,} bytes"
    assert result["inputs"] == count


@pytest.mark.parametrize("target", TARGETS)
def test_a_seed_repeats_its_inputs(target: str, tmp_path: Path) -> None:
    def inputs() -> list[str]:
        mutator = Mutator(random.Random(7))
        return [repr(TARGETS[target](mutator, tmp_path)[0]) for _ in range(20)]

    assert inputs() == inputs() and len({*inputs()}) > 10


def _break() -> None:
    raise IndexError("x")


def _run_for_ever() -> None:
    while True:
        pass


@pytest.mark.parametrize(("work", "place"), [(_break, "IndexError"), (_run_for_ever, "_TooSlowError")])
def test_the_fuzzer_finds_what_it_is_for(
    work: Callable[[], None], place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fuzzer, "SECONDS", 0.1)
    monkeypatch.setitem(TARGETS, "names", lambda mutator, folder: ("x", work))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    result = fuzzer.fuzz("names", 3, 1)
    assert len(result["findings"]) == 2
    assert list(result["places"].values()) == [3]
    assert all(finding["place"].startswith(place) for finding in result["findings"])
