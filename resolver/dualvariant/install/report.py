"""pip's installation report (``--report``) with the user's own addresses.

The installer writes its reports into the folder of the run. The user's file gets their content when the installer has
ended: one document, also where a second run of the installer has exchanged variants.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dualvariant.core.errors import ConflictingOptionsError
from dualvariant.core.files import replacing
from dualvariant.settings.pip_version import is_at_least

if TYPE_CHECKING:
    from dualvariant.settings.pip_config import PipConfig
    from dualvariant.target.interpreter import Interpreter

__all__ = ["ReportWish", "read_reports"]

#: The name of a file that means standard output.
_STANDARD_OUTPUT = "-"
#: The first pip that has ``--dry-run`` and ``--report``; an older one ignores such settings.
_FIRST = "22.2"
#: The first pip that does not warn of its own ``--report``.
_SILENT = "23.0"


class ReportWish(NamedTuple):
    """Where the user wants a report, and whether anything is to be installed.

    Args:
        place: a path, or ``-`` for standard output; None if no report is wanted.
        dry_run: whether nothing is to be installed.
        is_needed: whether the installer has to write a report: for the user, or because a dry run leaves nothing else.
        arguments: the options of the installer without this one, which is not for it.
    """

    place: str | None
    dry_run: bool
    is_needed: bool
    arguments: Sequence[str]

    @classmethod
    def read(cls, arguments: Sequence[str], config: PipConfig, target: Interpreter, engine: str) -> ReportWish:
        """The wish by the options of the installer and, for pip, its settings."""
        place, left = None, list[str]()
        words = iter(arguments)
        for word in words:
            option, equals, value = word.partition("=")
            if option == "--report":
                place = value if equals else next(words, "")
            else:
                left.append(word)
        dry_run = "--dry-run" in left
        if engine != "pip":
            return cls(place, dry_run, place is not None, left)
        pip = target.find_pip()
        if is_at_least(pip, _FIRST):
            place = place if place is not None else config.values.get("report")
            dry_run = dry_run or config.flag("dry-run")
        is_ours = dry_run and is_at_least(pip, _SILENT) and not _is_refused(target, left, config)
        return cls(place, dry_run, place is not None or is_ours, left)

    def check(self, *, as_json: bool) -> None:
        """Find out before anything is installed whether the report can be written, as pip does.

        Args:
            as_json: standard output gets our own document.

        Raises:
            ConflictingOptionsError: standard output would get two documents.
            OSError: the file cannot be written.
        """
        if self.place is None or self.place == _STANDARD_OUTPUT:
            if self.place is not None and as_json:
                raise ConflictingOptionsError(
                    "--json and '--report -' both write to standard output", "'--report FILE' writes to a file"
                )
            return
        path = Path(self.place)
        existing = path if path.exists() else path.parent
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), self.place)
        if not existing.exists():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self.place)
        if not os.access(existing, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), self.place)

    def write(self, document: dict[str, Any]) -> None:
        """Write a report as pip writes it; a file that is there is replaced when the new one is whole.

        Raises:
            OSError: it cannot be written.
        """
        if self.place == _STANDARD_OUTPUT or self.place is None:
            print(json.dumps(document, indent=2))  # ASCII, which is valid in the encoding of every terminal and pipe
            return
        content = json.dumps(document, indent=2, ensure_ascii=False).encode("utf-8", "surrogatepass")
        path = Path(self.place).resolve()  # a link stays a link
        if path.exists() and not (path.is_file() and os.access(path.parent, os.W_OK)):  # such as /dev/stdout
            path.write_bytes(content)
            return
        mode = path.stat().st_mode & 0o777 if path.exists() else None
        with replacing(path) as file:
            file.write(content)
        if mode is not None:
            path.chmod(mode)


def _is_refused(target: Interpreter, arguments: Sequence[str], config: PipConfig) -> bool:
    """Whether pip refuses to install here. With a report it would make a dry run nevertheless."""
    if not target.is_externally_managed or "--break-system-packages" in arguments:
        return False
    return not config.flag("break-system-packages")


def read_reports(reports: Sequence[Path], find_url: Callable[[str], str]) -> dict[str, Any] | None:
    """The reports of one run as one document; None if there are none. One that pip could not finish counts for nothing.

    Args:
        reports: in the order in which they were written; a later one counts where both have a project.
        find_url: the user's URL for one that the installer has recorded.
    """
    documents = [document for report in reports if (document := _read(report)) is not None]
    if not documents:
        return None
    items = {item["metadata"]["name"]: item for document in documents for item in document["install"]}
    for item in items.values():
        item["download_info"]["url"] = find_url(item["download_info"]["url"])
    return {**documents[0], "install": list(items.values())}


def _read(report: Path) -> dict[str, Any] | None:
    """A report; None if it breaks off, as where the disk was full."""
    try:
        document: dict[str, Any] = json.loads(report.read_bytes())
    except ValueError:
        return None
    return document
