"""The steps after the compiler that are modules of their own; one that is not installed is left out, and said so."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["part"]


def part(name: str) -> Any:
    """A module of ours, or None where this installation has none of that name."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.startswith("dualvariant."):
            return None
        raise
