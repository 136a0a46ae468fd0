"""Validators for attrs fields: TypeError for a wrong type, ValueError for a bad value, both naming field and value."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

__all__ = ["check_list", "copy_list", "match_pattern"]

Validator = Callable[[Any, Any, Any], None]


def _where(instance: object, attribute: Any) -> str:
    return f"{type(instance).__name__}.{attribute.name}"


def copy_list(value: Any) -> Any:
    """A list of the caller becomes a list of our own; anything else is left for the validator to name."""
    return list(value) if isinstance(value, list) else value


def match_pattern(pattern: re.Pattern[str]) -> Validator:
    """A str that the whole pattern matches."""

    def validate(instance: object, attribute: Any, value: Any) -> None:
        where = _where(instance, attribute)
        if not isinstance(value, str):
            raise TypeError(f"{where} must be a str (got {type(value).__name__}): {value!r}")
        if not pattern.fullmatch(value):
            raise ValueError(f"{where} must match {pattern.pattern} (got another text): {value!r}")

    return validate


def check_list(kind: type, *, check: Callable[[str, Any], None] | None = None) -> Validator:
    """A list, not empty, of ``kind``; ``check(where, element)`` may raise about one element."""

    def validate(instance: object, attribute: Any, value: Any) -> None:
        where = _where(instance, attribute)
        if not isinstance(value, list):
            raise TypeError(f"{where} must be a list of {kind.__name__} (got {type(value).__name__}): {value!r}")
        if not value:
            raise ValueError(f"{where} must not be empty: {value!r}")
        for position, element in enumerate(value):
            if not isinstance(element, kind):
                raise TypeError(
                    f"{where}[{position}] must be a {kind.__name__} (got {type(element).__name__}): {element!r}"
                )
            if check is not None:
                check(f"{where}[{position}]", element)

    return validate


def refuse_repeats(where: str, names: list[str]) -> None:
    """ValueError for the first name that is repeated."""
    if len(set(names)) != len(names):
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{where} must not repeat a name (it is there more than once): {repeated!r}")
