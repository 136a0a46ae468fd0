"""The end of a run: the user's report is written, and the user learns what the environment has now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from dualvariant.core.report import Reporter
from dualvariant.install.outcome import Snapshot, find_changed, take_snapshot
from dualvariant.install.report import ReportWish, read_reports
from dualvariant.install.user_addresses import UserAddresses
from dualvariant.target.installed import find_installed
from variantlib.versions import try_version

if TYPE_CHECKING:
    from dualvariant.install.place import InstallPlace
    from dualvariant.selection.plan import Plan
    from dualvariant.selection.view import View
    from dualvariant.target.installed import Installed

__all__ = ["Ending", "list_from_index"]


class Ending(NamedTuple):
    """What was known before the installer started, to compare with what is there when it has ended.

    Args:
        plans: what the requests come to.
        names: the projects that were asked for.
        folders: where the installer puts files.
        searched: where an installed distribution satisfies a requirement.
        place: where the installer puts distributions.
        before: the folders before the run.
        addresses: the user's addresses.
    """

    plans: Sequence[Plan]
    names: Sequence[NormalizedName]
    folders: Sequence[Path]
    searched: Sequence[Path]
    place: InstallPlace
    before: Snapshot
    addresses: UserAddresses

    def write_report(self, wish: ReportWish, scratch: Path) -> dict[str, Any] | None:
        """Write the report that the user wants, also of a run that has failed half-way; None if there is none.

        Raises:
            OSError: it cannot be written.
        """
        document = read_reports(sorted(scratch.glob("report*.json")), self.addresses.find_url)
        if document is not None and wish.place is not None:
            wish.write(document)
        return document

    def find_changed(self) -> dict[Path, Installed]:
        """What was installed since, by the ``.dist-info`` folders."""
        return find_changed(self.before, take_snapshot(self.folders))

    def announce_installed(self, view: View, reporter: Reporter) -> None:
        """Say what was installed and what was not touched, by what is in the environment."""
        from dualvariant.install.announcements import announce_elsewhere, announce_installed, announce_unchanged
        from dualvariant.install.direct_url import restore_direct_urls

        changed = self.find_changed()
        restore_direct_urls(changed, self.addresses)
        announce_installed(changed.values(), self.plans, reporter)
        names = {*self.names} - {installed.name for installed in changed.values()}
        found = [find_installed(name, self.searched) for name in sorted(names)]
        unchanged = [installed for installed in found if installed is not None]
        if self.place.is_own or self.place.target is not None:
            announce_unchanged(unchanged, self.plans, view.choice, reporter)
        else:
            announce_elsewhere(unchanged, self.plans, self.place, reporter)

    def announce_dry_run(self, document: Mapping[str, Any] | None, view: View, reporter: Reporter) -> None:
        """Say what would have been installed; without a report only which wheels are the best."""
        from dualvariant.install.announcements import announce_best, announce_would_install

        if document is None:
            announce_best(self.plans, reporter)
        else:
            announce_would_install(list_from_index(document), view, reporter)


def list_from_index(document: Mapping[str, Any]) -> Iterable[tuple[NormalizedName, Version]]:
    """The projects and versions of pip's report that came from an index, and not from a link or a file."""
    for item in document["install"]:
        metadata = item["metadata"]
        version = None if item["is_direct"] else try_version(metadata["version"])
        if version is not None:
            yield canonicalize_name(metadata["name"]), version
