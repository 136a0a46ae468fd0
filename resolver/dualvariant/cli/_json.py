"""The JSON document of a command on standard output: one document, whatever happens."""

from __future__ import annotations

import json
import time

__all__ = ["allow_document", "format_time", "print_document", "print_error"]

#: Whether this command has printed its document.
_printed = False


def allow_document() -> None:
    """Begin a command, which may print a document."""
    global _printed
    _printed = False


def format_time(seconds: float) -> str:
    """A time in the form that documents have it, in UTC (RFC 3339).

    Args:
        seconds: since the epoch.
    """
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def print_document(document: object, text: str | None = None) -> None:
    """Print the document of a command.

    Args:
        document: lists, mappings and plain values.
        text: the document as JSON, where it has a layout of its own.
    """
    global _printed
    _printed = True
    # ASCII, so that it is valid JSON in the encoding of every terminal and pipe.
    print(json.dumps(document, indent=1) if text is None else text)


def print_error(code: str, message: str, next_step: str | None) -> None:
    """Print an error as the document; not if the command has printed its own, which says what went wrong."""
    if not _printed:
        print_document({"error": {"code": code, "message": message, "next": next_step}})
