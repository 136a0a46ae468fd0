"""Which build of the package runs here."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from dual_autodiff._backend import COMPILED

__all__ = ["BuildInfo", "build_info"]


class BuildInfo(NamedTuple):
    """What is installed and how it was made.

    *backend* is ``"compiled"`` or ``"python"``. *level* is what the compiler's own macros said when it compiled:
    ``"x86_64 v1"`` to ``"x86_64 v4"``, ``"aarch64 8a"`` and so on; None for plain Python. No macro tells Arm's 8.2 from
    8.1, so a build for 8.2 says 8.1. *compiler* and *flags* are
    the compiler's name with its version and the flags that this project and the build's environment gave it.
    *variant* is the label of the installed variant wheel and *properties* what it stands for; None and empty for a
    standard wheel. *version* is the distribution's.
    """

    backend: str
    level: str | None
    compiler: str | None
    flags: str | None
    variant: str | None
    properties: tuple[str, ...]
    version: str


@cache
def build_info() -> BuildInfo:
    """What is installed and how it was made.

    >>> build_info().backend in ("compiled", "python")
    True
    """
    from importlib.metadata import PackageNotFoundError, distribution

    level = compiler = flags = variant = None
    properties: tuple[str, ...] = ()
    version = "unknown"
    if COMPILED:
        from dual_autodiff import _engine

        level, compiler, flags = _engine.LEVEL, _engine.COMPILER, _engine.FLAGS
    try:
        installed = distribution("dual_autodiff")
    except PackageNotFoundError:
        pass
    else:
        version = installed.version
        variant, properties = _variant(
            installed.metadata.get_all("Variant-hash"), installed.metadata.get_all("Variant")
        )
        if variant is None:
            variant, properties = _variant_of_file(installed.read_text("variant.json"))
    return BuildInfo("compiled" if COMPILED else "python", level, compiler, flags, variant, properties, version)


def _variant(labels: list[str] | None, properties: list[str] | None) -> tuple[str | None, tuple[str, ...]]:
    return (labels[0] if labels else None), tuple(properties or ())


def _variant_of_file(text: str | None) -> tuple[str | None, tuple[str, ...]]:
    """The one variant that ``variant.json`` of a labelled wheel tells of."""
    import json

    if text is None:
        return None, ()
    for label, providers in json.loads(text).get("variants", {}).items():
        return label, tuple(
            f"{provider} :: {key} :: {value}"
            for provider, keys in providers.items()
            for key, values in keys.items()
            for value in values
        )
    return None, ()
