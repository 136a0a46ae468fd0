"""A command's help as values: its arguments and options, in groups, each with its words.

The values are read from the parser that the command itself uses, so nothing that is made of them can differ from it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["CommandHelp", "GroupHelp", "OptionHelp"]


class OptionHelp(NamedTuple):
    """One option, or one argument.

    Args:
        names: its names, short ones first; none for an argument.
        value: what stands for its value, such as ``FILE``; empty for a flag.
        words: what it does.
        choices: the values that it takes; none if there are too many to name.
        repeats: whether it may be given several times.
    """

    names: tuple[str, ...]
    value: str
    words: str
    choices: tuple[str, ...] = ()
    repeats: bool = False

    @property
    def title(self) -> str:
        """``-i U, --index-url U`` in the short form ``-i, --index-url U``."""
        return f"{', '.join(self.names)} {self.value}".strip()

    def to_dict(self) -> dict[str, Any]:
        """The form that it has in ``dualvariant help --json``."""
        return {
            "names": list(self.names),
            "value": self.value or None,
            "words": self.words,
            "choices": list(self.choices),
            "repeats": self.repeats,
        }


class GroupHelp(NamedTuple):
    """Options that belong together.

    Args:
        title: the headline.
        options: the options, in order.
        is_rare: whether only the long help shows them.
    """

    title: str
    options: tuple[OptionHelp, ...]
    is_rare: bool = False


class CommandHelp(NamedTuple):
    """The help of one command.

    Args:
        name: its name, such as ``install`` or ``plugins list``.
        summary: what it does, in one sentence.
        usage: what follows ``dualvariant NAME`` on a command line.
        arguments: its arguments.
        groups: its options.
    """

    name: str
    summary: str
    usage: str
    arguments: tuple[OptionHelp, ...]
    groups: tuple[GroupHelp, ...]

    @property
    def options(self) -> list[OptionHelp]:
        """The options of all groups."""
        return [option for group in self.groups for option in group.options]

    def to_dict(self) -> dict[str, Any]:
        """The form that it has in ``dualvariant help --json``."""
        return {
            "name": self.name,
            "summary": self.summary,
            "usage": f"dualvariant {self.name} {self.usage}".rstrip(),
            "arguments": [argument.to_dict() for argument in self.arguments],
            "groups": [
                {"title": group.title, "rare": group.is_rare, "options": [o.to_dict() for o in group.options]}
                for group in self.groups
            ],
        }
