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
from typing import Any

from dualvariant.core.files import replacing

__all__ = ["STANDARD_OUTPUT", "check_place", "read_reports", "write_report"]

#: The name of a file that means standard output.
STANDARD_OUTPUT = "-"


def check_place(place: str) -> None:
    """Find out before anything is installed whether the report can be written there, as pip does.

    Raises:
        OSError: it cannot.
    """
    path = Path(place)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), place)
    if path.exists():
        if not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), place)
    elif not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), place)
    elif not os.access(path.parent, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), place)


def read_reports(reports: Sequence[Path], find_url: Callable[[str], str]) -> dict[str, Any] | None:
    """The reports of one run as one document; None if there are none.

    Args:
        reports: in the order in which they were written; a later one counts where both have a project.
        find_url: the user's URL for one that the installer has recorded.
    """
    documents: list[dict[str, Any]] = [json.loads(report.read_bytes()) for report in reports]
    if not documents:
        return None
    items = {item["metadata"]["name"]: item for document in documents for item in document["install"]}
    for item in items.values():
        item["download_info"]["url"] = find_url(item["download_info"]["url"])
    return {**documents[0], "install": list(items.values())}


def write_report(document: dict[str, Any], place: str) -> None:
    """Write a report as pip writes it; a file that is there is replaced when the new one is whole.

    Raises:
        OSError: it cannot be written.
    """
    if place == STANDARD_OUTPUT:
        print(json.dumps(document, indent=2))  # ASCII, which is valid in the encoding of every terminal and pipe
        return
    content = json.dumps(document, indent=2, ensure_ascii=False).encode("utf-8", "surrogatepass")
    path = Path(place).resolve()  # a link stays a link
    if path.exists() and not (path.is_file() and os.access(path.parent, os.W_OK)):  # such as /dev/stdout
        path.write_bytes(content)
        return
    mode = path.stat().st_mode & 0o777 if path.exists() else None
    with replacing(path) as file:
        file.write(content)
    if mode is not None:
        path.chmod(mode)
