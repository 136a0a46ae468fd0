"""WheelNext's variantlib, the reference implementation of the label dialect, in processes of its own.

It has the import name of ours, so it is unpacked into a folder and imported by another process.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

from downloads import BUILD_FOLDER, fetch_one, locked

__all__ = ["rank", "run"]

VERSION = "0.2.2"
_FOLDER = BUILD_FOLDER / "reference_variantlib"

_RANK = """
import json, sys
from variantlib.api import get_variants_by_priority
found = get_variants_by_priority(variants_json=json.load(sys.stdin))
print(json.dumps([variant.label for variant in found]))
"""


@cache
def _package() -> Path:
    wheel = fetch_one(_FOLDER, f"variantlib=={VERSION}", f"variantlib-{VERSION}-*.whl")
    folder = _FOLDER / wheel.stem
    with locked(_FOLDER):
        if not folder.exists():
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folder)
    return folder


def _python(code: str, *arguments: str | Path, standard_input: str = "") -> str:
    path = f"import sys; sys.path.insert(0, {str(_package())!r})\n"
    command = [sys.executable, "-I", "-c", path + code, *map(str, arguments)]
    done = subprocess.run(command, input=standard_input, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run(*arguments: str | Path) -> str:
    """Run its command line, e.g. ``make-variant …``."""
    return _python("from variantlib.commands.main import main; main()", *arguments)


def rank(text: str) -> list[str]:
    """The labels of an index's document that fit, best first."""
    found: list[str] = json.loads(_python(_RANK, standard_input=text))
    return found
