"""The table of figures of ``dual_autodiff``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from figures.environments import Environments, undisturbed
from figures.figure import Figure, at_least, at_most, reported

from dual.contenders import Contender, in_turn, one_core
from dual.places import LEVELS, Places, make_places

__all__ = ["measure"]

ROOT = Path(__file__).resolve().parents[2]
PAYLOAD = ROOT / "dual_core"
N = 100_000
#: The report's operation counts.
COUNTS = (1_000, 5_000, 10_000, 50_000, 100_000, 500_000)

#: peer → {case: target}
SCALARS = {
    "report": {"add+mul": 8.0, "f": 8.0, "mix": 10.0},
    "fastdual": {"add+mul": 1.25, "f": 1.3, "mix": 1.6},
    "num-dual": {"f": 7.0},
    "hyperjet": {"f": 15.0},
}
ARRAYS = {
    "f": {"numpy": 15.0, "jax": 11.0, "torch": 1.1},
    "mix": {"jax": 1.2},
    "gauss": {"jax": 1.5},
    "logistic": {"jax": 1.2},
    "fma": {"jax": 1.2},
    "poly5": {"jax": 0.8},
}
#: The hand-written C loops, with the same kernels, over ours: at least.
HAND = {"f": 0.55, "poly5": 0.5, "gauss": 0.5}
#: Sizes at which what surrounds the arithmetic is what costs.
SMALL = (10, 100, 1_000)
#: function → largest error of its value and of its derivative
ACCURACY = {"exp": (1.3, None), "log": (1.0, None), "sin": (0.8, None), "cos": (0.8, None), "tanh": (3.0, 4.5)}
NAMES = {"report": "the report's pure Python", "numpy": "numpy, two arrays", "jax": "jitted jax.jvp"}
NAMES |= {"autograd": "autograd.make_jvp"}
NAMES |= {"torch": "torch.compile", "hand": "the hand-fused C loop"}


def measure(environments: Environments, rounds: int) -> list[Figure]:
    """Every row of the table, for the best level that this machine runs and between its levels."""
    places = make_places(environments, PAYLOAD)
    levels = [level for level in LEVELS if level in places.levels and _runs(places, level)]
    best = levels[-1]
    figures = [reported("wheels", ", ".join(f"{level}: {places.wheels[level]}" for level in levels))]
    absent = [level for level in LEVELS if level not in levels]
    if absent:
        figures.append(reported("levels that are not measured", f"{', '.join(absent)}: this machine does not run them"))
    figures += _scalars(places, best, rounds)
    figures += _steps(places, best)
    figures += _gradients(places, best, rounds)
    figures += _arrays(places, best, rounds)
    figures += _small_arrays(places, best, rounds)
    figures += _between_levels(places, levels, rounds)
    figures += _threads(places, best, rounds)
    for level in levels:
        figures += _accuracy(places, level)
    return figures


def _scalars(places: Places, level: str, rounds: int) -> Iterator[Figure]:
    sides = {name: f"scalars_{name.replace('-', '_')}" for name in ("ours", *SCALARS)}
    with _started(places, sides, level) as contenders:
        yield _versions("scalar peers", contenders)
        for case in ("add+mul", "f", "mix"):
            samples = in_turn(contenders, case, 10_000, rounds)
            yield _times(f"scalars, {case}", samples, 10_000)
            if case == "add+mul":
                for count in COUNTS:
                    found = in_turn(contenders, case, count // 2, rounds, ["ours", "report"])
                    yield _ratio(f"… {count:,} operations, over report", found, "report", "ours", None, contenders)
            for peer, targets in SCALARS.items():
                if case in targets:
                    yield _ratio(f"scalar {case} over {peer}", samples, peer, "ours", targets[case], contenders)


def _steps(places: Places, level: str) -> Iterator[Figure]:
    """The report's question: a difference quotient for steps from 1e-3 to 1e-10, and the dual number, at 1.5."""
    script = Path(__file__).parent / "workers" / "steps.py"
    environment = undisturbed(PYTHONPATH=str(places.levels[level]))
    done = subprocess.run([places.pythons["dual"], str(script)], env=environment, stdout=subprocess.PIPE, check=True)
    errors = json.loads(done.stdout)
    dual = errors.pop("dual")
    yield reported("error of f′(1.5), dual number", f"{dual:.1e}", errors=errors)
    yield reported("… central difference, by step", ", ".join(f"{step}: {error:.1e}" for step, error in errors.items()))


def _arrays(places: Places, level: str, rounds: int) -> Iterator[Figure]:
    sides = {"ours": "arrays_ours", "numpy": "arrays_numpy", "jax": "arrays_jax", "torch": "arrays_torch"}
    sides |= {"hand": "arrays_hand"}
    with _started(places, sides, level) as contenders:
        yield _versions("array peers", contenders)
        for case, targets in ARRAYS.items():
            names = ["ours", *targets, *(["hand"] if case in HAND else [])]
            both = in_turn(contenders, f"{case}:both", N, rounds, names)
            yield _times(f"value and derivative of {case}, n = 10⁵, {level}, one thread", both, N)
            for peer, target in targets.items():
                title = f"value_and_derivative({case}, X) over {NAMES[peer]}, both outputs"
                yield _ratio(title, both, peer, "ours", target, contenders)
            if case in HAND:
                title = f"the hand-fused C loop over value_and_derivative({case}, X)"
                yield _ratio(title, both, "hand", "ours", HAND[case], contenders)
            if case == "f":
                eager = in_turn(contenders, "f:eager", N, rounds, ["ours", "numpy"])
                yield _ratio(
                    "eager array expression of f over numpy, two arrays", eager, "numpy", "ours", 9.0, contenders
                )
            slope = in_turn(contenders, f"{case}:slope", N, rounds, [n for n in names if n not in ("numpy", "hand")])
            for peer in ("jax", "torch"):
                if peer in targets:
                    title = f"… derivative({case}, X) over {NAMES[peer]}, derivative alone"
                    yield _ratio(title, slope, peer, "ours", None, contenders)


def _small_arrays(places: Places, level: str, rounds: int) -> Iterator[Figure]:
    """What surrounds the arithmetic; and the memory of each process once it has done all this."""
    sides = {side: f"arrays_{side}" for side in ("ours", "numpy", "jax", "autograd")}
    with _started(places, sides, level) as contenders:
        yield _versions("peers at small sizes", contenders)
        samples = in_turn(contenders, "add:eager", 10, rounds, ["ours", "numpy"])
        yield _ratio("A + A over NumPy's two sums, n = 10", samples, "numpy", "ours", 0.2, contenders)
        for case in ("f", "mix", "gauss", "poly5"):
            for n in SMALL:
                samples = in_turn(contenders, f"{case}:both", n, rounds)
                yield _times(f"value and derivative of {case}, n = {n:,}", samples, n)
                for peer in ("numpy", "jax", "autograd"):
                    title = f"value_and_derivative({case}, X) over {NAMES[peer]}, n = {n:,}"
                    target = 1.0 if peer == "numpy" and n == 100 else None
                    yield _ratio(title, samples, peer, "ours", target, contenders)
        held = {side: contender.memory() for side, contender in contenders.items()}
        text = ", ".join(f"{side} {size / 2**20:.0f}" for side, size in held.items() if size)
        yield reported("most memory of each of these processes, MiB", text)


def _gradients(places: Places, level: str, rounds: int) -> Iterator[Figure]:
    """Against differences of n + 1 values, and against reverse mode, whose cost does not grow with n."""
    sides = {name: f"gradients_{name}" for name in ("ours", "differences", "duals", "jax", "autograd")}
    with _started(places, sides, level) as contenders:
        yield _versions("peers of gradients", contenders)
        for case, n in (("rosen", 10), ("rosen", 100), ("rosen", 1_000), ("loop", 10)):
            names = ["ours", "differences", *(["jax", "autograd"] if case == "rosen" else [])]
            samples = in_turn(contenders, case, n, rounds, names)
            yield _times(f"gradient of {case}, n = {n:,}, for each variable", samples, n)
            target = 1.0 if n <= 100 else None
            title = f"gradient({case}) at n = {n:,} over two-point differences"
            yield _ratio(title, samples, "differences", "ours", target, contenders)
            if case == "rosen":
                for peer in ("jax", "autograd"):
                    grad = NAMES[peer].replace("make_jvp", "grad").replace("jvp", "grad")
                    yield _ratio(f"… over {grad}", samples, peer, "ours", None, contenders)
        samples = in_turn(contenders, "pair", 2, rounds, ["ours", "duals"])
        cost = median(one / other for one, other in zip(samples["ours"], samples["duals"], strict=True))
        yield at_most("gradient(x₀²·x₁) in R², in times of two scalar Duals", cost, 6.0, "{:.2f} ×")


def _between_levels(places: Places, levels: list[str], rounds: int) -> Iterator[Figure]:
    contenders = {level: _start(places, "arrays_ours", level) for level in levels}
    try:
        samples = in_turn(contenders, "f:slope", N, rounds)
    finally:
        for contender in contenders.values():
            contender.close()
    yield _times("derivative(f, X) of each level", samples, N)
    for low, high, target in (("v1", "v3", 2.2), ("v3", "v4", 1.5)):
        name = f"{high} over {'baseline' if low == 'v1' else low}, f, n = 10⁵"
        yield _ratio(name, samples, low, high, target, contenders)


def _threads(places: Places, level: str, rounds: int) -> Iterator[Figure]:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        yield reported("two threads over one", "not measured: this machine gives one processor")
        return
    contenders = {"ours": Contender(places.pythons["dual"], "arrays_ours", places.levels[level], cores=cores)}
    try:
        for n, target in ((100, 0.9), (1_000, 0.9), (10_000, 0.9), (N, 0.9), (10 * N, 1.6)):
            samples: dict[str, list[float]] = {"one": [], "two": []}
            for turn in range(-1, rounds):
                for name, case in (("one", "f:slope"), ("two", "f:two threads")):
                    seconds = contenders["ours"].seconds(case, n)
                    if seconds is not None and turn >= 0:
                        samples[name].append(seconds)
            yield _ratio(f"two threads over one, f, n = {n:,}", samples, "one", "two", target, contenders)
    finally:
        contenders["ours"].close()


def _accuracy(places: Places, level: str) -> Iterator[Figure]:
    script = Path(__file__).parent / "workers" / "accuracy.py"
    environment = undisturbed(PYTHONPATH=str(places.levels[level]))
    done = subprocess.run(
        [places.pythons["dual"], str(script), "50000"], env=environment, stdout=subprocess.PIPE, check=True
    )
    for name, errors in json.loads(done.stdout).items():
        for what, error, limit in zip(("", "derivative of "), errors, ACCURACY[name], strict=True):
            title = f"largest error of {what}{name}, {level}, ULP"
            if limit is None:
                yield reported(title, f"{error:.2f}")
            else:
                yield at_most(title, error, limit, "{:.2f}")


@contextmanager
def _started(places: Places, sides: dict[str, str], level: str) -> Iterator[dict[str, Contender]]:
    """A process for each side; they wait until they are asked."""
    contenders: dict[str, Contender] = {}
    try:
        for name, side in sides.items():
            contenders[name] = _start(places, side, level)
        yield contenders
    finally:
        for contender in contenders.values():
            contender.close()


def _start(places: Places, side: str, level: str) -> Contender:
    peer = side.removeprefix("arrays_").removeprefix("gradients_")
    environment = peer if peer in ("jax", "torch", "autograd") else "dual"
    if environment in places.missing:
        return Contender.absent(side, places.missing[environment])
    if peer == "hand":
        library = _compile(places, level)
        if library is None:
            return Contender.absent(side, "the C compiler refused it")
        os.environ["DUAL_HAND"] = str(library)
    path = [places.levels[level]] if peer in ("ours", "duals") or side == "scalars_ours" else []
    return Contender(places.pythons[environment], side, *path, cores=one_core())


def _compile(places: Places, level: str) -> Path | None:
    """The hand-written loop, with the compiler and the flags that the level's own wheel was made with."""
    ask = "import dual_autodiff as df; print(df.build_info().flags or '')"
    environment = undisturbed(PYTHONPATH=str(places.levels[level]))
    done = subprocess.run([places.pythons["dual"], "-c", ask], env=environment, stdout=subprocess.PIPE, check=True)
    library = places.hand / f"hand-{level}.so"
    march = [] if level == "v1" else [f"-march=x86-64-{level}"]
    flags = [flag for flag in done.stdout.decode().split() if flag.startswith(("-O", "-f", "-m"))]
    command = ["cc", *flags, *march, "-shared", "-fPIC", "-I", str(PAYLOAD / "src/dual_autodiff")]
    command += [str(Path(__file__).parent / "hand.c"), "-o", str(library), "-lm"]
    built = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    if built.returncode:
        print(built.stderr, file=sys.stderr)
    return library if built.returncode == 0 else None


def _runs(places: Places, level: str) -> bool:
    """Whether this machine runs the wheel of a level."""
    code = "import dual_autodiff as df, numpy as np; df.derivative(df.sin, np.ones(1000))"
    environment = undisturbed(PYTHONPATH=str(places.levels[level]))
    return subprocess.run([places.pythons["dual"], "-c", code], env=environment).returncode == 0


def _versions(name: str, contenders: dict[str, Contender]) -> Figure:
    """What is compared, and who could not be had."""
    found = {key: version for each in contenders.values() for key, version in each.versions.items()}
    absent = [f"no {name} ({each.missing})" for name, each in contenders.items() if each.missing]
    return reported(name, "; ".join([f"{key} {version}" for key, version in found.items()] + absent))


def _ratio(
    name: str,
    samples: dict[str, list[float]],
    slow: str,
    fast: str,
    target: float | None,
    contenders: dict[str, Contender],
) -> Figure:
    """How many times faster *fast* is: the median of the rounds' ratios."""
    for side in (slow, fast):
        if not samples.get(side):
            reason = contenders[side].missing if side in contenders else "not measured"
            return reported(name, f"not measured: {reason or 'the case failed'}")
    value = median(one / other for one, other in zip(samples[slow], samples[fast], strict=True))
    if target is None:
        return reported(name, f"{value:.2f} ×", ratio=value)
    return at_least(name, value, target, "{:.2f} ×")


def _times(name: str, samples: dict[str, list[float]], n: int) -> Figure:
    parts = (f"{side} {median(times) * 1e9 / n:.3g}" for side, times in samples.items() if times)
    return reported(f"… {name}, ns", ", ".join(parts), samples=samples, measured_at=time.strftime("%H:%M"))
