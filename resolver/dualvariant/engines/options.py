"""Options of the installer that are passed on, checked for those that would bypass the choice of variants."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from dualvariant.core.errors import RefusedOptionError

__all__ = ["EngineOptions"]

_SOURCES = ("-i", "--index-url", "--pypi-url", "--extra-index-url", "-f", "--find-links", "--no-index")
_TAGS = ("--platform", "--python-version", "--implementation", "--abi")
_OURS = ("-r", "--requirement", "-c", "--constraint", "--pre", "--no-binary", "--only-binary")
_PLACES = ("-t", "--target", "--user", "--prefix", "--root")
_MORE = ("--editable", "--group", "--requirements-from-script", "--override", "--overrides", "--prerelease")
_REINSTALL = ("--force-reinstall", "-I", "--ignore-installed")


@frozen
class EngineOptions:
    """Options for the engine, as pip spells them.

    Args:
        arguments: the options and their values.
    """

    arguments: tuple[str, ...] = ()

    @classmethod
    def combine(cls, known: Sequence[str], passed_on: Sequence[str]) -> EngineOptions:
        """Options among ours that the engine gets, and those behind ``--``.

        Raises:
            RefusedOptionError: one of the latter would bypass the choice.
        """
        for argument in passed_on:
            if _is_one_of(argument, (*_SOURCES, *_OURS)):
                raise RefusedOptionError(
                    f"{argument!r} after '--' would bypass the choice of variants",
                    "put it before '--'",
                )
            if _is_one_of(argument, _TAGS):
                raise RefusedOptionError(
                    f"{argument!r} cannot be combined with the choice of variants",
                    "--python names the interpreter to install for",
                )
        return cls((*known, *passed_on))

    @property
    def edits(self) -> bool:
        """Whether they ask for a project to be installed in place."""
        return any(_is_one_of(argument, ("-e", "--editable")) for argument in self.arguments)

    @property
    def adds_requirements(self) -> bool:
        """Whether they name requirements, or change some, in a way that only the engine reads."""
        return any(argument.partition("=")[0] in _MORE or argument.startswith("-e") for argument in self.arguments)

    @property
    def places(self) -> dict[str, str]:
        """Options by which the engine installs into another place than the interpreter's own, with their values."""
        places: dict[str, str] = {}
        for argument, after in zip(self.arguments, [*self.arguments, ""][1:], strict=True):
            if _is_one_of(argument, _PLACES):
                option, equals, value = argument.partition("=")
                if not option.startswith("--"):  # '-t DIR' or '-tDIR'
                    option, equals, value = "--target", argument[2:], argument[2:]
                places[option] = value if equals else after
        return places

    @property
    def reinstalls(self) -> bool:
        """Whether they have every distribution installed again."""
        return any(argument in _REINSTALL for argument in self.arguments)


def _is_one_of(argument: str, names: Sequence[str]) -> bool:
    option = argument.partition("=")[0]
    # A short option may carry its value without a blank.
    return option in names or any(
        len(name) == 2 and argument.startswith(name) and not argument.startswith("--") for name in names
    )
