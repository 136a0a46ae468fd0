"""What the environments of all engines have in common."""

from __future__ import annotations

__all__ = ["add_loopback_exception", "use_general_proxy"]

#: Variables that name certificates to the library with which pip reaches the network.
_BUNDLES = frozenset({"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"})


def add_loopback_exception(environment: dict[str, str]) -> None:
    """Keep a proxy away from the view, which is on this machine, and keep the exceptions of the user.

    pip reads ``no_proxy``, or else ``NO_PROXY``; uv reads ``NO_PROXY`` if it is there, or else ``no_proxy``. So each of
    them gets the exceptions that its reader would find. A ``*`` means all hosts to pip while it is alone; to uv, it
    means all names, but no addresses.
    """
    lower, upper = environment.get("no_proxy", ""), environment.get("NO_PROXY")
    for_pip, for_uv = lower or upper or "", lower if upper is None else upper
    if for_pip.strip() != "*":
        for_pip = _join(for_pip)
    environment.update(no_proxy=for_pip, NO_PROXY=_join(for_uv))


def _join(exceptions: str) -> str:
    return f"{exceptions.strip()},127.0.0.1".lstrip(",")


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
