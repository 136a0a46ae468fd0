"""The hooks of a project's build backend, called so that whatever goes wrong in them is one error with a log."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from dualvariant.builder.errors import BuildFailedError
from dualvariant.core.processes import Children

__all__ = ["Runner", "build_backend", "explained", "without_python"]


class Runner:
    """What ``build`` calls to run a hook of the project's build backend."""

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
def explained(log: Path, what: str) -> Iterator[None]:
    """Whatever ``build`` or pip raise goes to the log, and becomes an error that names it.

    Raises:
        BuildFailedError: in place of what they raise.
    """
    import build

    try:
        yield
    except subprocess.CalledProcessError as error:
        with log.open("ab") as file:
            for said in (error.stdout, error.stderr):
                file.write(said if isinstance(said, bytes) else str(said or "").encode())
        raise BuildFailedError(what, f"the log: {log}") from error
    except (build.BuildException, build.BuildBackendException) as error:
        with log.open("a", encoding="utf-8") as text:
            text.write(f"{error}\n")
        raise BuildFailedError(f"{what} ({error})", f"the log: {log}") from error


def without_python(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment in which no other Python's modules are found."""
    return {name: value for name, value in environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}


def build_backend(named: str, real: str | None) -> str:
    """The backend that compiles: behind ``dualvariant.backend`` stands another.

    Args:
        named: what ``[build-system]`` names.
        real: what ``[tool.variantlib.build]`` names, if it does.
    """
    return real if named == "dualvariant.backend" and real else named
