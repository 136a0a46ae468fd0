"""``direct_url.json`` of distributions that were installed from a copy of the user's wheel (PEP 610).

A local variant wheel is given to the installer under its standard name, by a link in the folder of the run. The
installer records where it has installed from, and ``pip freeze`` prints that; the user's own file is what it means.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from dualvariant.core.files import read_regular, write_atomically
from dualvariant.install.user_addresses import UserAddresses
from variantlib.foreign_json import load_json

__all__ = ["restore_direct_urls"]

#: The most bytes of a RECORD.
_LARGEST = 64 << 20


def restore_direct_urls(folders: Iterable[Path], addresses: UserAddresses) -> None:
    """Write the user's URL into the record of each distribution that was installed from a copy.

    What cannot be read or written stays as the installer has left it.

    Args:
        folders: the ``.dist-info`` folders of what was installed.
        addresses: the user's addresses.
    """
    for folder in folders:
        path = folder / "direct_url.json"
        with suppress(OSError, ValueError, KeyError, TypeError, csv.Error):
            document = load_json(read_regular(path, _LARGEST))
            url = addresses.find_url(document["url"])
            if url != document["url"]:
                content = json.dumps({**document, "url": url}).encode()
                _change_record(folder / "RECORD", path, content)
                write_atomically(path, content)


def _change_record(record: Path, path: Path, content: bytes) -> None:
    """Change the hash and size of a file in a distribution's RECORD."""
    name = f"{path.parent.name}/{path.name}"
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    rows = list(csv.reader(io.StringIO(read_regular(record, _LARGEST).decode(), newline="")))
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([name, f"sha256={digest}", len(content)] if row and row[0] == name else row for row in rows)
    write_atomically(record, out.getvalue().encode("utf-8"))
