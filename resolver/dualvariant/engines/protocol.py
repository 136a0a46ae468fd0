"""The protocol that every engine implements. An engine is an installer that reads an index: pip, uv, or another one.

Another installer is one more module beside :mod:`dualvariant.engines.pip` and :mod:`dualvariant.engines.uv`, with a
class that has these members, and a line in :mod:`dualvariant.engines.choice`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from dualvariant.serve.handover import ClientAbilities

__all__ = ["Engine", "InstallOrder", "Translation"]


class Translation(NamedTuple):
    """How the addresses in an installer's messages become the user's own.

    Args:
        marks: a text without any of these has no address to replace.
        translate: the text for the user; None if it is to be left out.
        explanation: one line that says what the addresses of the view are, for an installer whose messages cannot be
            changed.
    """

    marks: Sequence[str]
    translate: Callable[[str], str | None]
    explanation: str


class InstallOrder(NamedTuple):
    """What an engine does, with all that it needs.

    Args:
        command: ``install``, ``download`` or ``wheel``.
        index_url: the address of the only index that it may see; empty if it runs with the user's own.
        options: options as pip spells them, with their values.
        requirements: requirements, and ``-r`` and ``-c`` with their files.
        exchanges: ``NAME==VERSION`` for each distribution that is installed and is installed again as another variant.
        only_exchanges: what else is asked for has just been installed. pip does not look at it again; uv does.
        settings: pip's settings without its sources, as ``PIP_*`` variables.
        scratch: a folder of ours for its temporary files, so that none are left behind.
        report: it writes reports of what it installs, ``report*.json`` in ``scratch`` (pip's installation report).
        configuration: uv's own configuration without its sources, in the form of ``uv.toml``.
        lock: the descriptor of an open file that it keeps open until it ends; None if there is no lock.
        netrc: a file of the form of ``.netrc`` that takes the place of the user's; None if the user's own counts.
        limits_are_met: the view leaves out what was uploaded too late, and uv's general limit is not about it.
        translation: what its messages look like to the user; None if they stay as they are.
    """

    command: str
    index_url: str
    options: Sequence[str]
    requirements: Sequence[str]
    exchanges: Sequence[str]
    settings: Mapping[str, str]
    scratch: Path
    only_exchanges: bool = False
    report: bool = False
    lock: int | None = None
    configuration: Mapping[str, Any] = MappingProxyType({})
    netrc: Path | None = None
    limits_are_met: bool = False
    translation: Translation | None = None


class Engine(Protocol):
    """An installer that installs into the target from the index that it is given."""

    @property
    def name(self) -> str:
        """The value of ``--engine`` that means it."""

    @property
    def caches_by_address(self) -> bool:
        """Whether its cache is keyed by the address of the index, which then has to stay the same from run to run."""

    @property
    def abilities(self) -> ClientAbilities:
        """Which of pip's settings for the network it applies itself, and so which files it can fetch."""

    def reuses_pages(self, options: Sequence[str], settings: Mapping[str, str]) -> bool:
        """Whether it uses a page that its server has declared fresh without asking again. We then do so too.

        Args:
            options: options as pip spells them, with their values.
            settings: pip's settings.
        """

    @property
    def caches_only_secure(self) -> bool:
        """Whether that is only so for pages of https, and of the hosts that ``trusted-host`` names."""

    def check(self, options: Sequence[str], *, report: bool) -> None:
        """Find out before anything is done whether it can do what is asked for.

        Raises:
            UsageError: it has no such option, or no such version is there.
        """

    def run(self, order: InstallOrder) -> int:
        """Do it, and wait for its end.

        If we are interrupted meanwhile, the installer has ended before the interruption goes on: the folders and the
        server that it uses can then be removed.

        Returns:
            Its exit code; minus the number of the signal that ended it.
        """
