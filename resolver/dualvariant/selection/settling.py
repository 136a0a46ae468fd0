"""Which release a requirement comes to after a look into its chosen wheel: one with a flaw costs itself only."""

from __future__ import annotations

from collections.abc import Callable

from packaging.specifiers import SpecifierSet

from dualvariant.core.errors import DualvariantError
from dualvariant.repository.page import File
from dualvariant.repository.replaced_name import describe_replaced, find_replaced_name
from dualvariant.selection.finder import Found, find_release
from dualvariant.selection.inspection import find_flaw
from dualvariant.selection.project import Project
from dualvariant.selection.view import View
from variantlib.dialects import hashes
from variantlib.errors import WheelFileError
from variantlib.verdict import Candidate
from variantlib.wheel_name import WheelName

__all__ = ["settle"]


def settle(
    view: View,
    project: Project,
    specifier: SpecifierSet,
    refused: Callable[[Candidate, str], None] = lambda chosen, why: None,
) -> tuple[Project, Found]:
    """The release that is taken, after a look into its chosen wheel; one with a flaw costs itself only.

    Args:
        view: what there is.
        project: the project as the view shows it.
        specifier: the versions that the requirement admits.
        refused: gets each chosen wheel that has a flaw, and which.

    Returns:
        The project as the view shows it now, and what the requirement comes to.
    """
    found = find_release(project, specifier, view.choice)
    while found.taken is not None and (chosen := found.taken.chosen) is not None:
        listed = found.taken.find_copy(chosen)
        replaced = _find_replaced_variant(view, project, listed.file, chosen)
        why = find_flaw(view, listed.file, chosen) if replaced is None else describe_replaced(replaced)
        if why is None:
            break
        refused(chosen, why)
        project = view.refuse(project, listed, why, replaced)
        found = find_release(project, specifier, view.choice)
    return project, found


def _find_replaced_variant(view: View, project: Project, file: File, chosen: Candidate) -> WheelName | None:
    """What a chosen standard wheel really is, if it is a variant whose '~' a store has replaced; its METADATA says so.

    Only a wheel whose name can come about so, of a release that exists, is looked into.
    """
    replaced = find_replaced_name(file.filename) if chosen.description is None else None
    if replaced is None or replaced.version not in project.releases:
        return None
    try:
        declared = hashes.parse_headers(view.reader.read_metadata(file, replaced))
    except (WheelFileError, DualvariantError, OSError):
        return None
    return replaced if declared.hashes == (replaced.label,) else None
