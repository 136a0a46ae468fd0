"""A build backend (PEP 517) that calls the project's real one, and makes a variant wheel when a setting names one.

In the project's ``pyproject.toml``::

    [build-system]
    requires = ["dualvariant", "setuptools"]
    build-backend = "dualvariant.backend"

    [tool.variantlib.build]
    backend = "setuptools.build_meta"

Then ``python -m build -C variant="x86_64 :: level :: v3"`` makes that variant. Several properties are separated by
commas, or given by several ``-C variant=…``; a configuration is given by its name. Without the setting the real
backend is called unchanged, and makes the standard wheel whatever the environment is. The wheel has the dialect that
the declaration says, a hash wheel for ``both``; ``-C variant-dialect=label`` makes a label wheel.

pip, uv and cibuildwheel refuse wheels whose names they cannot read. For them the variant is in the wheel's metadata and
not in its name; ``dualvariant tag`` then gives the file its name (``tag --dialect label`` for a label wheel).

The hooks are here; :mod:`dualvariant.builder.run.wrapped_backend` has what they do.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["build_sdist", "build_wheel", "get_requires_for_build_sdist", "get_requires_for_build_wheel"]

_Settings = Mapping[str, Any] | None

_EDITABLE_HOOKS = ("build_editable", "get_requires_for_build_editable", "prepare_metadata_for_build_editable")


@contextmanager
def _print_errors() -> Iterator[None]:
    """End the hook with a message for errors of dualvariant; errors of the real backend are raised as they are."""
    from dualvariant.core.errors import DualvariantError
    from dualvariant.core.printable import printable_message
    from variantlib.errors import VariantError

    try:
        yield
    except (DualvariantError, VariantError) as error:
        code = getattr(error, "code", None)
        message = printable_message(str(error))
        print(f"dualvariant: error: {message}{f' [{code}]' if code else ''}", file=sys.stderr)
        if isinstance(error, DualvariantError) and error.next_step:
            print(f"  hint: {printable_message(error.next_step)}", file=sys.stderr)
        raise SystemExit(1) from None


def build_wheel(wheel_directory: str, config_settings: _Settings = None, metadata_directory: str | None = None) -> str:
    """Build a wheel: the variant that the setting names, or else the standard wheel."""
    from dualvariant.builder.run import wrapped_backend as wrapped
    from dualvariant.builder.run.backend_settings import split_settings

    with _print_errors():
        declaration = wrapped.read_backend_declaration()
        wish, settings = split_settings(config_settings)
        if not wish.names:
            backend = wrapped.import_backend(declaration)
            return str(backend.build_wheel(wheel_directory, settings, metadata_directory))
        job = wrapped.select_job(declaration, wish)
        directory = Path(wheel_directory)
        return wrapped.make_variant_wheel(declaration, job, settings or {}, directory, metadata_directory)


def build_sdist(sdist_directory: str, config_settings: _Settings = None) -> str:
    """Build the source distribution, which is the same for all variants."""
    from dualvariant.builder.run import wrapped_backend as wrapped
    from dualvariant.builder.run.backend_settings import split_settings

    with _print_errors():
        backend = wrapped.import_backend(wrapped.read_backend_declaration())
        return str(backend.build_sdist(sdist_directory, split_settings(config_settings)[1]))


def get_requires_for_build_wheel(config_settings: _Settings = None) -> list[str]:
    """The requirements of the real backend, and those that the project declares for this variant."""
    from dualvariant.builder.run import wrapped_backend as wrapped
    from dualvariant.builder.run.backend_settings import split_settings

    with _print_errors():
        declaration = wrapped.read_backend_declaration()
        wish, settings = split_settings(config_settings)
        hook = getattr(wrapped.import_backend(declaration), "get_requires_for_build_wheel", None)
        declared = wrapped.select_job(declaration, wish).settings if wish.names else declaration.settings
        return [*(hook(settings) if hook else ()), *declared.requires]


def get_requires_for_build_sdist(config_settings: _Settings = None) -> list[str]:
    """The requirements of the real backend."""
    from dualvariant.builder.run import wrapped_backend as wrapped
    from dualvariant.builder.run.backend_settings import split_settings

    with _print_errors():
        backend = wrapped.import_backend(wrapped.read_backend_declaration())
        hook = getattr(backend, "get_requires_for_build_sdist", None)
        return list(hook(split_settings(config_settings)[1])) if hook else []


def __getattr__(name: str) -> Any:
    """The real backend's hooks for editable installs, which build no variants; a hook that it lacks is missing."""
    if name not in _EDITABLE_HOOKS:
        raise AttributeError(name)
    from dualvariant.builder.run import wrapped_backend as wrapped
    from dualvariant.builder.run.backend_settings import Wish, split_settings

    with _print_errors():
        hook = getattr(wrapped.import_backend(wrapped.read_backend_declaration()), name, None)
    if hook is None:
        raise AttributeError(name)

    def call(*arguments: Any) -> Any:
        with _print_errors():
            split = [split_settings(value) if isinstance(value, Mapping) else (Wish(), value) for value in arguments]
        if any(wish.names for wish, _ in split):
            print("dualvariant: an editable install has no variants; the setting is ignored", file=sys.stderr)
        return hook(*(rest for _, rest in split))

    return call
