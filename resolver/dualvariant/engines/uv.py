"""uv as the engine: ``uv pip install`` against the view.

uv asks for its first page at once, so there is nothing to gain from holding it; it is started when the choice stands.
It caches by the address of the index, which is why the view's stays the same from run to run
(:mod:`dualvariant.serve.addresses`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from dualvariant.core.errors import UsageError
from dualvariant.engines.pip import end_process
from dualvariant.target.interpreter import Interpreter

__all__ = ["find_uv", "run_uv", "uv_environment"]

#: uv's own variables that name sources; the view stands in their place.
_SOURCES = (
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_NO_INDEX",
    "UV_CONFIG_FILE",
    "UV_CONSTRAINT",
    "UV_OVERRIDE",
    "UV_PYTHON_PLATFORM",
)
#: pip's options that uv calls by another name; the others have the same one.
_NAMES = {"--force-reinstall": "--reinstall", "-I": "--reinstall", "--ignore-installed": "--reinstall"}
_WITHOUT = {
    "--user": "uv installs into environments only",
    "--root": "uv has no --root",
    "--report": "uv writes no report",
    "--upgrade-strategy": "uv has no --upgrade-strategy",
}


def find_uv() -> Path | None:
    """The uv on PATH, or the one that was installed beside dualvariant."""
    found = shutil.which("uv")
    if found:
        return Path(found)
    import sys

    beside = Path(sys.executable).with_name("uv")
    return beside if beside.exists() else None


def uv_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment in which uv sees the view and nothing else.

    Args:
        settings: pip's settings without its sources; what uv can use of them is handed on.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _SOURCES}
    # A uv.toml or a pyproject.toml may name indexes; uv has no way to leave out only those.
    environment["UV_NO_CONFIG"] = "1"
    for ours, theirs in (("PIP_CERT", "SSL_CERT_FILE"), ("PIP_TIMEOUT", "UV_HTTP_TIMEOUT")):
        if ours in settings:
            environment.setdefault(theirs, settings[ours])
    if "PIP_PROXY" in settings:
        environment.update(http_proxy=settings["PIP_PROXY"], https_proxy=settings["PIP_PROXY"])
    for name in ("no_proxy", "NO_PROXY"):
        known = environment.get(name)
        environment[name] = f"{known},127.0.0.1" if known else "127.0.0.1"
    return environment


def run_uv(
    uv: Path,
    target: Interpreter,
    index_url: str,
    options: Sequence[str],
    requirements: Sequence[str],
    exchanged: Sequence[str],
    environment: Mapping[str, str],
    *,
    lock: int | None = None,
) -> int:
    """Run ``uv pip install`` to its end.

    Args:
        uv: the program.
        target: the interpreter to install for.
        index_url: the view's.
        options: options as pip has them.
        requirements: requirements, and ``-r`` and ``-c`` with their files.
        exchanged: ``NAME==VERSION`` of what is installed in another variant and is to be exchanged.
        environment: as :func:`uv_environment` makes it.
        lock: an open file that uv keeps open until it ends.

    Returns:
        Its exit code; minus the number of the signal that ended it.

    Raises:
        UsageError: an option that uv does not have.
    """
    command = [str(uv), "pip", "install", "--python", str(target.executable), "--default-index", index_url]
    for word in options:
        option = word.partition("=")[0]
        if option in _WITHOUT:
            raise UsageError(f"{option} needs pip as the engine ({_WITHOUT[option]})", "--engine pip")
        command.append(_NAMES.get(word, word))
    for requirement in exchanged:
        command += ["--reinstall-package", requirement.partition("==")[0]]
    process = subprocess.Popen(
        [*command, *requirements], env=dict(environment), pass_fds=[] if lock is None else [lock]
    )
    try:
        status = process.wait()
    except BaseException:
        end_process(process)
        raise
    return status
