"""``dualvariant build`` on dual_autodiff: against the bare builds that it makes, in sequence, and again.

Eight wheels that differ: the standard wheel, one for each of three CPU levels, and the same four with functions aligned
to 64 bytes. The bare peer gets the same source, the same Python, the same compiler and, wheel by wheel, the very flags
that ours used, read from ours' logs. It is measured twice:

- *by hand*: everything shared that can be shared, one ``python -m build --sdist``, one environment with the build
  requirements, then ``python -m build --wheel --no-isolation`` of the unpacked sdist for each wheel. No wheel can be
  built with less, so this is what the promise is held against.
- *as people do*: ``python -m build`` for each wheel, which makes an environment for the sdist and one for the wheel. It
  is shown beside it, by the mean of the first two wheels.

Ours makes its sdist and its environment in the measured time too. What only ours does is taken off and reported:
strip, repair, provenance and label; the audit. The smoke test is switched off (``--no-smoke``).
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from figures.driver import measure_driver
from figures.environments import Environments, python_of
from figures.figure import Figure, at_least, at_most, reported, spread
from figures.turns import everyday, ratio

__all__ = ["measure"]

WHEELS = 8
DECLARATION = """\
[linux_x86_64]
matrix = ["x86_64 :: level = v2,v3,v4,-", "code :: alignment = 64,-"]

[[overrides]]
select = "code :: alignment :: 64"
cflags = ["-falign-functions=64"]
"""

#: Two hundred combinations, and the standard wheel.
MANY = (
    "--matrix",
    f"a :: b = {','.join(map(str, range(20)))}",
    "--matrix",
    f"c :: d = {','.join(map(str, range(10)))}",
)
COUNT = 201

#: A round takes some three minutes.
ROUNDS = 2
#: How many wheels are built as people do.
ISOLATED = 2

#: How often one wheel is built with and without the compiler driver.
DRIVER_ROUNDS = 7

_SOURCES = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "src")
_PROGRAMS = ("CC", "CXX", "LDSHARED")
_FLAGS = (*_PROGRAMS, "CFLAGS", "CXXFLAGS", "LDFLAGS")


def _without_driver(command: str) -> str:
    """A compiler's command with its own name in place of the driver's path: the driver has gone with its build."""
    program, *options = shlex.split(command)
    return shlex.join([Path(program).name, *options])


def measure(environments: Environments, rounds: int) -> list[Figure]:
    """All figures of building."""
    folder = environments.scratch / "building"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    bench = _Bench(_tool(environments, folder), _source(folder), folder, everyday(environments))
    return [*bench.building(min(rounds, ROUNDS)), *bench.driver(rounds), *bench.again(), *bench.planned()]


def _tool(environments: Environments, folder: Path) -> Path:
    """An environment with our wheel and what ``build`` needs on top."""
    (wheel,) = (environments.scratch / "wheel").glob("dualvariant-*.whl")
    made = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(made)], check=True)
    install = [python_of(made), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"{wheel}[build]"]
    subprocess.run(install, check=True)
    return made


def _source(folder: Path) -> Path:
    """A copy of dual_autodiff's sources, and nothing else."""
    source = folder / "dual_core"
    source.mkdir()
    for name in _SOURCES:
        origin = Path(__file__).resolve().parents[2] / "dual_core" / name
        if origin.is_dir():
            shutil.copytree(origin, source / name, ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
        elif origin.exists():
            shutil.copy(origin, source)
    (folder / "declaration.toml").write_text(DECLARATION, "utf-8")
    return source


class _Bench:
    def __init__(self, tool: Path, source: Path, folder: Path, environment: dict[str, str]) -> None:
        self.tool, self.source, self.folder, self.environment = tool, source, folder, environment
        self.out = folder / "out"

    def ours(self, *words: str) -> tuple[float, list[dict[str, Any]]]:
        """One call of ``dualvariant build``: its wall-clock seconds and its JSON."""
        command = [python_of(self.tool), "-m", "dualvariant", "build", str(self.source), *words, "--json"]
        started = time.perf_counter()
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        took = time.perf_counter() - started
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
        results: list[dict[str, Any]] = json.loads(done.stdout)
        return took, results

    def built(self, *words: str, fresh: bool = True) -> tuple[float, list[dict[str, Any]]]:
        """All eight wheels."""
        if fresh:
            shutil.rmtree(self.out, ignore_errors=True)
        declared = ("--config", str(self.folder / "declaration.toml"))
        took, results = self.ours("-o", str(self.out), "--no-smoke", *declared, *words)
        if sum(result["wheel"] is not None for result in results) != WHEELS:
            raise SystemExit(f"not all wheels were built: {results}")
        return took, results

    def flags(self, results: list[dict[str, Any]]) -> list[dict[str, str]]:
        """The environments in which the wheels were built, as far as compilers read them."""
        found = []
        for result in results:
            lines = (line.partition("=") for line in Path(result["log"]).read_text("utf-8").splitlines())
            found_flags: dict[str, str] = {}
            for name, _, value in lines:
                if name in _FLAGS and value:
                    found_flags.setdefault(name, _without_driver(value) if name in _PROGRAMS else value)
            if not {"CC", "CFLAGS"} <= found_flags.keys():
                raise SystemExit(f"no flags in {result['log']}")
            found.append(found_flags)
        return found

    def call(self, *words: str, **flags: str) -> None:
        """A command of the bare peer."""
        done = subprocess.run(words, env={**self.environment, **flags}, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}")

    def by_hand(self, flags: list[dict[str, str]]) -> float:
        """The eight wheels with everything shared that can be shared."""
        place = self.folder / "by-hand"
        shutil.rmtree(place, ignore_errors=True)
        started = time.perf_counter()
        python = str(place / "environment" / "bin" / "python")
        self.call(python_of(self.tool), "-m", "venv", "--without-pip", str(place / "environment"))
        pip = [python_of(self.tool), "-m", "pip", "--python", python, "install", "--quiet"]
        self.call(*pip, "build", *self.requirements())
        self.call(python, "-m", "build", "--sdist", "--no-isolation", str(self.source), "-o", str(place))
        (sdist,) = place.glob("*.tar.gz")
        for number, given in enumerate(flags):
            shutil.unpack_archive(sdist, place / str(number))
            (tree,) = (place / str(number)).iterdir()
            command = (
                python,
                "-m",
                "build",
                "--wheel",
                "--no-isolation",
                str(tree),
                "-o",
                str(place / f"out-{number}"),
            )
            self.call(*command, **given)
        took = time.perf_counter() - started
        if len(list(place.glob("out-*/*.whl"))) != WHEELS:
            raise SystemExit("not all wheels were built by hand")
        return took

    def requirements(self) -> list[str]:
        """The project's build requirements."""
        if sys.version_info >= (3, 11):
            import tomllib
        else:
            import tomli as tomllib
        document = tomllib.loads((self.source / "pyproject.toml").read_text("utf-8"))
        return [str(text) for text in document["build-system"]["requires"]]

    def as_people_do(self, flags: list[dict[str, str]]) -> float:
        """One ``python -m build`` as it is usually called, the mean of some wheels."""
        out = self.folder / "bare"
        started = time.perf_counter()
        for given in flags[:ISOLATED]:
            shutil.rmtree(out, ignore_errors=True)
            self.call(python_of(self.tool), "-m", "build", str(self.source), "-o", str(out), **given)
        return (time.perf_counter() - started) / ISOLATED

    def building(self, rounds: int) -> list[Figure]:
        """Overhead and parallel builds, both from the same runs."""
        ours, two, by_hand, usual, after, audit = [], [], [], [], [], []
        for turn in range(rounds):
            print(f"building, round {turn} of {rounds}", file=sys.stderr)
            took, results = self.built("-j", "1")
            ours.append(took)
            after.append(sum(result["after"] for result in results))
            audit.append(sum(result["audit"]["seconds"] for result in results))
            flags = self.flags(results)
            by_hand.append(self.by_hand(flags))
            two.append(self.built("-j", "2")[0])
            usual.append(WHEELS * self.as_people_do(flags))
        alone = [whole - more - read for whole, more, read in zip(ours, after, audit, strict=True)]
        parts = [
            ("ours, all of it", ours),
            ("without the next two", alone),
            ("strip, repair, provenance, label", after),
        ]
        parts += [("audit", audit), ("by hand", by_hand), ("python -m build × 8", usual)]
        return [
            at_most(
                f"build of {WHEELS} wheels of dual_autodiff one by one, of the same builds by hand "
                "(one sdist, one environment, 'python -m build --wheel --no-isolation')",
                ratio(alone, by_hand),
                1.1,
                ours=ours,
                alone=alone,
                by_hand=by_hand,
                after=after,
                audit=audit,
            ),
            at_most(
                "… of as many calls of 'python -m build', everything that ours does counted",
                ratio(ours, usual),
                1.1,
                usual=usual,
            ),
            *(reported(f"… {name}, s", spread(seconds, 1, "{:.2f}")) for name, seconds in parts),
            at_least(
                f"{WHEELS} wheels of dual_autodiff on two cores, faster than in sequence",
                ratio(ours, two),
                1.7,
                "{:.2f} ×",
                one=ours,
                two=two,
            ),
            reported("… on two cores, s", spread(two, 1, "{:.1f}")),
        ]

    def driver(self, rounds: int) -> list[Figure]:
        """What the compiler driver costs, with the environment and the sources of the builds by hand."""
        place = self.folder / "by-hand"
        (tree,) = (place / "0").iterdir()
        python = str(place / "environment" / "bin" / "python")
        return measure_driver(self.tool, python, tree, self.folder, self.environment, min(rounds, DRIVER_ROUNDS))

    def again(self) -> list[Figure]:
        """Everything is there, and nothing has changed."""
        samples = []
        for _ in range(5):
            took, results = self.built(fresh=False)
            if not all(result["kept"] for result in results):
                raise SystemExit("something was built again")
            samples.append(took)
        name = f"build again, nothing changed, {WHEELS} wheels, s"
        return [at_most(name, median(samples), 2.0, "{:.2f}", samples=samples)]

    def planned(self) -> list[Figure]:
        """Expanded, checked and listed."""
        samples = []
        for _ in range(5):
            took, listed = self.ours("--list", *MANY)
            if len(listed) != COUNT:
                raise SystemExit(f"{len(listed)} wheels are planned, not {COUNT}")
            samples.append(took)
        name = "a matrix of 200 variants, read, checked and listed, s"
        return [at_most(name, median(samples), 0.5, "{:.2f}", samples=samples)]
