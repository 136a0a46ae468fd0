"""Make the source distribution that every wheel of a run is built from."""

from __future__ import annotations

import os
import time
from pathlib import Path

from dualvariant.builder.errors import BuildFailedError, NoSourceError
from dualvariant.builder.run.environments import BuildEnvironments
from dualvariant.builder.run.hooks import Runner, drop_python_variables, report_failures
from dualvariant.builder.run.result import read_log_end
from dualvariant.builder.run.source import Source, make_reproducible
from dualvariant.core.report import Reporter

__all__ = ["make_sdist"]


def make_sdist(source: Source, environments: BuildEnvironments, epoch: str, folder: Path, reporter: Reporter) -> Path:
    """The path of the source distribution; the source itself if it is one.

    Args:
        source: what is built from.
        environments: makes the environment that the project's backend runs in.
        epoch: ``SOURCE_DATE_EPOCH``, in seconds.
        folder: an existing folder of ours.
        reporter: hears when it is ready.

    Raises:
        BuildFailedError: it cannot be made, or the build requirements cannot be installed.
    """
    import build

    if source.path.is_file():
        return source.path
    log = environments.logs / "sdist.log"
    log.write_bytes(b"")
    started = time.monotonic()
    try:
        environment = environments.get_environment(source.path, (), log)
        environ = {**drop_python_variables(os.environ), "PATH": environment.path, "SOURCE_DATE_EPOCH": epoch}
        builder = build.ProjectBuilder(source.path, environment.python, Runner(environments.children, environ, log))
        with report_failures(log, "no source distribution can be made", NoSourceError):
            sdist = Path(builder.build("sdist", folder / "sdist"))
        if sdist.name.endswith(".tar.gz"):
            make_reproducible(sdist, epoch)
    except BuildFailedError as error:
        message = f"{error}; the end of its log:\n{read_log_end(log)}"
        raise type(error)(message, f"the log has the reason: {log}") from error
    reporter.progress(f"{sdist.name} and its build requirements: ready ({time.monotonic() - started:.1f} s)")
    return sdist
