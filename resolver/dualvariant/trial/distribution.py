"""Try an installed distribution: import it by its own interpreter, on this CPU, and say how that ended."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Collection
from pathlib import Path

from dualvariant.core.processes import Children
from dualvariant.trial.importing import LIMIT, make_import_command, make_plain_environ, read_end
from dualvariant.trial.modules import list_installed_modules
from dualvariant.trial.outcomes import FAILED, NOT_RUN, RAN, Trial

__all__ = ["try_distribution"]


def try_distribution(python: Path, metadata: Path, scratch: Path, folders: Collection[Path] = ()) -> Trial:
    """Import an installed distribution in a process of its interpreter; the end of that process is the answer.

    Args:
        python: the interpreter of the environment that it is installed in.
        metadata: its ``.dist-info`` folder.
        scratch: an existing folder of ours; the process gets an empty one in it as its working directory.
        folders: folders that the interpreter has not on its path, such as those of ``--target``.
    """
    names = list_installed_modules(metadata)
    if not names.top_levels:
        return Trial(NOT_RUN, "it has nothing that can be imported")
    place, log = scratch / "trial", scratch / "trial.log"
    place.mkdir(exist_ok=True)
    log.write_bytes(b"")
    outcome: str = RAN
    reason: str | None = None
    started = time.monotonic()
    # What the import compiles is in no RECORD, so nothing would ever remove it.
    environ = {**make_plain_environ(os.environ), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        Children().run(make_import_command(python, names, folders), str(place), environ, log, LIMIT)
    except subprocess.TimeoutExpired:
        outcome, reason = FAILED, f"it did not end within {LIMIT} s"
    except subprocess.CalledProcessError as error:
        output = log.read_text("utf-8", "replace")
        outcome, reason = read_end(error.returncode, output, names.top_levels, [metadata.parent.absolute()])
    except OSError as error:
        outcome, reason = NOT_RUN, f"{python} does not start ({error.strerror})"
    return Trial(outcome, reason, time.monotonic() - started)
