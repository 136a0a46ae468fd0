"""The requirement files that a command line names: their hashes count for the choice.

They are read before the tool reads them, so only what can be read twice is.
"""

from __future__ import annotations

from dualvariant.launch.recognize import Recognized
from dualvariant.requirements.pipes import can_be_read_twice
from dualvariant.settings.options import RequirementOptions

__all__ = ["find_requirement_files"]


def find_requirement_files(recognized: Recognized) -> RequirementOptions:
    """The requirement and constraint files on the command line of pip, or of ``uv pip``, that can be read before.

    A chosen variant has another hash than the standard wheel. A file that lists hashes means that nothing else will do.
    """
    words = list(recognized.command[recognized.end :])
    command = " ".join(recognized.command[recognized.start : recognized.end])
    if recognized.name not in ("pip", "uv") or recognized.is_for_user:
        return RequirementOptions()
    found: dict[str, list[str]] = {"-r": [], "-c": []}
    names = {"-r": ("-r", "--requirement", "--requirements"), "-c": ("-c", "--constraint", "--constraints")}
    for position, word in enumerate(words):
        for short, spelled in names.items():
            name, equals, value = word.partition("=")
            if word in spelled and position + 1 < len(words):
                found[short].append(words[position + 1])
            elif equals and name in spelled[1:]:
                found[short].append(value)
            elif word.startswith(short) and not word.startswith("--") and len(word) > 2:
                found[short].append(word[2:])
    if recognized.name == "uv" and "sync" in command.split():
        found["-r"] += [word for word in words if word.endswith((".txt", ".in")) and word not in found["-c"]]
    files = {short: tuple(dict.fromkeys(filter(_can_be_read, names))) for short, names in found.items()}
    return RequirementOptions(requirement_files=files["-r"], constraint_files=files["-c"], leave_pipes=True)


def _can_be_read(name: str) -> bool:
    """Whether a file is one with requirements that the tool can read after us. What is not there, it reports."""
    return not name.endswith(".toml") and can_be_read_twice(name)
