"""Find the installed providers by their entry points; nothing of theirs is imported.

``importlib.metadata`` would find the same, for 35 ms of every start (it brings ``email``, ``csv`` and ``zipfile``);
reading ``entry_points.txt`` in the folders of ``sys.path`` takes 2 ms. Given up are distributions inside a zip file.

Source: PyPA specifications "Entry points" and "Recording installed projects" (PEP 376, PEP 627).
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

from attrs import frozen

from variantlib.files import read_regular
from variantlib.provider import ENTRY_POINT_GROUP

__all__ = [
    "CONTRACTS",
    "NEED_TRUST",
    "OWN_DISTRIBUTION",
    "PROGRAM",
    "Installed",
    "ProviderEntry",
    "find_meant_group",
    "find_misnamed_groups",
    "find_providers",
    "installed_distributions",
]


#: The most bytes of METADATA, RECORD or entry_points.txt that are read.
_LARGEST_FILE = 64 << 20

#: The contract (a module of :mod:`dualvariant.host.contracts`) that the providers of an entry-point group follow.
CONTRACTS = {ENTRY_POINT_GROUP: "founding", "variant_plugins": "variant_plugins"}
#: The contract of providers that are programs (:mod:`dualvariant.host.programs`); they have no entry point.
PROGRAM = "program"
#: The contracts whose providers are asked only if the user trusts their distribution.
NEED_TRUST = frozenset({"variant_plugins"})
#: The distribution of the built-in providers.
OWN_DISTRIBUTION = "dualvariant"
#: How near the name of a group has to be to one of ours to count as a misspelling. ``variantlib.actions``, a group of
#: another project, is farther away.
_NEAR = 0.8


class ProviderEntry(NamedTuple):
    """A provider as its distribution names it.

    Args:
        name: the entry point's name.
        target: the class, ``module:attribute``.
        distribution: the name of the distribution that names it.
        version: that distribution's version.
        fingerprint: changes with the distribution's files; None where nothing reliable is known about them.
        contract: how the provider is asked.
    """

    name: str
    target: str
    distribution: str
    version: str
    fingerprint: str | None = None
    contract: str = "founding"

    def __str__(self) -> str:
        return f"{self.target} ({self.distribution} {self.version})"


@frozen(slots=False)
class Installed:
    """An installed distribution.

    Args:
        metadata: the folder of its metadata; a text, because there are hundreds of them.
        normalized: its name in the form that is compared.
    """

    metadata: str
    normalized: str

    @cached_property
    def entry_points(self) -> str:
        """The content of ``entry_points.txt``; empty where there is none."""
        return _read_once(f"{self.metadata}{os.sep}entry_points.txt")


#: What counts as one ``-`` in the name of a distribution.
_SEPARATORS = re.compile(r"[-_.]+")


def installed_distributions(search_path: list[str] | None = None) -> list[Installed]:
    """The distributions in the folders of ``sys.path``, as an import sees them: the first of a name wins."""
    found: dict[str, Installed] = {}
    for folder in dict.fromkeys(sys.path if search_path is None else search_path):
        for entry in _metadata_folders(folder or "."):
            name = _find_name(entry)
            if name not in found:
                found[name] = Installed(f"{folder or '.'}{os.sep}{entry}", name)
    return list(found.values())


@lru_cache(maxsize=4096)
def _find_name(metadata: str) -> str:
    """The name of a distribution by that of its folder of metadata, in the form that is compared."""
    return _SEPARATORS.sub("-", metadata.rpartition(".")[0].partition("-")[0]).lower()


def _metadata_folders(folder: str) -> list[str]:
    """The names of the folders of metadata in a folder."""
    try:
        names = os.listdir(folder)  # noqa: PTH208  # a Path for each of a thousand entries costs 5 ms
    except OSError:
        return []  # a zip file, or a folder that does not exist: sys.path may name both
    return sorted(name for name in names if name.endswith((".dist-info", ".egg-info")))


def find_providers(distributions: list[Installed] | None = None) -> list[ProviderEntry]:
    """Every provider that an installed distribution names, in alphabetical order."""
    found = installed_distributions() if distributions is None else distributions
    return sorted(
        (entry for distribution in found for entry in _entries(distribution)),
        key=lambda entry: (entry.name, entry.distribution, entry.target),
    )


def find_misnamed_groups(distributions: list[Installed]) -> list[str]:
    """Entry-point groups that are nearly called like those of providers, in words: what is in them is never found.

    Only an ``entry_points.txt`` with the word ``variant`` is looked at more closely.
    """
    return [
        f"{Path(distribution.metadata).name} has an entry-point group {group!r}, which is not read: "
        f"did you mean {meant!r}?"
        for distribution in distributions
        if (text := distribution.entry_points)
        for group, meant in _find_misnamed(text)
    ]


@lru_cache(maxsize=4096)
def _find_misnamed(entry_points: str) -> tuple[tuple[str, str], ...]:
    """The groups of an ``entry_points.txt`` that are misspelt, each with the one that is meant."""
    if "variant" not in entry_points.lower():
        return ()
    groups = re.findall(r"^\s*\[\s*([^\]]*variant[^\]]*?)\s*\]", entry_points, re.MULTILINE | re.IGNORECASE)
    found = ((group, find_meant_group(group.strip())) for group in dict.fromkeys(groups))
    return tuple((group, meant) for group, meant in found if meant is not None)


def find_meant_group(group: str) -> str | None:
    """The group of providers that a name is nearly, in letters; None for that group itself and for other names."""
    if group in CONTRACTS:
        return None
    from difflib import get_close_matches

    near = get_close_matches(re.sub("[-_. ]", "", group).lower(), [*_BY_LETTERS], n=1, cutoff=_NEAR)
    return _BY_LETTERS[near[0]] if near else None


#: The groups by their letters alone, and what they are also called by mistake.
_BY_LETTERS = {re.sub("[-_. ]", "", group): group for group in CONTRACTS} | {
    "dualvariantplugins": ENTRY_POINT_GROUP,
    "dualvariantproviders": ENTRY_POINT_GROUP,
    "variantlibproviders": ENTRY_POINT_GROUP,
}


def _entries(distribution: Installed) -> tuple[ProviderEntry, ...]:
    text = distribution.entry_points
    if not text or not any(f"[{group}]" in text for group in CONTRACTS):
        return ()
    headers = _read_once(f"{distribution.metadata}/METADATA") or _read_once(f"{distribution.metadata}/PKG-INFO")
    return _parse_entries(text, headers, _read_once(f"{distribution.metadata}/RECORD"), distribution.normalized)


@lru_cache(maxsize=256)
def _parse_entries(text: str, metadata: str, record: str, normalized: str) -> tuple[ProviderEntry, ...]:
    """The providers of a distribution, by the content of its files."""
    headers = dict(_headers(metadata))
    name, version = headers.get("name", normalized), headers.get("version", "0")
    return tuple(
        ProviderEntry(entry, target, name, version, _fingerprint(record, target), contract)
        for group, contract in CONTRACTS.items()
        for entry, target in _group(text, group)
    )


def _group(text: str, group: str) -> Iterator[tuple[str, str]]:
    """Name and target of each entry of a group; extras, which the specification retired, are cut off."""
    section = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            section = line.strip("[]").strip()
        elif section == group and "=" in line and not line.startswith(("#", ";")):
            name, _, target = line.partition("=")
            yield name.strip(), target.partition("[")[0].replace(" ", "")


def _headers(text: str) -> Iterator[tuple[str, str]]:
    for line in text.partition("\n\n")[0].splitlines():  # the description may be long
        if not line.strip():
            return
        name, colon, value = line.partition(":")
        if colon:
            yield name.lower(), value.strip()


def _fingerprint(record: str, target: str) -> str | None:
    """The hash of a RECORD that lists the provider's module with a digest.

    An editable install has a RECORD of a pointer into the source tree, and other installers leave it out: nothing there
    changes when the module does. Without such a RECORD there is no fingerprint, and answers are never kept.
    """
    module = re.escape(target.partition(":")[0].replace(".", "/"))
    # In a long RECORD, a search for the name is much faster than one for the pattern.
    start = record.find(module.replace("\\", ""))
    listed = re.compile(rf"^{module}(/__init__)?\.[^,/]+,[a-z0-9]+=", re.MULTILINE)
    if start < 0 or not listed.search(record, max(0, start - 1)):
        return None
    return _digest(record)


@lru_cache(maxsize=64)
def _digest(record: str) -> str:
    return hashlib.sha256(record.encode()).hexdigest()[:32]


#: What was read before in this process: a file is read again if its time, size or inode has changed.
_read_before: dict[str, tuple[tuple[int, int, int], str]] = {}


def _read_once(path: str) -> str:
    try:
        found = os.stat(path)  # noqa: PTH116  # of a hundred distributions, each time
    except OSError:
        return ""
    state = (found.st_mtime_ns, found.st_size, found.st_ino)
    before = _read_before.get(path)
    if before is None or before[0] != state:
        before = _read_before[path] = (state, _read(Path(path)))
    return before[1]


def _read(path: Path) -> str:
    try:
        return read_regular(path, _LARGEST_FILE).decode("utf-8", "replace")
    except OSError:
        return ""
