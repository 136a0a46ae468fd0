"""Which environment variables a provider's process gets: a short list, and what the provider names; never a secret."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

__all__ = ["is_secret", "make_environment", "select_requestable"]

#: What programs need to run, and what says which devices and libraries count.
_NAMES = frozenset(
    {"PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "LANG", "LANGUAGE", "TZ"}
    | {"PYTHONHOME", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "NUMBER_OF_PROCESSORS"}
)
#: QEMU's variables say which processor an emulator emulates, and where the libraries of its architecture are.
_PREFIXES = ("LC_", "CUDA_", "NVIDIA_", "ROCR_", "HIP_", "QEMU_")

#: Words in the names of variables that hold credentials, and the tools whose variables hold addresses with some.
_SECRET_NAME = re.compile(
    r"PASS(W|_|$)|PWD$|TOKEN|SECRET|CREDENTIAL|AUTH|COOKIE|(API|ACCESS|PRIVATE|SIGNING|ENCRYPTION)_?KEY|_PAT$|NETRC"
    r"|INDEX|PROXY|^(PIP|UV|TWINE|POETRY|PDM|HATCH|CONDA|AWS|AZURE|GCP|GOOGLE|GH|GITHUB|GITLAB|CI_JOB|DOCKER|NPM|VAULT)_",
    re.IGNORECASE,
)
_ADDRESS_WITH_PASSWORD = re.compile(r"://[^/\s@]+@")


def is_secret(name: str, value: str) -> bool:
    """Whether a variable may hold a credential, by its name, or as a part of an address."""
    return bool(_SECRET_NAME.search(name) or _ADDRESS_WITH_PASSWORD.search(value))


def make_environment(scratch: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """The environment that a provider's process starts with.

    Args:
        scratch: its own folder, which is its home and the place of its temporary files.
        variables: our environment.
    """
    kept = {
        name: value
        for name, value in variables.items()
        if (name.upper() in _NAMES or name.upper().startswith(_PREFIXES)) and not is_secret(name, value)
    }
    if os.name == "nt":
        kept |= {"USERPROFILE": str(scratch), "TEMP": str(scratch), "TMP": str(scratch)}
    return {**kept, "HOME": str(scratch), "TMPDIR": str(scratch)}


def select_requestable(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables that a provider gets if its ``__depends_on__`` names them."""
    return {name: value for name, value in variables.items() if not is_secret(name, value)}
