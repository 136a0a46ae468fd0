"""A program that takes the place of cibuildwheel, which needs a container engine on Linux.

It takes the same command line and the same variables as cibuildwheel, and calls the front end that cibuildwheel calls,
``python -m build``, in an isolated environment. The Pythons of cibuildwheel's images link modules without a run path.
"""

from __future__ import annotations

from pathlib import Path

from sample_plugins import make_environment
from tool import Tool

__all__ = ["replace_cibuildwheel"]

_PROGRAM = """\
import os, shlex, subprocess, sys
out, source = sys.argv[sys.argv.index('--output-dir') + 1], sys.argv[-1]
image = {'LDSHARED': 'cc -shared'}
more = dict(word.split('=', 1) for word in shlex.split(os.environ['CIBW_ENVIRONMENT']))
settings = [word for text in shlex.split(os.environ.get('CIBW_CONFIG_SETTINGS', '')) for word in ('-C', text)]
command = [sys.executable, '-m', 'build', '--wheel', '-o', out, source, *settings]
sys.exit(subprocess.run(command, env={**os.environ, **image, **more}).returncode)
"""


def replace_cibuildwheel(tool: Tool, folder: Path) -> None:
    """Run the tool in an environment in which ``python -m cibuildwheel`` runs the program."""
    package = folder / "cibuildwheel"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(_PROGRAM)
    tool.python = make_environment(folder / "environment", folder)
