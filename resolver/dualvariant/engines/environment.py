"""What the environments of all engines have in common."""

from __future__ import annotations

__all__ = ["add_loopback_exception", "use_general_proxy"]

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
