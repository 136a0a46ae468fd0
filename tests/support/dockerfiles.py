"""The instructions of a Dockerfile, carried out in a folder: enough for the recipes of the documentation.

There is no image and no container. Folders of the image are folders below a root, and programs are this machine's.
``FROM`` counts for nothing.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

__all__ = ["Image", "read_dockerfiles"]

#: Folders of an image that recipes name.
_FOLDERS = re.compile(r"(?<![\w.])/(?=(?:src|opt|app|usr/local)\b)")


def read_dockerfiles(page: Path) -> list[str]:
    """The Dockerfiles of a page, in their order."""
    return re.findall(r"^```dockerfile\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


class Image:
    """What an image has after its instructions.

    Args:
        root: a folder of ours, for the image's root.
        context: the folder that files are copied from.
        environment: the variables of the machine that builds.
    """

    def __init__(self, root: Path, context: Path, environment: Mapping[str, str]) -> None:
        self.root = root
        self.context = context
        self.environment = dict(environment)
        self.arguments: dict[str, str] = {}
        self.entry_point: list[str] = []
        self.command: list[str] = []

    def build(self, dockerfile: str, arguments: Mapping[str, str] = {}) -> None:
        """Carry out the instructions.

        Args:
            dockerfile: its text.
            arguments: the values of ``--build-arg``.
        """
        lines = [line for line in dockerfile.splitlines() if not line.lstrip().startswith("#")]
        for line in "\n".join(lines).replace("\\\n", " ").splitlines():
            instruction, _, rest = line.strip().partition(" ")
            if instruction == "ARG":
                name, _, value = rest.partition("=")
                self.arguments[name] = arguments.get(name, value)
            elif instruction == "COPY":
                *sources, target = shlex.split(rest)
                self._copy(sources, target)
            elif instruction == "RUN":
                self._run(rest)
            elif instruction == "ENV":
                name, _, value = rest.partition("=")
                self.environment[name] = self._here(value.replace("$PATH", self.environment["PATH"]))
            elif instruction == "ENTRYPOINT":
                self.entry_point = json.loads(self._here(rest))
            elif instruction == "CMD":
                self.command = json.loads(self._here(rest))
            else:
                assert instruction in ("FROM", ""), line

    def _here(self, text: str) -> str:
        return _FOLDERS.sub(f"{self.root}/", text)

    def _copy(self, sources: list[str], target: str) -> None:
        place = Path(self._here(target))
        if target.endswith("/"):
            place.mkdir(parents=True, exist_ok=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        for source in sources:
            if (self.context / source).is_dir():
                shutil.copytree(self.context / source, place, dirs_exist_ok=True)
            else:
                shutil.copy(self.context / source, place)

    def _run(self, line: str) -> None:
        environment = {**self.environment, **self.arguments}
        done = subprocess.run(["sh", "-ec", self._here(line)], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"

    def start(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Start a container: the entry point, with a command in the place of the image's own.

        Args:
            command: its words; none for the image's own.
            variables: further environment variables.
        """
        words = [*self.entry_point, *(command or self.command)]
        environment = {**self.environment, **variables}
        program = shutil.which(words[0], path=environment.get("PATH", os.defpath))
        assert program is not None, words
        return subprocess.run([program, *words[1:]], env=environment, capture_output=True, text=True)
