"""The command under test, in a world of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["Tool"]

#: Profiles by name, for ``--profile``: tests choose for a host instead of having one.
LEVELS = {"v1": ["v1"], "v2": ["v2", "v1"], "v3": ["v3", "v2", "v1"], "v4": ["v4", "v3", "v2", "v1"]}


class Tool:
    """Runs ``dualvariant`` as a user does, with an empty home and none of this machine's settings.

    Args:
        home: the folder that everything it may write to lies in.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.temporary = home / "tmp"
        self.temporary.mkdir(parents=True)
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

    def popen(self, *arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
        """Start it."""
        options.setdefault("env", self.environment)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        options.setdefault("cwd", self.home)
        return subprocess.Popen([sys.executable, "-m", "dualvariant", *map(str, arguments)], text=True, **options)

    def __call__(
        self, *arguments: str | Path, code: int = 0, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run it to its end, expecting this exit code and never a traceback."""
        process = self.popen(*arguments, env={**self.environment, **(environment or {})})
        stdout, stderr = process.communicate(timeout=120)
        result = subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)
        said = f"{result.args}\n--- stdout\n{stdout}\n--- stderr\n{stderr}"
        assert "Traceback" not in stderr, said
        assert process.returncode == code, said
        return result

    def run(self, *command: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run something else in the same world."""
        result = subprocess.run(
            list(map(str, command)), env=self.environment, cwd=self.home, capture_output=True, text=True
        )
        assert result.returncode == code, f"{result.args}\n{result.stdout}\n{result.stderr}"
        return result

    def profile(self, name: str, providers: Mapping[str, Mapping[str, list[str]]]) -> Path:
        """Write a profile and return where it is."""
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
        """A profile of a CPU of that level."""
        return self.profile(name, {"x86_64": {"level": LEVELS[name]}})
