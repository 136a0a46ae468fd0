"""The command under test, in a home folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from messages import error_code
from processes import PATIENCE, end_tree

__all__ = ["Tool"]

#: CPU levels by name, for profiles: tests choose for a given CPU instead of the one that they run on.
LEVELS = {"v1": ["v1"], "v2": ["v2", "v1"], "v3": ["v3", "v2", "v1"], "v4": ["v4", "v3", "v2", "v1"]}


class Tool:
    """Runs ``dualvariant`` as a user does, with an empty home folder and none of this machine's settings.

    Args:
        home: the new home folder; settings, caches and temporary files are all in it.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        #: The interpreter that runs the command.
        self.python = Path(sys.executable)
        self.temporary = home / "tmp"
        self.temporary.mkdir(parents=True)
        self._processes: list[subprocess.Popen[str]] = []
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PIP_", "UV_", "DUALVARIANT_", "VIRTUAL_ENV", "CONDA_", "XDG_"))
            and not name.lower().endswith("_proxy")
        }
        self.environment.update(
            HOME=str(home),
            TMPDIR=str(self.temporary),
            PIP_CONFIG_FILE=os.devnull,
            PIP_DISABLE_PIP_VERSION_CHECK="1",
            PIP_NO_INPUT="1",
        )

    def share_answers(self, folder: Path) -> None:
        """Keep the answers of providers in a folder that others share: to ask them all takes longer than many tests.

        Args:
            folder: an existing folder. What is in it is used only as long as it is true, as in the cache of a user.
        """
        cache = self.home / ".cache" / "dualvariant"
        cache.mkdir(parents=True)
        (cache / "providers").symlink_to(folder, target_is_directory=True)

    def popen(self, *arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
        """Start the command and return its process; the caller waits for it."""
        options.setdefault("env", self.environment)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        options.setdefault("cwd", self.home)
        command = [str(self.python), "-m", "dualvariant", *map(str, arguments)]
        process: subprocess.Popen[str] = subprocess.Popen(command, text=True, **options)
        self._processes.append(process)
        return process

    def __call__(
        self,
        *arguments: str | Path,
        code: int = 0,
        error: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run the command to its end and check how it ended; it must never end with a traceback.

        Args:
            arguments: the command's arguments.
            code: the expected exit code.
            error: the expected code of the error message, e.g. ``nothing-fits``; None leaves it unchecked.
            environment: variables on top of :attr:`environment`.
        """
        process = self.popen(*arguments, env={**self.environment, **(environment or {})})
        stdout, stderr = process.communicate(timeout=PATIENCE)
        result = subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)
        output = f"{result.args}\n--- stdout\n{stdout}\n--- stderr\n{stderr}"
        assert "Traceback" not in stderr, output
        assert process.returncode == code, output
        assert error is None or error_code(stderr) == error, output
        return result

    def end_processes(self) -> None:
        """Kill the commands that still run, and their children: those of a test that failed half-way."""
        for process in self._processes:
            if process.poll() is None:
                end_tree(process.pid)
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()

    def run(self, *command: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run another program with the same environment variables and home folder, expecting this exit code."""
        result = subprocess.run(
            list(map(str, command)), env=self.environment, cwd=self.home, capture_output=True, text=True
        )
        assert result.returncode == code, f"{result.args}\n{result.stdout}\n{result.stderr}"
        return result

    def profile(self, name: str, providers: Mapping[str, Mapping[str, list[str]]]) -> Path:
        """Write a profile and return its path."""
        document = {
            "schema": "dualvariant/profile/1",
            "providers": [
                {"provider": provider, "configs": [{"key": k, "values": v} for k, v in keys.items()]}
                for provider, keys in providers.items()
            ],
        }
        path = self.home / f"{name}.json"
        path.write_text(json.dumps(document))
        return path

    def level(self, name: str) -> Path:
        """Write the profile of an x86-64 CPU of a level, e.g. ``v3``, and return its path."""
        return self.profile(name, {"x86_64": {"level": LEVELS[name]}})
