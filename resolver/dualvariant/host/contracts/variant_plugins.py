"""The contract of PEP 850's plugins, entry-point group ``variant_plugins``: a module, a class or an instance.

It has ``namespace`` and ``get_supported_configs()``, which returns objects with ``name`` and ``values``, most important
feature and best value first. WheelNext's older packages (``provider-variant-x86-64`` 0.0.1.post2) have one argument
more, the known properties, which may be None.

Source: the draft of PEP 850, as variantlib 0.2.2 calls such plugins.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from dualvariant.host.contracts import ContractError, find_object, read_attribute

__all__ = ["ask_build_flags", "ask_config", "ask_why_not", "identify", "load", "read_dependencies"]

Step = Callable[[str], None]


def load(target: str, step: Step) -> Any:
    """Import what the entry point names; a class is made an instance of."""
    step("its import")
    made = find_object(target)
    if not inspect.isclass(made):
        return made
    step("its constructor")
    return made()


def identify(plugin: Any, step: Step) -> dict[str, Any]:
    """``namespace``; a version of its own is not a part of the contract."""
    step("reading its attributes")
    return {"name": read_attribute(plugin, "namespace"), "version": str(getattr(plugin, "__version__", "unknown"))}


def read_dependencies(plugin: Any, step: Step) -> dict[str, Any]:
    """Nothing: the contract has no way to say what an answer depends on."""
    return {}


def ask_config(plugin: Any, step: Step) -> dict[str, Any] | None:
    """Call ``get_supported_configs()``; features without values, and an empty list, say nothing."""
    step("get_supported_configs()")
    method = read_attribute(plugin, "get_supported_configs")
    configs = method(None) if _needs_argument(method) else method()
    step("reading its answer")
    if not isinstance(configs, (list, tuple)):
        raise ContractError(f"get_supported_configs() must return a list (it returned {type(configs).__name__})")
    found = [{"key": item.name, "values": list(item.values)} for item in configs if item.values]
    return {"provider": plugin.namespace, "configs": found} if found else None


def _needs_argument(method: Any) -> bool:
    try:
        parameters = inspect.signature(method).parameters.values()
    except (TypeError, ValueError):  # a function of C
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return any(one.kind in positional and one.default is inspect.Parameter.empty for one in parameters)


def ask_build_flags(plugin: Any, key: str, value: str, compiler: str, step: Step) -> Any:
    """None: the contract has no compiler flags."""
    return None


def ask_why_not(plugin: Any, key: str, value: str, supported: dict[str, list[str]], step: Step) -> Any:
    """None: the contract has no reasons."""
    return None
