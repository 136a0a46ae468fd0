"""A program that takes the place of cibuildwheel, which needs a container engine on Linux.

It takes the same command line and the same variables as cibuildwheel, and calls the front end that cibuildwheel calls,
``python -m build``, in an isolated environment, and the command that repairs wheels. As with a container, the build has
a copy of the working directory in another place, and of the environment only what ``CIBW_ENVIRONMENT`` says; only the
wheels and the output come back. The Pythons of cibuildwheel's images link modules without a run path.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sample_plugins import make_environment
from tool import Tool

__all__ = ["replace_cibuildwheel"]

_PROGRAM = """\
import os, pathlib, shlex, shutil, subprocess, sys, tempfile
out, source = sys.argv[sys.argv.index('--output-dir') + 1], pathlib.Path(sys.argv[-1])
place = pathlib.Path(tempfile.mkdtemp(), 'project')
shutil.copytree(pathlib.Path.cwd(), place, symlinks=True)
package, built = place / source.relative_to(pathlib.Path.cwd()), place.parent / 'built'
image = {name: value for name, value in os.environ.items() if name.startswith(('PIP_', 'XDG_')) or name == 'HOME'}
folders = [*map(os.path.dirname, (sys.executable, INSTALLED)), os.environ['PATH']]
image |= {'LDSHARED': 'cc -shared', 'PATH': os.pathsep.join(folders)}
image['CIBUILDWHEEL_BUILD_IDENTIFIER'] = 'cp3-manylinux'
settings = [word for text in shlex.split(os.environ.get('CIBW_CONFIG_SETTINGS', '')) for word in ('-C', text)]
build = shlex.join(['python', '-m', 'build', '--wheel', '-o', str(built), str(package), *settings])
repair = os.environ.get('CIBW_REPAIR_WHEEL_COMMAND', 'auditwheel repair -w {dest_dir} {wheel}')
repair = repair.format(dest_dir=shlex.quote(str(place.parent / 'out')), wheel=f'{built}/*.whl')
# Bash assigns one after the other, as cibuildwheel does.
lines = f'set -ea; {os.environ["CIBW_ENVIRONMENT"]}\\nset +a\\n{build}\\n{repair}'
done = subprocess.run(['bash', '-c', lines], cwd=place, env=image)
if done.returncode == 0:
    shutil.copytree(place.parent / 'out', out)
shutil.rmtree(place.parent)
sys.exit(done.returncode)
"""


def replace_cibuildwheel(tool: Tool, folder: Path) -> None:
    """Run the tool in an environment in which ``python -m cibuildwheel`` runs the program."""
    package = folder / "cibuildwheel"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(f"INSTALLED = {sys.executable!r}  # auditwheel is beside it\n{_PROGRAM}")
    tool.python = make_environment(folder / "environment", folder)
