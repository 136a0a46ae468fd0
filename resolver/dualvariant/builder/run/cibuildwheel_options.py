"""The command line, the environment and the sources with which cibuildwheel builds one variant.

The project's own ``[tool.cibuildwheel]`` and ``CIBW_…`` variables stay in force. The settings of the variant are added
by the options that cibuildwheel documents:

- flags, ``environment`` of the declaration, and the compiler driver: ``environment`` (``CIBW_ENVIRONMENT``)
- ``config-settings``: ``config-settings`` (``CIBW_CONFIG_SETTINGS``)
- ``test-command``, ``test-requires``: the options of the same names

cibuildwheel has no option for further build requirements: its front ends install what ``[build-system]`` requires into
an isolated environment, which ``before-build`` and PYTHONPATH do not reach with every front end. So ``build-requires``
is written into ``[build-system]`` of the copy of the sources that cibuildwheel builds from.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dualvariant.builder.declaration.job import Flags, Job
from dualvariant.builder.run.plan import DEFAULT_EPOCH
from dualvariant.builder.run.source import LEFTOVERS, Source, unpack_sdist
from dualvariant.builder.variables import CFLAGS, MSVC_FLAGS
from dualvariant.core.platforms import Platform, get_platform
from dualvariant.core.toml import format_toml, read_toml

__all__ = ["list_tables", "make_command", "make_environment", "make_variables", "prepare_sources"]

#: The requirement of PEP 517 for projects without ``[build-system]``.
_DEFAULT_REQUIRES = ("setuptools >= 40.8.0",)
_DEFAULT_BACKEND = "setuptools.build_meta:__legacy__"


def make_command(job: Job, source: Path, output: Path, options: Sequence[str]) -> list[str]:
    """The command line that builds a job's wheels.

    Args:
        job: the job.
        source: a source tree.
        output: the folder for the wheels.
        options: further options of cibuildwheel.
    """
    platform = get_platform(job.platform)
    words = ["--platform", platform.system, "--archs", platform.cibuildwheel_arch, "--output-dir", str(output)]
    return [sys.executable, "-m", "cibuildwheel", *words, *options, str(source)]


def make_variables(job: Job, flags: Flags, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that a job's builds get.

    Args:
        job: the job.
        flags: what its properties mean for the compiler.
        environ: the user's environment.
    """
    merged: dict[str, list[str]] = {}
    for layer in (job.settings.flags, flags):
        for variable, values in layer.items():
            merged.setdefault(variable, []).extend(values)
    if get_platform(job.platform).compiler == "msvc":
        # Microsoft's compiler does not read CFLAGS. What a provider means for it is under its own variable.
        merged = {MSVC_FLAGS: [*merged.get(MSVC_FLAGS, []), *job.settings.flags.get(CFLAGS, ())]}
    variables = {name: shlex.join(values) for name, values in merged.items() if values}
    variables |= dict(job.settings.environment)
    variables.setdefault("SOURCE_DATE_EPOCH", environ.get("SOURCE_DATE_EPOCH", DEFAULT_EPOCH))
    return variables


def make_environment(
    job: Job,
    variables: Mapping[str, str],
    environ: Mapping[str, str],
    pyproject: Mapping[str, Any],
    driver: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The environment in which cibuildwheel runs.

    Args:
        job: the job.
        variables: of its builds; they are added to those that the user, or else the project, has set.
        environ: the user's environment.
        pyproject: the project's document.
        driver: the variables that install the compiler driver, as words of bash; they come last, because they read
            the others.
    """
    settings, platform = job.settings, get_platform(job.platform)
    name = _choose_option("CIBW_ENVIRONMENT", platform, environ)
    before = environ.get(name) or _read_table(pyproject, "environment", platform, '{}="{}"'.format)
    quoted = {key: shlex.quote(value) for key, value in variables.items()}
    words = [before, *(f"{key}={value}" for key, value in (quoted | dict(driver or {})).items())]
    found = {**environ, name: " ".join(filter(None, words))}
    pairs = [
        shlex.quote(f"{key}={text}")
        for key, value in settings.config_settings.items()
        for text in ([value] if isinstance(value, str) else value)
    ]
    if pairs:
        name = _choose_option("CIBW_CONFIG_SETTINGS", platform, environ)
        before = environ.get(name) or _read_table(
            pyproject, "config-settings", platform, lambda key, value: f"{key}={shlex.quote(value)}"
        )
        found[name] = " ".join(filter(None, [before, *pairs]))
    if settings.test_command is not None:
        found["CIBW_TEST_COMMAND"] = settings.test_command
        found["CIBW_TEST_REQUIRES"] = " ".join(map(shlex.quote, settings.test_requires))
    return found


def _choose_option(name: str, platform: Platform, environ: Mapping[str, str]) -> str:
    """The variable of an option that is in force: that of the system comes before the general one."""
    own = f"{name}_{platform.system.upper()}"
    return own if own in environ else name


def list_tables(pyproject: Mapping[str, Any], system: str) -> list[Mapping[str, Any]]:
    """The tables of ``[tool.cibuildwheel]`` for a system: its own before the general one."""
    tool = pyproject.get("tool", {})
    general = tool.get("cibuildwheel") if isinstance(tool, dict) else None
    own = general.get(system) if isinstance(general, dict) else None
    return [table for table in (own, general) if isinstance(table, dict)]


def _read_table(pyproject: Mapping[str, Any], option: str, platform: Platform, form: Callable[[str, str], str]) -> str:
    """An option of ``[tool.cibuildwheel]`` as its variable; cibuildwheel passes it over where the variable is set.

    Args:
        pyproject: the project's document.
        option: its name.
        platform: the table of its system comes before the general one.
        form: one entry of the option's table in the variable.
    """
    for table in list_tables(pyproject, platform.system):
        value = table.get(option)
        if isinstance(value, Mapping):
            pairs = (
                (key, each) for key, found in value.items() for each in (found if isinstance(found, list) else [found])
            )
            return " ".join(form(key, str(each)) for key, each in pairs)
        if value:
            return str(value)
    return ""


def prepare_sources(source: Source, job: Job, output: Path, scratch: Path) -> Path:
    """What cibuildwheel builds from: a copy of a source tree, or an unpacked sdist, with the job's build requirements.

    The copy lacks what an earlier build left in the tree: object files of another variant would be used again.

    Args:
        source: what is built from.
        job: what is built.
        output: the folder of the wheels, which is not copied.
        scratch: an existing folder of ours.
    """
    requires = job.settings.requires
    is_sdist = source.path.is_file()
    tree = unpack_sdist(source.path, scratch / "source") if is_sdist else _copy_tree(source.path, output, scratch)
    if requires:
        _add_build_requirements(tree, requires)
    return tree


def _copy_tree(tree: Path, output: Path, scratch: Path) -> Path:
    skipped = output.resolve()

    def ignore(folder: str, names: list[str]) -> list[str]:
        leftovers = [name for name in names if name in LEFTOVERS and name != ".git"]
        return leftovers + [name for name in names if Path(folder, name).resolve() == skipped]

    return Path(shutil.copytree(tree, scratch / tree.resolve().name, symlinks=True, ignore=ignore))


def _add_build_requirements(tree: Path, requires: Sequence[str]) -> None:
    """Add requirements to ``[build-system]`` of a source tree that is ours (PEP 518)."""
    file = tree / "pyproject.toml"
    document: dict[str, Any] = read_toml(file) if file.is_file() else {}
    system = document.setdefault("build-system", {"build-backend": _DEFAULT_BACKEND})
    system["requires"] = list(dict.fromkeys([*system.get("requires", _DEFAULT_REQUIRES), *requires]))
    if file.is_symlink():
        file.unlink()  # the copy must not write to the user's file
    file.write_text(format_toml(document), "utf-8")
    _hide_change_from_git(tree, file.name)


def _hide_change_from_git(tree: Path, name: str) -> None:
    """Keep git from seeing that a file of a copied repository has changed.

    setuptools-scm and its like give a changed tree another version. Without git, or in a tree that is not the root of
    a repository, there is nothing to hide. A worktree, whose ``.git`` is a file, shares its index with the user's.
    """
    if not (tree / ".git").is_dir() or shutil.which("git") is None:
        return
    command = ["git", "-C", str(tree), "update-index", "--assume-unchanged", "--", name]
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
