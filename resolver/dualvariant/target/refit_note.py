"""The note that ``refit`` leaves in the ``.dist-info`` of what it has exchanged: which wheel was there, and which is.

RECORD lists the note, so whatever removes or replaces the distribution removes the note with it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from dualvariant.core.files import read_regular

__all__ = ["NOTE_NAME", "InvalidNoteError", "KeptFile", "NotedWheel", "RefitNote", "read_note"]

NOTE_NAME = "dualvariant-refit.json"
SCHEMA = "dualvariant/refit/1"
#: The most bytes that are read.
LARGEST_NOTE = 256 << 20


class InvalidNoteError(ValueError):
    """A note that cannot be used."""


@frozen
class NotedWheel:
    """A wheel.

    Args:
        filename: its own name, with the label of a variant.
        sha256: in hexadecimal digits; empty if no source says it.
        url: where it was listed, without a login.
        index: the source that listed it, without a login.
    """

    filename: str
    sha256: str
    url: str
    index: str

    def to_dict(self) -> dict[str, str]:
        """The form that it has in the note."""
        return {"filename": self.filename, "sha256": self.sha256, "url": self.url, "index": self.index}


@frozen
class KeptFile:
    """A file that the first installer made, and no wheel has: a script, for example.

    Args:
        content: its bytes.
        executable: whether it can be executed.
    """

    content: bytes = field(repr=False)
    executable: bool = False


@frozen
class RefitNote:
    """What was exchanged.

    Args:
        installed: the wheel that an installer had brought.
        exchanged_for: the wheel whose files are there now.
        record: RECORD as that installer had written it.
        kept: files of it that no wheel has, by their paths in RECORD, as far as the exchange has replaced them.
    """

    installed: NotedWheel
    exchanged_for: NotedWheel
    record: bytes = field(repr=False)
    kept: Mapping[str, KeptFile] = field(factory=dict, repr=False)

    def to_bytes(self) -> bytes:
        """The content of the file."""
        document = {
            "schema": SCHEMA,
            "installed": self.installed.to_dict(),
            "exchanged_for": self.exchanged_for.to_dict(),
            "record": base64.b64encode(self.record).decode(),
            "kept": {
                path: {"content": base64.b64encode(kept.content).decode(), "executable": kept.executable}
                for path, kept in self.kept.items()
            },
        }
        return json.dumps(document, indent=1).encode() + b"\n"

    @classmethod
    def parse(cls, content: bytes) -> RefitNote:
        """Read the content of the file.

        Raises:
            InvalidNoteError: it is no such note, or one of another version.
        """
        try:
            document: dict[str, Any] = json.loads(content)
            if document["schema"] != SCHEMA:
                raise InvalidNoteError(f"its schema is another one: {document['schema']!r}")
            installed, exchanged = (
                NotedWheel(**{name: str(document[key][name]) for name in ("filename", "sha256", "url", "index")})
                for key in ("installed", "exchanged_for")
            )
            kept = {
                str(path): KeptFile(base64.b64decode(entry["content"]), bool(entry["executable"]))
                for path, entry in document["kept"].items()
            }
            return cls(installed, exchanged, base64.b64decode(document["record"]), kept)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise InvalidNoteError(f"it cannot be used ({error})") from error


def read_note(info: Path) -> RefitNote | None:
    """The note in a ``.dist-info`` folder; None if there is none.

    Raises:
        InvalidNoteError: it cannot be used.
    """
    try:
        return RefitNote.parse(read_regular(info / NOTE_NAME, LARGEST_NOTE))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InvalidNoteError(f"it cannot be read ({error.strerror})") from error
