"""Commands of pip that need no choice of variants: which command of pip or uv does the work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dualvariant.core.errors import UnknownCommandError

__all__ = ["refuse_installer_command"]

#: The words of a command of pip → what does it, with pip and with uv. Variants are installed under their release's
#: ordinary name and version, so pip and uv see them as they see every distribution.
_COMMANDS: Mapping[tuple[str, ...], str] = {
    ("uninstall",): "'pip uninstall NAME' or 'uv pip uninstall NAME' removes a variant too",
    ("freeze",): "'pip freeze' or 'uv pip freeze' lists variants too; 'dualvariant list' shows which they are",
    ("show",): "'pip show NAME' or 'uv pip show NAME' shows a variant too; 'dualvariant list' shows which one",
    ("index", "versions"): (
        "'pip index versions NAME' lists the releases (uv has no such command); 'dualvariant explain NAME' shows the "
        "wheels of one"
    ),
}


def refuse_installer_command(arguments: Sequence[str]) -> None:
    """Point from a command that only pip or uv has to theirs.

    Args:
        arguments: the command line.

    Raises:
        UnknownCommandError: it begins with such a command.
    """
    for words, hint in _COMMANDS.items():
        # 'index versions' alone is the index of a folder that is called so.
        if tuple(arguments[: len(words)]) == words and (len(words) == 1 or len(arguments) > len(words)):
            raise UnknownCommandError(f"dualvariant has no command {' '.join(words)!r}: pip's and uv's do it", hint)
