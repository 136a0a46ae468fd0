"""One wheel to be built, and what its build is told: plain values that any process can be handed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve, field, frozen

from variantlib.meta import VariantDescription

__all__ = ["LINUX", "PLATFORMS", "ConfigSettings", "Flags", "Job", "Settings", "machine_flags", "native_flags"]

#: The platforms that are built for here, by their wheel tags: this machine's compiler, and zig for the other one.
LINUX = ("linux_x86_64", "linux_aarch64")

#: All platforms that can be declared; those that are not Linux are built by cibuildwheel on such a machine.
PLATFORMS = (*LINUX, "macosx_x86_64", "macosx_arm64", "win_amd64", "win_arm64")

#: Flags by environment variable.
Flags = Mapping[str, tuple[str, ...]]

#: What a build backend is told, as ``python -m build -C NAME=VALUE`` says it; a list says a name several times.
ConfigSettings = Mapping[str, str | list[str]]

# Options that widen the instruction set; "-mno-…" and "-mtune=generic" only narrow or schedule it.
_INSTRUCTIONS = (
    "-march=", "-mcpu=", "-mavx", "-msse", "-mssse", "-mfma", "-mbmi", "-mf16c", "-mlzcnt",
    "-mabm", "-mpopcnt", "-mmovbe", "-maes", "-mpclmul", "-msha", "-mamx", "-xHost", "-xhost", "/arch:", "-arch:",
    "-Ctarget-cpu=", "-Ctarget-feature=", "target-cpu=", "target-feature=",
)  # fmt: skip
_BASELINES = ("-march=x86-64", "-march=armv8-a", "-mcpu=baseline", "-Ctarget-cpu=x86-64", "-Ctarget-cpu=generic")


def machine_flags(flags: Sequence[str]) -> list[str]:
    """The flags among these that go beyond a standard wheel's instruction set, or to this host."""
    return [
        flag
        for flag in flags
        if (flag.startswith(_INSTRUCTIONS) and flag not in _BASELINES)
        or flag in ("-mtune=native", "-fast", "-Ofast=native")
    ]


def native_flags(flags: Sequence[str]) -> list[str]:
    """The flags among these that mean "whatever this very machine is", which no label can say."""
    return [flag for flag in flags if flag.rpartition("=")[2] == "native" or flag in ("-xHost", "-xhost")]


@frozen
class Settings:
    """What a package says about the build of some wheels, beyond what they need.

    Args:
        flags: added to each build's flags, by variable.
        environment: further variables.
        config_settings: for the build backend.
        requires: build requirements beside those of the project's ``[build-system]``.
        dependencies: requirements at run time, beside those in the project's metadata.
        test_command: tries a finished wheel, in an environment that it is installed in.
        test_requires: what the command needs in that environment.
    """

    flags: Flags = field(factory=dict, hash=False)
    environment: Mapping[str, str] = field(factory=dict, hash=False)
    config_settings: ConfigSettings = field(factory=dict, hash=False)
    requires: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    test_command: str | None = None
    test_requires: tuple[str, ...] = ()

    def under(self, other: Settings) -> Settings:
        """Both together: flags and requirements one after the other; where names are the same, ``other`` wins."""
        flags = {
            name: (*self.flags.get(name, ()), *other.flags.get(name, ())) for name in {**self.flags, **other.flags}
        }
        return Settings(
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
        platform: one of :data:`PLATFORMS`.
        variant: the properties it needs; None for the standard wheel.
        settings: what its build is told.
        configuration: the name that the package gave to the variant; None if it has none.
        described: whether the package itself says how to build this variant, by a configuration or an override.
    """

    platform: str
    variant: VariantDescription | None
    settings: Settings = field(factory=Settings, hash=False)
    configuration: str | None = None
    described: bool = False

    @property
    def label(self) -> str | None:
        """The hash in the wheel's file name; None for the standard wheel."""
        return None if self.variant is None else self.variant.hexdigest

    @property
    def name(self) -> str:
        """Tells the jobs of one build apart, and is fit for a file name."""
        return f"{self.platform}-{self.label or 'standard'}"

    @property
    def properties(self) -> list[str]:
        """The properties as strings; none for the standard wheel."""
        return [] if self.variant is None else self.variant.properties

    @property
    def test_key(self) -> list[str | None]:
        """What a try of the wheel depends on, beside the wheel."""
        return [self.settings.test_command, *self.settings.test_requires]

    def __str__(self) -> str:
        properties = ", ".join(self.properties) or "standard"
        return f"{self.platform}, {properties}"

    def with_settings(self, settings: Settings) -> Job:
        """The same wheel, told something else."""
        return evolve(self, settings=settings)
