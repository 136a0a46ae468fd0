"""Build by cibuildwheel: one run of it for each variant, and the steps after the compiler for each wheel.

cibuildwheel uses its own images and compilers, repairs its wheels and runs their tests. Those steps are left out here;
all others are the same as for ``dualvariant build``: provenance and label, audit, imports on the CPUs of the label as
far as this Python and the emulators here can, and the benchmark.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from attrs import field, frozen

from dualvariant.builder.declaration.job import Flags, Job
from dualvariant.builder.declaration.model import Declaration
from dualvariant.builder.errors import BuildFailedError, FlagsError
from dualvariant.builder.finish.pipeline import Step, UnfinishedWheel, finish_wheel
from dualvariant.builder.finish.provenance import SOURCE_TREE, Origin
from dualvariant.builder.run.cibuildwheel_options import (
    make_command,
    make_environment,
    make_variables,
    prepare_sources,
)
from dualvariant.builder.run.hooks import resolve_backend
from dualvariant.builder.run.output import remove_partial_files, store_wheel
from dualvariant.builder.run.result import LOGS, BuildResult, read_log_end
from dualvariant.builder.run.source import Source
from dualvariant.builder.run.verification import Verification, without_test
from dualvariant.builder.toolchain.build_systems import uses_rustc
from dualvariant.builder.toolchain.flags import find_flags
from dualvariant.builder.variables import FLAG_VARIABLES, MSVC_FLAGS
from dualvariant.core.errors import DualvariantError, UsageError
from dualvariant.core.locks import hold_folder
from dualvariant.core.platforms import get_platform
from dualvariant.core.processes import Children, make_own_environment
from dualvariant.core.report import Reporter
from dualvariant.core.scratch import make_scratch_dir
from variantlib.errors import VariantError

__all__ = ["LEFT_OUT", "build_by_cibuildwheel"]

#: The steps after the compiler that cibuildwheel does itself: its compilers strip by ``-s`` of LDFLAGS if the project
#: asks for it, and its ``repair-wheel-command`` has rewritten the libraries, so that strip would damage them.
LEFT_OUT = frozenset({Step.STRIP, Step.REPAIR})


def build_by_cibuildwheel(
    source: Source,
    output: Path,
    declaration: Declaration,
    reporter: Reporter,
    options: Sequence[str],
    *,
    smoke: bool = True,
) -> list[BuildResult]:
    """Have cibuildwheel build every job, one after the other, and finish the wheels.

    Args:
        source: what is built from.
        output: where wheels and logs go.
        declaration: what to build.
        reporter: hears of each job's start and end.
        options: further options of cibuildwheel.
        smoke: whether finished wheels are imported, and measured if the project declares a benchmark.

    Returns:
        How each wheel ended: one for each identifier that cibuildwheel built.

    Raises:
        UsageError: cibuildwheel is not installed.
    """
    if find_spec("cibuildwheel") is None:
        raise UsageError(
            "--cibuildwheel needs cibuildwheel (it is not installed)", "python -m pip install cibuildwheel"
        )
    logs = output / LOGS
    logs.mkdir(parents=True, exist_ok=True)
    _advise_repair(source, declaration, reporter)
    children = Children()
    results: list[BuildResult] = []
    with hold_folder(output, "build", reporter):
        remove_partial_files(output)
        run = _CibuildwheelRun.start(source, output, declaration, options, children)
        try:
            for number, job in enumerate(declaration.jobs, 1):
                reporter.progress(f"[{number}/{len(declaration.jobs)}] {job}: cibuildwheel started")
                found = run.build(job, logs / f"{job.name}.log")
                for result in found:
                    if result.error is not None:
                        end = read_log_end(result.log)
                        reporter.warn(f"{job}: {result.error}\n{end}\n  the whole log: {result.log}")
                results += found
                reporter.advance(number, len(declaration.jobs))
            verification = Verification(output, source, children, reporter, smoke, declaration.benchmark)
            with make_scratch_dir(output) as scratch:
                # cibuildwheel has run the project's own test.
                return verification.verify([without_test(result) for result in results], scratch)
        except BaseException:
            children.stop()
            raise


def _advise_repair(source: Source, declaration: Declaration, reporter: Reporter) -> None:
    """Say that cibuildwheel repairs no Windows wheel by itself, unless the user has set how."""
    platforms = [get_platform(job.platform) for job in declaration.jobs]
    windows = next((platform for platform in platforms if platform.system == "windows"), None)
    if windows is not None and not _has_windows_repair(source.pyproject, os.environ):
        tool = windows.repair_tool
        reporter.note(
            f"cibuildwheel repairs no Windows wheel by itself; {tool} does: "
            f"CIBW_REPAIR_WHEEL_COMMAND_WINDOWS='{tool} repair -w {{dest_dir}} {{wheel}}'"
        )


def _has_windows_repair(pyproject: Mapping[str, Any], environ: Mapping[str, str]) -> bool:
    """Whether the user has set how cibuildwheel repairs Windows wheels."""
    variable, key = "CIBW_REPAIR_WHEEL_COMMAND", "repair-wheel-command"
    if environ.get(variable) or environ.get(f"{variable}_WINDOWS"):
        return True
    tool = pyproject.get("tool", {})
    table = tool.get("cibuildwheel", {}) if isinstance(tool, dict) else {}
    windows = table.get("windows", {}) if isinstance(table, dict) else {}
    return key in table or (isinstance(windows, dict) and key in windows)


@frozen
class _CibuildwheelRun:
    """One call of :func:`build_by_cibuildwheel`.

    Args:
        source: what is built from.
        digest: its digest.
        backend: the build backend that compiles.
        output: where wheels go.
        options: further options of cibuildwheel.
        children: runs the processes.
    """

    source: Source
    digest: str
    backend: str
    output: Path
    options: Sequence[str] = field(hash=False)
    children: Children = field(hash=False)

    @classmethod
    def start(
        cls, source: Source, output: Path, declaration: Declaration, options: Sequence[str], children: Children
    ) -> _CibuildwheelRun:
        backend = resolve_backend(source.backend, declaration.backend)
        return cls(source, source.digest(output), backend, output, _resolve_paths(options), children)

    def build(self, job: Job, log: Path) -> list[BuildResult]:
        """Build one job's wheels."""
        started = time.monotonic()
        log.write_text(f"{job}\n", "utf-8")
        kind = get_platform(job.platform).compiler
        flags = find_flags([job], kind, rust=uses_rustc(self.backend, self.source.pyproject)).get(job, {})
        if isinstance(flags, FlagsError):
            return [BuildResult(job, log, 0.0, error=str(flags))]
        built = started
        try:
            with make_scratch_dir(self.output) as scratch:
                wheels, origin = self._compile(job, flags, scratch, log)
                built = time.monotonic()
                stored = [self._finish(wheel, UnfinishedWheel(job, origin, log), scratch) for wheel in wheels]
        except subprocess.CalledProcessError as error:
            message = f"cibuildwheel ended with code {error.returncode}"
            return [BuildResult(job, log, time.monotonic() - started, error=message)]
        except (DualvariantError, VariantError, OSError) as error:
            return [BuildResult(job, log, time.monotonic() - started, error=str(error))]
        seconds, after = ((built - started) / len(wheels), (time.monotonic() - built) / len(wheels))
        return [BuildResult(job, log, seconds, name, file, after=after) for name, file in stored]

    def _compile(self, job: Job, flags: Flags, scratch: Path, log: Path) -> tuple[list[Path], Origin]:
        """Run cibuildwheel; its wheels, and what they were made of."""
        made = scratch / "made"
        tree = prepare_sources(self.source, job, self.output, scratch)
        variables = make_variables(job, flags, os.environ)
        environ = make_environment(job, variables, make_own_environment())
        command = make_command(job, tree.resolve(), made.resolve(), self.options)
        self.children.run(command, _choose_folder(tree), environ, log)
        wheels = sorted(made.glob("*.whl"))
        if not wheels:
            raise BuildFailedError(
                "cibuildwheel built no wheel", "check 'build' and 'skip' of [tool.cibuildwheel], CIBW_BUILD, CIBW_SKIP"
            )
        return wheels, self._make_origin(job, variables)

    def _make_origin(self, job: Job, variables: Mapping[str, str]) -> Origin:
        """What is known here: the versions of compiler and build requirements are known inside cibuildwheel only."""
        is_sdist = self.source.path.is_file()
        names = (*FLAG_VARIABLES, MSVC_FLAGS)
        return Origin(
            source=self.source.path.name if is_sdist else SOURCE_TREE,
            sha256=self.digest if is_sdist else None,
            backend=self.backend,
            compiler=get_platform(job.platform).compiler,
            flags={name: value for name, value in variables.items() if name in names},
            installed=(),
            epoch=variables["SOURCE_DATE_EPOCH"],
            tree_sha256=None if is_sdist else self.digest,
        )

    def _finish(self, wheel: Path, about: UnfinishedWheel, scratch: Path) -> tuple[str, Path]:
        """Run the steps after the compiler; the wheel's file name, and where it is in the output folder."""
        folder = scratch / f"finish-{wheel.stem}"
        folder.mkdir()
        finished = finish_wheel(wheel, about, folder, LEFT_OUT)
        return finished.name, store_wheel(self.output, finished.name, finished.read_bytes())


def _choose_folder(tree: Path) -> str | None:
    """The working directory of cibuildwheel; None for ours.

    On Linux cibuildwheel copies its working directory into the container, and the sources must be inside it.
    """
    inside = tree.is_file() or tree.resolve().is_relative_to(Path.cwd())
    return None if inside else str(tree)


def _resolve_paths(options: Sequence[str]) -> list[str]:
    """The options with an absolute path of the configuration file, because the working directory may be another."""
    words = list(options)
    for number, word in enumerate(words):
        if word == "--config-file" and number + 1 < len(words):
            words[number + 1] = _make_absolute(words[number + 1])
        elif word.startswith("--config-file="):
            words[number] = f"--config-file={_make_absolute(word.partition('=')[2])}"
    return words


def _make_absolute(path: str) -> str:
    return path if "{" in path else str(Path(path).absolute())  # cibuildwheel fills {package} in
