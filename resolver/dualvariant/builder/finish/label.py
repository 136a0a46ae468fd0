"""A variant wheel of the founding dialect, made from a standard wheel."""

from __future__ import annotations

from pathlib import Path

from dualvariant.core.errors import UsageError
from dualvariant.core.scratch import make_scratch_dir
from variantlib.dialects import hashes
from variantlib.errors import WheelFileError
from variantlib.meta import VariantDescription
from variantlib.wheel_archive import WheelArchive
from variantlib.wheel_name import Dialect, parse_wheel_name

__all__ = ["tag_wheel"]


def tag_wheel(wheel: Path, description: VariantDescription, directory: Path) -> Path:
    """Write ``wheel`` as the variant ``description`` into ``directory``, which is created if it is missing.

    Only METADATA and RECORD change. A wheel whose METADATA declares the variant already is copied unchanged under the
    new name: ``dualvariant.backend`` makes such wheels for pip, uv and cibuildwheel. The new wheel appears under its
    name when it is complete.

    Args:
        wheel: a standard wheel.
        description: the properties that the variant needs.
        directory: the folder for the variant wheel.

    Returns:
        The variant wheel's path.

    Raises:
        UsageError: there is no such wheel, or another wheel of the new name is there already.
        WheelNameError, WheelFileError: it is damaged, or a variant already.
    """
    name = parse_wheel_name(wheel.name)
    if name.dialect is not Dialect.STANDARD:
        raise WheelFileError(name.filename, f"it is a variant already, {name.label}")
    if not wheel.is_file():
        raise UsageError(f"no such wheel: {str(wheel)!r}", "name an existing wheel file")
    directory.mkdir(parents=True, exist_ok=True)
    target = directory / hashes.make_filename(name, hashes.make_label(description))
    with make_scratch_dir(directory) as scratch:
        new = scratch / target.name
        with WheelArchive(wheel, name) as archive, new.open("w+b") as file:
            if _declares(archive, description):
                file.write(wheel.read_bytes())
            else:
                hashes.write_wheel(archive, description, file)
        if target.exists():
            if not target.is_file() or target.read_bytes() != new.read_bytes():
                raise UsageError(
                    f"another file has the variant wheel's name: {str(target)!r}",
                    "remove it, or name another folder with -o",
                )
            return target
        return new.replace(target)


def _declares(archive: WheelArchive, description: VariantDescription) -> bool:
    """Whether the wheel's METADATA declares this very variant, while its name is that of a standard wheel."""
    variant = parse_wheel_name(hashes.make_filename(archive.name, hashes.make_label(description)))
    try:
        return hashes.parse_metadata(archive.read_metadata(), variant) == description
    except WheelFileError:
        return False
