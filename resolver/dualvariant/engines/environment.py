"""What the environments of all engines have in common."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["add_loopback_exception", "configure_uv", "use_general_proxy"]

#: Variables that name certificates to the library with which pip reaches the network.
_BUNDLES = frozenset({"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"})


def add_loopback_exception(environment: dict[str, str]) -> None:
    """Keep a proxy away from the view: it is on this machine."""
    for name in ("no_proxy", "NO_PROXY"):
        known = environment.get(name, "").strip()
        if known != "*":  # all hosts, which it means only while nothing is beside it
            environment[name] = f"{known},127.0.0.1" if known else "127.0.0.1"


def use_general_proxy(environment: dict[str, str]) -> None:
    """Write pip's settings for a proxy as the general variables: its own would send requests for the view there too.

    With such a setting, pip reads neither those variables nor the ones that name certificates.
    """
    proxy = environment.pop("PIP_PROXY", None)
    if environment.pop("PIP_NO_PROXY_ENV", None) is None and proxy is None:
        return
    for name in [name for name in environment if name.lower().endswith("_proxy") or name in _BUNDLES]:
        del environment[name]
    if proxy:
        environment.update(http_proxy=proxy, https_proxy=proxy)


def configure_uv(
    environment: dict[str, str], document: Mapping[str, Any], index_url: str, scratch: Path, *, limits_are_met: bool
) -> None:
    """Have uv see the view and no other source, with its settings in a file of ours.

    Args:
        environment: its environment, without what names sources and files.
        document: its settings without sources, in the form of ``uv.toml``.
        index_url: the view.
        scratch: where the file goes.
        limits_are_met: the view leaves out what was uploaded too late by its index's own ``exclude-newer``, or else by
            the general one, so this one is not about the view. One for a project still is.
    """
    if limits_are_met:
        view = {"url": index_url, "default": True, "exclude-newer": False}
        document = {**document, "index": [view, *document.get("index", ())]}
    else:
        environment["UV_DEFAULT_INDEX"] = index_url
    if not document:
        environment["UV_NO_CONFIG"] = "1"
        return
    from dualvariant.core.toml import format_toml

    path = scratch / "uv.toml"
    path.write_text(format_toml(document), encoding="utf-8")
    environment["UV_CONFIG_FILE"] = str(path)
