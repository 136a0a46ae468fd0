"""The moments before which files must have been uploaded: pip's ``--uploaded-prior-to``, uv's ``--exclude-newer``.

A variant is often uploaded after the standard wheel of its release. Where the installer passes over files that are too
new, the choice has to do so as well, or nothing would be left of the release.

Sources: ``pip._internal.cli.cmdoptions`` and ``index.package_finder`` of pip 26.0 to 26.3; uv's documentation,
"Settings", ``exclude-newer`` and ``exclude-newer-package``; the forms and the moments were measured with uv 0.13.9.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from packaging.utils import NormalizedName, canonicalize_name

from dualvariant.core.iso_time import parse_iso_time
from dualvariant.settings.installer_options import find_values
from dualvariant.settings.pip_version import is_at_least

if TYPE_CHECKING:
    from dualvariant.settings.pip_config import PipConfig
    from dualvariant.settings.uv_config import UvConfig, UvIndex

__all__ = ["UploadLimit", "UploadLimits", "read_pip_limits", "read_uv_limits"]

#: The first pip that has ``--uploaded-prior-to``; the others pass over the setting.
_FIRST_PIP = "26.0"

_PIP_DAYS = re.compile(r"P(\d+)D", re.ASCII)
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[Tt ][0-9:.]+)?", re.ASCII)
_ISO_DURATION = re.compile(
    r"P(?:(?P<w>\d+)W)?(?:(?P<d>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+)S)?)?", re.ASCII | re.IGNORECASE
)
_WORD_DURATION = re.compile(r"(?:\d+\s*[a-z]+[\s,]*)+?(?:\s*ago)?", re.ASCII | re.IGNORECASE)
_AMOUNT = re.compile(r"(\d+)\s*([a-z]+)", re.ASCII | re.IGNORECASE)
_UNITS = {
    **dict.fromkeys(("weeks", "week", "wks", "wk", "w"), timedelta(weeks=1)),
    **dict.fromkeys(("days", "day", "d"), timedelta(days=1)),
    **dict.fromkeys(("hours", "hour", "hrs", "hr", "h"), timedelta(hours=1)),
    **dict.fromkeys(("minutes", "minute", "mins", "min", "m"), timedelta(minutes=1)),
    **dict.fromkeys(("seconds", "second", "secs", "sec", "s"), timedelta(seconds=1)),
}


class UploadLimit(NamedTuple):
    """Files that were uploaded at this moment or later do not count.

    Args:
        before: the moment, with its time zone; None if the setting has a form that is not known here. The installer
            then knows which files it passes over, and dualvariant does not.
    """

    before: datetime | None

    def admits(self, uploaded: datetime | None) -> bool:
        """Whether a file that was uploaded then is known to count.

        Args:
            uploaded: when, with a time zone; None if that is not known.
        """
        if self.before is None or uploaded is None:
            return False
        # uv compares milliseconds.
        return _milliseconds(uploaded) < _milliseconds(self.before)


class UploadLimits(NamedTuple):
    """The limits for all projects, and which files they are about.

    Args:
        general: the limit for projects without their own; None if there is none.
        projects: the projects that have their own limit, or None if no limit applies to them.
        by_source: whether files of every find-links source are exempt, as in uv; else files on this machine are, as in
            pip.
        indexes: the indexes that have their own limit, by their URLs, or None if no limit applies to their files. It
            comes before the general one, and one of a project before both.
    """

    general: UploadLimit | None = None
    projects: Mapping[NormalizedName, UploadLimit | None] = MappingProxyType({})
    by_source: bool = False
    indexes: Mapping[str, UploadLimit | None] = MappingProxyType({})

    @property
    def of_sources(self) -> bool:
        """Whether the limits differ from index to index. The files that are too late then count as not listed there."""
        return bool(self.indexes)

    def find(self, project: NormalizedName) -> UploadLimit | None:
        """The limit for the files of a project that are listed; None if there is none."""
        return self.projects.get(project, None if self.of_sources else self.general)

    def admits_listed(self, index: str, project: NormalizedName, uploaded: str | None) -> bool:
        """Whether a file of an index counts as listed there.

        Args:
            index: the URL of the index.
            project: the project.
            uploaded: when it was uploaded, as the page says it.
        """
        limit = self.indexes.get(index, self.general)
        if not self.of_sources or project in self.projects or limit is None or limit.before is None:
            return True
        return limit.admits(parse_iso_time(uploaded))

    def to_list(self) -> list[object]:
        """A form that differs where the limits do."""
        named = sorted((name, _as_text(limit)) for name, limit in self.projects.items())
        indexes = sorted((url, _as_text(limit)) for url, limit in self.indexes.items())
        return [_as_text(self.general), named, self.by_source, indexes]


def read_pip_limits(config: PipConfig, find_pip: Callable[[], str | None]) -> UploadLimits:
    """The limit of pip's settings.

    Args:
        config: the settings.
        find_pip: finds the version of the pip that is run; None is the newest.
    """
    text = config.values.get("uploaded-prior-to")
    if text is None:
        return UploadLimits()
    return UploadLimits(_parse_pip_limit(text) if is_at_least(find_pip(), _FIRST_PIP) else None)


def read_uv_limits(uv: UvConfig, indexes: Sequence[UvIndex] = (), arguments: Sequence[str] = ()) -> UploadLimits:
    """The limits of uv's settings.

    Args:
        uv: the settings.
        indexes: the indexes that uv asks.
        arguments: uv's command line, which comes before the settings.
    """
    general: Any = uv.value("exclude-newer")
    packages: Any = uv.value_of_files("exclude-newer-package")
    named = packages.items() if isinstance(packages, Mapping) else ()
    projects = {canonicalize_name(name): limit for name, limit in named}
    of_line = ("--uploaded-prior-to", "--exclude-newer", "--exclude-newer-package")
    for option, value in find_values(arguments, of_line):
        if option == "--exclude-newer-package":
            name, _, limit = value.partition("=")
            projects[canonicalize_name(name)] = limit
        else:
            general = value
    limits = {name: _parse_uv_limit(value) for name, value in projects.items()}
    first = {index.url: index for index in reversed(indexes)}  # of two with one URL the first one is asked
    own = {
        url: _parse_uv_limit(index.settings["exclude-newer"])
        for url, index in first.items()
        if "exclude-newer" in index.settings and not index.flat
    }
    return UploadLimits(_parse_uv_limit(general), limits, by_source=True, indexes=own)


def _parse_pip_limit(text: str | None) -> UploadLimit | None:
    """The limit that a value of pip's ``--uploaded-prior-to`` means; None without a value.

    A date without a time zone is local, and its day does not count. ``P7D`` is the moment seven days ago.
    """
    if not text:
        return None
    match = _PIP_DAYS.fullmatch(text)
    try:
        if match is not None:
            return UploadLimit(_now() - timedelta(days=int(match[1])))
        moment = datetime.fromisoformat(f"{text[:-1]}+00:00" if text[-1] == "Z" and len(text) > 11 else text)
        return UploadLimit(moment if moment.tzinfo is not None else moment.astimezone())
    except (ValueError, OverflowError):
        return UploadLimit(None)


def _parse_uv_limit(text: Any) -> UploadLimit | None:
    """The limit that a value of uv's ``exclude-newer`` means; None without a value, and for ``false``.

    A date without a time zone is local, and its whole day counts, whatever time follows it. A duration (``30 days``,
    ``P30D``) is the moment so long ago; its days have 24 hours.
    """
    if text in (None, False, "", "false"):
        return None
    if not isinstance(text, str):
        return UploadLimit(None)
    try:
        day = _DAY.fullmatch(text)
        if day is not None:
            return UploadLimit((datetime(int(day[1]), int(day[2]), int(day[3])) + timedelta(days=1)).astimezone())
        duration = _parse_duration(text)
        if duration is not None:
            return UploadLimit(_now() - duration)
        return UploadLimit(parse_iso_time(text))
    except (ValueError, OverflowError):
        return UploadLimit(None)


def _parse_duration(text: str) -> timedelta | None:
    iso = _ISO_DURATION.fullmatch(text)
    if iso is not None and any(iso.groups()):
        return sum((int(number) * _UNITS[unit] for unit, number in iso.groupdict("0").items()), timedelta())
    if _WORD_DURATION.fullmatch(text.strip()) is None:
        return None
    amounts = _AMOUNT.findall(text.lower())
    if not all(unit in _UNITS for _, unit in amounts):
        return None
    return sum((int(number) * _UNITS[unit] for number, unit in amounts), timedelta())


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _milliseconds(moment: datetime) -> int:
    since = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return since // timedelta(milliseconds=1)


def _as_text(limit: UploadLimit | None) -> str | None:
    if limit is None:
        return None
    return limit.before.isoformat() if limit.before is not None else "unknown"
