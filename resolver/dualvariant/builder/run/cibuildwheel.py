"""Build by cibuildwheel: one run of it for each variant, and the steps after the compiler for each wheel.

cibuildwheel uses its own images and compilers, repairs its wheels and runs their tests. Those steps are left out here;
all others are the same as for ``dualvariant build``: provenance and label, audit, imports on the CPUs of the label as
far as this Python and the emulators here can, and the benchmark.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from dualvariant.builder.declaration.job import Flags, Job
from dualvariant.builder.declaration.model import Declaration
from dualvariant.builder.errors import BuildFailedError, FlagsError
from dualvariant.builder.finish.pipeline import Step, UnfinishedWheel, finish_wheel
from dualvariant.builder.finish.provenance import SOURCE_TREE, Origin
from dualvariant.builder.finish.repair import choose_repair_options
from dualvariant.builder.run.cibuildwheel_options import (
    list_tables,
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
from dualvariant.builder.toolchain.commands import format_commands, list_modules
from dualvariant.builder.toolchain.container import (
    ContainerDriver,
    ContainerRecord,
    pack_driver,
    read_container_records,
)
from dualvariant.builder.toolchain.driver import find_level_flags
from dualvariant.builder.toolchain.flags import find_flags
from dualvariant.builder.toolchain.reach import Reach
from dualvariant.builder.variables import CFLAGS, FLAG_VARIABLES, MSVC_FLAGS, RUSTFLAGS
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
    return any(key in table for table in list_tables(pyproject, "windows"))


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
                compiled = self._compile(job, flags, scratch, log)
                built = time.monotonic()
                stored = [
                    (*self._finish(wheel, UnfinishedWheel(job, origin, log), scratch), origin.reach)
                    for wheel, origin in compiled
                ]
        except subprocess.CalledProcessError as error:
            message = f"cibuildwheel ended with code {error.returncode}"
            return [BuildResult(job, log, time.monotonic() - started, error=message)]
        except (DualvariantError, VariantError, OSError) as error:
            return [BuildResult(job, log, time.monotonic() - started, error=str(error))]
        seconds, after = ((built - started) / len(stored), (time.monotonic() - built) / len(stored))
        return [BuildResult(job, log, seconds, name, file, after=after, reach=reach) for name, file, reach in stored]

    def _compile(self, job: Job, flags: Flags, scratch: Path, log: Path) -> list[tuple[Path, Origin]]:
        """Run cibuildwheel; its wheels, and what each was made of."""
        made = scratch / "made"
        tree = prepare_sources(self.source, job, self.output, scratch).resolve()
        start = self._choose_folder(tree)
        variables = make_variables(job, flags, os.environ)
        driver = _pack_driver(job, flags, variables, tree, start)
        # The driver adds RUSTFLAGS: cargo would leave out the flags of the project's own configuration because of it.
        usable = {name: value for name, value in variables.items() if driver is None or name != RUSTFLAGS}
        assignments = None if driver is None else driver.assignments
        environ = make_environment(job, usable, make_own_environment(), self.source.pyproject, assignments)
        command = make_command(job, tree, made.resolve(), self.options)
        records: list[ContainerRecord] = []
        try:
            self.children.run(command, str(start), environ, log)
        finally:
            if driver is not None:
                records = _take_records(log, job)
        wheels = sorted(made.glob("*.whl"))
        if not wheels:
            raise BuildFailedError(
                "cibuildwheel built no wheel", "check 'build' and 'skip' of [tool.cibuildwheel], CIBW_BUILD, CIBW_SKIP"
            )
        origin = self._make_origin(job, variables)
        if driver is None:
            return [(wheel, origin) for wheel in wheels]
        reaches = [_find_reach(wheel, records, driver.levels, log) for wheel in wheels]
        return [(wheel, evolve(origin, reach=reach.to_dict())) for wheel, reach in zip(wheels, reaches, strict=True)]

    def _choose_folder(self, tree: Path) -> Path:
        """The working directory of cibuildwheel: ours, if a source tree is inside it, else the tree.

        On Linux cibuildwheel copies its working directory into the container, and the sources must be inside it. For a
        source distribution, it takes the unpacked one.
        """
        return Path.cwd() if self.source.path.is_dir() and tree.is_relative_to(Path.cwd()) else tree

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


def _pack_driver(
    job: Job, flags: Flags, variables: Mapping[str, str], tree: Path, start: Path
) -> ContainerDriver | None:
    """Put the compiler driver into the sources; None where there is none: it is for Linux."""
    platform = get_platform(job.platform)
    if platform.system != "linux":
        return None
    levels = find_level_flags(job.platform, platform.compiler, flags)
    own = [word for word in shlex.split(variables.get(RUSTFLAGS, "")) if word not in levels[RUSTFLAGS]]
    return pack_driver(tree, start, levels, own, choose_repair_options(job))


def _take_records(log: Path, job: Job) -> list[ContainerRecord]:
    """Take the driver's records out of a log; their commands get a file beside it, as those of other builds."""
    output, records = read_container_records(log.read_text("utf-8", errors="replace"))
    log.write_text(output, "utf-8")
    if records:
        commands = format_commands([command for record in records for command in record.commands])
        log.with_name(f"{job.name}-commands.log").write_text(commands, "utf-8")
    return records


def _find_reach(wheel: Path, records: Sequence[ContainerRecord], levels: Flags, log: Path) -> Reach:
    """What the level's flags reached in a wheel, which the log says too; without a record, all in it is unknown."""
    record = next((record for record in reversed(records) if record.belongs_to(wheel.name)), None)
    reach = Reach(unknown=tuple(list_modules(wheel))) if record is None else record.find_reach(levels)
    with log.open("a", encoding="utf-8") as file:
        count = "no" if record is None else len(record.commands)
        print(f"\n{wheel.name}: {count} commands of compilers were recorded", file=file)
        for line in reach.describe(levels[CFLAGS]):
            print(line, file=file)
    return reach


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
