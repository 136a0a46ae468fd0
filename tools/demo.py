"""``make demo``: build variants of dual_autodiff, install the one for this machine, and show what plain pip takes.

Every command is printed before it runs, so that it can be repeated by hand. All files are made in the folder that the
first argument names.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path


def say(text: str) -> None:
    """A headline between two commands."""
    print(f"\n\033[1m# {text}\033[0m" if sys.stdout.isatty() else f"\n# {text}", flush=True)


def run(*command: str | Path) -> None:
    """Print a command as a user would type it, run it, and stop the demo if it fails."""
    words = [str(word) for word in command]
    shown = [word.removeprefix(f"{Path(sys.executable).parent}{os.sep}") for word in words]
    print(f"$ {shlex.join(shown)}", flush=True)
    code = subprocess.run(words).returncode
    if code != 0:
        sys.exit(f"the demo ends here: the command above ended with code {code}")


def main(folder: Path) -> None:
    """Every step, from sources to a derivative."""
    dualvariant = Path(sys.executable).with_name("dualvariant")
    wheels, best, plain = folder / "wheels", folder / "best", folder / "plain"
    shutil.rmtree(folder, ignore_errors=True)

    say("what this machine offers")
    run(dualvariant, "host")
    say("the author: one standard wheel and some variants, for this architecture and for Arm; then an index of them")
    run(dualvariant, "build", "dual_core", "-o", wheels)
    run(dualvariant, "index", wheels)
    say("the user: which wheel is for this machine, and why")
    run(sys.executable, "-m", "venv", best)
    run(best / "bin" / "python", "-m", "pip", "install", "--quiet", "numpy")  # our index has none
    source = ["--index-url", str(wheels / "simple")]
    run(dualvariant, "explain", "dual_autodiff", *source, "--python", best)
    say("install it, with the pip of that environment")
    run(dualvariant, "install", "dual_autodiff", *source, "--python", best)
    run(dualvariant, "list", "--python", best)
    say("use it: f(x) = log(sin x) + x² cos x at 1.5, value and derivative")
    code = (
        "from dual_autodiff import Dual; x = Dual(1.5, 1); y = x.sin().log() + x * x * x.cos(); print(y.real, y.dual)"
    )
    run(best / "bin" / "python", "-c", code)
    say("what plain pip takes from the same index: the standard wheel")
    run(sys.executable, "-m", "venv", plain)
    run(plain / "bin" / "python", "-m", "pip", "install", "--quiet", "numpy")
    run(
        plain / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--index-url",
        (wheels / "simple").absolute().as_uri(),
        "dual_autodiff",
    )
    run(dualvariant, "list", "--all", "--python", plain)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
