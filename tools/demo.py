"""``make demo``: build variants of dual_autodiff, install the one for this machine, and show what plain pip takes.

Every command is printed before it runs, so that it can be repeated by hand. All files are made in the folder that the
first argument names. The environment is made while the wheels are built: both wait for the network at times.
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

#: The folder of this Python's commands, which is left out of the commands that are printed.
COMMANDS = Path(sys.executable).parent
#: What is built: the standard wheels of both architectures, and the variants of this one.
VARIANTS = {"aarch64": ["aarch64 :: version :: 8.2a"]}.get(
    platform.machine(), ["x86_64 :: level :: v3", "x86_64 :: level :: v4"]
)
PROGRAM = "from dual_autodiff import Dual; x = Dual(1.5, 1); y = x.sin().log() + x * x * x.cos(); print(y.real, y.dual)"


def say(text: str) -> None:
    """A headline between two commands."""
    print(f"\n\033[1m# {text}\033[0m" if sys.stdout.isatty() else f"\n# {text}", flush=True)


def show(*command: str | Path) -> str:
    """A command as a user would type it."""
    return shlex.join(str(word).removeprefix(f"{COMMANDS}{os.sep}") for word in command)


def check(code: int) -> None:
    """Stop the demo if a command failed."""
    if code != 0:
        sys.exit(f"the demo ends here: the command above ended with code {code}")


def run(*command: str | Path) -> None:
    """Print a command, run it, and stop the demo if it fails."""
    print(f"$ {show(*command)}", flush=True)
    check(subprocess.run([str(word) for word in command]).returncode)


def start(*commands: list[str | Path]) -> subprocess.Popen[bytes]:
    """Print commands and start them, one after the other, in the background, as ``&`` does in a shell."""
    print(f"$ ({' && '.join(show(*command) for command in commands)}) &", flush=True)
    script = " && ".join(shlex.join(map(str, command)) for command in commands)
    return subprocess.Popen(["sh", "-c", script], stdin=subprocess.DEVNULL)


def wait(job: subprocess.Popen[bytes]) -> None:
    """Print ``wait``, and stop the demo if what :func:`start` has started failed."""
    print("$ wait", flush=True)
    check(job.wait())


def main(folder: Path) -> None:
    """Every step, from sources to a derivative."""
    dualvariant = COMMANDS / "dualvariant"
    wheels, best = folder / "wheels", folder / "best"
    python = best / "bin" / "python"
    shutil.rmtree(folder, ignore_errors=True)

    say("what this machine offers")
    run(dualvariant, "host")
    say("an environment to install into; numpy comes from PyPI")
    environment = start([sys.executable, "-m", "venv", best], [python, "-m", "pip", "install", "--quiet", "numpy"])
    try:
        say("the author: wheels for both architectures, and their index")
        # All at a time: two processors then have work until the last wheel is done.
        only = [word for name in ("standard", *VARIANTS) for word in ("--only", name)]
        run(dualvariant, "build", "dual_core", "-o", wheels, *only, "--jobs", "4")
        run(dualvariant, "index", wheels)
        wait(environment)
    finally:
        environment.terminate()
    source = ["--index-url", str(wheels / "simple")]
    say("the user: which wheel is for this machine, and why")
    run(dualvariant, "explain", "dual_autodiff", *source, "--python", best)
    say("install it, with the pip of that environment")
    run(dualvariant, "install", "dual_autodiff", *source, "--python", best)
    run(dualvariant, "list", "--python", best)
    say("use it: log(sin x) + x² cos x at 1.5, and its derivative")
    run(python, "-c", PROGRAM)
    say("what plain pip takes from the same index: the standard wheel")
    index = (wheels / "simple").absolute().as_uri()
    plain = folder / "plain"
    options = ["--quiet", "--no-deps", "--index-url", index, "--dest", str(plain)]
    run(python, "-m", "pip", "download", *options, "dual_autodiff")
    run("ls", plain)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
