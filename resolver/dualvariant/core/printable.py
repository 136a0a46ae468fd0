"""Makes text fit for a terminal: names, reasons and messages can be a stranger's, down to the last character.

Text is kept as it is everywhere else, and escaped here when it is printed: an escape sequence would change the
terminal's state, a direction mark would show a name in another order, and a line break would forge a line of ours.
JSON needs none of this: it is printed in ASCII.
"""

from __future__ import annotations

__all__ = ["printable_line", "printable_message", "shorten"]

#: In front of every line of a message but the first, so that none of them can be taken for another message.
CONTINUED = "  | "


def printable_line(text: str) -> str:
    """The text as one line: each character that is not printable, line breaks included, is an escape as in Python."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def printable_message(text: str) -> str:
    """A message of one or more lines, each as :func:`printable_line`; all but the first are marked as continued."""
    if "\n" not in text:
        return printable_line(text)
    first, *others = (printable_line(line.expandtabs(4)) for line in text.rstrip("\n").split("\n"))
    return "\n".join(
        [first, *(line if line.startswith(CONTINUED) else f"{CONTINUED}{line.strip()}" for line in others)]
    )


def shorten(text: str, limit: int) -> str:
    """The text without its middle if it has more than ``limit`` characters."""
    if len(text) <= limit:
        return text
    kept = limit // 2
    return f"{text[:kept]}…{text[-kept:]}"


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
