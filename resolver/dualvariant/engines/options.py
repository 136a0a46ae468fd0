"""The installer's own options, which are passed on after a look at what would go around the view."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from dualvariant.core.errors import UsageError

__all__ = ["EngineOptions"]


@frozen
class EngineOptions:
    """What stands after ``--``: passed on as it is, after a look at what would go around the view.

    Args:
        arguments: the options and their values.
    """

    arguments: Sequence[str] = ()

    _SOURCES = ("-i", "--index-url", "--pypi-url", "--extra-index-url", "-f", "--find-links", "--no-index")
    _TAGS = ("--platform", "--python-version", "--implementation", "--abi")
    _OURS = ("-r", "--requirement", "-c", "--constraint", "--pre", "--no-binary", "--only-binary")
    _ELSEWHERE = ("-t", "--target", "--user", "--prefix", "--root")
    _REINSTALL = ("--force-reinstall", "-I", "--ignore-installed")

    @classmethod
    def of(cls, passed_on: Sequence[str], behind_dashes: Sequence[str]) -> EngineOptions:
        """Options that we know and pass on, and those behind ``--``, which must not go around the choice.

        Raises:
            UsageError: one of the latter does.
        """
        for argument in behind_dashes:
            if cls._is(argument, (*cls._SOURCES, *cls._OURS)):
                raise UsageError(
                    f"{argument} after '--' would go around the choice of variants",
                    "put it before '--'",
                )
            if cls._is(argument, cls._TAGS):
                raise UsageError(
                    f"{argument} cannot be combined with the choice of variants",
                    "--python names the interpreter to install for",
                )
        return cls((*passed_on, *behind_dashes))

    @staticmethod
    def _is(argument: str, names: Sequence[str]) -> bool:
        option = argument.partition("=")[0]
        # A short option may carry its value without a blank.
        return option in names or any(
            len(name) == 2 and argument.startswith(name) and not argument.startswith("--") for name in names
        )

    @property
    def edits(self) -> bool:
        """Whether they ask for a project to be installed in place."""
        return any(self._is(argument, ("-e", "--editable")) for argument in self.arguments)

    @property
    def elsewhere(self) -> dict[str, str]:
        """Options by which the engine installs into another place than the interpreter's own, with their values."""
        places: dict[str, str] = {}
        for argument, after in zip(self.arguments, [*self.arguments, ""][1:], strict=True):
            if self._is(argument, self._ELSEWHERE):
                option, equals, value = argument.partition("=")
                if not option.startswith("--"):
                    option, equals, value = "--target", argument[2:], argument[2:]
                places[option] = value if equals else after
        return places

    @property
    def reinstalls(self) -> bool:
        """Whether what is installed is exchanged anyway."""
        return any(argument in self._REINSTALL for argument in self.arguments)
