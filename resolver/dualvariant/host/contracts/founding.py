"""The founding contract: a class with ``run()``, known by what it has and not by what it inherits.

:mod:`variantlib.provider` documents it for authors. Optional: ``__depends_on__``, ``build_flags()``, ``why_not()``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dualvariant.host.contracts import ContractError, find_object, read_attribute

__all__ = ["ask_build_flags", "ask_config", "ask_why_not", "identify", "load", "read_dependencies"]

Step = Callable[[str], None]


def load(target: str, step: Step) -> Any:
    """Import the class and make an instance."""
    step("its import")
    made = find_object(target)
    step("its constructor")
    return made() if callable(made) else _refuse_instance(made, target)


def _refuse_instance(made: Any, target: str) -> Any:
    raise TypeError(f"{target!r} must be a class (it is an object of {type(made).__name__})")


def identify(provider: Any, step: Step) -> dict[str, Any]:
    """``__provider_name__`` and ``__version__``."""
    step("reading its attributes")
    named = {name: read_attribute(provider, name) for name in ("__provider_name__", "__version__")}
    return {"name": named["__provider_name__"], "version": named["__version__"]}


def read_dependencies(provider: Any, step: Step) -> dict[str, Any]:
    """The state of what ``__depends_on__`` names."""
    from dualvariant.host._depends import read_states

    step("reading its attributes")
    return dict(read_states(getattr(provider, "__depends_on__", ())))


def ask_config(provider: Any, step: Step) -> dict[str, Any] | None:
    """Call ``run()``. The answer need not use our classes, only have their attributes."""
    step("run()")
    config = read_attribute(provider, "run")()
    if config is None:
        return None
    step("reading its answer")
    if not (hasattr(config, "provider") and hasattr(config, "configs")):
        raise ContractError(f"run() must return ProviderConfig or None (it returned {type(config).__name__})")
    return {
        "provider": config.provider,
        "configs": [
            {"key": read_attribute(item, "key"), "values": read_attribute(item, "values")} for item in config.configs
        ],
    }


def ask_build_flags(provider: Any, key: str, value: str, compiler: str, step: Step) -> Any:
    """Call ``build_flags()``, if the provider has it."""
    step("build_flags()")
    method = getattr(provider, "build_flags", None)
    return None if method is None else method(key, value, compiler)


def ask_why_not(provider: Any, key: str, value: str, supported: dict[str, list[str]], step: Step) -> Any:
    """Call ``why_not()``, if the provider has it."""
    step("why_not()")
    method = getattr(provider, "why_not", None)
    return None if method is None else method(key, value, supported)
