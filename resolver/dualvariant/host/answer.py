"""The result of asking a provider: an answer, or a failure with its reason. Both are values."""

from __future__ import annotations

import time
from typing import Any, Literal

from attrs import field, frozen

from dualvariant.host.discovery import ProviderEntry
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.meta import NAME

__all__ = [
    "ProviderAnswer",
    "ProviderFailure",
    "describe_age",
    "make_printable",
    "parse_answer",
    "parse_failure",
    "parse_seconds",
]

_LONGEST_REASON = 400


def make_printable(text: str) -> str:
    """A provider's text without control characters, and of a length that fits a terminal."""
    clean = "".join(char if char.isprintable() else " " for char in text)
    return clean if len(clean) <= _LONGEST_REASON else f"{clean[: _LONGEST_REASON - 1]}…"


def describe_age(detected_at: float) -> str:
    """How old something is, in words: ``under a minute``, ``7 min``, ``3 h``.

    Args:
        detected_at: when it was found out, in seconds since the epoch.
    """
    minutes = int(max(0.0, time.time() - detected_at) // 60)
    if not minutes:
        return "under a minute"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


@frozen
class ProviderFailure:
    """A provider that could not be used, and why; the others are used without it.

    Args:
        entry: the provider as its distribution names it.
        reason: why it could not be used.
        depends_on: what the failure depends on, with its state; None where the failure says nothing of the next time.
        source: whether the provider was run for this or the failure was kept from before.
        detected_at: when it ran, in seconds since the epoch.
        seconds: how long it took; None if it was not run.
        timed_out: whether it took longer than it may.
    """

    entry: ProviderEntry
    reason: str = field(converter=make_printable)
    depends_on: dict[str, Any] | None = field(default=None, hash=False)
    source: Literal["run", "cache"] = "run"
    detected_at: float = 0.0
    seconds: float | None = None
    timed_out: bool = False

    def __str__(self) -> str:
        age = f" (it was asked {describe_age(self.detected_at)} ago; --refresh asks again)"
        return f"provider {self.entry.name!r}, {self.entry}: {self.reason}{age if self.source == 'cache' else ''}"

    def to_document(self) -> dict[str, Any]:
        """The failure in JSON, as the cache keeps it."""
        return {
            "error": self.reason,
            "depends_on": self.depends_on,
            "seconds": self.seconds,
            "timed_out": self.timed_out,
        }


@frozen
class ProviderAnswer:
    """What one provider said.

    Args:
        entry: the provider as its distribution names it.
        name: its ``__provider_name__``.
        version: its ``__version__``.
        config: what this host supports; None where the provider has nothing to say.
        depends_on: each name in its ``__depends_on__`` and each library that it loaded, or tried to, with its state.
        source: whether the provider was run for this, the answer was kept from before, or a variable gives it.
        detected_at: when it ran, in seconds since the epoch.
        seconds: how long it took; None if it was not run.
    """

    entry: ProviderEntry
    name: str
    version: str
    config: ProviderConfig | None
    depends_on: dict[str, Any] = field(hash=False)
    source: Literal["run", "cache", "variable"]
    detected_at: float
    seconds: float | None = None

    def to_document(self) -> dict[str, Any]:
        """The answer in JSON, as the provider's process gives it and the cache keeps it."""
        return {
            "name": self.name,
            "version": self.version,
            "depends_on": self.depends_on,
            "config": None if self.config is None else self.config.to_dict(),
            "seconds": self.seconds,
        }


def parse_answer(
    entry: ProviderEntry,
    document: Any,
    source: Literal["run", "cache"],
    detected_at: float,
    seconds: float | None = None,
) -> ProviderAnswer:
    """Check an answer that came in JSON, fresh or kept, down to its last value.

    Raises:
        ValueError: it is none; the message says what is wrong with it.
    """
    if not isinstance(document, dict):
        raise ValueError(f"the answer must be an object (got {type(document).__name__})")
    name, version = document.get("name"), document.get("version")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ValueError(
            f"__provider_name__ must be a str that matches {NAME.pattern} (letters, digits and _): {name!r}"
        )
    if not isinstance(version, str) or not version:
        raise ValueError(f"__version__ must be a str: {version!r}")
    depends_on = document.get("depends_on")
    if not isinstance(depends_on, dict):
        raise ValueError(f"__depends_on__ must be a list of str: {depends_on!r}")
    config = _config(document.get("config"))
    if config is not None and config.provider != name:
        raise ValueError(
            f"ProviderConfig.provider must be __provider_name__, {name!r} (it is another): {config.provider!r}"
        )
    return ProviderAnswer(entry, name, version, config, depends_on, source, detected_at, seconds)


def parse_failure(
    entry: ProviderEntry, document: Any, source: Literal["run", "cache"], detected_at: float
) -> ProviderFailure:
    """Check a failure in JSON, fresh or kept.

    Raises:
        ValueError: it is none.
    """
    depends_on = document.get("depends_on")
    if not isinstance(depends_on, dict):
        raise ValueError(f"what a failure depends on must be an object: {depends_on!r}")
    seconds = parse_seconds(document)
    timed_out = document.get("timed_out") is True
    return ProviderFailure(entry, str(document["error"]), depends_on, source, detected_at, seconds, timed_out)


def parse_seconds(document: Any) -> float | None:
    """How long a provider took, as a kept document says."""
    seconds = document.get("seconds")
    return float(seconds) if isinstance(seconds, (int, float)) else None


def _config(document: Any) -> ProviderConfig | None:
    if document is None:
        return None
    try:
        return ProviderConfig(
            document["provider"],
            [KeyConfig(item["key"], item["values"]) for item in document["configs"]],
        )
    except (KeyError, TypeError) as error:
        raise ValueError(str(error)) from error
