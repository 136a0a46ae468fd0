"""A variant wheel of the founding dialect, made from a standard wheel."""

from __future__ import annotations

import tempfile
from pathlib import Path

from dualvariant.core.errors import UsageError
from variantlib.errors import WheelFileError
from variantlib.meta import VariantDescription
from variantlib.wheel_file import description_of_metadata, metadata_of_wheel, write_variant_wheel
from variantlib.wheel_name import Dialect, WheelName, parse_wheel_name

__all__ = ["tag_wheel"]


def tag_wheel(
    wheel: Path,
    description: VariantDescription,
    directory: Path,
) -> Path:
    """Write ``wheel`` as the variant ``description`` into ``directory``, which is created if it is missing.

    Only METADATA and RECORD change; nothing at all where they say the variant already, and the name alone does not, as
    pip, uv and cibuildwheel want it of ``dualvariant.backend``. The new wheel appears under its name when it is whole.

    Args:
        wheel: a standard wheel.
        description: the properties that the variant needs.
        directory: where the variant wheel is to be.

    Returns:
        The variant wheel's path.

    Raises:
        UsageError: there is no such wheel, or another wheel of the new name is there already.
        WheelNameError, WheelFileError: it is broken, or a variant already.
    """
    name = parse_wheel_name(wheel.name)
    if name.dialect is not Dialect.STANDARD:
        raise WheelFileError(name.filename, f"it is a variant already, {name.label}")
    if not wheel.is_file():
        raise UsageError(f"no such wheel: {str(wheel)!r}")
    directory.mkdir(parents=True, exist_ok=True)
    target = directory / name.hash_filename(description.hexdigest)
    with tempfile.TemporaryDirectory(prefix=".dualvariant-tag-", dir=directory) as scratch:
        new = Path(scratch, target.name)
        with new.open("w+b") as file:
            try:
                if _is_already(wheel, name, description):
                    file.write(wheel.read_bytes())
                else:
                    write_variant_wheel(wheel, name, description, file)
            except RuntimeError as error:  # zipfile's word for an encrypted archive
                raise WheelFileError(name.filename, str(error)) from error
        if target.exists():
            if not target.is_file() or target.read_bytes() != new.read_bytes():
                raise UsageError(
                    f"another file has the variant wheel's name: {str(target)!r}",
                    "remove it, or name another folder with -o",
                )
            return target
        return new.replace(target)


def _is_already(wheel: Path, name: WheelName, description: VariantDescription) -> bool:
    """Whether the wheel is this very variant but for its name."""
    metadata = metadata_of_wheel(wheel, name)
    variant = parse_wheel_name(name.hash_filename(description.hexdigest))
    try:
        return description_of_metadata(metadata, variant) == description
    except WheelFileError:
        return False
