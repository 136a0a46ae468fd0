"""What is compared: each contender is a process that waits, and does one round when it is asked to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from figures.environments import undisturbed

__all__ = ["Contender", "in_turn", "one_core"]

_WORKER = Path(__file__).resolve().parent / "workers" / "contender.py"
#: An OpenBLAS that is told its core also needs its cache, so neither is handed on.
_BLAS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_ONE_THREAD["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


class Contender:
    """One side of a comparison, in a process of its own.

    Args:
        python: the interpreter.
        side: the name of the side in ``workers/sides.py``.
        path: folders that are importable there.
        cores: the processors that it may use.
    """

    def __init__(self, python: str, side: str, *path: Path, cores: Iterable[int]) -> None:
        environment = undisturbed(PYTHONPATH=os.pathsep.join(map(str, path)), **_ONE_THREAD)
        for name in _BLAS:
            environment.pop(name, None)
        self.side, self.missing = side, ""
        self._process: subprocess.Popen[str] | None = subprocess.Popen(
            [python, str(_WORKER), side, ",".join(map(str, cores))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.versions: dict[str, str] = self._answer().get("versions", {})

    @classmethod
    def absent(cls, side: str, reason: str) -> Contender:
        """A side that there is not, and why."""
        absent = cls.__new__(cls)
        absent.side, absent.missing, absent.versions, absent._process = side, reason, {}, None
        return absent

    def seconds(self, case: str, n: int) -> float | None:
        """Seconds of one call, the mean of as many as fill a few milliseconds; None where it can't."""
        answer = self.ask(case=case, n=n)
        if "missing" in answer:
            print(f"{self.side}, {case}: {answer['missing']}", file=sys.stderr)
        return answer.get("seconds")

    def ask(self, **question: object) -> dict[str, Any]:
        """Any question; the reason is in ``missing`` if there is no answer."""
        if self.missing:
            return {}
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def memory(self) -> int | None:
        """The most bytes that the process has held; None where there is none."""
        found = self.ask(case="memory", n=0).get("bytes")
        return found if isinstance(found, int) else None

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def _answer(self) -> dict[str, Any]:
        assert self._process is not None and self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            said = self._process.communicate()[1].strip().splitlines()
            self.missing = said[-1] if said else f"ended with {self._process.returncode}"
            print(f"{self.side}: {self.missing}", file=sys.stderr)
            return {}
        answer: dict[str, Any] = json.loads(line)
        return answer


def one_core() -> list[int]:
    """The processor of everything that is measured with one thread."""
    return [max(os.sched_getaffinity(0))]


def in_turn(
    contenders: Mapping[str, Contender], case: str, n: int, rounds: int, names: Sequence[str] = ()
) -> dict[str, list[float]]:
    """Name → seconds of a call in each round; a side that cannot do the case is left out."""
    chosen = [name for name in (names or contenders) if name in contenders]
    samples: dict[str, list[float]] = {name: [] for name in chosen}
    for turn in range(-1, rounds):
        for name in list(samples):
            seconds = contenders[name].seconds(case, n)
            if seconds is None:
                del samples[name]
            elif turn >= 0:
                samples[name].append(seconds)
    print(f"{case}: " + ", ".join(f"{k} {median(v) * 1e9 / n:.3g}" for k, v in samples.items() if v), file=sys.stderr)
    return samples
