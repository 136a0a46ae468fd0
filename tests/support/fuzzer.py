"""The fuzzer: one target, a number of damaged inputs, a seed; what it finds is printed as JSON, one finding a line.

``python tests/support/fuzzer.py TARGET COUNT SEED`` repeats a run. It is a process of its own, because an input may
take all its memory, which is limited, or crash it.
"""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

from fuzz_targets import REFUSALS, TARGETS
from mutations import Mutator

__all__ = ["MEMORY", "SECONDS", "fuzz"]

#: The seconds of the processor's time, and the bytes of memory, that the largest input may take.
SECONDS = 10.0
MEMORY = 1 << 30
#: Address space: more than the memory, because it is not all used.
_ADDRESS_SPACE = 4 << 30
#: How many inputs are shown for one place in the code.
_SHOWN = 2


class _TooSlowError(BaseException):
    """An input takes too long."""


def _stop(number: int, frame: FrameType | None) -> None:
    raise _TooSlowError(f"more than {SECONDS:g} s of the processor's time")


def fuzz(target: str, count: int, seed: int) -> dict[str, Any]:
    """Read damaged inputs in this process. Returns how many, the slowest one's seconds, the memory, and the findings.

    Args:
        target: a name of :data:`fuzz_targets.TARGETS`.
        count: how many inputs.
        seed: the same seed makes the same inputs.
    """
    mutator, found = Mutator(Random(f"{target} {seed}")), Counter[str]()
    findings: list[dict[str, Any]] = []
    slowest = 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.chdir(folder)
        os.environ["HOME"] = name
        signal.signal(signal.SIGPROF, _stop)
        for number in range(count):
            shown, read = TARGETS[target](mutator, folder)
            begun = time.process_time()
            try:
                signal.setitimer(signal.ITIMER_PROF, SECONDS)
                try:
                    read()
                finally:
                    signal.setitimer(signal.ITIMER_PROF, 0)
            except REFUSALS[target]:
                pass
            except (Exception, _TooSlowError) as error:
                place = _find_place(error)
                found[place] += 1
                if found[place] <= _SHOWN:
                    text = f"{type(error).__name__}: {error}"[:300]
                    findings.append({"input": number, "place": place, "error": text, "data": repr(shown)[:3000]})
            slowest = max(slowest, time.process_time() - begun)
        os.chdir("/")
    # ru_maxrss would count what the process that started this one had.
    memory = int(re.findall(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[0]) << 10
    return {"inputs": count, "slowest": slowest, "memory": memory, "findings": findings, "places": dict(found)}


def _find_place(error: BaseException) -> str:
    """Our own line that an error comes from, by the traceback of its first cause."""
    while error.__cause__ is not None:
        error = error.__cause__
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "dualvariant" in frame.filename or "variantlib" in frame.filename]
    last = (ours or frames)[-1]
    return f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno} {last.name}"


def main() -> None:
    """Run the fuzzer with the arguments of the command line."""
    target, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    for variable in list(os.environ):
        if variable.startswith(("PIP_", "UV_", "DUALVARIANT_", "XDG_")):
            del os.environ[variable]
    print(json.dumps(fuzz(target, count, seed)))


if __name__ == "__main__":
    main()
