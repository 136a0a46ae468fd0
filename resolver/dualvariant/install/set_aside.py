"""The files of a folder that ``download`` and ``wheel`` put variants into: none of them is taken for a variant."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dualvariant.core.files import sha256_of

if TYPE_CHECKING:
    from dualvariant.serve.published_view import Resource

__all__ = ["SetAside"]

_ENDING = ".set-aside"


class SetAside:
    """Sets standard wheels aside while an installer puts variants into their folder, under the same names.

    The installer would take such a wheel for a damaged copy of the variant, and delete it. As a context it brings them
    back at its end; those that a killed run has set aside, at its beginning.

    Args:
        folder: the folder, which no other run uses at the same time. It need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> SetAside:
        self._bring_back()
        return self

    def __exit__(self, *_: object) -> None:
        self._bring_back()

    def make_room(self, resource: Resource) -> None:
        """Set aside what has the name under which the installer sees a variant, unless it is that variant."""
        path = self.folder / resource.filename
        aside = path.with_name(f".{path.name}{_ENDING}")
        if resource.filename == resource.file.filename or aside.exists():
            return
        with suppress(OSError):  # the installer then says what is wrong with the folder
            if path.is_file() and sha256_of(path) != resource.file.hashes.get("sha256"):
                path.rename(aside)

    def _bring_back(self) -> None:
        for aside in self.folder.glob(f".*.whl{_ENDING}"):
            path = aside.with_name(aside.name[1 : -len(_ENDING)])
            with suppress(OSError):
                aside.rename(path)
