"""Read TOML, with one error for what cannot be parsed; write it for changed copies of ``pyproject.toml``.

The standard library has ``tomllib`` since Python 3.11; ``tomli`` is the same parser for Python 3.10.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from dualvariant.core.errors import BadDataError
from variantlib.files import read_regular

__all__ = ["LARGEST", "InvalidTomlError", "decode_toml", "format_toml", "parse_toml", "read_toml"]


#: The most bytes of a TOML file that is read.
LARGEST = 16 << 20


class InvalidTomlError(BadDataError):
    """A file that has to be TOML is not."""

    code = "invalid-toml"


def read_toml(path: Path) -> dict[str, Any]:
    """The document in a TOML file.

    Raises:
        InvalidTomlError: the file is not TOML, or not UTF-8.
        OSError: it cannot be opened, is no regular file, or is too large.
    """
    return decode_toml(read_regular(path, LARGEST), str(path))


def decode_toml(content: bytes, name: str) -> dict[str, Any]:
    """The document in the bytes of a TOML file.

    Args:
        content: the bytes.
        name: what messages call the file.

    Raises:
        InvalidTomlError: it is not TOML, or not UTF-8.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidTomlError(f"{name!r} is not UTF-8 ({error})", "save the file as UTF-8") from error
    return parse_toml(text.replace("\r\n", "\n"), name)


def parse_toml(text: str, name: str) -> dict[str, Any]:
    """The document in a text.

    Args:
        text: the TOML.
        name: what messages call it.

    Raises:
        InvalidTomlError: it is not TOML.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        document: dict[str, Any] = tomllib.loads(text)
    except ValueError as error:
        raise InvalidTomlError(f"{name!r} is not TOML ({error})", "correct the file at that line") from error
    except RecursionError as error:
        raise InvalidTomlError(f"{name!r} is nested too deeply", "write it with fewer levels") from error
    return document


def format_toml(document: Mapping[str, Any]) -> str:
    """A document as TOML that parses to an equal one; comments and layout are not part of a document.

    Args:
        document: as :func:`parse_toml` returns it.

    Raises:
        TypeError: a value that TOML does not have.
    """
    return "".join(f"{_format_string(name)} = {_format(value)}\n" for name, value in document.items())


def _format(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _format_string(value)
        case int() | float():
            return str(value)  # TOML spells nan and inf as Python does
        case datetime() | date() | time():
            return value.isoformat()
        case list():
            return f"[{', '.join(map(_format, value))}]"
        case dict():
            return "{" + ", ".join(f"{_format_string(name)} = {_format(each)}" for name, each in value.items()) + "}"
        case _:
            raise TypeError(f"TOML has no {type(value).__name__}: {value!r}")


def _format_string(text: str) -> str:
    """A basic string; its escapes are those of JSON, and U+007F has to be escaped too (TOML 1.0, "String")."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
