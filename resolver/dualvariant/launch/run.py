"""One ``dualvariant exec``, step by step."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from dualvariant.core.errors import DualvariantError
from dualvariant.core.report import Reporter
from dualvariant.engines.failures import EngineNotFoundError
from dualvariant.launch.environments import find_environment, find_program_of_uv, find_python_of_script, folder_of
from dualvariant.launch.lock_files import LockFileError, LockFiles
from dualvariant.launch.outer import record_changes
from dualvariant.launch.project_folders import find_places
from dualvariant.launch.recognize import Recognized, recognize
from dualvariant.launch.sync import NO_SYNC, find_options, find_sync, runs_without_project
from dualvariant.launch.table import Way
from dualvariant.launch.terminal import hold_signals, replace_process, run_program
from dualvariant.launch.uv_folders import VARIABLES, enter_folder, name_settings, with_variable
from dualvariant.settings.options import SelectionOptions
from variantlib.errors import VariantError

__all__ = ["ExecOrder", "execute"]


class ExecOrder(NamedTuple):
    """What is to be run.

    Args:
        command: program and arguments.
        options: which variant is asked for.
        refit: exchanges what is installed in an environment, named by its folder or its interpreter, with an engine
            (None: what the settings say); returns an exit code.
        reporter: gets messages.
    """

    command: Sequence[str]
    options: SelectionOptions
    refit: Callable[[str, str | None], int]
    reporter: Reporter


def execute(order: ExecOrder) -> int:
    """Run a command so that what it installs is the best for this host.

    Returns:
        Its exit code, or minus the number of the signal that ended it; if it succeeded and what follows did not, the
        exit code of that.

    Raises:
        DualvariantError: it cannot be started, or it has written the address of the view into a lock file.
    """
    recognized = recognize(order.command)
    if recognized.way is Way.AS_IT_IS:
        replace_process(order.command, os.environ)
    if recognized.way is Way.VIEW:
        return _run_with_view(order, recognized)
    if recognized.way is Way.RUN:
        return _refit_and_run(order, recognized)
    with hold_signals() as mask:
        code = run_program(order.command, os.environ, mask)
    return code or _refit(order, recognized)


def _run_with_view(order: ExecOrder, recognized: Recognized) -> int:
    from dualvariant.core.scratch import make_scratch_dir
    from dualvariant.host.read import read_host
    from dualvariant.launch.views import ViewOrder, serve_views
    from dualvariant.target.probe import InterpreterProbe

    options = recognized.tool.python if recognized.tool is not None else ()
    named = recognized.python or recognized.value_of(*options)
    if recognized.name == "pip" and named is None:
        named = find_python_of_script(order.command[0], os.environ)
    with InterpreterProbe(_find_python(named)) as probe:
        host = read_host(order.options.host, order.reporter)
        target = probe.interpreter()
    here = Path.cwd()
    with hold_signals() as mask, ExitStack() as stack:
        scratch = stack.enter_context(make_scratch_dir())
        with name_settings(recognized), enter_folder(recognized):
            files = LockFiles(here, Path.cwd(), *find_places(recognized, Path.cwd(), os.environ))
            served = serve_views(ViewOrder(order.options, host, target, recognized, scratch, order.reporter), stack)
        environment = {name: value for name, value in served.environment.items() if name not in VARIABLES}
        environment |= {name: value for name, value in os.environ.items() if name in VARIABLES}
        code = run_program(order.command, record_changes(os.environ, environment), mask)
    changed = files.put_back(served.marks)
    if changed:
        raise LockFileError(
            "the command wrote the address of the view, which is gone now, into a lock file, which was put back: "
            f"{', '.join(repr(str(path)) for path in changed)}",
            "lock without 'dualvariant exec', and install by the lock with it",
        )
    return code


def _find_python(named: str | None) -> Path:
    """An interpreter of this machine: the one that is named by its path or name, the active one, or our own.

    A tool may have other names for interpreters, such as ``3.12``. That does no harm: each installer says which Python
    it works for (:mod:`dualvariant.launch.pythons`).
    """
    from dualvariant.target.find import find_target

    for wanted in dict.fromkeys((named, None)):
        with suppress(DualvariantError):
            return find_target(wanted, lambda message: None)
    return Path(sys.executable)


def _refit_and_run(order: ExecOrder, recognized: Recognized) -> int:
    """Sync the environment as the tool does, if it does, refit it, and run without another sync."""
    position = recognized.find_program()
    command = list(order.command)
    if position >= len(command):
        replace_process(command, os.environ)  # nothing to run: the tool says so
    if recognized.name == "uv" and runs_without_project(recognized, os.environ):
        order.reporter.note("uv makes no environment of a project here: the command runs as it is")
        replace_process(command, os.environ)
    sync = find_sync(recognized, Path.cwd(), os.environ)
    if sync is not None:
        with hold_signals() as mask:
            code = run_program(sync, os.environ, mask, beside=True)
        if code < 0 or (code and recognized.name == "uv"):
            return code
        if code:
            loud = shlex.join(word for word in sync if word != "--quiet")
            order.reporter.warn(
                f"the environment could not be synced ({loud!r} says why); the command runs in it as it is"
            )
    if recognized.name == "uv" and NO_SYNC not in find_options(recognized):
        command.insert(recognized.end, NO_SYNC)
    _try_to_refit(order, recognized)
    replace_process(command, os.environ)
    raise AssertionError("the process was replaced")


def _try_to_refit(order: ExecOrder, recognized: Recognized) -> None:
    """Refit before something runs, which it does whatever comes of that."""
    reason = ""
    try:
        if not _refit(order, recognized):
            return
    except (DualvariantError, VariantError, OSError) as error:
        reason = f" ({error})"
    order.reporter.warn(f"the environment was not refitted{reason}; the command runs in it as it is")


def _refit(order: ExecOrder, recognized: Recognized) -> int:
    """Refit the environment that a command has filled; 0 if there is none."""
    found = find_environment(recognized, os.environ)
    if found is None:
        return 0
    place = Path.cwd() / found
    folder = folder_of(place)
    if not (folder / "pyvenv.cfg").is_file():
        order.reporter.note(f"no virtual environment, so nothing is exchanged there: {str(folder)!r}")
        return 0
    with _engine_of(recognized) as engine, name_settings(recognized), enter_folder(recognized):
        return order.refit(str(place), engine)


@contextmanager
def _engine_of(recognized: Recognized) -> Iterator[str | None]:
    """The engine for what a tool has installed: uv, whose own sources count, for uv, and else none in particular.

    A uv that is found by the command line alone is on PATH meanwhile. Where no uv is found, the settings decide.
    """
    from dualvariant.engines.choice import find_uv

    if recognized.name != "uv":
        yield None
        return
    try:
        find_uv()
        path = os.environ.get("PATH")
    except EngineNotFoundError:
        own = find_program_of_uv(recognized, os.environ)
        if own is None or own.stem != "uv":
            yield None
            return
        path = os.pathsep.join([os.environ.get("PATH", os.defpath), str(own.parent)])
    with with_variable("PATH", path):
        yield "uv"
