"""The entry point of the process: the command ``dualvariant``, and ``python -m dualvariant``.

Module systems (HPC, ROS, pixi) set ``PYTHONPATH`` to packages of other versions than the ones that dualvariant is
installed with. So what it added to ``sys.path`` is dropped here, before anything but the standard library's start-up
modules is imported. The variable stays in the environment: the target interpreter and its pip see it as they do
without dualvariant.
"""

import os
import sys

__all__ = [
    "drop_foreign_paths",
    "end_at_interrupts",
    "end_undisturbed",
    "hear_of_children",
    "main",
    "open_closed_streams",
]


def drop_foreign_paths() -> None:
    """Remove from ``sys.path`` what ``PYTHONPATH`` added, and the folder of the script or working directory.

    Where dualvariant itself is only in a folder of ``PYTHONPATH``, as in an environment module that brings it, its
    dependencies are expected there too, and the path stays as it is. Folders of the standard library and the
    site-packages of this interpreter stay in any case.
    """
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120  # no pathlib yet
    first = sys.path[:1] if not _is_safe_path() else []
    rest = sys.path[len(first) :]
    if first and home in first and home not in rest:
        first, rest = [], [*first, *rest]
    added = _python_path()
    own = _own_folders()
    if home in added and home not in own:
        sys.path[:] = rest
        return
    foreign = added - own
    sys.path[:] = [path for path in rest if path not in foreign]


def _is_safe_path() -> bool:
    """Whether Python was told not to put the folder of the script, or the working directory, first (``-P``, ``-I``)."""
    return bool(getattr(sys.flags, "safe_path", False) or sys.flags.isolated)


def _python_path() -> set[str]:
    """The folders of ``PYTHONPATH``, as the module ``site`` spells them; an empty entry is the working directory."""
    value = "" if sys.flags.ignore_environment else os.environ.get("PYTHONPATH", "")
    found = set[str]()
    for entry in value.split(os.pathsep) if value else ():
        found.add(entry)
        try:  # noqa: SIM105  # contextlib is not imported yet, and must not come from such a folder
            found.add(os.path.abspath(entry))  # noqa: PTH100
        except OSError:
            pass  # the working directory is gone, and with it every relative entry
    return found


def _own_folders() -> set[str]:
    """The folders of this interpreter's standard library and of its installed distributions."""
    site = sys.modules.get("site")  # Python has imported it, unless it was told not to
    library = os.path.dirname(os.__file__)  # noqa: PTH120
    own = {library, os.path.join(library, "lib-dynload")}  # noqa: PTH118
    own |= {path for path in sys.path if path.endswith(".zip") and path.startswith((sys.prefix, sys.base_prefix))}
    if site is not None:
        own.update(site.getsitepackages())
        own.update(filter(None, [site.getusersitepackages()] if site.ENABLE_USER_SITE else []))
    return own


def open_closed_streams() -> None:
    """Connect each standard stream that is closed (``>&-``) to the null device.

    Otherwise the next file that is opened gets its number, and what is printed goes there: a lock, or a wheel.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            try:
                # The system gives the lowest number that is free, which is this one.
                os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
            except OSError:
                return  # there is no null device either
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", errors="replace", closefd=False))


def end_at_interrupts() -> None:
    """Let Ctrl-C end the process at once, as it ends other programs, while no command runs that would clean up.

    Python's own handler would print a traceback.
    """
    import signal

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def hear_of_children() -> None:
    """Undo it if what started us ignores SIGCHLD, which a new program inherits.

    The system would forget the exit status of each child at once (POSIX, ``wait``), and Python takes that for success.
    """
    import signal

    if hasattr(signal, "SIGCHLD") and signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def end_undisturbed() -> None:
    """Ignore further requests to end: the command has ended, and said how; Python takes a while longer to end itself.

    Otherwise the second Ctrl-C of an impatient user, or a signal that all processes of a session get, would take the
    place of the exit code.
    """
    import signal

    for name in ("SIGTERM", "SIGHUP", "SIGINT"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def main() -> int:
    """Run the command line; returns the exit code."""
    drop_foreign_paths()
    end_at_interrupts()
    open_closed_streams()
    hear_of_children()
    from dualvariant.cli import main as run

    code = run()
    end_undisturbed()
    return code


if __name__ == "__main__":
    sys.exit(main())
