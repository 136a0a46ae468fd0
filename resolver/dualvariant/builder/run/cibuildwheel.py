"""cibuildwheel as the builder: one run for each variant, with the right environment; labels are put on afterwards.

cibuildwheel brings its own images, repairs its own wheels and runs its own tests; ``[tool.cibuildwheel]`` and
``CIBW_…`` say how, as ever. What is added is the variant's environment, by the options that cibuildwheel's
documentation calls ``environment`` and ``config-settings`` (``CIBW_ENVIRONMENT``, ``CIBW_CONFIG_SETTINGS``).
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dualvariant.builder.declaration.job import Flags, Job
from dualvariant.builder.declaration.model import Declaration
from dualvariant.builder.errors import BuildFailedError, FlagsError
from dualvariant.builder.finish.label import tag_wheel
from dualvariant.builder.finish.repair import TOOLS
from dualvariant.builder.run.hooks import build_backend
from dualvariant.builder.run.outcome import LOGS, Outcome, end_of
from dualvariant.builder.run.output import store
from dualvariant.builder.run.source import LEFTOVERS, Source
from dualvariant.builder.run.task import EPOCH
from dualvariant.builder.toolchain.build_systems import build_system
from dualvariant.builder.toolchain.flags import provider_flags
from dualvariant.builder.verify.steps import audited, named
from dualvariant.core.errors import DualvariantError, UsageError
from dualvariant.core.processes import Children, interruptible
from dualvariant.core.report import Reporter
from variantlib.errors import VariantError

__all__ = ["COMPILERS", "build_by_cibuildwheel", "command_for", "environment_for"]

#: The compiler that cibuildwheel's images and machines have: what providers call it.
COMPILERS = {"linux": "gcc", "macosx": "clang", "win": "msvc"}
_NAMES = {"linux": "linux", "macosx": "macos", "win": "windows"}
_ARCHS = {"amd64": "AMD64", "arm64": "arm64"}


def command_for(job: Job, source: Path, output: Path, options: Sequence[str]) -> list[str]:
    """The command line that builds a job's wheels."""
    system, _, machine = job.platform.partition("_")
    arch = "ARM64" if job.platform == "win_arm64" else _ARCHS.get(machine, machine)
    words = ["--platform", _NAMES[system], "--archs", arch, "--output-dir", str(output)]
    return [sys.executable, "-m", "cibuildwheel", *words, *options, str(source)]


def environment_for(job: Job, flags: Flags, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment in which cibuildwheel builds a job's wheels.

    Flags, and whatever else the package says, are added to what ``CIBW_ENVIRONMENT`` says already.
    """
    system = job.platform.partition("_")[0]
    joined: dict[str, list[str]] = {}
    for layer in (job.settings.flags, flags):
        for variable, values in layer.items():
            joined.setdefault(variable, []).extend(values)
    if system == "win":
        # What MSVC itself reads; it knows no CFLAGS.
        joined = {"CL": [*joined.get("CL", []), *job.settings.flags.get("CFLAGS", ())]}
    variables = {name: shlex.join(values) for name, values in joined.items() if values}
    variables |= dict(job.settings.environment)
    variables.setdefault("SOURCE_DATE_EPOCH", environ.get("SOURCE_DATE_EPOCH", EPOCH))
    own = f"CIBW_ENVIRONMENT_{_NAMES[system].upper()}"
    name = own if own in environ else "CIBW_ENVIRONMENT"
    words = [environ.get(name, ""), *(f"{key}={shlex.quote(value)}" for key, value in variables.items())]
    found = {**environ, name: " ".join(filter(None, words))}
    settings = [environ.get("CIBW_CONFIG_SETTINGS", "")]
    for key, value in job.settings.config_settings.items():
        settings += [shlex.quote(f"{key}={text}") for text in ([value] if isinstance(value, str) else value)]
    if any(settings):
        found["CIBW_CONFIG_SETTINGS"] = " ".join(filter(None, settings))
    if job.settings.test_command is not None:
        found["CIBW_TEST_COMMAND"] = job.settings.test_command
        found["CIBW_TEST_REQUIRES"] = " ".join(map(shlex.quote, job.settings.test_requires))
    return found


def build_by_cibuildwheel(
    source: Source, output: Path, declaration: Declaration, reporter: Reporter, options: Sequence[str]
) -> list[Outcome]:
    """Have cibuildwheel build every job, one after the other, and label what comes out.

    Args:
        source: what is built from.
        output: where wheels and logs go.
        declaration: what to build.
        reporter: is told of each job's start and end.
        options: further options of cibuildwheel.

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
    rust = build_system(build_backend(source.backend, declaration.backend)) == "cargo"
    if any(job.platform.startswith("win_") for job in declaration.jobs) and not _repairs_windows(source.pyproject):
        reporter.note(
            f"cibuildwheel repairs no Windows wheel by itself; {TOOLS['win']} does: "
            f"CIBW_REPAIR_WHEEL_COMMAND_WINDOWS='{TOOLS['win']} repair -w {{dest_dir}} {{wheel}}'"
        )
    outcomes: list[Outcome] = []
    children = Children()
    with interruptible():
        try:
            for number, job in enumerate(declaration.jobs, 1):
                flags = provider_flags([job], COMPILERS[job.platform.partition("_")[0]], rust=rust).get(job, {})
                reporter.progress(f"[{number}/{len(declaration.jobs)}] {job}: cibuildwheel started")
                found = _one(source, output, job, flags, children, logs / f"{job.name}.log", options)
                for outcome in found:
                    if outcome.error is not None:
                        reporter.warn(f"{job}: {outcome.error}\n{end_of(outcome.log)}\n  the whole log: {outcome.log}")
                outcomes += found
        except BaseException:
            children.stop()
            raise
        return named(audited(outcomes, output, lambda outcome, more: None), reporter)


def _repairs_windows(pyproject: Mapping[str, Any]) -> bool:
    """Whether somebody has told cibuildwheel how to repair Windows wheels."""
    variable, key = "CIBW_REPAIR_WHEEL_COMMAND", "repair-wheel-command"
    if os.environ.get(variable) or os.environ.get(f"{variable}_WINDOWS"):
        return True
    tool = pyproject.get("tool", {})
    table = tool.get("cibuildwheel", {}) if isinstance(tool, dict) else {}
    windows = table.get("windows", {}) if isinstance(table, dict) else {}
    return key in table or (isinstance(windows, dict) and key in windows)


def _one(
    source: Source,
    output: Path,
    job: Job,
    flags: Flags | FlagsError,
    children: Children,
    log: Path,
    options: Sequence[str],
) -> list[Outcome]:
    started = time.monotonic()
    log.write_text(f"{job}\n", "utf-8")
    if isinstance(flags, FlagsError):
        return [Outcome(job, log, 0.0, error=str(flags))]
    try:
        with tempfile.TemporaryDirectory(prefix=".dualvariant-build-", dir=output) as scratch:
            made = Path(scratch, "made")
            command = command_for(job, _fresh(source.path, output, Path(scratch)), made, options)
            children.run(command, None, environment_for(job, flags, os.environ), log)
            wheels = sorted(made.glob("*.whl"))
            if not wheels:
                raise BuildFailedError("cibuildwheel built no wheel")
            took = (time.monotonic() - started) / len(wheels)
            if job.variant is not None:
                wheels = [tag_wheel(wheel, job.variant, Path(scratch, "variant")) for wheel in wheels]
            placed = [(wheel.name, store(output, wheel.name, wheel.read_bytes())) for wheel in wheels]
    except subprocess.CalledProcessError as error:
        return [Outcome(job, log, time.monotonic() - started, error=f"cibuildwheel ended with code {error.returncode}")]
    except (DualvariantError, VariantError, OSError) as error:
        return [Outcome(job, log, time.monotonic() - started, error=str(error))]
    return [Outcome(job, log, took, name, file) for name, file in placed]


def _fresh(source: Path, output: Path, scratch: Path) -> Path:
    """The sources without what an earlier build left in them: object files of another variant would be taken again."""
    if source.is_file():
        return source
    skipped = output.resolve()

    def ignored(folder: str, names: list[str]) -> list[str]:
        left = [name for name in names if name in LEFTOVERS and name != ".git"]
        return left + [name for name in names if Path(folder, name).resolve() == skipped]

    return Path(shutil.copytree(source, scratch / source.resolve().name, symlinks=True, ignore=ignored))
