"""Verification: the variants that were installed are imported, and one that does not run gives way to the next best.

A wheel that its machine code keeps from running is excluded from the choice, in this run and, by what is kept of it
(:mod:`dualvariant.trial.failures`), in later ones on the same CPU.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from packaging.utils import NormalizedName

from dualvariant.core.errors import DualvariantError
from dualvariant.core.report import Reporter
from dualvariant.host.identity import make_cpu_digest
from dualvariant.repository.listed_file import find_sha256
from dualvariant.trial.distribution import try_distribution
from dualvariant.trial.failures import WheelFailure, find_failure, forget_failures, read_failures, record_failure

if TYPE_CHECKING:
    from dualvariant.repository.listed_file import ListedFile
    from dualvariant.selection.project import Project
    from dualvariant.selection.view import View
    from dualvariant.target.installed import Installed
    from dualvariant.trial.outcomes import Trial
    from variantlib.wheel_name import WheelName

__all__ = ["DoesNotRunError", "Verifier"]


class DoesNotRunError(DualvariantError):
    """A distribution was installed, does not run on this CPU, and its release has no other wheel that fits."""

    code = "does-not-run"


class _Source(NamedTuple):
    """The wheel that a distribution was installed from.

    Args:
        project: its project.
        file: the wheel, as its source lists it.
        wheel: what its file name says.
    """

    project: Project
    file: ListedFile
    wheel: WheelName

    def make_key(self) -> tuple[str, str, str]:
        """What a failure of it is kept under."""
        return self.file.file.filename, find_sha256(self.file.file) or "", make_cpu_digest()


class Verifier:
    """Imports what a run has installed, and excludes wheels that do not run.

    Args:
        view: what was chosen from.
        python: the interpreter that it is installed for.
        scratch: an existing folder of ours.
        folders: where it is installed, if the interpreter does not look there by itself.
        reporter: gets a message for each distribution that does not run.
    """

    def __init__(self, view: View, python: Path, scratch: Path, folders: Sequence[Path], reporter: Reporter) -> None:
        self.view = view
        self.python = python
        self.scratch = scratch
        self.folders = folders
        self.reporter = reporter
        self._tried: set[tuple[NormalizedName, str | None]] = set()
        self._replaced: set[NormalizedName] = set()
        self._hopeless: dict[NormalizedName, str] = {}

    def run(self, find_changed: Callable[[], Mapping[Path, Installed]], install: Callable[[list[str]], int]) -> int:
        """Import what was installed until all of it runs, or has nothing that could take its place.

        Args:
            find_changed: what this run has installed so far, by the ``.dist-info`` folders.
            install: installs other wheels for requirements, ``NAME==VERSION`` each; returns an installer's exit code.

        Returns:
            The exit code of the last installation; 0 without one.
        """
        while requirements := self._find_replaceable(find_changed()):
            code = install(requirements)
            if code != 0:
                return code
        return 0

    def raise_if_hopeless(self) -> None:
        """Say what does not run and has no replacement.

        Raises:
            DoesNotRunError: there is such a distribution.
        """
        if self._hopeless:
            raise DoesNotRunError(
                f"what was installed does not run on this CPU: {'; '.join(self._hopeless.values())}",
                "another release may; 'dualvariant explain NAME' shows which wheels there are",
            )

    def _find_replaceable(self, changed: Mapping[Path, Installed]) -> list[str]:
        """Requirements for what does not run and can be replaced."""
        found = []
        for metadata, installed in changed.items():
            key = installed.name, installed.label
            if key in self._tried or (installed.label is None and installed.name not in self._replaced):
                continue
            self._tried.add(key)
            trial = try_distribution(self.python, metadata, self.scratch, self.folders)
            if trial.is_fault_of_code:
                if self._replace(metadata, installed, trial):
                    found.append(f"{installed.name}=={installed.version}")
            else:
                self._end(metadata, installed, trial)
        return found

    def _replace(self, metadata: Path, installed: Installed, trial: Trial) -> bool:
        """Exclude the wheel of what does not run; whether there is another one."""
        source = self._find_source(metadata, installed)
        what = f"{installed.name} {installed.version} ({trial})"
        if source is None or installed.label is None:
            self._hopeless[installed.name] = what
            return False
        failure = WheelFailure.of(source.wheel, find_sha256(source.file.file), make_cpu_digest(), trial)
        record_failure(failure, self.reporter)
        if not self.view.has_another(source.project, source.file):
            # It stays in the view: an installer that is to install the others again might end without it.
            self._hopeless[installed.name] = what
            return False
        project = self.view.exclude_failed(source.project, source.file, failure)
        release = project.find_release(installed.version)
        chosen = None if release is None else release.chosen
        assert chosen is not None
        self._replaced.add(installed.name)
        self.reporter.warn(
            f"{failure.filename} does not run on this CPU ({trial}): {chosen.wheel.filename} takes its place; "
            "--retry-failed tries it again"
        )
        return True

    def _end(self, metadata: Path, installed: Installed, trial: Trial) -> None:
        """Forget the failure of what runs now; name what could not be imported for another reason."""
        if not trial.ran:
            self.reporter.warn(f"{installed.name} {installed.version} was not verified: its import {trial}")
            return
        # Another wheel of the same name may have failed: most often none has, and no digest need be computed.
        failure = find_failure(installed, read_failures(make_cpu_digest))
        source = None if failure is None else self._find_source(metadata, installed)
        if source is not None:
            forget_failures([source.make_key()], self.reporter)

    def _find_source(self, metadata: Path, installed: Installed) -> _Source | None:
        """The wheel on a source that a distribution was installed from; None for a wheel of the user's own."""
        if (metadata / "direct_url.json").exists():
            return None
        project = self.view.project(installed.name)
        release = None if project is None else project.find_release(installed.version)
        chosen = None if release is None else release.chosen
        if project is None or release is None or chosen is None or not installed.is_of(chosen.wheel):
            return None
        return _Source(project, release.find_copy(chosen), chosen.wheel)
