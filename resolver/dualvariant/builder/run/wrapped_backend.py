"""Build a variant through the project's real build backend, for ``dualvariant.backend``.

The real backend runs in this process, in the environment that the front end (pip, build, uv) has made. What a variant
needs is in the process's environment variables while the backend's hook runs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module, metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from dualvariant.builder.declaration.job import Job
from dualvariant.builder.declaration.label_table import label_jobs, parse_variant_table
from dualvariant.builder.declaration.model import Declaration
from dualvariant.builder.declaration.parse import read_declaration
from dualvariant.builder.run.backend_settings import Wish
from dualvariant.core.errors import BadDataError, UsageError, did_you_mean
from dualvariant.core.scratch import make_scratch_dir
from dualvariant.core.toml import read_toml

if TYPE_CHECKING:
    from dualvariant.builder.finish.provenance import Origin
    from dualvariant.builder.toolchain.compilers import Toolchain
    from dualvariant.builder.toolchain.driver import Driver
    from dualvariant.builder.toolchain.reach import Reach

__all__ = [
    "import_backend",
    "make_variant_wheel",
    "read_backend_declaration",
    "select_job",
]

_PYPROJECT = Path("pyproject.toml")

# Variables that are set by front ends which read the name of the built wheel, and cannot read a variant's.
_STANDARD_NAME_VARIABLES = (
    "PIP_BUILD_TRACKER", "UV_INTERNAL__PARENT_INTERPRETER", "UV_INTERNAL__BUILD_DIR", "CIBUILDWHEEL",
)  # fmt: skip


def read_backend_declaration() -> Declaration:
    """The declaration of the project in the working directory (PEP 517: hooks run in the source tree).

    Raises:
        BadDataError: it names no real backend, or has problems.
    """
    declaration = read_declaration(_PYPROJECT)
    if declaration.backend is None:
        raise BadDataError(
            "[tool.variantlib.build] names no backend for dualvariant.backend to call",
            'add the project\'s real backend there: backend = "setuptools.build_meta"',
        )
    return declaration


def import_backend(declaration: Declaration) -> Any:
    """The project's real backend (PEP 517, "build-backend" and "backend-path").

    Raises:
        BadDataError: it cannot be imported.
    """
    name = declaration.backend or ""
    for folder in reversed(declaration.backend_path):
        sys.path.insert(0, str(Path(folder).absolute()))
    module, _, attributes = name.partition(":")
    try:
        found = import_module(module)
        for attribute in filter(None, attributes.split(".")):
            found = getattr(found, attribute)
    except (ImportError, AttributeError) as error:
        raise BadDataError(
            f"the build backend cannot be imported ({error}): {name!r}",
            "add the distribution that has it to [build-system] requires",
        ) from error
    return found


def select_job(declaration: Declaration, wish: Wish) -> Job:
    """The job for a variant on this platform, with everything that the project declares for it.

    Where the project declares both dialects, it is a hash wheel.

    Args:
        declaration: the project's.
        wish: the variant.

    Raises:
        UsageError: there is no such configuration, or this platform is not known.
        InvalidDeclarationError: the variant cannot be a label wheel.
    """
    job = _find_job(declaration, wish.names)
    if (wish.dialect or declaration.dialect) != "label":
        return job
    table = parse_variant_table(read_toml(_PYPROJECT), str(_PYPROJECT))
    return label_jobs(declaration.with_jobs([job]), "label", table).jobs[0]


def _find_job(declaration: Declaration, names: Sequence[str]) -> Job:
    from dualvariant.core.platforms import PLATFORM_NAMES, find_host_platform
    from variantlib.meta import VariantDescription

    platform = find_host_platform()
    if platform is None:
        raise UsageError(
            f"variants are not built on this platform ({sys.platform})", f"build on one of {', '.join(PLATFORM_NAMES)}"
        )
    if len(names) == 1 and "::" not in names[0]:
        known = declaration.configurations
        if names[0] not in known:
            hint = did_you_mean(names[0], known) or "a property is 'provider :: key :: value'"
            raise UsageError(f"no configuration of that name: {names[0]!r}", hint)
        return declaration.make_job(platform, known[names[0]].variant, names[0])
    try:
        variant = VariantDescription.from_strings(names)
    except ValueError as error:
        raise UsageError(str(error), "a property is 'provider :: key :: value'") from error
    return declaration.make_job(platform, variant)


def make_variant_wheel(
    declaration: Declaration,
    job: Job,
    settings: Mapping[str, Any],
    directory: Path,
    metadata_directory: str | None,
) -> str:
    """Build a variant with the real backend, finish it, and return its file name in ``directory``.

    Args:
        declaration: the project's.
        job: the variant.
        settings: for the real backend.
        directory: the front end's folder for the wheel.
        metadata_directory: as PEP 517 has it.

    Raises:
        DualvariantError, VariantError: there are no flags, or the wheel does not fit its job.
    """
    from dualvariant.builder.finish.pipeline import Step, UnfinishedWheel, finish_wheel
    from dualvariant.builder.run.source import hash_tree
    from dualvariant.builder.toolchain.build_systems import merge_config_settings
    from dualvariant.builder.toolchain.commands import list_modules, read_commands
    from dualvariant.builder.toolchain.reach import find_reach

    backend = import_backend(declaration)
    with make_scratch_dir(directory) as scratch:
        built, log = scratch / "built", scratch / "log"
        built.mkdir()
        digest = hash_tree(Path(), directory)  # before the build leaves files in the tree
        with _prepare_environment(declaration, job) as prepared:
            merged = merge_config_settings(prepared.config_settings, settings)
            wheel = built / backend.build_wheel(str(built), merged, metadata_directory)
            commands, levels = read_commands(prepared.driver.record), prepared.driver.levels
            reach = find_reach(commands, list_modules(wheel), levels, prepared.toolchain.list_library_folders())
        about = UnfinishedWheel(job, prepared.make_origin(digest, reach), log, prepared.toolchain)
        # The front end, or the user, repairs the wheel afterwards. The ELF note has to come after patchelf.
        variant = finish_wheel(wheel, about, scratch, leave_out={Step.REPAIR, Step.NOTE})
        if log.exists():
            sys.stderr.write(log.read_text("utf-8"))
        has_standard_name = any(variable in os.environ for variable in _STANDARD_NAME_VARIABLES)
        filename = wheel.name if has_standard_name else variant.name
        variant.replace(directory / filename)
    return filename


@frozen
class _Prepared:
    """What a variant is built with.

    Args:
        backend: the real backend's name.
        toolchain: the compiler.
        flags: by variable.
        config_settings: for the real backend.
        epoch: ``SOURCE_DATE_EPOCH``, in seconds.
        driver: the compiler driver.
    """

    backend: str
    toolchain: Toolchain
    flags: Mapping[str, str] = field(hash=False)
    config_settings: Mapping[str, str | list[str]] = field(hash=False)
    epoch: str
    driver: Driver

    def make_origin(self, digest: str, reach: Reach) -> Origin:
        """What the wheel is made of, and with."""
        from dualvariant.builder.finish.provenance import SOURCE_TREE, Origin

        installed = sorted({f"{found.name} {found.version}" for found in metadata.distributions()})
        return Origin(
            source=SOURCE_TREE,
            sha256=None,
            backend=self.backend,
            compiler=self.toolchain.identity(),
            flags=self.flags,
            installed=tuple(installed),
            epoch=self.epoch,
            tree_sha256=digest,
            reach=reach.to_dict(),
        )


@contextmanager
def _prepare_environment(declaration: Declaration, job: Job) -> Iterator[_Prepared]:
    """Set the variables that make the real backend build the variant, for as long as the block runs."""
    from dualvariant.builder.errors import FlagsError
    from dualvariant.builder.run.plan import get_epoch
    from dualvariant.builder.toolchain.build_systems import configure_build, uses_rustc
    from dualvariant.builder.toolchain.compilers import find_local_toolchain
    from dualvariant.builder.toolchain.driver import install_driver
    from dualvariant.builder.toolchain.flags import find_flags
    from dualvariant.builder.variables import FLAG_KEYS

    backend = declaration.backend or ""
    before = dict(os.environ)
    with make_scratch_dir() as folder:
        toolchain = find_local_toolchain(job.platform, os.environ)
        flags = find_flags([job], toolchain.kind, rust=uses_rustc(backend, read_toml(_PYPROJECT)))[job]
        if isinstance(flags, FlagsError):
            raise flags
        environ = toolchain.environment(job.settings.flags, flags)
        # Front ends make isolated environments by PYTHONPATH and PATH: they stay.
        kept: dict[str, str] = {name: before[name] for name in ("PYTHONPATH", "PATH") if name in before}
        epoch = get_epoch(before)
        environ = {"SOURCE_DATE_EPOCH": epoch, **environ, **job.settings.environment, **kept}
        given = {name: environ[name] for name in FLAG_KEYS.values() if name in environ}
        driver = install_driver(toolchain, flags, environ, folder / "driver")
        environ, settings = configure_build(
            backend,
            toolchain,
            driver.environ,
            job.settings.config_settings,
            folder,
        )
        # setuptools would use object files that an earlier build, for another variant, left in the source tree.
        extra = folder / "setup.cfg"
        extra.write_text(f"[build]\nbuild_base = {folder / 'build'}\n", "utf-8")
        os.environ.clear()
        os.environ.update({"DIST_EXTRA_CONFIG": str(extra), **environ})
        try:
            yield _Prepared(backend, toolchain, given, settings, epoch, driver)
        finally:
            os.environ.clear()
            os.environ.update(before)
