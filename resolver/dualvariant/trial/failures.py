"""The wheels that were imported here and failed, kept from run to run, each for the CPU on which it failed.

One file holds all of them. A run that changes it holds a lock, and writes the new file beside the old one; a reader
sees the old one or the new one. A file that cannot be used counts as an empty one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dualvariant.core.dirs import state_dir
from dualvariant.core.files import read_regular, replacing
from dualvariant.core.locks import hold_folder
from dualvariant.core.report import Reporter
from variantlib.versions import try_version

if TYPE_CHECKING:
    from dualvariant.target.installed import Installed
    from dualvariant.trial.outcomes import Trial
    from variantlib.wheel_name import WheelName

__all__ = ["SCHEMA", "WheelFailure", "find_failure", "forget_failures", "read_failures", "record_failure"]

SCHEMA = "dualvariant/failed-wheels/1"

_LARGEST = 4 << 20
#: The most failures that are kept; the oldest ones go first.
_MOST = 1000


class WheelFailure(NamedTuple):
    """A wheel that did not run on a CPU.

    Args:
        filename: its file name, with the label or hash of the variant.
        sha256: its digest; empty if its source does not say it.
        cpu: the identity of the CPU (:func:`dualvariant.host.identity.make_cpu_digest`).
        name: its project, normalized.
        version: its version, normalized.
        label: the label or hash of the variant.
        outcome: how the import ended, in words.
        failed_at: when, in seconds since the epoch.
    """

    filename: str
    sha256: str
    cpu: str
    name: str
    version: str
    label: str
    outcome: str
    failed_at: float

    @classmethod
    def of(cls, wheel: WheelName, sha256: str | None, cpu: str, trial: Trial) -> WheelFailure:
        """The failure of a variant that has just been imported.

        Args:
            wheel: what its file name says.
            sha256: its digest; None if its source does not say it.
            cpu: the identity of the CPU.
            trial: how the import ended.
        """
        name, version, label = str(wheel.name), str(wheel.version), wheel.label or ""
        return cls(wheel.filename, sha256 or "", cpu, name, version, label, str(trial), time.time())

    def is_of_release(self, installed: Installed) -> bool:
        """Whether it is about a wheel of the release that is installed; what is no version is compared as text."""
        own, other = try_version(self.version), try_version(installed.version)
        same = self.version == installed.version if own is None or other is None else own == other
        return same and self.name == installed.name

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is about: one wheel on one CPU."""
        return self.filename, self.sha256, self.cpu

    @property
    def words(self) -> str:
        """What happened and when."""
        day = time.strftime("%Y-%m-%d", time.gmtime(self.failed_at))
        return f"its import failed on this CPU on {day}: {self.outcome}"

    @property
    def why_not(self) -> str:
        """Why the wheel is not chosen, for its verdict."""
        return f"{self.words}; 'install --retry-failed' tries it again"

    def to_dict(self) -> dict[str, Any]:
        """As ``list --json`` has it."""
        return {"label": self.label, "filename": self.filename, "outcome": self.outcome, "failed_at": self.failed_at}


def read_failures(find_cpu: Callable[[], str]) -> list[WheelFailure]:
    """The wheels that have failed on one CPU, the oldest failure first.

    Args:
        find_cpu: the identity of the CPU; asked only if anything is kept.
    """
    path = _find_file()
    found = [] if path is None else _read(path)
    if not found:
        return []
    cpu = find_cpu()
    return [failure for failure in found if failure.cpu == cpu]


def find_failure(installed: Installed, failures: Iterable[WheelFailure]) -> WheelFailure | None:
    """The failure of the variant that is installed, if it has failed on the CPU that the failures are about."""
    found = (each for each in failures if each.label == installed.label and each.is_of_release(installed))
    return None if installed.label is None else next(found, None)


def record_failure(failure: WheelFailure, reporter: Reporter) -> None:
    """Keep a failure. Where this user can keep nothing, the wheel is tried again by the next run."""
    _change(lambda kept: [*(each for each in kept if each.key != failure.key), failure][-_MOST:], reporter)


def forget_failures(keys: Sequence[tuple[str, str, str]], reporter: Reporter) -> None:
    """Remove the failures of wheels that have run now; nothing is written if none of them has one."""
    path = _find_file()
    if path is not None and any(each.key in keys for each in _read(path)):
        _change(lambda kept: [each for each in kept if each.key not in keys], reporter)


def _change(change: Callable[[list[WheelFailure]], list[WheelFailure]], reporter: Reporter) -> None:
    path = _find_file()
    if path is None:
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with hold_folder(path.parent, "install", reporter):
            document = {"schema": SCHEMA, "failures": [each._asdict() for each in change(_read(path))]}
            with replacing(path, mode=0o600) as file:
                file.write(json.dumps(document, indent=1).encode())
    except OSError as error:
        reporter.note(f"which wheels have failed here cannot be kept ({error.strerror}): {str(path)!r}")


def _find_file() -> Path | None:
    state = state_dir()
    return None if state is None else state / "failed-wheels" / "failures.json"


def _read(path: Path) -> list[WheelFailure]:
    try:
        document = json.loads(read_regular(path, _LARGEST))
        listed = document["failures"] if document["schema"] == SCHEMA else []
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return []
    found = []
    for each in listed if isinstance(listed, list) else []:
        with suppress(TypeError, ValueError, KeyError, OverflowError, OSError):
            values = {name: each[name] for name in WheelFailure._fields}
            texts = [value for name, value in values.items() if name != "failed_at"]
            failed_at = float(values["failed_at"])
            time.gmtime(failed_at)  # or it is no time that can be shown
            if all(isinstance(text, str) for text in texts):
                found.append(WheelFailure(**{**values, "failed_at": failed_at}))
    return found
