"""Whether a file is a valid profile, and what in it can hardly be meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dualvariant.core.errors import UnreadableFileError
from dualvariant.core.files import read_named
from dualvariant.profiles.read import LARGEST_PROFILE
from variantlib.cpu.doubts import find_doubt
from variantlib.cpu.tables import load_table
from variantlib.errors import ProfileError
from variantlib.meta import VariantMeta
from variantlib.profile import HostProfile

__all__ = ["ProfileReport", "check_profile", "find_doubts"]


class ProfileReport(NamedTuple):
    """What was found out about one file.

    Args:
        path: the file.
        profile: what it supports; None if it is no profile.
        problems: why it is none, each with its path in the document.
        doubts: what is valid and can hardly be meant, each with its path in the document.
    """

    path: Path
    profile: HostProfile | None
    problems: Sequence[str] = ()
    doubts: Sequence[str] = ()

    @property
    def is_valid(self) -> bool:
        """Whether ``--profile`` takes it."""
        return self.profile is not None

    def describe(self) -> Iterator[str]:
        """The report in lines."""
        if self.profile is not None:
            yield f"{self.path}: valid, profile {self.profile.digest}"
        yield from (f"{self.path}: {problem}" for problem in self.problems)
        yield from (f"{self.path}: doubtful: {doubt}" for doubt in self.doubts)

    def to_dict(self) -> dict[str, Any]:
        """The report in JSON."""
        return {
            "path": str(self.path),
            "valid": self.is_valid,
            "digest": None if self.profile is None else self.profile.digest,
            "problems": list(self.problems),
            "doubts": list(self.doubts),
        }


def check_profile(path: Path) -> ProfileReport:
    """Read a file as a profile.

    Raises:
        UnreadableFileError: it cannot be read.
    """
    try:
        content = read_named(path, LARGEST_PROFILE)
    except OSError as error:
        raise UnreadableFileError(
            f"the profile cannot be read ({error.strerror}): {str(path)!r}", "name a file that is there"
        ) from error
    try:
        profile = HostProfile.from_json(content)
    except ProfileError as error:
        return ProfileReport(path, None, error.problems)
    return ProfileReport(path, profile, (), list(find_doubts(profile)))


def find_doubts(profile: HostProfile) -> Iterator[str]:
    """What is valid and can hardly be meant: names that no table has, levels without those that they include."""
    for position, answer in enumerate(profile.providers):
        for place, config in enumerate(answer.configs):
            path = f"providers[{position}].configs[{place}]"
            for number, value in enumerate(config.values):
                doubt = find_doubt(VariantMeta(answer.provider, config.key, value))
                if doubt is not None:
                    yield f"{path}.values[{number}]: {doubt}"
            if answer.provider in ("x86_64", "aarch64") and config.key == load_table(answer.provider).key:
                yield from _find_missing_levels(path, answer.provider, config.values)


def _find_missing_levels(path: str, architecture: str, values: Sequence[str]) -> Iterator[str]:
    known = load_table(architecture).values
    present = [value for value in known if value in values]
    below = known[known.index(present[0]) :] if present else []
    missing = [value for value in below if value not in values]
    if missing:
        yield f"{path}.values: {present[0]} includes {', '.join(missing)}, and a wheel for that is rejected without it"
    if [value for value in values if value in known] != present:
        yield f"{path}.values: the best value comes first, which is {present[0]}"
