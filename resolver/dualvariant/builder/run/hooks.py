"""Call the hooks of a project's build backend with a log, and turn their failures into one error."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from dualvariant.builder.errors import BuildFailedError
from dualvariant.core.processes import Children

__all__ = ["Runner", "drop_python_variables", "report_failures", "resolve_backend"]


class Runner:
    """Runs a hook of the project's build backend for the package ``build``.

    Args:
        children: runs the processes.
        environ: the environment of every hook.
        log: a file for their output.
    """

    def __init__(self, children: Children, environ: Mapping[str, str], log: Path) -> None:
        self.children, self.environ, self.log = children, environ, log

    def __call__(
        self,
        cmd: Sequence[str],
        cwd: str | None = None,
        extra_environ: Mapping[str, str] | None = None,
    ) -> None:
        self.children.run(cmd, cwd, {**self.environ, **(extra_environ or {})}, self.log)


@contextmanager
def report_failures(log: Path, message: str, error_class: type[BuildFailedError] = BuildFailedError) -> Iterator[None]:
    """Append what ``build`` or pip raise to the log, and raise one error with the log's path.

    Args:
        log: the log.
        message: what failed.
        error_class: the error's class.

    Raises:
        BuildFailedError: in place of what they raise.
    """
    import build

    try:
        yield
    except subprocess.CalledProcessError as error:
        with log.open("ab") as file:
            for output in (error.stdout, error.stderr):
                file.write(output if isinstance(output, bytes) else str(output or "").encode())
        raise error_class(message, f"the log has the reason: {log}") from error
    except (build.BuildException, build.BuildBackendException) as error:
        with log.open("a", encoding="utf-8") as text:
            text.write(f"{error}\n")
        raise error_class(f"{message} ({error})", f"the log has the reason: {log}") from error


def drop_python_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment in which another Python's modules are not found."""
    return {name: value for name, value in environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}


def resolve_backend(named: str, wrapped: str | None) -> str:
    """The build backend that compiles: the wrapped one where ``dualvariant.backend`` is named.

    Args:
        named: the backend in ``[build-system]``.
        wrapped: the backend in ``[tool.variantlib.build]``, if there is one.
    """
    return wrapped if named == "dualvariant.backend" and wrapped else named
