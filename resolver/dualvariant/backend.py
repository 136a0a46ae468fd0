"""A thin build backend (PEP 517) around a project's real one, which makes variant wheels when it is asked to.

In the project's ``pyproject.toml``::

    [build-system]
    requires = ["dualvariant", "setuptools"]
    build-backend = "dualvariant.backend"

    [tool.variantlib.build]
    backend = "setuptools.build_meta"

Then ``python -m build -C variant="x86_64 :: level :: v3"`` makes that variant. Several properties stand with commas
between them, or in several ``-C variant=…``; a configuration that has a name is called by it. Without the setting the
real backend is called as it would be without us: the wheel is the standard wheel, whatever the environment says.

pip, uv and cibuildwheel refuse wheels whose names they cannot read. For them the variant is in the wheel's metadata and
not in its name; ``dualvariant tag`` then gives the file its name.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dualvariant.builder.declaration.job import Job
    from dualvariant.builder.declaration.model import Declaration

__all__ = ["build_sdist", "build_wheel", "get_requires_for_build_sdist", "get_requires_for_build_wheel"]

#: The config-setting that names a variant.
SETTING = "variant"

#: Variables that tell of a frontend which reads the name of the wheel that it gets, and knows nothing of variants.
_READERS = ("PIP_BUILD_TRACKER", "UV_INTERNAL__PARENT_INTERPRETER", "UV_INTERNAL__BUILD_DIR", "CIBUILDWHEEL")

_Settings = Mapping[str, Any] | None


def _declaration() -> Declaration:
    """What the project in the working directory declares (PEP 517: hooks run in the source tree)."""
    from dualvariant.builder.declaration.parse import read
    from dualvariant.core.errors import BadDataError

    declaration = read(Path("pyproject.toml"))
    if declaration.backend is None:
        raise BadDataError(
            "[tool.variantlib.build] names no backend, and dualvariant.backend is none by itself",
            'the real one stands there: backend = "setuptools.build_meta"',
        )
    return declaration


def _real(declaration: Declaration) -> Any:
    """The project's real backend."""
    from dualvariant.core.errors import BadDataError

    assert declaration.backend is not None
    for place in reversed(declaration.backend_path):
        sys.path.insert(0, str(Path(place).absolute()))
    module, _, attributes = declaration.backend.partition(":")
    try:
        found = import_module(module)
        for name in filter(None, attributes.split(".")):
            found = getattr(found, name)
    except (ImportError, AttributeError) as error:
        raise BadDataError(
            f"the build backend cannot be imported ({error}): {declaration.backend!r}",
            "[build-system] requires must list the distribution that brings it",
        ) from error
    return found


@contextmanager
def _said() -> Iterator[None]:
    """Our own errors end the hook with a message; whatever the real backend raises is passed on."""
    from dualvariant.core.errors import DualvariantError
    from variantlib.errors import VariantError

    try:
        yield
    except (DualvariantError, VariantError) as error:
        print(f"dualvariant: error: {error}", file=sys.stderr)
        if isinstance(error, DualvariantError) and error.next_step:
            print(f"  hint: {error.next_step}", file=sys.stderr)
        raise SystemExit(1) from None


def _split(settings: _Settings) -> tuple[list[str], dict[str, Any] | None]:
    """What ``variant`` says, and the settings that are the real backend's."""
    from dualvariant.core.errors import UsageError, did_you_mean

    if not settings or SETTING not in settings:
        near = [name for name in settings or () if did_you_mean(name, [SETTING])]
        if near:
            raise UsageError(f"unknown config-setting: {near[0]!r}", f"did you mean {SETTING!r}?")
        return [], dict(settings) if settings is not None else None
    rest = {name: value for name, value in settings.items() if name != SETTING}
    value = settings[SETTING]
    texts = [value] if isinstance(value, str) else list(value)
    names = [part.strip() for text in texts for part in str(text).split(",") if part.strip()]
    if not names:
        raise UsageError("the config-setting 'variant' is empty", 'as in -C variant="x86_64 :: level :: v3"')
    return names, rest


def _job(declaration: Declaration, names: list[str]) -> Job:
    """The wheel that is asked for, with all that the project says about such wheels."""
    from dualvariant.builder.toolchain.compilers import host_platform
    from dualvariant.core.errors import UsageError, did_you_mean
    from variantlib.meta import VariantDescription

    platform = host_platform() or _platform()
    if len(names) == 1 and "::" not in names[0]:
        known = declaration.configurations
        if names[0] not in known:
            hint = did_you_mean(names[0], known) or "a property is 'provider :: key :: value'"
            raise UsageError(f"no configuration of that name: {names[0]!r}", hint)
        return declaration.job(platform, known[names[0]].variant, names[0])
    try:
        variant = VariantDescription.from_strings(names)
    except ValueError as error:
        raise UsageError(str(error)) from error
    return declaration.job(platform, variant)


def _platform() -> str:
    import sysconfig

    name = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    system, _, rest = name.partition("_")
    machine = rest.rpartition("_")[2] if system == "macosx" and not rest.endswith("x86_64") else rest
    return f"macosx_{'x86_64' if rest.endswith('x86_64') else machine}" if system == "macosx" else name


@contextmanager
def _environment(declaration: Declaration, job: Job) -> Iterator[dict[str, Any]]:
    """The variables that make the real backend build the variant, for as long as it runs.

    Yields:
        Config-settings for it.
    """
    from dualvariant.builder.errors import FlagsError
    from dualvariant.builder.toolchain.build_systems import build_system, recipe
    from dualvariant.builder.toolchain.compilers import local_toolchain
    from dualvariant.builder.toolchain.flags import provider_flags

    assert declaration.backend is not None
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        toolchain = local_toolchain(job.platform, os.environ)
        flags = provider_flags([job], toolchain.kind, rust=build_system(declaration.backend) == "cargo")[job]
        if isinstance(flags, FlagsError):
            raise flags
        environ = toolchain.environment(job.settings.flags, flags)
        # Isolated environments are made of PYTHONPATH: the frontend's own choice stays.
        kept: dict[str, str] = {name: before[name] for name in ("PYTHONPATH", "PATH") if name in before}
        environ, settings = recipe(
            declaration.backend, toolchain, {**environ, **job.settings.environment, **kept},
            job.settings.config_settings, Path(folder),
        )  # fmt: skip
        # setuptools would take object files that an earlier build, for another variant, left in the source tree.
        extra = Path(folder, "setup.cfg")
        extra.write_text(f"[build]\nbuild_base = {Path(folder, 'build')}\n", "utf-8")
        os.environ.clear()
        os.environ.update({"DIST_EXTRA_CONFIG": str(extra), **environ})
        try:
            yield settings
        finally:
            os.environ.clear()
            os.environ.update(before)


def build_wheel(wheel_directory: str, config_settings: _Settings = None, metadata_directory: str | None = None) -> str:
    """Build a wheel: the variant that the setting names, or else the standard wheel."""
    with _said():
        declaration = _declaration()
        real = _real(declaration)
        names, settings = _split(config_settings)
        if not names:
            return str(real.build_wheel(wheel_directory, settings, metadata_directory))
        return _variant_wheel(declaration, real, names, settings or {}, Path(wheel_directory), metadata_directory)


def _variant_wheel(
    declaration: Declaration,
    real: Any,
    names: list[str],
    settings: dict[str, Any],
    directory: Path,
    metadata_directory: str | None,
) -> str:
    from dualvariant.builder.finish.check import check_wheel
    from dualvariant.builder.finish.label import tag_wheel
    from dualvariant.builder.toolchain.build_systems import joined

    job = _job(declaration, names)
    assert job.variant is not None
    with tempfile.TemporaryDirectory(prefix=".dualvariant-", dir=directory) as scratch:
        built = Path(scratch, "built")
        built.mkdir()
        with _environment(declaration, job) as ours:
            wheel = built / real.build_wheel(str(built), joined(ours, settings), metadata_directory)
        check_wheel(wheel, job.platform)
        if job.settings.dependencies:
            from dualvariant.builder.finish.dependencies import add_dependencies

            dependent = Path(scratch, "dependent")
            dependent.mkdir()
            wheel = add_dependencies(wheel, job.settings.dependencies, dependent)
        variant = tag_wheel(wheel, job.variant, Path(scratch, "variant"))
        name = wheel.name if any(variable in os.environ for variable in _READERS) else variant.name
        variant.replace(directory / name)
    return name


def build_sdist(sdist_directory: str, config_settings: _Settings = None) -> str:
    """Build the source distribution; no variant is in it."""
    with _said():
        declaration = _declaration()
        return str(_real(declaration).build_sdist(sdist_directory, _split(config_settings)[1]))


def get_requires_for_build_wheel(config_settings: _Settings = None) -> list[str]:
    """What the real backend needs, and what the project says that this variant needs."""
    with _said():
        declaration = _declaration()
        names, settings = _split(config_settings)
        hook = getattr(_real(declaration), "get_requires_for_build_wheel", None)
        needed = list(hook(settings)) if hook else []
        more = _job(declaration, names).settings.requires if names else declaration.settings.requires
        return [*needed, *more]


def get_requires_for_build_sdist(config_settings: _Settings = None) -> list[str]:
    """What the real backend needs."""
    with _said():
        hook = getattr(_real(_declaration()), "get_requires_for_build_sdist", None)
        return list(hook(_split(config_settings)[1])) if hook else []


def __getattr__(name: str) -> Any:
    """Editable installs: as the real backend has them, without variants. A hook that it lacks, we lack."""
    if name not in ("build_editable", "get_requires_for_build_editable", "prepare_metadata_for_build_editable"):
        raise AttributeError(name)
    with _said():
        hook = getattr(_real(_declaration()), name, None)
    if hook is None:
        raise AttributeError(name)

    def called(*arguments: Any) -> Any:
        with _said():
            split = [_split(value) if isinstance(value, Mapping) else ([], value) for value in arguments]
        if any(names for names, _ in split):
            print("dualvariant: an editable install is no variant; it is built as it always is", file=sys.stderr)
        return hook(*(rest for _, rest in split))

    return called
