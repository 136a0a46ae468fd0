"""A job: one wheel to be built, with the settings of its build. A plain value that can be sent to other machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen

from variantlib.label_meta import LabelVariant
from variantlib.meta import VariantDescription

__all__ = ["BuildSettings", "ConfigSettings", "Flags", "Job", "select_machine_flags", "select_native_flags"]

#: Flags by environment variable.
Flags = Mapping[str, tuple[str, ...]]

#: Settings for a build backend, as ``python -m build -C NAME=VALUE`` passes them; a list is a repeated name.
ConfigSettings = Mapping[str, str | list[str]]

# Options that widen the instruction set; "-mno-…" and "-mtune=generic" only narrow or schedule it.
_INSTRUCTIONS = (
    "-march=", "-mcpu=", "-mavx", "-msse", "-mssse", "-mfma", "-mbmi", "-mf16c", "-mlzcnt",
    "-mabm", "-mpopcnt", "-mmovbe", "-maes", "-mpclmul", "-msha", "-mamx", "-xHost", "-xhost", "/arch:", "-arch:",
    "-Ctarget-cpu=", "-Ctarget-feature=", "target-cpu=", "target-feature=",
)  # fmt: skip
_BASELINES = ("-march=x86-64", "-march=armv8-a", "-mcpu=baseline", "-Ctarget-cpu=x86-64", "-Ctarget-cpu=generic")


def select_machine_flags(flags: Sequence[str]) -> list[str]:
    """The flags among these that go beyond a standard wheel's instruction set, or are tuned for this host."""
    return [
        flag
        for flag in flags
        if (flag.startswith(_INSTRUCTIONS) and flag not in _BASELINES)
        or flag in ("-mtune=native", "-fast", "-Ofast=native")
    ]


def select_native_flags(flags: Sequence[str]) -> list[str]:
    """The flags among these that mean "the CPU of this machine", which no label can express."""
    return [flag for flag in flags if flag.rpartition("=")[2] == "native" or flag in ("-xHost", "-xhost")]


@frozen
class BuildSettings:
    """The settings of some wheels' builds.

    Args:
        flags: added to each build's flags, by variable.
        environment: further variables.
        config_settings: for the build backend.
        requires: build requirements beside those of the project's ``[build-system]``.
        dependencies: requirements at run time, beside those in the project's metadata.
        test_command: a command that tests a finished wheel, in an environment in which it is installed.
        test_requires: what the command needs in that environment.
    """

    flags: Flags = field(factory=dict, hash=False)
    environment: Mapping[str, str] = field(factory=dict, hash=False)
    config_settings: ConfigSettings = field(factory=dict, hash=False)
    requires: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    test_command: str | None = None
    test_requires: tuple[str, ...] = ()

    def merge(self, other: BuildSettings) -> BuildSettings:
        """Both together: flags and requirements one after the other; where names are the same, ``other`` wins."""
        flags = {
            name: (*self.flags.get(name, ()), *other.flags.get(name, ())) for name in {**self.flags, **other.flags}
        }
        return BuildSettings(
            flags,
            {**self.environment, **other.environment},
            {**self.config_settings, **other.config_settings},
            tuple(dict.fromkeys((*self.requires, *other.requires))),
            tuple(dict.fromkeys((*self.dependencies, *other.dependencies))),
            other.test_command if other.test_command is not None else self.test_command,
            tuple(dict.fromkeys((*self.test_requires, *other.test_requires))),
        )


@frozen
class Job:
    """One wheel to be built.

    Args:
        platform: the name of a platform (:mod:`dualvariant.core.platforms`).
        variant: the properties it needs; None for the standard wheel.
        settings: the settings of its build.
        configuration: the name that the package gave to the variant; None if it has none.
        described: whether the package itself says how to build this variant, by a configuration or an override.
        dialect: ``hash``, ``label``, or ``both``: the wheel is then written as both.
        labelled: the variant as a label wheel has it; None for hash wheels alone.
    """

    platform: str
    variant: VariantDescription | None
    settings: BuildSettings = field(factory=BuildSettings, hash=False)
    configuration: str | None = None
    described: bool = False
    dialect: str = "hash"
    labelled: LabelVariant | None = None

    @property
    def label(self) -> str | None:
        """The label or hash in the wheel's file name; the hash for both dialects, None for the standard wheel."""
        if self.variant is None:
            return None
        if self.dialect == "label" and self.labelled is not None:
            return self.labelled.label
        return self.variant.hexdigest

    @property
    def name(self) -> str:
        """Unique among the jobs of one build, and usable as a file name."""
        return f"{self.platform}-{'standard' if self.variant is None else self.variant.hexdigest}"

    @property
    def names(self) -> list[str]:
        """What the package calls the variant; nothing or one name."""
        return [] if self.configuration is None else [self.configuration]

    @property
    def properties(self) -> list[str]:
        """The properties as strings; none for the standard wheel."""
        return [] if self.variant is None else self.variant.properties

    @property
    def test_key(self) -> list[str | None]:
        """The settings that the result of a test depends on."""
        return [self.settings.test_command, *self.settings.test_requires]

    def __str__(self) -> str:
        properties = ", ".join(self.properties) or "standard"
        return f"{self.platform}, {properties}"

    def with_settings(self, settings: BuildSettings) -> Job:
        """The same wheel with other settings."""
        return evolve(self, settings=settings)

    def to_dict(self) -> dict[str, Any]:
        """As ``build --list --json`` prints it."""
        return {
            "platform": self.platform,
            "dialect": "standard" if self.variant is None else "label" if self.dialect == "label" else "hash",
            "label": self.label,
            **({"label_of_label_wheel": self.labelled.label} if self.labelled and self.dialect == "both" else {}),
            "properties": self.properties,
            **({"configuration": self.configuration} if self.configuration else {}),
        }
