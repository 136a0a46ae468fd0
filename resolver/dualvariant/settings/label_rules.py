"""What the user says about the providers of label variants: which optional ones count, and who answers for a package.

``enabled_providers`` and ``--enable-provider`` are wishes and may stand anywhere. ``stand_in`` says whom to believe: it
counts in the user's own configuration directory alone.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from dualvariant.core.dirs import config_dir
from dualvariant.settings.own_files import ENABLED_KEY, STAND_IN_KEY, read_own_setting
from variantlib.preferences import LabelRules

__all__ = ["read_label_rules"]


def read_label_rules(
    command_line: Collection[str],
    listed: Collection[str],
    plugins: Mapping[str, tuple[str, str]],
    providers: Collection[str],
    note: Callable[[str], None],
) -> LabelRules:
    """What the command line and the settings files say.

    Args:
        command_line: the values of ``--enable-provider``.
        listed: the providers of a profile that the user names. It is the user's own list of what is supported; for the
            namespaces of the built-in providers the package that a document names still counts.
        plugins: for a namespace that a trusted plugin of this host answers, its package and version.
        providers: the names of the installed providers.
        note: gets a message for what has no effect, and for a name that may be misspelt.
    """
    enabled = {name.strip(): "--enable-provider" for value in command_line for name in value.split(",") if name.strip()}
    for place, value in read_own_setting(ENABLED_KEY, _ignore):
        if isinstance(value, list) and all(isinstance(name, str) for name in value):
            enabled |= dict.fromkeys(value, f"{place}: {ENABLED_KEY}")
        else:
            note(f"{place}: {ENABLED_KEY} must be a list of namespaces, so it is not used: {reprlib.repr(value)}")
    if enabled:
        from variantlib.cpu.doubts import find_provider_doubt  # few name any, and it reads tables

        for name, place in enabled.items():
            doubt = find_provider_doubt(name, providers)
            if doubt is not None:
                note(f"{place}: {doubt}")
    return LabelRules(frozenset(enabled), dict(_read_stand_ins(note)), _find_own(listed), plugins)


def _find_own(listed: Collection[str]) -> frozenset[str]:
    if not listed:
        return frozenset()
    from variantlib.label_support import STAND_INS

    return frozenset(name for name in listed if name not in STAND_INS)


def _read_stand_ins(note: Callable[[str], None]) -> Iterator[tuple[str, str]]:
    folder = config_dir()
    for place, value in read_own_setting(STAND_IN_KEY, _ignore):
        if folder is None or Path(place).parent != folder:
            note(f"{place}: {STAND_IN_KEY} has no effect here, only in the user's own variant.toml")
        elif isinstance(value, dict) and all(isinstance(package, str) for package in value.values()):
            yield from value.items()
        else:
            form = 'a table, as in { acme = "acme-variant-provider" }'
            note(f"{place}: {STAND_IN_KEY} must be {form}, so it is not used: {reprlib.repr(value)}")


def _ignore(message: str) -> None:
    """What is wrong with a file is said when the order of the providers is read."""
