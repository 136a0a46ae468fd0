"""``RECORD``: the files of an installed distribution, or of a wheel, with the sha256 of each.

Source: "Recording installed projects" (PyPA specification, PEP 376 and PEP 627), and the binary distribution format.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple

from dualvariant.core.files import read_regular
from variantlib.files import open_regular

__all__ = [
    "InvalidRecordError",
    "RecordRow",
    "digest_of",
    "digest_of_file",
    "digest_of_script",
    "format_record",
    "list_recorded_paths",
    "parse_record",
    "read_record",
]

#: The first line that scripts have in a wheel: an installer puts the interpreter in its place.
_FIRST_LINE = b"#!python\n"
_LONGEST_FIRST_LINE = 4096

#: The most bytes of a RECORD that are read; a large distribution (a set of headers) has some hundred kilobytes.
LARGEST_RECORD = 64 << 20


class InvalidRecordError(ValueError):
    """A RECORD that no installer writes; the message says what is wrong with it."""


class RecordRow(NamedTuple):
    """One line.

    Args:
        path: as it is written: relative to the folder that the ``.dist-info`` is in, with slashes.
        digest: as it is written, ``sha256=…`` in most cases; empty for RECORD itself and for compiled modules.
        size: in bytes, as it is written; may be empty.
    """

    path: str
    digest: str = ""
    size: str = ""

    @property
    def algorithm(self) -> str:
        """The name of the kind of digest; empty if there is none."""
        return self.digest.partition("=")[0]

    @property
    def is_bytecode(self) -> bool:
        """Whether it is a compiled module, which Python makes and removes as it likes."""
        return self.path.endswith(".pyc")


def parse_record(content: bytes) -> Mapping[str, RecordRow]:
    """The lines by their paths, in their order.

    Raises:
        InvalidRecordError: it is no RECORD, or lists a path twice.
    """
    rows: dict[str, RecordRow] = {}
    try:
        for cells in csv.reader(io.StringIO(content.decode("utf-8"), newline="")):
            if not cells:
                continue
            if len(cells) > 3:
                raise InvalidRecordError(f"it has a line with {len(cells)} values: {cells[0]!r}")
            row = RecordRow(*cells)
            if row.path in rows:
                raise InvalidRecordError(f"it lists a path twice: {row.path!r}")
            rows[row.path] = row
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidRecordError(f"it cannot be read ({error})") from error
    return rows


def read_record(path: Path) -> tuple[bytes, Mapping[str, RecordRow]]:
    """The bytes of a RECORD, and its lines.

    Raises:
        InvalidRecordError: it is missing, or :func:`parse_record` cannot read it.
    """
    try:
        content = read_regular(path, LARGEST_RECORD)
    except FileNotFoundError:
        raise InvalidRecordError("it is missing") from None
    except OSError as error:
        raise InvalidRecordError(f"it cannot be read ({error.strerror})") from error
    return content, parse_record(content)


def list_recorded_paths(metadata: Path) -> list[str]:
    """The paths that the RECORD of an installed distribution lists, as they are written; none if it cannot be read.

    For readers who only look at files: what is damaged in it costs no more than itself.

    Args:
        metadata: its ``.dist-info`` folder.
    """
    try:
        text = read_regular(metadata / "RECORD", LARGEST_RECORD).decode("utf-8", "replace")
        return [row[0] for row in csv.reader(io.StringIO(text, newline="")) if row]
    except (OSError, csv.Error):
        return []


def format_record(rows: Iterable[RecordRow]) -> bytes:
    """The bytes of a RECORD with these lines, as pip and uv write them."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([row.path, row.digest, row.size] for row in rows)
    return out.getvalue().encode("utf-8")


def digest_of(content: bytes) -> str:
    """The digest of a content as RECORD has it."""
    return _format(hashlib.sha256(content).digest())


def digest_of_file(path: Path, algorithm: str = "sha256") -> str:
    """The digest of a file as RECORD has it; the file may be a link.

    Args:
        path: the file.
        algorithm: the name in front of the equals sign.

    Raises:
        OSError: it cannot be read.
        ValueError: there is no such algorithm.
    """
    _check_algorithm(algorithm)
    with open_regular(Path(os.path.realpath(path))) as file:
        return _digest_of_rest(file, algorithm)


def digest_of_script(path: Path, algorithm: str = "sha256") -> str | None:
    """The digest that an installed script had in its wheel; None if the file is no script.

    Args:
        path: the file.
        algorithm: the name in front of the equals sign.

    Raises:
        OSError: it cannot be read.
        ValueError: there is no such algorithm.
    """
    _check_algorithm(algorithm)
    with open_regular(Path(os.path.realpath(path))) as file:
        if not file.readline(_LONGEST_FIRST_LINE).startswith(b"#!"):
            return None
        return _digest_of_rest(file, algorithm, _FIRST_LINE)


def _check_algorithm(algorithm: str) -> None:
    """Refuse a kind of digest that RECORD cannot have.

    Raises:
        ValueError: there is no such algorithm, or its digests have no length of their own (``shake_128``).
    """
    if not hashlib.new(algorithm).digest_size:
        raise ValueError(f"digests of {algorithm!r} have no length of their own")


def _digest_of_rest(file: BinaryIO, algorithm: str, first: bytes = b"") -> str:
    """The digest, as RECORD has it, of some first bytes and the rest of a file."""
    digest = hashlib.new(algorithm, first)
    while block := file.read(1 << 20):
        digest.update(block)
    return _format(digest.digest(), algorithm)


def _format(digest: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm}={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
