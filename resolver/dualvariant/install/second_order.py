"""A second order where the installer has found no solution: without the releases that it would not see by itself."""

from __future__ import annotations

from collections.abc import Sequence

from packaging.utils import NormalizedName
from packaging.version import Version

from dualvariant.core.errors import DualvariantError
from dualvariant.core.report import Reporter
from dualvariant.engines.protocol import InstallOrder
from dualvariant.install.ending import Ending
from dualvariant.selection.view import View
from dualvariant.serve.loopback import LoopbackServer

__all__ = ["NO_SOLUTION", "make_second_order"]

#: The exit code of pip and uv where there is no solution, and after other errors.
NO_SOLUTION = 1


def make_second_order(
    order: InstallOrder, ending: Ending, server: LoopbackServer, reporter: Reporter
) -> tuple[InstallOrder, Ending] | None:
    """The order with a view in which no release has variants only.

    None if there was no such release, or if a project that was asked for has no other: there is no solution then.

    Args:
        order: what was ordered first.
        ending: what was known before that.
        server: serves the view.
        reporter: gets a message about it.
    """
    before = ending.addresses.published
    view = before.view
    try:
        found = view.find_variant_releases()
        asked = [(name, versions) for name, versions in found.items() if name in ending.names]
        if not found or not all(_has_others(view, name, versions) for name, versions in asked):
            return None
    except DualvariantError:
        return None  # what the installer has said is the reason
    names = [f"{name} {version}" for name, versions in found.items() for version in versions]
    listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    reporter.note(f"trying again without releases that have variants only ({listed})")
    view.hide_variant_releases()
    published = server.serve_again(before)
    ending = ending._replace(addresses=ending.addresses.move_to(published))
    gone = {name.replace(" ", "==") for name in names}
    return (
        order._replace(
            index_url=published.index_url,
            exchanges=[exchange for exchange in order.exchanges if exchange not in gone],
            translation=ending.addresses.translation,
        ),
        ending,
    )


def _has_others(view: View, name: NormalizedName, versions: Sequence[Version]) -> bool:
    """Whether any other release of a project has a file that fits."""
    project = view.project(name)
    assert project is not None
    others = [release for release in project.releases.values() if release.version not in versions]
    return any(file.fits for release in others for file in release.considered)
