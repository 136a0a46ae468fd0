"""A choice for another machine than this one (``--platform`` and the options beside it)."""

from __future__ import annotations

from dualvariant.core.report import Reporter
from dualvariant.host.read import Host
from dualvariant.settings.options import ProfileOptions
from dualvariant.settings.pip_config import PipConfig
from dualvariant.target.interpreter import Interpreter
from dualvariant.target.other_machine import OtherMachine
from variantlib.profile import HostProfile

__all__ = ["for_other_machine"]


def for_other_machine(
    host: Host, target: Interpreter, pip_config: PipConfig, options: ProfileOptions, reporter: Reporter
) -> tuple[Host, Interpreter]:
    """The host and the target to choose for, where pip's settings ask for the wheels of another machine.

    What this host supports says nothing of a machine with another platform. Without a profile of that machine, no
    variant is known to run there, and the standard wheels are chosen.

    Args:
        host: what the choice would be for otherwise.
        target: the interpreter that the installer runs in.
        pip_config: pip's settings, those of the command line among them.
        options: says whether ``host`` is from a profile.
        reporter: gets a note if variants are left out.

    Raises:
        UsageError: a setting cannot be used.
    """
    machine = OtherMachine.from_settings(pip_config.values)
    if machine is None:
        return host, target
    if machine.platforms and options.profile is None:
        reporter.note(
            f"nothing that depends on the machine: it is not known what it supports ({', '.join(machine.platforms)}); "
            "--profile names a file that says so"
        )
        host = host._replace(profile=HostProfile([]))
    return host, machine.describe(target)
